"""Shards read without the data source, which Spark 3.5 does not have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from event_simulator import Scenario
from event_simulator.spark_columns import spark_batches, spark_schema

SHARDS = 3
FAULTY = """
simulation: { num_users: 20, duration_seconds: 900 }
faults:
  late: { share: 0.1, delay: { median: 20s, p90: 5m } }
  malformed: { share: 0.2 }
"""


def as_arrow(frame: Any) -> Any:
    if hasattr(frame, "toArrow"):
        return frame.toArrow()
    import pyarrow

    return pyarrow.Table.from_batches(frame._collect_as_arrow())


def rows(table: Any) -> list[dict[str, Any]]:
    return sorted(table.to_pylist(), key=lambda row: row.get("event_id") or row["delivery_id"])


def by_shard(spark: Any, whole: Any, part: Any) -> Any:
    def read(batches: Any) -> Iterator[Any]:
        for batch in batches:
            for shard in batch.column("id").to_pylist():
                yield from spark_batches(part(f"{shard}/{SHARDS}").batches())

    return spark.range(0, SHARDS, 1, SHARDS).mapInArrow(read, spark_schema(whole.schema()))


@pytest.mark.parametrize("name", ["web-shop", "awkward", "news-site", "checkout-experiment", "custom-events"])
def test_a_timeline_is_that_of_the_program(spark: Any, name: str) -> None:
    def timeline(shard: str | None = None) -> Any:
        return Scenario(name).timeline(seed=7, users=5, duration="2d", shard=shard)

    events = by_shard(spark, timeline(), timeline)
    assert rows(as_arrow(events)) == rows(timeline().to_arrow())
    assert {row[0] for row in events.selectExpr("spark_partition_id()").distinct().collect()} <= set(range(SHARDS))


def test_deliveries_are_those_of_the_program(spark: Any, tmp_path: Path) -> None:
    path = tmp_path / "faulty.yaml"
    path.write_text(FAULTY)

    def deliveries(shard: str | None = None) -> Any:
        return Scenario(path).deliveries(shard=shard)

    assert rows(as_arrow(by_shard(spark, deliveries(), deliveries))) == rows(deliveries().to_arrow())
