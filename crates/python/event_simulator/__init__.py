"""Reproducible analytics events from a scenario and a seed, with the tables that are right for them.

    from event_simulator import Scenario

    for event in Scenario("web-shop").timeline(seed=7, users=10):
        print(event["event_type"])

The package carries the program ``event-simulator`` and runs it: what Python gets is what the program writes, byte for
byte. See ``docs/python.md``.
"""

from .collector import Collector
from .deliveries import Deliveries
from .errors import (
    CommandError,
    MissingLibraryError,
    Problem,
    ProgramError,
    ScenarioError,
    SimulatorError,
    TimelineError,
    UsageError,
)
from .minimization import MinimalTimeline, minimize
from .replaying import ReplayError, replay
from .scenario import Scenario, shipped_scenarios
from .timeline import Timeline
from .truth import Table, Truth
from .verification import Finding, Report, verify, verify_tables

__all__ = [
    "Collector",
    "CommandError",
    "Deliveries",
    "Finding",
    "MinimalTimeline",
    "MissingLibraryError",
    "Problem",
    "ProgramError",
    "ReplayError",
    "Report",
    "Scenario",
    "ScenarioError",
    "SimulatorError",
    "Table",
    "Timeline",
    "TimelineError",
    "Truth",
    "UsageError",
    "minimize",
    "replay",
    "shipped_scenarios",
    "verify",
    "verify_tables",
]
