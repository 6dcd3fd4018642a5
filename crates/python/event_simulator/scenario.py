"""Scenarios: what users do, as YAML, and all that can be had of it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from .deliveries import Deliveries
from .errors import Problem
from .program import output, warnings
from .simulation import Duration, Moment, PathLike, Simulation, overrides
from .timeline import SimulatedTimeline
from .truth import Policy, Truth


class Scenario:
    """A scenario: a YAML file, the name of a shipped one, a text or a dict.

    ``Scenario(source)`` is `Scenario.load` of it, or `Scenario.from_dict` if it is a dict. Nothing is read before it is used.
    """

    def __init__(self, source: PathLike | Mapping[str, Any]) -> None:
        if isinstance(source, Mapping):
            # JSON is YAML; a line a key, so that messages can name lines.
            text = json.dumps(source, indent=2, default=str, ensure_ascii=False, allow_nan=False)
            self._simulation = Simulation("-", text.encode())
        else:
            self._simulation = Simulation(os.fspath(source))
        self._source = source

    @classmethod
    def load(cls, source: PathLike) -> Scenario:
        """Takes a scenario file, or a shipped scenario by its name.

        Args:
            source: A path, or a name such as ``"web-shop"``; `shipped_scenarios` lists them.
        """
        return cls(source)

    @classmethod
    def from_yaml(cls, text: str) -> Scenario:
        """Takes a scenario from its text.

        Args:
            text: YAML. Files that it names are looked for in the working directory.
        """
        scenario = cls({})
        scenario._simulation = Simulation("-", text.encode())
        scenario._source = text
        return scenario

    @classmethod
    def from_dict(cls, keys: Mapping[str, Any]) -> Scenario:
        """Takes a scenario from its keys.

        Args:
            keys: What a YAML file would have.
        """
        return cls(keys)

    @property
    def name(self) -> str:
        """A short name: that of the file without its extension, or ``scenario``."""
        if self._simulation.text is not None:
            return "scenario"
        return os.path.splitext(os.path.basename(self._simulation.scenario))[0]

    def simulation(
        self,
        *,
        seed: int | None = None,
        users: int | None = None,
        duration: Duration | None = None,
        start: Moment | None = None,
        at_end: str | None = None,
    ) -> Simulation:
        """Gives what the program is told of this scenario and its overrides.

        Args:
            seed: Overrides ``seed``.
            users: Overrides ``simulation.num_users``.
            duration: Overrides ``simulation.duration_seconds``: seconds, ``"1h30m"``, or a timedelta.
            start: Overrides ``start_time``.
            at_end: Overrides ``simulation.at_end``: ``"finish"`` or ``"cut"``.
        """
        return self._simulation._replace(overrides=overrides(seed, users, duration, start, at_end))

    def check(self) -> list[Problem]:
        """Checks the scenario.

        Returns:
            Warnings: what can be, but is probably not what was meant.

        Raises:
            ScenarioError: It cannot be used; with every problem, its line and its cure.
            UsageError: There is no such file and no shipped scenario of that name.
        """
        return warnings(self._simulation.arguments("check"), stdin=self._simulation.text)

    def effective(self) -> str:
        """Gives the scenario as it is understood, as YAML with all defaults filled in and secrets masked.

        Raises:
            ScenarioError: It cannot be used.
        """
        return self._simulation.output("check", "--effective").decode()

    def plan(self, **options: Any) -> dict[str, Any]:
        """Says what the scenario will give, computed and not simulated.

        Args:
            options: The overrides of `simulation`.

        Raises:
            ScenarioError: It cannot be used.
        """
        plan: dict[str, Any] = json.loads(self.simulation(**options).output("plan", "--json"))
        return plan

    def fields(self) -> list[dict[str, Any]]:
        """Lists what events carry, with their types.

        Raises:
            ScenarioError: It cannot be used.
        """
        fields: list[dict[str, Any]] = json.loads(self._simulation.output("fields", "--json"))
        return fields

    def timeline(
        self,
        *,
        seed: int | None = None,
        users: int | None = None,
        duration: Duration | None = None,
        start: Moment | None = None,
        at_end: str | None = None,
        shard: str | None = None,
        jobs: int = 1,
    ) -> SimulatedTimeline:
        """Gives what truly happens, whatever the scenario's faults make of it on its way.

        Args:
            seed: Overrides ``seed``.
            users: Overrides ``simulation.num_users``.
            duration: Overrides ``simulation.duration_seconds``: seconds, ``"1h30m"``, or a timedelta.
            start: Overrides ``start_time``.
            at_end: Overrides ``simulation.at_end``: ``"finish"`` or ``"cut"``.
            shard: Part I of N of the users, such as ``"0/4"``; the parts merge to the whole.
            jobs: Threads that generate; the bytes do not depend on it.
        """
        simulation = self.simulation(seed=seed, users=users, duration=duration, start=start, at_end=at_end)
        return SimulatedTimeline(simulation, _flags(shard, jobs))

    def deliveries(
        self,
        *,
        seed: int | None = None,
        users: int | None = None,
        duration: Duration | None = None,
        start: Moment | None = None,
        at_end: str | None = None,
        shard: str | None = None,
    ) -> Deliveries:
        """Gives what arrives, after the scenario's faults.

        Args:
            seed: Overrides ``seed``.
            users: Overrides ``simulation.num_users``.
            duration: Overrides ``simulation.duration_seconds``: seconds, ``"1h30m"``, or a timedelta.
            start: Overrides ``start_time``.
            at_end: Overrides ``simulation.at_end``: ``"finish"`` or ``"cut"``.
            shard: Part I of N of the users, such as ``"0/4"``.
        """
        simulation = self.simulation(seed=seed, users=users, duration=duration, start=start, at_end=at_end)
        return Deliveries(simulation, _flags(shard, 1))

    def truth(
        self,
        *,
        policy: Policy | None = None,
        rows: bool = False,
        retention: bool = False,
        seed: int | None = None,
        users: int | None = None,
        duration: Duration | None = None,
        start: Moment | None = None,
        at_end: str | None = None,
    ) -> Truth:
        """Gives the tables that a correct pipeline must report.

        Args:
            policy: The rules by which what arrives counts: a shipped policy, a file, ``"scenario"`` for that of the
                scenario, or a dict. Without one, what truly happened counts.
            rows: Whether there are the tables ``users`` and ``sessions``, of a row each.
            retention: Whether there is the table ``retention``, also if the scenario declares none.
            seed: Overrides ``seed``.
            users: Overrides ``simulation.num_users``.
            duration: Overrides ``simulation.duration_seconds``: seconds, ``"1h30m"``, or a timedelta.
            start: Overrides ``start_time``.
            at_end: Overrides ``simulation.at_end``: ``"finish"`` or ``"cut"``.
        """
        simulation = self.simulation(seed=seed, users=users, duration=duration, start=start, at_end=at_end)
        if policy is None:
            return Truth(SimulatedTimeline(simulation), rows=rows, retention=retention)
        return Truth(Deliveries(simulation), policy=policy, rows=rows, retention=retention)

    def __repr__(self) -> str:
        return f"Scenario({self._source!r})"


def _flags(shard: str | None, jobs: int) -> list[str]:
    return [*([f"--shard={shard}"] if shard else []), *([f"--jobs={jobs}"] if jobs != 1 else [])]


def shipped_scenarios() -> dict[str, str]:
    """Lists the scenarios that come with the program: name and what it is."""
    lines = output(["init", "--list"]).decode().splitlines()
    parts = (line.split(maxsplit=1) for line in lines if line.strip())
    return {part[0]: part[-1] for part in parts}
