"""Tests of pandas_pipeline.py: whatever the seed, it reports what truly happened."""

import os
import subprocess
from pathlib import Path

import pandas as pd
import pytest

import pandas_pipeline

SIMULATOR = os.environ.get("EVENT_SIMULATOR", "event-simulator")
SCENARIOS = sorted(Path(__file__).parent.glob("scenarios/*.yaml"))
SEEDS = [1, 2, 3]


@pytest.fixture(scope="module", params=SEEDS, ids="seed{}".format)
def seed(request):
    return request.param


@pytest.fixture(scope="module", params=SCENARIOS, ids=lambda path: path.stem)
def timeline(request, seed, tmp_path_factory):
    """A timeline, and beside it what must be reported for it."""
    folder = tmp_path_factory.mktemp("timeline")
    run("generate", request.param, "--seed", seed, "-o", folder / "events.jsonl")
    run("expect", folder / "events.jsonl", "-o", folder / "expected")
    return folder / "events.jsonl"


@pytest.fixture(scope="module")
def events(timeline):
    return pandas_pipeline.read(timeline)


def run(*arguments):
    subprocess.run([SIMULATOR, *map(str, arguments)], check=True)


def assert_reports_what_happened(events, timeline):
    for name, table in pandas_pipeline.tables(events).items():
        expected = pd.read_csv(timeline.parent / "expected" / f"{name}.csv")
        assert len(expected) > 0
        pd.testing.assert_frame_equal(table, expected, check_dtype=False, rtol=0, atol=1e-6, obj=name)


def test_the_tables_are_what_happened(events, timeline):
    assert_reports_what_happened(events, timeline)


@pytest.mark.parametrize("event_type", ["button_clicked", "page_visited"])
def test_one_event_too_many_would_be_seen(events, timeline, event_type):
    one = events[events.event_type == event_type].sample(1, random_state=0)
    twice = pd.concat([events, one]).sort_values("event_time", kind="stable", ignore_index=True)
    with pytest.raises(AssertionError):
        assert_reports_what_happened(twice, timeline)
