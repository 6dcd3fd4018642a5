"""Batches of Arrow in order of time, cut into windows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from .libraries import library

if TYPE_CHECKING:
    import pyarrow


class Window(NamedTuple):
    """What has its time in a window.

    Attributes:
        end_ms: The end of the window, in milliseconds since 1970, which is not in it.
        batches: Its rows.
    """

    end_ms: int
    batches: list[pyarrow.RecordBatch]


def windows(batches: Iterable[pyarrow.RecordBatch], time: str, every_ms: int, before_ms: int = 0) -> Iterator[Window]:
    """Cuts batches into windows, leaving out those in which there is nothing.

    Args:
        batches: Rows in order of time.
        time: The column that has it, in milliseconds.
        every_ms: The length of a window; they begin at its multiples.
        before_ms: The end of the last window that is not wanted.
    """
    int64 = library("pyarrow", "arrow").int64()
    parts: list[pyarrow.RecordBatch] = []
    end_ms = before_ms
    for batch in batches:
        times = batch.column(time).cast(int64).to_pylist()
        position = bisect_left(times, before_ms)
        while position < len(times):
            if times[position] >= end_ms:
                if parts:
                    yield Window(end_ms, parts)
                    parts = []
                end_ms = (times[position] // every_ms + 1) * every_ms
            until = bisect_left(times, end_ms, position)
            parts.append(batch.slice(position, until - position))
            position = until
    if parts:
        yield Window(end_ms, parts)
