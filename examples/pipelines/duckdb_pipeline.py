"""Makes the tables of duckdb_tables.sql and holds them against what truly happened.

usage: duckdb_pipeline.py TIMELINE EXPECTED_DIR OUTPUT_DIR
"""

import sys
from pathlib import Path

import duckdb

KEYS = {
    "page_engagement": ["date", "page_path"],
    "session_metrics": ["date"],
    "click_through_rates": ["date", "page_path", "button_id"],
    "event_counts": ["date", "hour", "event_type"],
    "funnels": ["journey", "step", "page_path"],
    "users_active": ["date"],
}


def differences(database, table, expected):
    """The rows in which a table is not what is expected."""
    rows = database.read_csv(str(expected))
    values = [column for column in rows.columns if column not in KEYS[table]]
    differs = " OR ".join(
        f"abs(a.{value} - e.{value}) > 1e-6 OR (a.{value} IS NULL) <> (e.{value} IS NULL)" for value in values
    )
    keys = ", ".join(KEYS[table])
    return database.sql(f"SELECT * FROM {table} AS a FULL JOIN rows AS e USING ({keys}) WHERE {differs}")


def main(timeline, expected, output):
    database = duckdb.connect()
    database.execute("SET VARIABLE timeline = ?", [timeline])
    database.execute(Path(__file__).with_name("duckdb_tables.sql").read_text())
    wrong = False
    for table in KEYS:
        database.table(table).write_csv(str(Path(output, f"{table}.csv")), header=True)
        rows = differences(database, table, Path(expected, f"{table}.csv"))
        if rows.fetchall():
            print(f"{table} is wrong:\n{rows}")
            wrong = True
    sys.exit(wrong)


if __name__ == "__main__":
    main(*sys.argv[1:])
