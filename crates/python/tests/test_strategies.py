from __future__ import annotations

import pytest

hypothesis = pytest.importorskip("hypothesis")

from event_simulator import Scenario  # noqa: E402
from event_simulator.strategies import scenarios, timelines  # noqa: E402
from event_simulator.timeline import SimulatedTimeline  # noqa: E402
from hypothesis import HealthCheck, find, given, settings  # noqa: E402

QUICK = settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@given(scenarios(faults=True))
@QUICK
def test_any_small_scenario_can_be_used(scenario: Scenario) -> None:
    scenario.check()
    assert len(list(scenario.deliveries())) >= 0


@given(timelines("web-shop", max_users=2))
@QUICK
def test_timelines_are_in_order(timeline: SimulatedTimeline) -> None:
    times = [event["event_time"] for event in timeline]
    assert times == sorted(times)


def test_the_simplest_is_small() -> None:
    simplest = find(timelines(), lambda timeline: any(True for _ in timeline), settings=QUICK)
    assert len(list(simplest)) < 500
