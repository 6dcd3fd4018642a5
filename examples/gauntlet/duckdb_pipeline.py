"""The tables of a log of arrivals under the policy `web`, by the SQL beside this file.

usage: duckdb_pipeline.py EVENTS OUT
"""

import sys
from pathlib import Path

import duckdb

TABLES = ["page_engagement", "session_metrics", "click_through_rates", "event_counts", "funnels", "users_active", "attribution", "policy_funnels"]


def texts(path):
    """The lines that are texts, in order of arrival."""
    with open(path, "rb") as file:
        for line in file:
            try:
                yield line.decode()
            except UnicodeDecodeError:
                pass  # Bytes that are no text are no event.


def main(events, out):
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    database.execute(
        "CREATE TABLE lines AS SELECT unnest($lines) AS line, generate_subscripts($lines, 1) AS n",
        {"lines": list(texts(events))},
    )
    database.execute(Path(__file__).with_name("duckdb_tables.sql").read_text())
    for table in TABLES:
        database.table(table).write_csv(str(Path(out, f"{table}.csv")), header=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
