from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from event_simulator import Collector, CommandError, ReplayError, Scenario, SimulatorError, minimize, replay, verify

TIMELINE = Scenario("quick-test").timeline(seed=7)


def post(url: str, body: bytes) -> int:
    try:
        return int(urllib.request.urlopen(url, data=body).status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_collector_takes_events() -> None:
    event = {"event_type": "x", "user_id": "u", "session_id": "s"}
    with Collector() as collector:
        assert str(collector.port) in collector.url
        assert post(collector.url, json.dumps(event).encode()) == 200
        assert post(collector.url, b"{}") == 422
        assert collector.received == [event]
        assert collector.stats()["events_accepted"] == 1
    assert collector.received == [event]
    assert collector.stats()["refused"] == 1


def test_faults_of_a_collector(tmp_path: Path) -> None:
    with Collector(fail="100%", status=500, output=tmp_path / "received.jsonl") as collector:
        assert post(collector.url, b'{"event_type":"x","user_id":"u","session_id":"s"}') == 500
    assert collector.received == []
    assert (tmp_path / "received.jsonl").exists()


def test_a_collector_that_cannot_start() -> None:
    with Collector() as collector, pytest.raises(SimulatorError, match=str(collector.port)):
        Collector(port=collector.port).start()
    with pytest.raises(SimulatorError, match="fail"):
        Collector(fail="many").start()
    with pytest.raises(CommandError, match="has not been started"):
        Collector().stats()


def test_what_is_replayed_arrives() -> None:
    with Collector(fail="5%", dedupe=True) as collector:
        summary = replay(TIMELINE, collector, batch=10)
    assert summary
    assert verify(sent=TIMELINE, received=collector)


def test_deliveries_are_replayed(shop: Path, tmp_path: Path) -> None:
    deliveries = Scenario(shop).deliveries(seed=7)
    replay(deliveries, f"file:{tmp_path}/out.jsonl")
    assert set((tmp_path / "out.jsonl").read_bytes().splitlines()) >= {
        body for body in deliveries.bodies() if b"\n" not in body and body.startswith(b"{") and body.endswith(b"}")
    }


def test_what_is_not_delivered_is_an_error() -> None:
    with (
        Collector(fail="100%", status=400) as collector,
        pytest.raises(ReplayError, match=r"refused|delivered") as caught,
    ):
        replay(TIMELINE, collector)
    assert caught.value.summary is not None
    with pytest.raises(SimulatorError, match="speed"):
        replay(TIMELINE, "http://127.0.0.1:1/", speed="fast")


def test_the_smallest_timeline_of_a_predicate() -> None:
    seen: list[int] = []

    def has_a_link_click(timeline: object) -> bool:
        events = list(timeline)  # type: ignore[call-overload]
        seen.append(len(events))
        return any(event["event_type"] == "link_click" for event in events)

    smallest = minimize(TIMELINE, has_a_link_click)
    kinds = [event["event_type"] for event in smallest]
    assert kinds.count("link_click") == 1
    assert len(kinds) <= 4
    assert smallest.runs == len(seen)
    assert seen[0] == len(list(TIMELINE))
    pyarrow = pytest.importorskip("pyarrow")
    table = smallest.to_arrow()
    assert table.schema == TIMELINE.schema()
    assert table["event_id"].to_pylist() == [event["event_id"] for event in smallest]
    assert isinstance(table, pyarrow.Table)


def test_a_predicate_may_raise_what_it_looks_for(tmp_path: Path) -> None:
    def divide(timeline: object) -> float:
        return 1 / sum(event["event_type"] != "session_ended" for event in timeline)  # type: ignore[attr-defined]

    def fails(timeline: object) -> None:
        assert not [event for event in timeline if event["event_type"] == "session_ended"]  # type: ignore[attr-defined]

    smallest = minimize(TIMELINE, fails, raises=AssertionError, output=tmp_path / "smallest.jsonl")
    assert [event["event_type"] for event in smallest] == ["session_created", "session_ended"]
    assert smallest.path == str(tmp_path / "smallest.jsonl")
    with pytest.raises(ZeroDivisionError):
        minimize(TIMELINE, divide)


def test_a_predicate_is_asked_of_several_timelines_at_a_time() -> None:
    def has_a_link_click(timeline: object) -> bool:
        return any(event["event_type"] == "link_click" for event in timeline)  # type: ignore[attr-defined]

    smallest = minimize(TIMELINE, has_a_link_click, jobs=3)
    alone = minimize(TIMELINE, has_a_link_click)
    assert [event["event_id"] for event in smallest] == [event["event_id"] for event in alone]
    with pytest.raises(ZeroDivisionError):
        minimize(TIMELINE, lambda timeline: 1 / 0, jobs=3)


def test_a_predicate_that_finds_nothing() -> None:
    with pytest.raises(CommandError, match="does not hold for the whole timeline"):
        minimize(TIMELINE, lambda timeline: False)
    with pytest.raises(CommandError, match="holds for an empty timeline too"):
        minimize(TIMELINE, lambda timeline: True)
