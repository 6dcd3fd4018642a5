"""Loads a timeline as a tool does by itself, without a schema or options, and holds what came out against
the manifest beside the timeline.

usage: load.py duckdb|pandas|polars|spark TIMELINE
"""

import json
import sys
from pathlib import Path

COLUMNS = {
    "event_id", "event_time", "event_type", "user_id", "session_id", "page_path", "button_id", "props",
}  # fmt: skip


def with_duckdb(timeline):
    import duckdb

    events = duckdb.sql(f"FROM '{timeline}'")
    counts = events.aggregate("event_type, count(*), count(button_id)", "event_type")
    return events.columns, counts.fetchall()


def with_pandas(timeline):
    import pandas

    events = pandas.read_json(timeline, lines=True)
    counts = events.groupby("event_type").agg(events=("event_id", "size"), buttons=("button_id", "count"))
    return events.columns, counts.itertuples(name=None)


def with_polars(timeline):
    import polars

    events = polars.read_ndjson(timeline)
    counts = events.group_by("event_type").agg(
        polars.len().alias("events"), polars.col("button_id").count().alias("buttons")
    )
    return events.columns, counts.iter_rows()


def with_spark(timeline):
    from pyspark.sql import functions as f

    import spark_pipeline

    events = spark_pipeline.session().read.json(timeline)
    counts = events.groupBy("event_type").agg(f.count("event_id"), f.count("button_id"))
    return events.columns, map(tuple, counts.collect())


def main(tool, timeline):
    load = {"duckdb": with_duckdb, "pandas": with_pandas, "polars": with_polars, "spark": with_spark}
    columns, counts = load[tool](timeline)
    manifest = json.loads(Path(f"{timeline}.manifest.json").read_text())
    assert set(columns) == COLUMNS, f"columns are wrong: {columns}"
    expected = {
        (event_type, events, events if event_type == "button_clicked" else 0)
        for event_type, events in manifest["events_by_type"].items()
    }
    assert set(counts) == expected, f"counts are wrong: they should be {expected}"


if __name__ == "__main__":
    main(*sys.argv[1:])
