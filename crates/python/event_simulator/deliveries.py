"""Deliveries: what arrives of a timeline, with faults, in order of arrival."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any

from . import program
from .frame import Frame
from .libraries import library
from .simulation import PathLike, Simulation

if TYPE_CHECKING:
    import pyarrow

#: Where the body begins in a line. Within a text its quotes would be escaped.
_BODY = b',"body":'

#: Deliveries that become one batch of Arrow.
_BATCH = 65_536


class Deliveries(Frame):
    """What arrives, in order of arrival: see ``docs/faults.md``.

    Iterate over it for dicts with ``received_at``, ``delivery_id``, ``user_id`` and one of ``body``, ``raw`` and
    ``raw_hex``.
    """

    def __init__(self, simulation: Simulation, flags: Iterable[str] = ()) -> None:
        self.simulation = simulation
        self._flags = list(flags)

    @property
    def command(self) -> str:
        """The command line that gives the same deliveries in a shell."""
        return program.command_line(self.simulation.arguments("generate", *self._flags, "--format", "deliveries"))

    def lines(self) -> Generator[bytes, None, None]:
        """Gives the deliveries as lines of JSON: the bytes that the program writes.

        Raises:
            SimulatorError: The program failed.
        """
        with self.simulation.run("generate", *self._flags, "--format", "deliveries") as run:
            yield from run.stdout
            run.wait()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Gives the deliveries as dicts.

        Raises:
            SimulatorError: The program failed.
        """
        with closing(self.lines()) as lines:
            for line in lines:
                yield json.loads(line)

    def bodies(self) -> Generator[bytes, None, None]:
        """Gives what a pipeline gets to see: the bytes of each arrival, malformed ones included.

        Raises:
            SimulatorError: The program failed.
        """
        with closing(self.lines()) as lines:
            for line in lines:
                body = _body(line)
                if body is not None:
                    yield body
                    continue
                delivery = json.loads(line)
                raw = delivery.get("raw")
                yield raw.encode() if raw is not None else bytes.fromhex(delivery["raw_hex"])

    def batches(self) -> Iterator[pyarrow.RecordBatch]:
        """Gives the deliveries as batches of Arrow, as they are made. See `to_arrow`.

        Raises:
            MissingLibraryError: pyarrow is not installed.
            SimulatorError: The program failed.
        """
        pyarrow = library("pyarrow", "arrow")
        schema = self.schema()
        rows: list[dict[str, Any]] = []
        with closing(self.lines()) as lines:
            for line in lines:
                rows.append(_row(line))
                if len(rows) == _BATCH:
                    yield pyarrow.RecordBatch.from_pylist(rows, schema)
                    rows.clear()
        if rows:
            yield pyarrow.RecordBatch.from_pylist(rows, schema)

    @staticmethod
    def schema() -> pyarrow.Schema:
        """Gives the columns, which are those of any scenario.

        Raises:
            MissingLibraryError: pyarrow is not installed.
        """
        pyarrow = library("pyarrow", "arrow")
        text = pyarrow.string()
        return pyarrow.schema(
            [
                pyarrow.field("received_at", pyarrow.timestamp("ms", "UTC"), nullable=False),
                pyarrow.field("delivery_id", text, nullable=False),
                pyarrow.field("user_id", text, nullable=False),
                pyarrow.field("body", text),
                pyarrow.field("raw", text),
                pyarrow.field("raw_hex", text),
            ]
        )

    def to_arrow(self) -> pyarrow.Table:
        """Gives the deliveries as a table of pyarrow.

        Its columns are ``received_at``, ``delivery_id``, ``user_id``, and the text of what arrived: in ``body`` if it is a
        JSON object, in ``raw`` if it is another text, and in ``raw_hex`` if it is none.

        Raises:
            MissingLibraryError: pyarrow is not installed.
            SimulatorError: The program failed.
        """
        return library("pyarrow", "arrow").Table.from_batches(self.batches(), self.schema())

    def write(self, path: PathLike) -> None:
        """Writes the deliveries into a file that `replay` sends at the times of arrival.

        Raises:
            SimulatorError: It cannot be written.
        """
        self.simulation.output("generate", *self._flags, "--format", "deliveries", "-o", os.fspath(path))

    def write_log(self, path: PathLike) -> None:
        """Writes what arrives into a file as a pipeline finds it: one arrival a line, as it came.

        Raises:
            SimulatorError: It cannot be written.
        """
        self.simulation.output("generate", *self._flags, "-o", os.fspath(path))

    def __repr__(self) -> str:
        return f"<Deliveries: {self.command}>"


def _body(line: bytes) -> bytes | None:
    """Takes the body out of a line as it stands, so that no number changes its spelling."""
    _, found, body = line.rstrip().partition(_BODY)
    return body[:-1] if found else None


def _row(line: bytes) -> dict[str, Any]:
    head, found, body = line.rstrip().partition(_BODY)
    row: dict[str, Any] = json.loads(head + b"}" if found else line)
    if found:
        row["body"] = body[:-1].decode()
    row["received_at"] = datetime.fromisoformat(row["received_at"].replace("Z", "+00:00"))
    return row
