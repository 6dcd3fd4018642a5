"""The tables of a log of arrivals under the policy `web`, by pandas.

usage: pandas_pipeline.py EVENTS OUT
"""

import json
import re
import sys
from pathlib import Path

import pandas as pd

TEXTS = ["event_id", "event_type", "user_id", "session_id", "event_time"]
FIELDS = [*TEXTS, "sent_at", "received_at", "anonymous_id", "page_path", "button_id", "device", "session", "props"]
WITH_OFFSET = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
BOTS = "bot|crawl|spider|headless|monitor|uptime"
HOUR_MS = 3_600_000
GAP_MS = 1_800_000
FUNNELS = {
    "checkout": (["/cart", "/checkout", "purchase"], "session", 600_000),
    "comes_back": (["session_created", "purchase"], "person", 3_000_000),
}
WINDOW_MS = 30 * 24 * HOUR_MS
CHANNELS = {"": "direct", "cpc": "paid_search", "organic": "organic_search"}
NO_REFERRERS = re.compile(r"(.+\.)?(pay\.example|paypal\.com|stripe\.com)")
SEARCH_ENGINES = re.compile(r"(.+\.)?(google|bing|duckduckgo)\.com")
SOCIAL_NETWORKS = re.compile(r"(.+\.)?(facebook|instagram|reddit|linkedin)\.com")
DIRECT = ("", "", "")


def is_event(event):
    """Whether it has all that an event needs; a time without an offset is none."""
    return (
        isinstance(event, dict)
        and all(isinstance(event.get(name), str) for name in TEXTS)
        and isinstance(event.get("props"), dict)
        and WITH_OFFSET.fullmatch(event["event_time"]) is not None
    )


def arrivals(path):
    """What is an event, in order of arrival."""
    with open(path, "rb") as file:
        for line in file:
            try:
                event = json.loads(line.decode())
            except ValueError:
                continue
            if is_event(event):
                yield event


def milliseconds(times):
    """Times as milliseconds since 1970."""
    return (pd.to_datetime(times, utc=True, format="ISO8601") - pd.Timestamp(0, tz="UTC")) // pd.Timedelta("1ms")


def read(path):
    """All arrivals as a frame, numbered by `n`."""
    events = pd.DataFrame(list(arrivals(path)), columns=FIELDS, dtype=object)
    events["n"] = range(len(events))
    events["event_ms"] = milliseconds(events.event_time)
    events["sent_ms"] = milliseconds(events.sent_at)
    events["received_ms"] = milliseconds(events.received_at)
    # The device's clock is corrected by when it says that it sent the event.
    events["ms"] = events.received_ms - (events.sent_ms - events.event_ms)
    return events


def counted(events):
    """Without bots and what is ahead, each event once, in order of time."""
    agent = events.device.str.get("user_agent").fillna("").astype(str)
    events = events[~agent.str.lower().str.contains(BOTS)]
    events = events[events.ms - events.received_ms <= HOUR_MS]
    events = events.drop_duplicates("event_id")
    rank = events.event_type.map({"session_created": 0, "session_ended": 2}).fillna(1)
    return events.assign(rank=rank).sort_values(["ms", "rank", "n"]).reset_index(drop=True)


def attributed(events):
    """With the person and the session of each event."""
    is_named = events.anonymous_id.notna() & (events.user_id != events.anonymous_id)
    known = events[is_named].groupby("anonymous_id").user_id.first()
    person = events.anonymous_id.where(events.user_id == events.anonymous_id).map(known)
    events["person"] = person.fillna(events.user_id)
    begins = events.groupby("person").ms.diff() > GAP_MS
    number = begins.groupby(events.person).cumsum() + 1
    events["came"] = events.session
    events["session"] = events.person + "#" + number.astype(str)
    time = pd.to_datetime(events.ms, unit="ms", utc=True)
    return events.assign(date=time.dt.strftime("%Y-%m-%d"), hour=time.dt.hour, place=range(len(events)))


def page_visits(events):
    """Every page_visited with the seconds until the page was left."""
    elsewhere = events.props.str.get("target") == "_blank"
    leaves = (events.event_type == "page_closed") | ((events.event_type == "link_click") & ~elsewhere)
    visited = events.event_type == "page_visited"
    # The next event of the page that leaves it or visits it again.
    page = events[leaves | visited].assign(left_ms=events.ms.where(leaves))
    left = page.groupby(["session", "page_path"]).left_ms.shift(-1)
    visits = events[visited].copy()
    next_page = visits.groupby("session").ms.shift(-1)
    last = events.groupby("session").ms.transform("max")
    visits["seconds"] = (left.reindex(visits.index).fillna(next_page).fillna(last) - visits.ms) / 1000
    return visits[visits.page_path.notna()]


def page_engagement(visits):
    return visits.groupby(["date", "page_path"], as_index=False).agg(
        total_visits=("seconds", "size"),
        total_time_seconds=("seconds", "sum"),
        avg_time_seconds=("seconds", "mean"),
        unique_users=("person", "nunique"),
        unique_sessions=("session", "nunique"),
    )


def session_metrics(events):
    kind = events.event_type
    clicks = kind.isin(["button_clicked", "link_click"])
    sessions = events.assign(view=kind == "page_visited", click=clicks).groupby("session").agg(
        date=("date", "first"),
        person=("person", "first"),
        first=("ms", "min"),
        last=("ms", "max"),
        views=("view", "sum"),
        clicks=("click", "sum"),
    )
    sessions["seconds"] = (sessions["last"] - sessions["first"]) / 1000
    return sessions.groupby("date", as_index=False).agg(
        total_sessions=("seconds", "size"),
        avg_duration_seconds=("seconds", "mean"),
        avg_page_views=("views", "mean"),
        avg_clicks=("clicks", "mean"),
        unique_users=("person", "nunique"),
    )


def click_through_rates(events, visits):
    page = ["date", "page_path"]
    buttons = events[events.event_type == "button_clicked"]
    clicks = buttons.groupby([*page, "button_id"]).size().reset_index(name="clicks")
    views = visits.groupby(page).size().reset_index(name="views")
    rates = clicks.merge(views, how="left", on=page)
    rates["ctr"] = 100 * rates.clicks / rates.views
    rates["views"] = rates.views.fillna(0).astype(int)
    return rates[[*page, "button_id", "views", "clicks", "ctr"]]


def event_counts(events):
    return events.groupby(["date", "hour", "event_type"]).size().reset_index(name="events")


def funnels(visits):
    steps = visits.assign(journey=visits.props.str.get("journey"), step=visits.props.str.get("step"))
    steps = steps[steps.journey.map(lambda journey: isinstance(journey, str)) & steps.step.notna()]
    steps = steps.assign(step=steps.step.astype(int))
    steps = steps.groupby(["journey", "step", "page_path"]).session.nunique().reset_index(name="sessions")
    least = steps.step == steps.groupby("journey").step.transform("min")
    first = steps[least].groupby("journey").sessions.sum()
    return steps.assign(conversion=100 * steps.sessions / steps.journey.map(first))


def users_active(events):
    first = events.groupby("person").date.transform("min")
    events = events.assign(new_person=events.person.where(events.date == first))
    return events.groupby("date", as_index=False).agg(users=("person", "nunique"), new_users=("new_person", "nunique"))


def touch(came):
    """Source, medium and campaign: of parameters, else of a click id, else of the referrer."""
    came = came if isinstance(came, dict) else {}
    utm = tuple(came.get(name) or "" for name in ["utm_source", "utm_medium", "utm_campaign"])
    if any(utm):
        return utm
    if came.get("gclid"):
        return "google", "cpc", ""
    if came.get("fbclid"):
        return "facebook", "paid_social", ""
    host = re.sub(r"^[a-z]+://(www\.)?|[/?#].*", "", came.get("referrer") or "")
    if not host or NO_REFERRERS.fullmatch(host):
        return DIRECT
    if SEARCH_ENGINES.fullmatch(host):
        return host, "organic", ""
    return host, "social" if SOCIAL_NETWORKS.fullmatch(host) else "referral", ""


def attribution(events):
    """Purchases by their person's last touch of 30 days that is not direct."""
    rows = []
    for _, own in events.groupby("person"):
        touches, session, known = [], None, None
        for event in own.itertuples():
            said = touch(event.came)
            if event.session != session or said not in (DIRECT, known):
                known = said
                touches.append((event.ms, said))
            session = event.session
            if event.event_type == "purchase":
                past = [said for ms, said in touches if event.ms - ms <= WINDOW_MS and said != DIRECT]
                last = past[-1] if past else DIRECT
                props = event.props
                rows.append([event.date, *last, props.get("currency", ""), 1, props.get("amount", 0)])
    columns = ["source", "medium", "campaign", "currency"]
    rows = pd.DataFrame(rows, columns=["date", *columns, "attributed_conversions", "attributed_revenue"])
    rows.insert(1, "channel", rows.medium.map(CHANNELS).fillna(rows.medium))
    return rows.groupby(["date", "channel", *columns], as_index=False).sum()


def steps_reached(times, steps, window_ms):
    """How many steps were taken one after the other, none earlier than the one before or beyond the window of the first."""
    most = 0
    for first in times.get(steps[0], []):
        at, reached = first, 1
        for step in steps[1:]:
            later = [time for time in times.get(step, []) if at <= time <= first + window_ms]
            if not later:
                break
            at, reached = min(later), reached + 1
        most = max(most, reached)
    return most


def policy_funnels(events):
    """The sessions, or persons, that took each step of a funnel."""
    step = events.page_path.where(events.event_type == "page_visited", events.event_type)
    rows = []
    for name, (steps, owner, window_ms) in FUNNELS.items():
        reached = [
            steps_reached(own.groupby("step").ms.apply(list).to_dict(), steps, window_ms)
            for _, own in events.assign(step=step).groupby(owner)
        ]
        counts = [sum(most >= number for most in reached) for number in range(1, len(steps) + 1)]
        rows += [
            [name, number, step, count, 100 * count / counts[0]]
            for number, (step, count) in enumerate(zip(steps, counts), 1)
            if count
        ]
    return pd.DataFrame(rows, columns=["funnel", "step", "reached", "reached_by", "conversion"])


def main(path, out):
    events = attributed(counted(read(path)))
    visits = page_visits(events)
    tables = {
        "page_engagement": page_engagement(visits),
        "session_metrics": session_metrics(events),
        "click_through_rates": click_through_rates(events, visits),
        "event_counts": event_counts(events),
        "funnels": funnels(visits),
        "users_active": users_active(events),
        "attribution": attribution(events),
        "policy_funnels": policy_funnels(events),
    }
    for name, table in tables.items():
        table.to_csv(Path(out, f"{name}.csv"), index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
