"""What Spark is to read, as its options say it: text, under names whose case does not matter."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from .deliveries import Deliveries
from .errors import Problem, UsageError
from .folders import TemporaryFolder
from .scenario import Scenario
from .simulation import Simulation
from .table_parts import sums_batch, sums_schema, write_tables
from .timeline import SimulatedTimeline
from .truth import Table, tables_in

if TYPE_CHECKING:
    import pyarrow

_OVERRIDES = ("seed", "users", "duration", "start", "at_end")
_OPTIONS = ("scenario", "what", "shards", "policy", "every", *_OVERRIDES)
#: Asks for the sums of which a table is a function, a row a shard: what `truth_table` merges.
SUMS = "sums"
#: Spark's word for what is given to ``load``.
_PATH = "path"
_TIMELINE, _DELIVERIES = "timeline", "deliveries"
#: The column that says when a row arrives.
_ARRIVALS = {_TIMELINE: "event_time", _DELIVERIES: "received_at"}
_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
#: A run that has the columns of all.
_SHORTEST = {"users": "1", "duration": "1s"}


class SourceOptions(NamedTuple):
    """What is to be read; it crosses from the driver to tasks.

    Attributes:
        scenario: A file, or the name of a shipped scenario.
        text: What the file says, for tasks that do not find it.
        overrides: What overrides keys of the scenario, by name.
        what: ``timeline``, ``deliveries`` or the name of a table.
        shards: The number of parts of the users.
        policy: The policy of a table.
        every_ms: The length of the windows of a stream.
        sums: Whether of a table its sums are wanted, by shards.
    """

    scenario: str
    text: bytes | None
    overrides: Mapping[str, str]
    what: str
    shards: int
    policy: str | None
    every_ms: int
    sums: bool

    @classmethod
    def read(cls, options: Mapping[str, str]) -> SourceOptions:
        """Reads the options, and checks the scenario.

        Raises:
            ScenarioError: The scenario cannot be used.
            UsageError: An option is not known, or cannot be.
        """
        given = {name.lower(): value for name, value in options.items()}
        for name in given:
            if name not in (*_OPTIONS, SUMS, _PATH):
                raise _refusal(f"there is no option {name!r}", f"there are {', '.join(_OPTIONS)}")
        source = given.get("scenario", given.get(_PATH))
        if source is None:
            raise _refusal("no scenario is named", "scenario=... takes a file, or the name of a shipped scenario")
        Scenario(source).check()
        scenario, text = _found(source)
        return cls(
            scenario,
            text,
            {name: given[name] for name in _OVERRIDES if name in given},
            given.get("what", _TIMELINE).lower(),
            _shards(given.get("shards", "1")),
            given.get("policy"),
            _milliseconds(given.get("every", "1m")),
            SUMS in given,
        )._checked()

    def _checked(self) -> SourceOptions:
        if self.what in _ARRIVALS and self.policy is not None:
            raise _refusal(f"a policy makes no difference to what={self.what}", "it says which tables are right")
        if self.what not in _ARRIVALS and self.shards > 1 and not self.sums:
            raise _refusal(f"the table {self.what!r} is read whole, in one task", "truth_table() reads and merges shards")
        return self

    def bounded(self) -> SourceOptions:
        """Gives the same, if it has an end.

        Raises:
            UsageError: It has none.
        """
        if json.loads(self._simulation().output("plan", "--json"))["events"] is None:
            raise _refusal("this scenario has no end", 'duration="1h" gives it one; a stream needs none')
        return self

    def streamed(self) -> SourceOptions:
        """Gives the same, if it can be read in order of arrival.

        Raises:
            UsageError: It cannot.
        """
        if self.what not in _ARRIVALS:
            raise _refusal(f"the table {self.what!r} cannot be streamed", "what=timeline and what=deliveries can")
        if self.shards > 1:
            raise _refusal("a stream is read in order, in one task", "leave out shards")
        return self

    @property
    def arrival(self) -> str:
        """The column that says when a row arrives."""
        return _ARRIVALS[self.what]

    def schema(self) -> pyarrow.Schema:
        """Gives the columns.

        Raises:
            UsageError: There is no such table, or an override cannot be.
        """
        if self.sums:
            return sums_schema()
        if self.what in _ARRIVALS:
            return self._rows().schema()
        return self._replace(overrides={**self.overrides, **_SHORTEST})._rows().schema()

    def batches(self, shard: str | None = None) -> Iterator[pyarrow.RecordBatch]:
        """Gives the rows of a part of the users, or of all.

        Args:
            shard: The part, such as ``0/4``.

        Raises:
            SimulatorError: The program failed.
        """
        if self.sums:
            yield sums_batch(self._simulation(), shard or "0/1", self._table_flags())
            return
        rows = self._rows(shard)
        yield from rows.to_arrow().to_batches() if isinstance(rows, Table) else rows.batches()

    def _rows(self, shard: str | None = None) -> SimulatedTimeline | Deliveries | Table:
        simulation = self._simulation()
        flags = [f"--shard={shard}"] if shard else []
        if self.what == _TIMELINE:
            return SimulatedTimeline(simulation, flags)
        if self.what == _DELIVERIES:
            return Deliveries(simulation, flags)
        with TemporaryFolder() as folder:
            write_tables(simulation, folder, self._table_flags())
            tables = tables_in(folder)
        if self.what not in tables:
            names = ", ".join([*_ARRIVALS, *tables])
            raise _refusal(f"this scenario has no {self.what!r}", f"what is one of {names}, retention, users, sessions")
        return tables[self.what]

    def _table_flags(self) -> list[str]:
        rows = ["--rows"] if self.what in {"users", "sessions"} else []
        retention = ["--retention"] if self.what == "retention" else []
        return [*rows, *retention, *([f"--policy={self.policy}"] if self.policy is not None else [])]

    def _simulation(self) -> Simulation:
        flags = tuple(f"--{name.replace('_', '-')}={value}" for name, value in self.overrides.items())
        # The file itself, where it is the same: it may name others that stand beside it.
        if self.text is None or _found(self.scenario)[1] == self.text:
            return Simulation(self.scenario, overrides=flags)
        return Simulation("-", self.text, flags)


def _found(source: str) -> tuple[str, bytes | None]:
    """The path and the text of a file; a shipped scenario has a name alone."""
    try:
        with open(source, "rb") as file:
            return os.path.abspath(source), file.read()
    except OSError:
        return source, None


def _shards(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,5}", text):
        raise _refusal(f"shards={text} is no number of parts", "shards=8 makes eight")
    return int(text)


def _milliseconds(text: str) -> int:
    match = re.fullmatch(r"([1-9]\d*)(ms|s|m|h|d)", text)
    if match is None:
        raise _refusal(f"every={text} is no length of a window", "every=5m, and ms, s, h and d")
    return int(match[1]) * _UNITS_MS[match[2]]


def _refusal(message: str, cure: str) -> UsageError:
    return UsageError([Problem("error", "usage", message, help=cure)])
