"""Timelines: what truly happened, in order of time."""

from __future__ import annotations

import json
import os
from abc import abstractmethod
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from . import program
from .errors import Problem, TimelineError, UsageError
from .frame import Frame
from .libraries import library
from .simulation import PathLike, Simulation

if TYPE_CHECKING:
    import pyarrow

#: The extensions of files with columns, and of compressed ones.
_COLUMNS = (".parquet", ".arrow")


class Timeline(Frame):
    """Events in order of time.

    Iterate over it for dicts, as often as you like: each time they are made anew, and not kept.
    """

    @staticmethod
    def read(path: PathLike) -> Timeline:
        """Gives the timeline of a file: JSON lines, plain, ``.gz`` or ``.zst``, CSV, Parquet or Arrow.

        Args:
            path: The file.

        Raises:
            TimelineError: There is no such file.
        """
        if not os.path.exists(path):
            problem = Problem("error", "timeline", "there is no such file", file=os.fspath(path))
            raise TimelineError([problem])
        return RecordedTimeline(path)

    @staticmethod
    def of(events: Iterable[Mapping[str, Any]], path: PathLike) -> Timeline:
        """Writes events into a file of JSON lines, and gives them as a timeline.

        Args:
            events: The events, in order of time.
            path: The file to write.
        """
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n" for event in events)
        return RecordedTimeline(path)

    @property
    @abstractmethod
    def simulation(self) -> Simulation | None:
        """The scenario that it is of, if that is known."""

    @abstractmethod
    def lines(self) -> Generator[bytes, None, None]:
        """Gives the events as lines of JSON, with their line ends: the bytes that the program writes."""

    @abstractmethod
    def write(self, path: PathLike, **options: Any) -> None:
        """Writes the timeline into a file, in the form and compression that its name says.

        Args:
            path: The file: ``.jsonl``, ``.csv``, ``.parquet``, ``.arrow``, and ``.gz`` or ``.zst`` behind those that are text.
            options: Options of ``event-simulator generate``, such as ``format="segment"``, ``jobs=2`` or
                ``partition_by="date"``.

        Raises:
            SimulatorError: It cannot be written so.
        """

    @property
    @abstractmethod
    def command(self) -> str:
        """The command line that gives the same timeline in a shell."""

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Gives the events as dicts.

        Raises:
            SimulatorError: The program failed.
        """
        with closing(self.lines()) as lines:
            for line in lines:
                yield json.loads(line)

    def __repr__(self) -> str:
        return f"<Timeline: {self.command}>"


class SimulatedTimeline(Timeline):
    """The timeline of a scenario, made as it is read."""

    def __init__(self, simulation: Simulation, flags: Sequence[str] = ()) -> None:
        self._simulation = simulation
        #: Whether it is all that happens in the scenario, and no part of it.
        self.is_whole = not flags
        # What happened, whatever becomes of it on its way.
        self._flags = ["--without-faults", *flags]

    @property
    def simulation(self) -> Simulation:
        """The scenario that it is of."""
        return self._simulation

    @property
    def command(self) -> str:
        """The command line that gives the same timeline in a shell."""
        return program.command_line(self._simulation.arguments("generate", *self._flags))

    def lines(self) -> Generator[bytes, None, None]:
        """Gives the events as lines of JSON, with their line ends: the bytes that the program writes.

        Raises:
            SimulatorError: The program failed.
        """
        with self._simulation.run("generate", *self._flags) as run:
            yield from run.stdout
            run.wait()

    def batches(self) -> Iterator[pyarrow.RecordBatch]:
        """Gives the events as batches of Arrow, as they are made: also a timeline larger than the memory.

        Raises:
            MissingLibraryError: pyarrow is not installed.
            SimulatorError: The program failed.
        """
        ipc = library("pyarrow.ipc", "arrow")
        with self._simulation.run("generate", *self._flags, "--format", "arrow") as run:
            with _stream(ipc, run) as reader:
                yield from reader
            run.wait()

    def schema(self) -> pyarrow.Schema:
        """Gives the columns that the timeline has in Arrow and Parquet, which the scenario alone decides.

        Raises:
            MissingLibraryError: pyarrow is not installed.
            SimulatorError: The program failed.
        """
        ipc = library("pyarrow.ipc", "arrow")
        with self._simulation.run("generate", *self._flags, "--format", "arrow") as run, _stream(ipc, run) as reader:
            return reader.schema

    def to_arrow(self) -> pyarrow.Table:
        """Gives the events as a table of pyarrow, with typed columns: see ``docs/parquet.md``.

        Raises:
            MissingLibraryError: pyarrow is not installed.
            SimulatorError: The program failed.
        """
        ipc = library("pyarrow.ipc", "arrow")
        with self._simulation.run("generate", *self._flags, "--format", "arrow") as run:
            with _stream(ipc, run) as reader:
                # In a loop of Python: `read_all` and `list` are deaf to Ctrl+C until all is read.
                schema, batches = reader.schema, [batch for batch in reader]  # noqa: C416
            run.wait()
        table: pyarrow.Table = library("pyarrow", "arrow").Table.from_batches(batches, schema)
        return table

    def check_arguments(self, golden: str) -> list[str]:
        """Gives the arguments of the program that hold a golden file against this timeline."""
        return self._simulation.arguments("generate", *self._flags, "--check", golden)

    def write(self, path: PathLike, **options: Any) -> None:
        """Writes the timeline into a file, with its manifest beside it. See `Timeline.write`."""
        flags = flags_of(options)
        self._simulation.output("generate", *self._flags, *flags, "-o", os.fspath(path))


class RecordedTimeline(Timeline):
    """The timeline of a file.

    Args:
        path: The file.
        whole: The timeline of which it is a part, if it is one: columns then have the types of that.
    """

    def __init__(self, path: PathLike, whole: Timeline | None = None) -> None:
        self.path = os.fspath(path)
        self._whole = whole

    @property
    def simulation(self) -> Simulation | None:
        """The scenario that it is of, if that is known."""
        return self._whole.simulation if self._whole is not None else None

    @property
    def command(self) -> str:
        """The command line that gives the same timeline in a shell."""
        return f"cat {self.path}"

    def lines(self) -> Generator[bytes, None, None]:
        """Gives the lines of the file.

        Raises:
            TimelineError: It cannot be read.
            UsageError: It has no lines.
        """
        if self.path.endswith((*_COLUMNS, ".zst")) or os.path.isdir(self.path):
            message = f"{self.path} has no lines to read"
            raise UsageError([Problem("error", "usage", message, help="use to_arrow()")])
        try:
            with self._open() as file:
                yield from file
        except OSError as error:
            problem = Problem("error", "timeline", error.strerror or str(error), file=self.path)
            raise TimelineError([problem]) from error

    def _open(self) -> Any:
        if self.path.endswith(".gz"):
            import gzip  # noqa: PLC0415

            return gzip.open(self.path)
        return open(self.path, "rb")

    def to_arrow(self) -> pyarrow.Table:
        """Gives the events as a table of pyarrow.

        A part of the timeline of a scenario has its types; of other lines of JSON they are inferred, but for
        ``event_time``.

        Raises:
            MissingLibraryError: pyarrow is not installed.
            SimulatorError: The file cannot be read.
        """
        pyarrow = library("pyarrow", "arrow")
        if self._whole is not None:
            compute = library("pyarrow.compute", "arrow")
            ids = pyarrow.array([event["event_id"] for event in self], pyarrow.string())
            whole = self._whole.to_arrow()
            return whole.filter(compute.is_in(whole["event_id"], ids))
        if self.path.endswith(".parquet") or os.path.isdir(self.path):
            return library("pyarrow.parquet", "arrow").read_table(self.path)
        if self.path.endswith(".arrow"):
            with library("pyarrow.ipc", "arrow").open_file(self.path) as reader:
                return reader.read_all()
        return self._inferred(pyarrow)

    def _inferred(self, pyarrow: Any) -> pyarrow.Table:
        compression = "zstd" if self.path.endswith(".zst") else None
        with pyarrow.input_stream(self.path, compression=compression or "detect") as file:
            if ".csv" in os.path.basename(self.path):
                table = library("pyarrow.csv", "arrow").read_csv(file)
            else:
                table = library("pyarrow.json", "arrow").read_json(file)
        at = table.schema.get_field_index("event_time")
        if at < 0:
            return table
        column = table.column(at).cast(pyarrow.timestamp("ms", "UTC"))
        return table.set_column(at, "event_time", column)

    def write(self, path: PathLike, **options: Any) -> None:
        """Copies the file. See `Timeline.write`.

        Raises:
            UsageError: Options are given, or another form is asked for.
        """
        own, other = (_form(os.fspath(name)) for name in (self.path, path))
        if options or own != other:
            message = f"a timeline that was read from {self.path} is copied as it is"
            raise UsageError([Problem("error", "usage", message)])
        import shutil  # noqa: PLC0415

        shutil.copyfile(self.path, path)


def _form(path: str) -> list[str]:
    known = {".csv", ".parquet", ".arrow", ".gz", ".zst"}
    parts = os.path.basename(path).split(".")[1:]
    return [part for part in parts if f".{part}" in known]


def _stream(ipc: Any, run: program.Run) -> Any:
    """Opens the stream of Arrow that a run writes; what ended before its first byte says why."""
    try:
        return ipc.open_stream(run.stdout)
    except Exception:
        # A refusal has written nothing.
        if not run.stdout.closed and run.stdout.read(1) == b"":
            run.wait()
        raise


def flags_of(options: Mapping[str, Any]) -> list[str]:
    """Gives the flags that keyword arguments stand for: ``partition_by="date"`` is ``--partition-by=date``."""
    flags: list[str] = []
    for name, value in options.items():
        flag = "--" + name.rstrip("_").replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            flags.append(flag)
        elif isinstance(value, (list, tuple)):
            flags += [f"{flag}={item}" for item in value]
        else:
            flags.append(f"{flag}={value}")
    return flags
