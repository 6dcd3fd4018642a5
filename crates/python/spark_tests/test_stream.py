"""Streams in order of arrival."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from event_simulator import Scenario, program
from event_simulator.spark_options import SourceOptions
from event_simulator.windows import windows
from test_batch import FAULTY

pytestmark = pytest.mark.spark_only


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    path = tmp_path / "faulty.yaml"
    path.write_text(FAULTY)
    return path


def stream(spark: Any, scenario: Path, **options: Any) -> Any:
    return spark.readStream.format("event_simulator").options(scenario=scenario, **options).load()


def test_windows_are_the_batches_of_deliver(faulty: Path, tmp_path: Path) -> None:
    folder = tmp_path / "batches"
    program.output(["deliver", str(faulty), "--every=3m", f"--output={folder}"])
    batches = json.loads((folder / "batches.json").read_text())["batches"]
    request = SourceOptions.read({"scenario": str(faulty), "what": "deliveries", "every": "3m"})
    found = list(windows(request.batches(), "received_at", request.every_ms))
    assert [sum(batch.num_rows for batch in window.batches) for window in found] == [b["arrivals"] for b in batches]


def test_each_batch_is_a_window_and_all_are_the_whole(spark: Any, faulty: Path) -> None:
    seen: list[list[str]] = []
    deliveries = stream(spark, faulty, what="deliveries", every="3m")
    query = deliveries.writeStream.foreachBatch(
        lambda batch, _: seen.append([row[0] for row in batch.select("delivery_id").collect()])
    ).start()
    query.processAllAvailable()
    query.stop()
    expected = [delivery["delivery_id"] for delivery in Scenario(faulty).deliveries()]
    # In order of arrival, within a batch and from one to the next.
    assert [row for batch in seen for row in batch] == expected
    assert len([batch for batch in seen if batch]) > 4


def test_a_stream_goes_on_where_it_stopped(spark: Any, faulty: Path, tmp_path: Path) -> None:
    class StopError(Exception):
        pass

    seen: list[tuple[int, list[str]]] = []

    def failing(batch: Any, number: int) -> None:
        if number == 2 and not any(seen_number == 2 for seen_number, _ in seen):
            seen.append((2, []))
            raise StopError
        seen.append((number, [row[0] for row in batch.select("event_id").collect()]))

    def run() -> None:
        events = stream(spark, faulty, every="3m")
        query = events.writeStream.foreachBatch(failing).option("checkpointLocation", str(tmp_path / "state")).start()
        try:
            query.processAllAvailable()
        finally:
            query.stop()

    with pytest.raises(Exception, match="StopError"):
        run()
    run()
    expected = [event["event_id"] for event in Scenario(faulty).timeline()]
    assert [row for _, batch in seen for row in batch] == expected


def test_all_that_is_available_is_the_whole(spark: Any, faulty: Path) -> None:
    pytest.importorskip("pyspark.sql.streaming.datasource", reason="before Spark 4.2 such a trigger reads one window")
    seen: list[str] = []
    deliveries = stream(spark, faulty, what="deliveries", every="3m")
    query = (
        deliveries.writeStream.foreachBatch(
            lambda batch, _: seen.extend(row[0] for row in batch.select("delivery_id").collect())
        )
        .trigger(availableNow=True)
        .start()
    )
    query.awaitTermination()
    assert seen == [delivery["delivery_id"] for delivery in Scenario(faulty).deliveries()]


def test_a_watermark_drops_what_is_late(spark: Any, faulty: Path) -> None:
    from pyspark.sql import functions as f

    deliveries = stream(spark, faulty, what="deliveries", every="1m")
    events = deliveries.select(
        f.from_json("body", "event_id STRING, event_time TIMESTAMP, event_type STRING").alias("e")
    ).select("e.*")
    once = (
        events.where("event_time is not null")
        .withWatermark("event_time", "1 minute")
        .dropDuplicatesWithinWatermark(["event_id"])
    )
    query = once.writeStream.format("memory").queryName("once").outputMode("append").start()
    query.processAllAvailable()
    dropped = sum(
        operator["numRowsDroppedByWatermark"] for progress in query.recentProgress for operator in progress["stateOperators"]
    )
    query.stop()
    kept = spark.table("once").count()
    assert dropped > 0
    assert 0 < kept < sum(1 for _ in Scenario(faulty).timeline()) + dropped


@pytest.mark.parametrize(
    ("options", "said"), [({"shards": 2}, "in one task"), ({"what": "event_counts"}, "cannot be streamed")]
)
def test_what_cannot_be_streamed_is_said(spark: Any, faulty: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(Exception, match=said):
        stream(spark, faulty, **options).writeStream.format("noop").start().processAllAvailable()


def test_a_stream_without_end_is_never_all_available(spark: Any) -> None:
    pytest.importorskip("pyspark.sql.streaming.datasource", reason="before Spark 4.2 such a trigger reads one window")
    endless = spark.readStream.format("event_simulator").load("continuous")
    with pytest.raises(Exception, match="this scenario has no end"):
        endless.writeStream.format("noop").trigger(availableNow=True).start().awaitTermination()
