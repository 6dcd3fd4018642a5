"""Makes the warehouse tables of a timeline, by Polars, and holds them against what truly happened.

usage: polars_pipeline.py TIMELINE EXPECTED_DIR OUTPUT_DIR
"""

import sys
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

# Given, because Polars infers a schema from the first 100 lines, and silently leaves out fields that only
# come later: in a timeline of many users those lines may be without a single click.
SCHEMA = {
    "event_time": pl.String,
    "event_type": pl.String,
    "user_id": pl.String,
    "session_id": pl.String,
    "page_path": pl.String,
    "button_id": pl.String,
    "props": pl.Struct({"journey": pl.String, "step": pl.Int64, "target": pl.String}),
}

TYPE = pl.col("event_type")
TIME = pl.col("event_time")
USERS = pl.col("user_id").n_unique()
SESSIONS = pl.col("session_id").n_unique()


def read(timeline):
    events = pl.read_ndjson(timeline, schema=SCHEMA).unnest("props")
    events = events.with_columns(TIME.str.to_datetime(time_unit="ms", time_zone="UTC"))
    return events.with_columns(date=TIME.dt.date().cast(pl.String))


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
    leads_on = (TYPE == "link_click") & pl.col("target").ne_missing("_blank")
    leaves = leads_on | TYPE.is_in(["page_visited", "page_closed"])
    return (
        events.with_columns(ended=TIME.max().over("session_id"))
        .filter(leaves)
        .with_columns(left=TIME.shift(-1).over("session_id"))
        .filter(TYPE == "page_visited")
        .with_columns(seconds=seconds(pl.coalesce("left", "ended") - TIME))
    )


def seconds(duration):
    return duration.dt.total_milliseconds() / 1000


def page_engagement(visits):
    return visits.group_by("date", "page_path").agg(
        total_visits=pl.len(),
        total_time_seconds=pl.col("seconds").sum(),
        avg_time_seconds=pl.col("seconds").mean(),
        unique_users=USERS,
        unique_sessions=SESSIONS,
    )


def session_metrics(events):
    sessions = events.group_by("session_id").agg(
        pl.col("date").min(),
        pl.col("user_id").first(),
        seconds=seconds(TIME.max() - TIME.min()),
        views=(TYPE == "page_visited").sum(),
        clicks=TYPE.is_in(["button_clicked", "link_click"]).sum(),
    )
    return sessions.group_by("date").agg(
        total_sessions=pl.len(),
        avg_duration_seconds=pl.col("seconds").mean(),
        avg_page_views=pl.col("views").mean(),
        avg_clicks=pl.col("clicks").mean(),
        unique_users=USERS,
    )


def click_through_rates(events, visits):
    page = ["date", "page_path"]
    views = visits.group_by(page).agg(views=pl.len())
    clicks = events.filter(TYPE == "button_clicked").group_by(*page, "button_id").agg(clicks=pl.len())
    rates = clicks.join(views, on=page, how="left").with_columns(ctr=100 * pl.col("clicks") / pl.col("views"))
    return rates.select(*page, "button_id", pl.col("views").fill_null(0), "clicks", "ctr")


def event_counts(events):
    return events.group_by("date", hour=TIME.dt.hour(), event_type=TYPE).agg(events=pl.len())


def funnels(visits):
    steps = visits.drop_nulls("journey").group_by("journey", "step", "page_path").agg(sessions=SESSIONS)
    first = pl.col("sessions").filter(pl.col("step") == 1).first().over("journey")
    return steps.with_columns(conversion=100 * pl.col("sessions") / first)


def users_active(events):
    is_first = pl.col("date") == pl.col("date").min().over("user_id")
    return (
        events.with_columns(new_user=pl.when(is_first).then("user_id"))
        .group_by("date")
        .agg(users=USERS, new_users=pl.col("new_user").drop_nulls().n_unique())
    )


def main(timeline, expected, output):
    wrong = False
    for name, table in tables(read(timeline)).items():
        table.write_csv(Path(output, f"{name}.csv"))
        truth = pl.read_csv(Path(expected, f"{name}.csv"))
        try:
            assert_frame_equal(
                table, truth, check_row_order=False, check_dtypes=False, rel_tol=0, abs_tol=1e-6
            )
        except AssertionError as difference:
            print(f"{name} is wrong: {difference}")
            wrong = True
    sys.exit(wrong)


if __name__ == "__main__":
    main(*sys.argv[1:])
