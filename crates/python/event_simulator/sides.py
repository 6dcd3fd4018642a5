"""What can be verified: files, tables of any library, rows, as files that the program reads."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Union

from .deliveries import Deliveries
from .errors import Problem, TimelineError, UsageError
from .libraries import library
from .simulation import PathLike, moment_text
from .timeline import Timeline

#: Rows: a file, a table of pyarrow, a data frame of pandas or Polars, a relation of DuckDB, or dicts.
Rows = Union[PathLike, Timeline, Deliveries, Iterable[Mapping[str, Any]], Any]


def as_file(rows: Rows, stem: str) -> str:
    """Gives a file of rows.

    Args:
        rows: The rows.
        stem: The path of the file to write, if they are in none, without its extension.

    Returns:
        The path of the file.

    Raises:
        UsageError: They are no rows.
        TimelineError: There is no such file.
        MissingLibraryError: pyarrow is needed and not installed.
    """
    if isinstance(rows, (str, os.PathLike)):
        if not os.path.exists(rows):
            raise TimelineError([Problem("error", "timeline", "there is no such file", file=os.fspath(rows))])
        return os.path.abspath(rows)
    if isinstance(rows, Timeline):
        path = getattr(rows, "path", None)
        if path is None:
            rows.write(path := stem + ".jsonl")
        return os.path.abspath(path)
    if isinstance(rows, Deliveries):
        rows.write_log(stem + ".jsonl")
        return stem + ".jsonl"
    module = type(rows).__module__.partition(".")[0]
    if module == "pandas":
        return _of_pandas(rows, stem)
    if module == "polars":
        return _of_polars(rows, stem)
    table = _arrow_table(rows, module)
    return _of_dicts(rows, stem) if table is None else _of_arrow(table, stem)


def _arrow_table(rows: Any, module: str) -> Any:
    """The rows as a table of pyarrow, if a library has them."""
    if module in ("duckdb", "_duckdb"):
        return getattr(rows, "to_arrow_table", rows.arrow)()
    if module == "pyspark":
        return rows.toArrow()
    if hasattr(rows, "__arrow_c_stream__"):
        return library("pyarrow", "arrow").table(rows)
    return None


def _of_arrow(table: Any, stem: str) -> str:
    pyarrow = library("pyarrow", "arrow")
    with library("pyarrow.ipc", "arrow").new_file(stem + ".arrow", table.schema) as writer:
        for batch in table.to_batches() if isinstance(table, pyarrow.Table) else table:
            writer.write(batch)
    return stem + ".arrow"


def _of_pandas(frame: Any, stem: str) -> str:
    # Keys that `groupby` has made an index of are columns.
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    frame = frame.rename(columns=str)
    if any(isinstance(value, (dict, list)) for column in frame for value in frame[column].head(1)):
        return _of_arrow(library("pyarrow", "pandas").Table.from_pandas(frame, preserve_index=False), stem)
    frame.to_csv(stem + ".csv", index=False)
    return stem + ".csv"


def _of_polars(frame: Any, stem: str) -> str:
    frame = frame.collect() if hasattr(frame, "collect") else frame
    frame.write_parquet(stem + ".parquet")
    return stem + ".parquet"


def _of_dicts(rows: Any, stem: str) -> str:
    if not hasattr(rows, "__iter__"):
        message = f"{type(rows).__name__} has no rows: give a file, a data frame, or dicts"
        raise UsageError([Problem("error", "usage", message)])
    with open(stem + ".jsonl", "w", encoding="utf-8") as file:
        for row in rows:
            if not isinstance(row, Mapping):
                message = f"a row is {type(row).__name__}, not a dict"
                raise UsageError([Problem("error", "usage", message)])
            file.write(json.dumps(row, default=_plain, ensure_ascii=False) + "\n")
    return stem + ".jsonl"


def _plain(value: Any) -> Any:
    """What a value is in JSON, if JSON has no such values."""
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    # Numbers of NumPy.
    return value.item() if hasattr(value, "item") else str(value)
