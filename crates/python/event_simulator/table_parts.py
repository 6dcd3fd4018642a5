"""Tables of the truth by parts of the users, whose sums merge to the tables of all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from . import program
from .folders import TemporaryFolder
from .libraries import library
from .simulation import Simulation
from .truth import tables_in

if TYPE_CHECKING:
    import pyarrow

#: The file with the sums of a part, which is all that `merge` reads of it.
_SUMS = "sums.json"


def write_tables(simulation: Simulation, folder: str, flags: Sequence[str]) -> None:
    """Writes the tables of a simulation into a folder, without its timeline.

    Args:
        simulation: The scenario and its overrides.
        folder: The folder to write to.
        flags: Those of ``expect``, such as ``--policy=web`` and ``--shard=0/4``.

    Raises:
        SimulatorError: They cannot be computed.
    """
    arguments = ["expect", f"--scenario={simulation.scenario}", *simulation.overrides, *flags, f"--output={folder}"]
    program.output(arguments, stdin=simulation.text)


def sums_schema() -> pyarrow.Schema:
    """Gives the columns of `sums_batch`."""
    pyarrow = library("pyarrow", "arrow")
    fields = [("shard", pyarrow.string()), ("sums", pyarrow.binary())]
    return pyarrow.schema([pyarrow.field(name, kind, nullable=False) for name, kind in fields])


def sums_batch(simulation: Simulation, shard: str, flags: Sequence[str]) -> pyarrow.RecordBatch:
    """Gives the sums of which the tables of a part of the users are a function, as one row.

    Args:
        simulation: The scenario and its overrides.
        shard: The part, such as ``0/4``.
        flags: Those of ``expect``.

    Raises:
        SimulatorError: They cannot be computed.
    """
    with TemporaryFolder() as folder:
        write_tables(simulation, folder, [*flags, f"--shard={shard}"])
        with open(os.path.join(folder, _SUMS), "rb") as file:
            sums = file.read()
    return library("pyarrow", "arrow").RecordBatch.from_pylist([{"shard": shard, "sums": sums}], sums_schema())


def merged_table(batches: Iterable[pyarrow.RecordBatch], name: str) -> Iterator[pyarrow.RecordBatch]:
    """Gives a table of all users, exactly that of the whole, from the sums of all parts.

    Args:
        batches: Those of `sums_batch`, in any order.
        name: The table.

    Raises:
        SimulatorError: The parts are not all there, or not of one whole.
    """
    rows = [row for batch in batches for row in batch.to_pylist()]
    if not rows:
        return
    with TemporaryFolder() as folder:
        parts = [os.path.join(folder, str(index)) for index in range(len(rows))]
        for part, row in zip(parts, rows):
            os.mkdir(part)
            with open(os.path.join(part, _SUMS), "wb") as file:
                file.write(row["sums"])
        whole = os.path.join(folder, "whole")
        program.output(["merge", *parts, f"--output={whole}"])
        yield from tables_in(whole)[name].to_arrow().to_batches()
