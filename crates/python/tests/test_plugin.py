from __future__ import annotations

from pathlib import Path

import pytest

PIPELINE = """
import pytest
from collections import Counter
from event_simulator.testing import assert_golden, assert_tables

def event_counts(timeline, factor=1):
    hours = Counter((e["event_time"][:10], int(e["event_time"][11:13]), e["event_type"]) for e in timeline)
    return [{"date": d, "hour": h, "event_type": t, "events": n * factor} for (d, h, t), n in hours.items()]
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    # pytest repeats whole messages in its summary where these are set.
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("BUILD_NUMBER", raising=False)
    pytester.makefile(".yaml", shop="simulation: { num_users: 3, duration_seconds: 600 }\n")
    return pytester


def run(project: pytest.Pytester, tests: str, *arguments: str) -> pytest.RunResult:
    project.makepyfile(PIPELINE + tests)
    return project.runpytest_subprocess("-p", "no:cacheprovider", *arguments)


def test_a_test_a_seed(project: pytest.Pytester) -> None:
    tests = """
@pytest.mark.scenario("shop.yaml", seeds=range(3), users=2)
@pytest.mark.scenario("quick-test")
def test_counts(timeline, truth):
    assert_tables({"event_counts": event_counts(timeline)}, truth)
"""
    result = run(project, tests, "-v")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines_random(["*::test_counts?shop-seed0?*", "*::test_counts?shop-seed2?*", "*?quick-test?*"])


def test_a_failure_says_what_differs_why_and_how_to_make_it_again(project: pytest.Pytester) -> None:
    tests = """
@pytest.mark.scenario("shop.yaml", seeds=[7])
def test_counts(timeline, truth):
    assert_tables({"event_counts": event_counts(timeline, 2)}, truth)
"""
    result = run(project, tests, "--color=no")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*TablesDiffer: tables are not what is right: * altered",
            "*twice as many*",
            "E         2026-01-01 0 button_clicked",
            "E           - events 62  expected",
            "E           + events 124  actual",
            "*event simulator*",
            "seed 7 of Scenario('shop.yaml')",
            "  pytest '*::test_counts?shop-seed7?'",
            "  event-simulator generate shop.yaml --seed=7 --without-faults -o events.jsonl",
        ]
    )
    colored = project.runpytest_subprocess("-p", "no:cacheprovider", "--color=yes")
    assert "\x1b[32m    + events 124" in colored.stdout.str()


def test_with_xdist(project: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    tests = """
@pytest.mark.scenario("shop.yaml", seeds=range(4))
def test_counts(timeline, truth, collector):
    assert collector.received == []
    assert_tables({"event_counts": event_counts(timeline, 1 + (timeline.simulation.overrides == ("--seed=2",)))}, truth)
"""
    result = run(project, tests, "-n", "2", "--color=yes")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["seed 2 of Scenario('shop.yaml')"])
    assert "\x1b[31m    - events" in result.stdout.str()


def test_the_smallest_timeline(project: pytest.Pytester) -> None:
    tests = """
@pytest.mark.scenario("shop.yaml", seeds=[7], users=5)
def test_clicks(timeline, tmp_path):
    assert not [event for event in timeline if event["event_type"] == "link_click"]

@pytest.mark.scenario("shop.yaml", seeds=[7])
def test_counts(timeline, truth):
    assert_tables({"event_counts": event_counts(timeline, 2)}, truth)

@pytest.mark.scenario("shop.yaml", seeds=[7])
def test_never(timeline):
    assert False

@pytest.mark.scenario("shop.yaml", seeds=[7])
def test_skipped(timeline):
    pytest.skip("not here")
"""
    project.makepyfile(PIPELINE + tests)
    result = project.runpytest_subprocess("--minimize")
    result.assert_outcomes(failed=3, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "*the smallest timeline*",
            "4 events, found in * runs in *test_clicks-shop-seed7-.jsonl",
            '{"event_id":*"session_created"*',
            '{"event_id":*"page_visited"*',
            '{"event_id":*"link_click"*',
            "*the smallest timeline*",
            "1 events, found in *",
            "*the smallest timeline*",
            "no smaller timeline was found: *an empty timeline too*",
        ]
    )


def test_a_wrong_scenario_is_said_once(project: pytest.Pytester) -> None:
    project.makefile(".yaml", wrong="simulation: { num_user: 3 }\n")
    tests = """
@pytest.mark.scenario("wrong.yaml", seeds=range(20))
def test_one(timeline): pass

def test_two(timeline): pass
"""
    result = run(project, tests)
    result.assert_outcomes(errors=2)
    text = result.stdout.str()
    assert text.count("wrong.yaml:1:15: error: simulation.num_user: unknown key\n") == 1
    assert "Traceback" not in text
    result.stdout.fnmatch_lines(["the test needs a scenario: @pytest.mark.scenario*"])
    misspelled = run(project, '\n@pytest.mark.scenario("shop.yaml", seed=7)\ndef test_one(timeline): pass\n')
    misspelled.stdout.fnmatch_lines(["@pytest.mark.scenario: it does not know 'seed'*"])
    assert "_caller.py" not in misspelled.stdout.str()


def test_a_column_or_a_table_that_is_not_there_is_named(project: pytest.Pytester) -> None:
    tests = """
@pytest.mark.scenario("shop.yaml")
def test_column(timeline, truth):
    assert_tables({"users_active": [{"date": "2026-01-01", "users": 1}]}, truth)

@pytest.mark.scenario("shop.yaml")
def test_table(timeline, truth):
    assert_tables({"user_active": [{"date": "2026-01-01", "users": 1}]}, truth)
"""
    result = run(project, tests)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "E *users_active: column new_users is missing; there are date, users",
            "E *UsageError: error: there is no table 'user_active' to compare with",
        ]
    )
    assert "verification.py" not in result.stdout.str()


def test_golden_timelines(project: pytest.Pytester) -> None:
    tests = """
@pytest.mark.scenario("shop.yaml")
def test_golden(timeline):
    assert_golden(timeline, "golden.jsonl")
"""
    result = run(project, tests)
    result.stdout.fnmatch_lines(["*there is no golden file golden.jsonl*", "*pytest --update-golden writes it*"])
    run(project, tests, "--update-golden").assert_outcomes(passed=1)
    run(project, tests).assert_outcomes(passed=1)
    (Path(project.path) / "shop.yaml").write_text("simulation: { num_users: 4, duration_seconds: 600 }\n")
    result = run(project, tests)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*GoldenDiffers:*", "*pytest --update-golden writes golden.jsonl anew"])


def test_faults_and_policies(project: pytest.Pytester) -> None:
    project.makefile(
        ".yaml", faulty="simulation: { num_users: 3, duration_seconds: 600 }\nfaults: { malformed: { share: 0.5 } }\n"
    )
    tests = """
import json

@pytest.mark.scenario("faulty.yaml", seeds=[1], policy="web", rows=True)
def test_malformed(deliveries, truth):
    def kept():
        for body in deliveries.bodies():
            try:
                event = json.loads(body)
            except ValueError:
                continue
            if isinstance(event, dict) and all(isinstance(event.get(k), str) for k in ("event_id", "event_type", "event_time")):
                yield event
    assert "sessions" in truth
    assert sum(row["events"] for row in truth["event_counts"]) > 0
    assert len(list(kept())) > 0
"""
    run(project, tests).assert_outcomes(passed=1)


def test_other_tests_are_left_alone(project: pytest.Pytester) -> None:
    run(project, "\ndef test_nothing(): pass\n", "-W", "error", "--strict-markers").assert_outcomes(passed=1)
    result = project.runpytest_subprocess("--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.scenario(source, seeds=None*"])
