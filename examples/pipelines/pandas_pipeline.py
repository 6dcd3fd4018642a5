"""The warehouse tables of a timeline, by pandas."""

import pandas as pd

COLUMNS = ["event_time", "event_type", "user_id", "session_id", "page_path", "button_id", "props"]


def read(timeline):
    """Reads a timeline; fields that none of its events has become empty columns."""
    events = pd.read_json(timeline, lines=True).reindex(columns=COLUMNS)
    events["date"] = events.event_time.dt.strftime("%Y-%m-%d")
    return events


def tables(events):
    """All tables by name."""
    visits = page_visits(events)
    return {
        "page_engagement": page_engagement(visits),
        "session_metrics": session_metrics(events),
        "click_through_rates": click_through_rates(events, visits),
        "event_counts": event_counts(events),
        "funnels": funnels(visits),
        "users_active": users_active(events),
    }


def page_visits(events):
    """Every page_visited with the seconds until the page was left."""
    elsewhere = events.props.str.get("target") == "_blank"
    leads_on = (events.event_type == "link_click") & ~elsewhere
    leaves = leads_on | events.event_type.isin(["page_visited", "page_closed"])
    left = events[leaves].groupby("session_id").event_time.shift(-1)
    last = events.groupby("session_id").event_time.transform("max")
    visits = events[events.event_type == "page_visited"]
    seconds = (left.fillna(last) - visits.event_time).dt.total_seconds()
    return visits.assign(seconds=seconds)


def page_engagement(visits):
    return visits.groupby(["date", "page_path"], as_index=False).agg(
        total_visits=("seconds", "size"),
        total_time_seconds=("seconds", "sum"),
        avg_time_seconds=("seconds", "mean"),
        unique_users=("user_id", "nunique"),
        unique_sessions=("session_id", "nunique"),
    )


def session_metrics(events):
    kind = events.event_type
    clicks = kind.isin(["button_clicked", "link_click"])
    events = events.assign(view=kind == "page_visited", click=clicks)
    sessions = events.groupby("session_id").agg(
        date=("date", "min"),
        user_id=("user_id", "first"),
        first=("event_time", "min"),
        last=("event_time", "max"),
        views=("view", "sum"),
        clicks=("click", "sum"),
    )
    sessions["seconds"] = (sessions["last"] - sessions["first"]).dt.total_seconds()
    return sessions.groupby("date", as_index=False).agg(
        total_sessions=("seconds", "size"),
        avg_duration_seconds=("seconds", "mean"),
        avg_page_views=("views", "mean"),
        avg_clicks=("clicks", "mean"),
        unique_users=("user_id", "nunique"),
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
    keys = ["date", "hour", "event_type"]
    return events.assign(hour=events.event_time.dt.hour).groupby(keys).size().reset_index(name="events")


def funnels(visits):
    steps = visits.assign(
        journey=visits.props.str.get("journey"), step=visits.props.str.get("step").astype("Int64")
    )
    keys = ["journey", "step", "page_path"]
    steps = steps.groupby(keys).session_id.nunique().reset_index(name="sessions")
    first = steps[steps.step == 1].set_index("journey").sessions
    return steps.assign(conversion=100 * steps.sessions / steps.journey.map(first))


def users_active(events):
    first = events.groupby("user_id").date.transform("min")
    events = events.assign(new_user_id=events.user_id.where(events.date == first))
    return events.groupby("date", as_index=False).agg(
        users=("user_id", "nunique"), new_users=("new_user_id", "nunique")
    )
