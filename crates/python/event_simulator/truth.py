"""The truth: the tables that a correct pipeline must report."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, Union

from . import program
from .deliveries import Deliveries
from .folders import TemporaryFolder
from .frame import Frame
from .libraries import library
from .simulation import PathLike, Simulation
from .timeline import RecordedTimeline, Timeline

if TYPE_CHECKING:
    import pyarrow

#: The rules of a pipeline: the name of a shipped policy, a file, ``"scenario"``, or a dict.
Policy = Union[PathLike, Mapping[str, Any]]

# The types of columns by their names, those that are counts left out. Of each table a test holds them.
_TEXTS = frozenset(
    [
        "date",
        "page_path",
        "button_id",
        "event_type",
        "journey",
        "goal",
        "funnel",
        "reached",
        "experiment",
        "variant",
        "property",
        "currency",
        "attribute",
        "value",
        "cohort",
        "user_id",
        "first_seen",
        "last_seen",
        "attributes",
        "session_id",
        "started_at",
        "ended_at",
        "channel",
        "source",
        "medium",
        "campaign",
        "landing_page",
        "exit_page",
        "device",
    ]
)
_NUMBERS = frozenset(
    [
        "total_time_seconds",
        "avg_time_seconds",
        "avg_duration_seconds",
        "avg_page_views",
        "avg_clicks",
        "ctr",
        "conversion",
        "rate",
        "lift",
        "mean",
        "amount",
        "attributed_conversions",
        "attributed_revenue",
        "retention",
        "duration_seconds",
    ]
)
_FLAGS = frozenset(["has_ended"])


class Table(Frame):
    """One table of the truth; iterate over it for its rows as dicts.

    Attributes:
        name: Its name, such as ``page_engagement``: see ``docs/expectations.md``.
        columns: The names of its columns.
        rows: Its rows.
    """

    def __init__(self, name: str, columns: list[str], rows: list[dict[str, Any]]) -> None:
        self.name = name
        self.columns = columns
        self.rows = rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Gives the rows as dicts."""
        return iter(self.rows)

    def __len__(self) -> int:
        """Gives the number of rows."""
        return len(self.rows)

    def schema(self) -> pyarrow.Schema:
        """Gives the columns: counts are 64-bit integers, other numbers doubles, dates and times text.

        Raises:
            MissingLibraryError: pyarrow is not installed.
        """
        pyarrow = library("pyarrow", "arrow")

        def kind(column: str) -> Any:
            if column in _TEXTS:
                return pyarrow.string()
            if column in _NUMBERS:
                return pyarrow.float64()
            return pyarrow.bool_() if column in _FLAGS else pyarrow.int64()

        return pyarrow.schema([(column, kind(column)) for column in self.columns])

    def to_arrow(self) -> pyarrow.Table:
        """Gives the rows as a table of pyarrow, of the same types whatever rows there are.

        Raises:
            MissingLibraryError: pyarrow is not installed.
        """
        return library("pyarrow", "arrow").Table.from_pylist(self.rows, self.schema())

    def __repr__(self) -> str:
        return f"<Table {self.name}: {len(self.rows)} rows of {', '.join(self.columns)}>"


class Truth(Mapping[str, Table]):
    """The tables that a correct pipeline must report, by their names.

    They are computed when the first of them is asked for, and kept.

    Args:
        source: What happened, or what arrives.
        policy: The rules by which what arrives counts.
        rows: Whether there are the tables ``users`` and ``sessions``.
        retention: Whether there is the table ``retention`` in any case.
    """

    def __init__(
        self,
        source: Timeline | Deliveries,
        *,
        policy: Policy | None = None,
        rows: bool = False,
        retention: bool = False,
    ) -> None:
        self.source = source
        self.policy = policy
        self._flags = [*(["--rows"] if rows else []), *(["--retention"] if retention else [])]
        # It goes when this does, and at the end of the interpreter.
        self._folder: TemporaryFolder | None = None
        self._tables: dict[str, Table] = {}

    @property
    def directory(self) -> str:
        """The directory that ``event-simulator expect`` wrote: it lives as long as this object.

        Raises:
            SimulatorError: The tables cannot be computed.
        """
        return os.path.join(self._computed(), "expected")

    @property
    def arrivals(self) -> str | None:
        """The file of what arrives, if there is a policy: it lives as long as this object."""
        return os.path.join(self._computed(), "arrivals.jsonl") if self.policy is not None else None

    @property
    def policy_argument(self) -> str | None:
        """The policy as the program takes it."""
        if self.policy is None:
            return None
        if isinstance(self.policy, Mapping):
            return os.path.join(self._computed(), "policy.yaml")
        return os.fspath(self.policy)

    @property
    def simulation(self) -> Simulation | None:
        """The scenario of which this is the truth, if it is of one."""
        return self.source.simulation

    def write(self, directory: PathLike) -> None:
        """Writes the tables as CSV, and all of them into ``expectations.json``.

        Args:
            directory: A directory, which is made if it is not there.

        Raises:
            SimulatorError: They cannot be computed.
        """
        import shutil  # noqa: PLC0415

        shutil.copytree(self.directory, directory, dirs_exist_ok=True)

    def __getitem__(self, name: str) -> Table:
        tables = self._all()
        if name not in tables:
            raise KeyError(f"there is no table {name!r}: there are {', '.join(tables)}")
        return tables[name]

    def __iter__(self) -> Iterator[str]:
        """Gives the names of the tables."""
        return iter(self._all())

    def __len__(self) -> int:
        """Gives the number of tables."""
        return len(self._all())

    def _computed(self) -> str:
        if self._folder is None:
            folder = TemporaryFolder()
            try:
                self._compute(folder.name)
            except BaseException:
                folder.remove()
                raise
            self._folder = folder
        return self._folder.name

    def _compute(self, folder: str) -> None:
        def inside(name: str) -> str:
            return os.path.join(folder, name)

        if self.policy is None:
            events = self._events(inside("events.jsonl"))
        else:
            events = inside("arrivals.jsonl")
            self._arrive(events)
        arguments = ["expect", events, "-o", inside("expected"), *self._flags]
        if self.policy is not None:
            if isinstance(self.policy, Mapping):
                with open(inside("policy.yaml"), "w", encoding="utf-8") as file:
                    json.dump(self.policy, file, indent=2, default=str)
            policy = inside("policy.yaml") if isinstance(self.policy, Mapping) else os.fspath(self.policy)
            arguments.append(f"--policy={policy}")
        simulation = self.simulation
        if simulation is not None:
            arguments.append(f"--declared={simulation.scenario}")
        program.output(arguments, stdin=simulation.text if simulation is not None else None)

    def _events(self, path: str) -> str:
        """The file of what happened: the one that it was read from, or one that is written."""
        if isinstance(self.source, RecordedTimeline):
            return os.path.abspath(self.source.path)
        self.source.write(path)
        return path

    def _arrive(self, path: str) -> None:
        """Writes what arrives: of a timeline that was read, its events."""
        if isinstance(self.source, Deliveries):
            self.source.write(path)
        else:
            with open(path, "wb") as file, closing(self.source.lines()) as lines:
                file.writelines(lines)

    def _all(self) -> dict[str, Table]:
        if not self._tables:
            self._tables = tables_in(self.directory)
        return self._tables

    def __repr__(self) -> str:
        policy = f" under {self.policy}" if self.policy is not None else ""
        return f"<Truth of {self.source!r}{policy}>"


def tables_in(directory: str) -> dict[str, Table]:
    """Reads the tables that the program wrote into a directory, by their names."""
    with open(os.path.join(directory, "expectations.json"), encoding="utf-8") as file:
        tables = json.load(file)["tables"]
    return {name: Table(name, _header(directory, name), rows) for name, rows in tables.items()}


def _header(directory: str, name: str) -> list[str]:
    # Names of columns have neither quotes nor commas.
    with open(os.path.join(directory, f"{name}.csv"), encoding="utf-8") as file:
        return file.readline().rstrip("\r\n").split(",")
