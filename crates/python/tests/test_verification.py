from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from event_simulator import CommandError, Scenario, SimulatorError, Timeline, TimelineError, UsageError, verify, verify_tables

TIMELINE = Scenario("quick-test").timeline(seed=7)


def event_counts(timeline: Timeline, factor: int = 1) -> list[dict[str, Any]]:
    """The table `event_counts`, as a pipeline would compute it."""
    hours = Counter((e["event_time"][:10], int(e["event_time"][11:13]), e["event_type"]) for e in timeline)
    names = ["date", "hour", "event_type"]
    return [{**dict(zip(names, key)), "events": count * factor} for key, count in hours.items()]


def test_a_report_is_the_screen_and_its_numbers() -> None:
    events = list(TIMELINE)
    assert verify(sent=TIMELINE, received=events)
    kept = [event for event in events if event["event_type"] != "link_click"]
    report = verify(sent=TIMELINE, received=kept)
    assert not report
    assert report.counts == {"missing": len(events) - len(kept)}
    assert len(report.findings) == report.counts["missing"]
    assert report.first("missing", 1)[0].details
    assert "event_type link_click" in report.causes[0]
    missing = len(events) - len(kept)
    assert repr(report).splitlines()[:2] == [
        f"Not OK: missing: all {missing} events of event_type link_click: a filter or a schema drops them ({missing} missing)",
        f"{len(events)} events sent (sent.jsonl), {len(kept)} received (received.jsonl), matched by event_id",
    ]


def test_a_report_has_no_colour_codes_where_a_notebook_asks_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLICOLOR_FORCE", "1")
    kept = [event for event in TIMELINE if event["event_type"] != "link_click"]
    assert "\x1b" not in repr(verify(sent=TIMELINE, received=kept))


def test_received_may_be_files_and_frames(tmp_path: Path) -> None:
    path = tmp_path / "received.jsonl"
    TIMELINE.write(path)
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    first.write_bytes(b"".join(lines[:100]))
    second.write_bytes(b"".join(lines[100:]))
    assert verify(sent=path, received=[first, second], unordered=True)
    pytest.importorskip("pyarrow")
    assert verify(sent=TIMELINE, received=TIMELINE.to_arrow())
    pytest.importorskip("pandas")
    assert verify(sent=TIMELINE, received=TIMELINE.to_pandas())
    pytest.importorskip("polars")
    assert verify(sent=TIMELINE, received=TIMELINE.to_polars())


def test_options_are_those_of_the_program() -> None:
    shuffled = list(reversed(list(TIMELINE)))
    assert not verify(sent=TIMELINE, received=shuffled)
    assert verify(sent=TIMELINE, received=shuffled, unordered=True)
    altered = [{**event, "props": {}} for event in TIMELINE]
    assert not verify(sent=TIMELINE, received=altered)
    assert verify(sent=TIMELINE, received=altered, ignore=["props.journey", "props.step", "props.href"])
    with pytest.raises(UsageError, match="unexpected argument"):
        verify(sent=TIMELINE, received=shuffled, unorderly=True)


def test_what_cannot_be_compared(tmp_path: Path) -> None:
    with pytest.raises(SimulatorError, match=r"nothing\.jsonl"):
        verify(sent=tmp_path / "nothing.jsonl", received=list(TIMELINE))
    with pytest.raises(TimelineError, match="there is no such file"):
        verify_tables(expected=Scenario("quick-test").truth(), actual={"users_active": tmp_path / "nothing.csv"})
    with pytest.raises(KeyError, match="users_active"):
        Scenario("quick-test").truth()["userz"]
    with pytest.raises(UsageError, match="int has no rows"):
        verify(sent=TIMELINE, received=7)
    with pytest.raises(UsageError, match="a row is int"):
        verify(sent=TIMELINE, received=[1, 2])


def test_a_ledger_explains_what_is_rightly_dropped(shop: Path, tmp_path: Path) -> None:
    from event_simulator import program

    program.output(["generate", str(shop), "-o", str(tmp_path / "log.jsonl"), "--truth", str(tmp_path / "truth")])
    ids: dict[str, Any] = {}
    for line in (tmp_path / "log.jsonl").read_bytes().splitlines():
        try:
            event = json.loads(line)
            ids.setdefault(event["event_id"], event)
        except (ValueError, KeyError, TypeError):
            continue
    report = verify(
        sent=tmp_path / "truth/timeline.jsonl",
        received=list(ids.values()),
        ledger=tmp_path / "truth/ledger.jsonl",
        ignore=["session_id"],
    )
    assert report.account is not None


def test_tables_of_every_kind_are_compared(tmp_path: Path) -> None:
    truth = Scenario("quick-test").truth(seed=7)
    right = event_counts(TIMELINE)
    assert verify_tables(expected=truth, actual={"event_counts": right})
    assert verify_tables(expected=truth, actual=truth)
    truth.write(tmp_path / "expected")
    assert verify_tables(expected=tmp_path / "expected", actual={"event_counts": right})
    assert verify_tables(expected=truth, actual=tmp_path / "expected")
    assert verify_tables(expected=truth, actual={"event_counts": tmp_path / "expected/event_counts.csv"})
    dated = [{**row, "date": date.fromisoformat(row["date"])} for row in right]
    assert verify_tables(expected=truth, actual={"event_counts": dated})


def test_frames_of_libraries_are_compared() -> None:
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    duckdb = pytest.importorskip("duckdb")
    truth = Scenario("quick-test").truth(seed=7)
    rows = event_counts(TIMELINE)
    frame = pandas.DataFrame(rows)
    indexed = frame.set_index(["date", "hour", "event_type"])
    table = pyarrow.Table.from_pylist(rows)
    for actual in [frame, indexed, polars.DataFrame(rows), polars.LazyFrame(rows), table, duckdb.sql("from frame")]:
        assert verify_tables(expected=truth, actual={"event_counts": actual}), type(actual)
    assert list(indexed.columns) == ["events"]
    nothing = frame[frame["events"] < 0]
    assert not verify_tables(expected=truth, actual={"event_counts": nothing})


def test_wrong_tables_have_a_cause() -> None:
    truth = Scenario("quick-test").truth(seed=7)
    report = verify_tables(expected=truth, actual={"event_counts": event_counts(TIMELINE, 2)})
    assert "twice as many" in report.causes[0]
    details = report.findings[0].details
    assert details["table"] == "event_counts"
    assert int(details["actual"]) == 2 * int(details["expected"])
    local = [row for row in event_counts(TIMELINE) if row["event_type"] != "page_visited"]
    report = verify_tables(expected=truth, actual={"event_counts": local})
    assert "page_visited" in repr(report)
    assert verify_tables(expected=truth, actual={"event_counts": event_counts(TIMELINE, 2)}, tolerance="100%")


def test_the_rule_of_a_policy_that_is_not_followed_is_named(shop: Path) -> None:
    scenario = Scenario(shop)
    truth = scenario.truth(policy={"deduplicate": {"by": ["event_id"]}}, seed=7)
    with_copies = scenario.truth(policy={}, seed=7)
    report = verify_tables(expected=truth, actual=with_copies)
    assert not report
    assert "deduplicate" in report.causes[0]


def test_tables_that_there_are_not() -> None:
    truth = Scenario("quick-test").truth(seed=7)
    with pytest.raises(UsageError, match="no table 'event_count'") as caught:
        verify_tables(expected=truth, actual={"event_count": []})
    assert "event_counts" in str(caught.value)
    with pytest.raises(UsageError, match="no table to compare"):
        verify_tables(expected=truth, actual={})
    with pytest.raises(CommandError):
        verify_tables(expected="nowhere", actual=truth)
