"""What a marked test runs on: a scenario with one seed."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from .deliveries import Deliveries
from .errors import SimulatorError
from .scenario import Scenario
from .timeline import SimulatedTimeline, Timeline
from .truth import Policy, Truth

#: Keyword arguments of the marker that override keys of the scenario.
_OVERRIDES = frozenset(["users", "duration", "start", "at_end"])
_OTHERS = frozenset(["seeds", "policy", "rows", "retention"])

# The scenarios that have been checked, and what is wrong with them.
_checked: dict[str, str | None] = {}


class Case:
    """A scenario with a seed, as a test has it.

    Attributes:
        scenario: The scenario.
        seed: The seed, if it is not that of the scenario.
        id: What the test is called after, such as ``shop-seed7``.
        problem: Why the scenario cannot be used, if it cannot.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int | None,
        options: Mapping[str, Any],
        policy: Policy | None = None,
        tables: Mapping[str, Any] | None = None,
        problem: str | None = None,
    ) -> None:
        self.scenario = scenario
        self.seed = seed
        self.policy = policy
        self.problem = problem
        self.id = f"{scenario.name}-invalid" if problem else _id(scenario.name, seed)
        self._options = {**options, "seed": seed}
        self._tables = tables or {}

    def timeline(self) -> SimulatedTimeline:
        """What truly happens."""
        return self.scenario.timeline(**self._options)

    def deliveries(self) -> Deliveries:
        """What arrives."""
        return self.scenario.deliveries(**self._options)

    def truth(self) -> Truth:
        """The tables that are right."""
        return self.scenario.truth(policy=self.policy, **self._tables, **self._options)

    def truth_of(self, timeline: Timeline) -> Truth:
        """The tables that are right for a part of the timeline."""
        return Truth(timeline, policy=self.policy, **self._tables)

    def reproduction(self, nodeid: str) -> str:
        """The lines that make the test, and its timeline, again."""
        lines = [f"seed {self.seed} of {self.scenario!r}" if self.seed is not None else f"{self.scenario!r}"]
        lines.append(f"  pytest {shlex.quote(nodeid)}")
        if self.scenario.simulation().text is None:
            lines.append(f"  {self.timeline().command} -o events.jsonl")
        return "\n".join(lines)


def _id(name: str, seed: int | None) -> str:
    return name if seed is None else f"{name}-seed{seed}"


def cases_of(marker: pytest.Mark, folder: Path, config: pytest.Config) -> list[Case]:
    """Gives the cases of a marker: one a seed, or one that says why there are none.

    Args:
        marker: The marker.
        folder: The folder of the test, from which on scenarios and policies are looked for first.
        config: The configuration, whose root is looked in next.
    """
    unknown = sorted(marker.kwargs.keys() - _OVERRIDES - _OTHERS)
    if len(marker.args) != 1 or unknown:
        reason = f"it does not know {unknown[0]!r}" if unknown else "it takes one scenario"
        raise pytest.Collector.CollectError(f"@pytest.mark.scenario: {reason}; see pytest --markers")
    folders = (folder, config.rootpath)
    scenario = _scenario(marker.args[0], folders)
    policy = marker.kwargs.get("policy")
    if isinstance(policy, (str, os.PathLike)):
        policy = _found(os.fspath(policy), folders)
    options = {name: value for name, value in marker.kwargs.items() if name in _OVERRIDES}
    tables = {name: marker.kwargs[name] for name in ("rows", "retention") if name in marker.kwargs}
    problem = _problem(scenario)
    if problem is not None:
        return [Case(scenario, None, options, problem=problem)]
    seeds = marker.kwargs.get("seeds")
    if isinstance(seeds, int):
        seeds = [seeds]
    return [Case(scenario, seed, options, policy, tables) for seed in (seeds if seeds is not None else [None])]


def _scenario(source: Any, folders: tuple[Path, ...]) -> Scenario:
    if isinstance(source, Scenario):
        return source
    if isinstance(source, (str, os.PathLike)):
        return Scenario(_found(os.fspath(source), folders))
    return Scenario(source)


def _found(name: str, folders: tuple[Path, ...]) -> str:
    """The file of that name in the first of the folders that has it; else the name, which may be of what is shipped."""
    for folder in folders:
        if (folder / name).is_file():
            return os.path.relpath(folder / name)
    return name


def _problem(scenario: Scenario) -> str | None:
    """Why a scenario cannot be used: found out once, before there are tests of all its seeds."""
    key = repr(scenario)
    if key not in _checked:
        try:
            scenario.check()
            _checked[key] = None
        except SimulatorError as error:
            _checked[key] = str(error)
    return _checked[key]
