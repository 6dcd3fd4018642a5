"""Parquet and Arrow read and written by pyarrow, pandas, DuckDB and Polars."""

import datetime
import decimal
import json
import os
import pathlib
import shutil
import subprocess
import sys

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.ipc
import pyarrow.parquet

PROGRAM = os.environ["EVENT_SIMULATOR"]
WORK = pathlib.Path(sys.argv[1])
BOUNDS = ["--users", "300", "--duration", "2h"]
MOST_ROWS = 20_000


def run(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def generate(scenario, name):
    code, text = run("generate", scenario, *BOUNDS, "-o", WORK / name)
    assert code == 0, text
    return WORK / name


def plain(value, is_json=False):
    """A value as it stands in a line of JSON, with numbers exact and nulls left out."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items() if member is not None}
    if isinstance(value, (list, tuple)) or hasattr(value, "tolist") and getattr(value, "ndim", 0):
        return [plain(entry) for entry in value]
    if isinstance(value, datetime.datetime):
        utc = value.astimezone(datetime.timezone.utc)
        return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03}Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    return decimal.Decimal(repr(value)) if isinstance(value, float) else decimal.Decimal(value)


def same(ours, theirs):
    """True for equal values; text of JSON is what it says."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(theirs, str) and not isinstance(ours, str):
        return same(ours, plain(json.loads(theirs, parse_float=decimal.Decimal)))
    return type(ours) is type(theirs) and ours == theirs


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [plain(json.loads(line, parse_float=decimal.Decimal)) for line in file][:MOST_ROWS]


def by_duckdb(path):
    found = duckdb.sql(f"select * from '{path}' limit {MOST_ROWS}")
    return [dict(zip(found.columns, row)) for row in found.fetchall()]


READERS = {
    "pyarrow": lambda path: pyarrow.parquet.read_table(path).slice(0, MOST_ROWS).to_pylist(),
    "pandas": lambda path: pandas.read_parquet(path).head(MOST_ROWS).to_dict("records"),
    "Polars": lambda path: polars.read_parquet(path).head(MOST_ROWS).to_dicts(),
    "DuckDB": by_duckdb,
}
ARROW_READERS = {
    "pyarrow": lambda path: pyarrow.ipc.open_file(path).read_all().slice(0, MOST_ROWS).to_pylist(),
    "Polars": lambda path: polars.read_ipc(path).head(MOST_ROWS).to_dicts(),
}


def missing_as_none(row):
    """pandas has NaN and NaT for what is missing."""
    return {k: None if isinstance(v, float) and v != v or v is pandas.NaT else v for k, v in row.items()}


def check_reading(scenario):
    stem = pathlib.Path(scenario).stem
    expected = lines(generate(scenario, f"{stem}.jsonl"))
    for readers, path in [
        (READERS, generate(scenario, f"{stem}.parquet")),
        (ARROW_READERS, generate(scenario, f"{stem}.arrow")),
    ]:
        for name, read in readers.items():
            rows = [plain(missing_as_none(row)) for row in read(path)]
            assert len(rows) == len(expected), f"{path.name} by {name}: {len(rows)} rows, not {len(expected)}"
            for ours, theirs in zip(expected, rows):
                assert same(ours, theirs), f"{path.name} by {name}:\n{ours}\n{theirs}"
    print(f"{stem}: {len(expected)} events are the same to {', '.join(READERS)}")


def parts(path):
    """A dataset of many files and directories, as Spark and others write it."""
    folder = WORK / "parts"
    shutil.rmtree(folder, ignore_errors=True)
    duckdb.sql(f"""copy (select *, strftime(event_time, '%m-%d-%H') as hour from '{path}' order by event_time)
        to '{folder}' (format parquet, partition_by (hour))""")
    return folder


def with_types(path, change, **options):
    table = pyarrow.parquet.read_table(path)
    target = WORK / "foreign.parquet"
    pyarrow.parquet.write_table(change(table), target, **options)
    return target


def cast(column, of_type):
    return lambda table: table.set_column(
        table.schema.get_field_index(column), column, table[column].cast(of_type))


def texts(of_type):
    def change(table):
        for column in ["event_type", "user_id", "session_id", "page_path", "event_id"]:
            table = cast(column, of_type)(table)
        return table
    return change


def props_as_text(table):
    props = [json.dumps({k: v for k, v in row.items() if v is not None}, default=float) for row in table["props"].to_pylist()]
    return table.set_column(table.schema.get_field_index("props"), "props", [props])


def without_zone(unit):
    return cast("event_time", pyarrow.timestamp(unit))


def by_duckdb_from_json(path):
    target = WORK / "foreign.parquet"
    duckdb.sql(f"copy (from read_json('{path.with_suffix('.jsonl')}')) to '{target}' (format parquet)")
    return target


def by_polars(path):
    target = WORK / "foreign.parquet"
    polars.read_parquet(path).write_parquet(target)
    return target


def by_pandas(path):
    target = WORK / "foreign.parquet"
    pandas.read_parquet(path).to_parquet(target)
    return target


def as_stream(path):
    target = WORK / "foreign.arrows"
    table = pyarrow.parquet.read_table(path)
    with pyarrow.ipc.new_stream(target, table.schema) as writer:
        writer.write_table(table)
    return target


def as_feather(path):
    target = WORK / "foreign.feather"
    table = texts(pyarrow.dictionary(pyarrow.int32(), pyarrow.string()))(pyarrow.parquet.read_table(path))
    with pyarrow.ipc.new_file(target, table.schema, options=pyarrow.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table)
    return target


WRITERS = {
    "Polars": by_polars,
    "pandas": by_pandas,
    "DuckDB, partitioned": parts,
    "pyarrow, in micro- and nanoseconds": lambda path: with_types(path, cast("event_time", pyarrow.timestamp("ns", "UTC"))),
    "pyarrow, without a zone": lambda path: with_types(path, without_zone("us")),
    "pyarrow, INT96": lambda path: with_types(path, without_zone("ns"), use_deprecated_int96_timestamps=True),
    "pyarrow, dictionaries": lambda path: with_types(path, texts(pyarrow.dictionary(pyarrow.int16(), pyarrow.string()))),
    "pyarrow, large texts": lambda path: with_types(path, texts(pyarrow.large_string()), compression="gzip"),
    "pyarrow, views": lambda path: with_types(path, texts(pyarrow.string_view()), compression="lz4"),
    "pyarrow, bytes": lambda path: with_types(path, texts(pyarrow.binary()), compression="zstd", data_page_version="2.0"),
    "pyarrow, other order": lambda path: with_types(path, lambda table: table.select(table.column_names[::-1])),
    "pyarrow, props as text": lambda path: with_types(path, props_as_text, compression="none"),
    "Arrow, a stream": as_stream,
    "Arrow, a file": as_feather,
}


def check_writing(scenario):
    stem = pathlib.Path(scenario).stem
    sent = WORK / f"{stem}.jsonl"
    for name, write in WRITERS.items():
        received = write(WORK / f"{stem}.parquet")
        code, text = run("verify", "--sent", sent, "--received", received)
        assert code == 0, f"{name}: {text}"
    print(f"{stem}: whole as written by {', '.join(WRITERS)}")


def check_inferred():
    """What DuckDB makes of JSON lines by itself: UUIDs, timestamps without a zone."""
    generate("custom-events", "custom-events.jsonl")
    received = by_duckdb_from_json(WORK / "custom-events.parquet")
    code, text = run("verify", "--sent", WORK / "custom-events.jsonl", "--received", received)
    assert code == 0, text


def check_tables():
    expected, actual = WORK / "expected", WORK / "actual"
    for folder in [expected, actual]:
        shutil.rmtree(folder, ignore_errors=True)
    code, text = run("expect", WORK / "web-shop.parquet", "-o", expected)
    assert code == 0, text
    actual.mkdir()
    for number, table in enumerate(sorted(expected.glob("*.csv"))):
        target = actual / f"{table.stem}.parquet"
        if number % 2:
            target = actual / table.stem / "part-0.snappy.parquet"
            target.parent.mkdir()
        duckdb.sql(f"copy (from read_csv('{table}')) to '{target}' (format parquet)")
    code, text = run("verify", "--expected", expected, "--actual", actual)
    assert code == 0, text
    print("tables: the same as Parquet")


def check_partitions():
    folder = WORK / "by-date"
    shutil.rmtree(folder, ignore_errors=True)
    for scenario in ["web-shop"]:
        code, text = run("generate", scenario, "--users", 100, "--duration", "3d", "--format", "parquet",
                         "--partition-by", "date", "-o", folder)
        assert code == 0, text
    strays = duckdb.sql(f"""select count(*) from read_parquet('{folder}/**/*.parquet', hive_partitioning = true)
        where date <> cast(event_time at time zone 'UTC' as date)""").fetchall()[0]
    dates = duckdb.sql(f"select count(distinct date) from '{folder}/**/*.parquet'").fetchall()[0]
    manifest = json.loads(pathlib.Path(f"{folder}.manifest.json").read_text())
    rows = pyarrow.parquet.read_table(folder).num_rows
    assert strays == (0,) and dates[0] >= 3 and rows == manifest["events"], (strays, dates, rows)
    print(f"partitions: {dates[0]} dates, {rows} events")


def main():
    scenarios = sorted(str(path) for path in pathlib.Path("scenarios").glob("*.yaml"))
    for scenario in scenarios:
        check_reading(scenario)
    for scenario in ["web-shop", "awkward"]:
        check_writing(f"scenarios/{scenario}.yaml")
    check_inferred()
    check_tables()
    check_partitions()


main()
