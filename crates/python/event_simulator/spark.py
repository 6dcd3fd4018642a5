"""A data source for Spark 4 and Sail: a partition a shard, and streams in order of arrival.

    from event_simulator.spark import EventSimulatorSource

    spark.dataSource.register(EventSimulatorSource)
    events = spark.read.format("event_simulator").options(scenario="web-shop", seed=7, shards=8).load()

See ``docs/spark.md``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from .errors import SimulatorError
from .libraries import library
from .simulation import PathLike
from .spark_columns import spark_batches, spark_schema
from .spark_options import SourceOptions
from .table_parts import merged_table
from .windows import Window, windows

library("pyspark", "spark")
library("pyarrow", "spark")

from pyspark.sql.datasource import (  # noqa: E402
    DataSource,
    DataSourceReader,
    InputPartition,
    SimpleDataSourceStreamReader,
)

try:
    from pyspark.sql.streaming.datasource import SupportsTriggerAvailableNow
except ImportError:  # before Spark 4.2, which reads one window by such a trigger

    class SupportsTriggerAvailableNow: ...  # type: ignore[no-redef]


if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

_T = TypeVar("_T")

#: The key of an offset: all that arrived before this time, in milliseconds since 1970, has been read.
_BEFORE = "arrived_before_ms"


class EventSimulatorSource(DataSource):
    """What a scenario gives, as a source called ``event_simulator``.

    Options are ``scenario`` (or the path of ``load``), ``what`` (``timeline``, ``deliveries`` or a table of
    ``docs/expectations.md``), ``shards``, ``policy``, ``every``, and the overrides ``seed``, ``users``, ``duration``,
    ``start`` and ``at_end``.

    Raises:
        ScenarioError: The scenario cannot be used; with every problem, once, before there is a task.
        UsageError: An option is not known, or cannot be.
    """

    def __init__(self, options: Mapping[str, str]) -> None:
        self.request = _plainly(lambda: SourceOptions.read(options))

    @classmethod
    def name(cls) -> str:
        """Gives the name of the format."""
        return "event_simulator"

    def schema(self) -> StructType:
        """Gives the columns, which the scenario alone decides."""
        return spark_schema(_plainly(self.request.schema))

    def reader(self, schema: StructType) -> DataSourceReader:
        """Gives what reads all of it, a shard a task."""
        return ShardReader(_plainly(self.request.bounded))

    def simpleStreamReader(self, schema: StructType) -> SimpleDataSourceStreamReader:  # noqa: N802
        """Gives what reads it in order of arrival."""
        return ArrivalReader(_plainly(self.request.streamed))


class ShardPartition(InputPartition):
    """A part of the users, which any task may read, as often as it likes.

    Attributes:
        shard: The part, such as ``0/4``; none is all of them.
    """

    def __init__(self, shard: str | None) -> None:
        super().__init__(shard)
        self.shard = shard


class ShardReader(DataSourceReader):
    """Reads a part of the users in each task, by the program."""

    def __init__(self, request: SourceOptions) -> None:
        self.request = request

    def partitions(self) -> Sequence[InputPartition]:
        """Gives a partition for each shard."""
        count = self.request.shards
        return [ShardPartition(f"{index}/{count}" if count > 1 else None) for index in range(count)]

    def read(self, partition: InputPartition) -> Iterator[pyarrow.RecordBatch]:
        """Gives the rows of a partition, in their order."""
        assert isinstance(partition, ShardPartition)
        yield from spark_batches(self.request.batches(partition.shard))


class ArrivalReader(SimpleDataSourceStreamReader, SupportsTriggerAvailableNow):
    """Reads what arrives, one window of time after the other: the batches of `deliver`.

    An offset is a time, so that a stream goes on from its checkpoint, and a batch that is read again is the same. All of
    it is available at once.
    """

    def __init__(self, request: SourceOptions) -> None:
        self.request = request
        self._before = 0
        self._windows: Iterator[Window] | None = None

    def initialOffset(self) -> dict[str, int]:  # noqa: N802
        """Gives the offset before all that arrives."""
        return {_BEFORE: 0}

    def prepareForTriggerAvailableNow(self) -> None:  # noqa: N802
        """Refuses a scenario without end, of which not all can be there."""
        _plainly(self.request.bounded)

    def read(self, start: dict[str, int]) -> tuple[Iterator[Any], dict[str, int]]:
        """Gives the first window from there on in which something arrives, and its end."""
        if self._windows is None or self._before != start[_BEFORE]:
            self._windows = self._from(start[_BEFORE])
        window = next(self._windows, None)
        if window is None:
            self._before = start[_BEFORE]
            return iter([]), start
        self._before = window.end_ms
        # A list, as Spark copies its iterator.
        return iter(list(spark_batches(window.batches))), {_BEFORE: window.end_ms}

    def readBetweenOffsets(self, start: dict[str, int], end: dict[str, int]) -> Iterator[Any]:  # noqa: N802
        """Gives a window, or some, once more."""
        for window in self._from(start[_BEFORE]):
            if window.end_ms > end[_BEFORE]:
                return
            yield from spark_batches(window.batches)

    def _from(self, before_ms: int) -> Iterator[Window]:
        batches = self.request.batches(None)
        return windows(batches, self.request.arrival, self.request.every_ms, before_ms)


def truth_table(spark: SparkSession, scenario: PathLike, table: str, *, shards: int = 1, **options: str | int) -> DataFrame:
    """Gives a table that a correct pipeline must report, counted a shard a task and merged: exactly that of the whole.

    Args:
        spark: The session, in which `EventSimulatorSource` is registered.
        scenario: A scenario file, or the name of a shipped one.
        table: Its name: see ``docs/expectations.md``.
        shards: The number of parts.
        options: Those of the source: ``policy``, ``seed``, ``users`` and so on.
    """
    reader = spark.read.format(EventSimulatorSource.name())
    reader = reader.options(scenario=os.fspath(scenario), what=table, **options)
    schema = reader.load().schema
    sums = reader.options(shards=shards, sums="true").load()

    def merge(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        return spark_batches(merged_table(batches, table))

    return sums.repartition(1).mapInArrow(merge, schema)


def _plainly(ask: Callable[[], _T]) -> _T:
    """Says what is wrong without the way to it, which Spark would show with the message."""
    try:
        return ask()
    except SimulatorError as error:
        raise error.with_traceback(None) from None


__all__ = ["EventSimulatorSource", "spark_batches", "spark_schema", "truth_table"]
