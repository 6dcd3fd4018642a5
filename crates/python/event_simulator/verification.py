"""What a pipeline received or computed, held against the truth."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple, Union

from . import program
from .collector import Collector
from .errors import Problem, UsageError
from .folders import TemporaryFolder
from .sides import Rows, as_file
from .simulation import PathLike
from .timeline import flags_of
from .truth import Policy, Truth

#: Tables by their names, or the directory in which they are.
Tables = Union[PathLike, Truth, Mapping[str, Rows]]


class Finding(NamedTuple):
    """One thing that is wrong.

    Attributes:
        kind: ``"missing"``, ``"unexpected"``, ``"duplicated"``, ``"altered"``, ``"out of order"``, ``"late"`` or
            ``"unreadable"``.
        what: The finding as a sentence.
        details: Its parts: of a cell ``table``, ``key``, ``column``, ``expected`` and ``actual``.
    """

    kind: str
    what: str
    details: dict[str, Any]


class Report:
    """The outcome of a comparison. It is true if nothing is wrong, and its ``repr`` is the screen of the program.

    Attributes:
        ok: Whether something was compared and nothing is wrong.
        subject: What was compared with what.
        counts: The number of findings of each kind.
        causes: Probable causes, the likeliest first.
        findings: All findings.
        account: What became of all events, if there is a ledger.
        text: The screen of the program.
    """

    def __init__(self, ok: bool, text: str, document: Mapping[str, Any]) -> None:
        report = document["report"]
        self.ok = ok
        self.text = text
        self.subject: str = report["subject"]
        self.counts: dict[str, int] = report["counts"]
        self.causes: list[str] = report["causes"]
        self.account: dict[str, Any] | None = report.get("account")
        self.findings = [Finding(found["kind"], found["what"], found["details"]) for found in document["findings"]]

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return self.text

    def first(self, kind: str, count: int = 10) -> list[Finding]:
        """Gives the first findings of a kind."""
        return [finding for finding in self.findings if finding.kind == kind][:count]


def verify(
    *,
    sent: Rows,
    received: Rows | Collector | list[PathLike],
    ledger: PathLike | None = None,
    policy: PathLike | None = None,
    **options: Any,
) -> Report:
    """Holds the events that a pipeline received against those that were sent.

    Args:
        sent: What was sent: a timeline, a file, a data frame or dicts.
        received: What was received: the same, several files, or a `Collector`.
        ledger: The ledger of faults that ``generate --truth`` wrote, with the deliveries beside it.
        policy: The rules by which what arrived counts.
        options: Options of ``event-simulator verify``, such as ``unordered=True``, ``ignore=["props.step"]``,
            ``times="ignore"``, ``match="content"``, ``late_after="5m"`` or ``format="segment"``.

    Returns:
        What is wrong, and why it probably is.

    Raises:
        SimulatorError: The comparison could not be made.
    """
    with TemporaryFolder() as folder:
        if isinstance(received, Collector):
            files = [received.path]
        elif isinstance(received, (list, tuple)) and received and all(isinstance(p, (str, os.PathLike)) for p in received):
            files = [os.fspath(path) for path in received]
        else:
            files = [as_file(received, os.path.join(folder, "received"))]
        arguments = ["--sent", as_file(sent, os.path.join(folder, "sent")), "--received", *files]
        rules = {"ledger": ledger, "policy": policy}
        return _verify([*arguments, *flags_of(rules), *flags_of(options)], folder)


def verify_tables(
    *,
    expected: Tables,
    actual: Tables,
    policy: Policy | None = None,
    deliveries: PathLike | None = None,
    tolerance: float | str | list[str] | None = None,
) -> Report:
    """Holds the tables that a pipeline computed against those that are right.

    Args:
        expected: The truth, or the directory that ``event-simulator expect`` wrote.
        actual: The tables that were computed, by name: of pandas, Polars, pyarrow, DuckDB, dicts or files; or the directory
            in which they are. Of a dict, only the tables in it are compared.
        policy: The rules, so that the one that is not followed is named; that of ``expected`` unless given.
        deliveries: The file of what arrived; that of ``expected`` unless given.
        tolerance: How far numbers may be apart: ``0.01``, ``"1%"``, ``"avg_time_seconds=0.5"``, or a list of those.

    Returns:
        What is wrong, and why it probably is.

    Raises:
        SimulatorError: The comparison could not be made.
    """
    with TemporaryFolder() as folder:
        wanted = set(actual) if isinstance(actual, Mapping) and not isinstance(actual, Truth) else None
        actual_folder = _folder(actual, os.path.join(folder, "actual"), None)
        expected_folder = _folder(expected, os.path.join(folder, "expected"), wanted)
        rules: dict[str, Any] = {"policy": policy, "deliveries": deliveries, "tolerance": tolerance}
        if isinstance(expected, Truth):
            rules["policy"] = policy or expected.policy_argument
            rules["deliveries"] = deliveries or expected.arrivals
        if wanted is not None:
            _give_columns(actual_folder, expected_folder)
        arguments = ["--expected", expected_folder, "--actual", actual_folder, *flags_of(rules)]
        return _verify(arguments, folder, os.path.dirname(expected_folder))


def _folder(tables: Tables, own: str, wanted: set[str] | None) -> str:
    """The directory of tables, of which only those that are wanted are to be compared."""
    if isinstance(tables, Truth):
        folder = tables.directory
    elif isinstance(tables, Mapping):
        os.mkdir(own)
        for name, rows in tables.items():
            _place(as_file(rows, os.path.join(own, name)), own, name)
        return own
    else:
        folder = os.fspath(tables)
    return folder if wanted is None else _selection(folder, own, wanted)


def _give_columns(actual: str, expected: str) -> None:
    """Gives tables of no dicts, which tell no columns, those that are expected: to have no rows can be right."""
    for file in os.listdir(actual):
        name, _, extension = file.partition(".")
        path, header = os.path.join(actual, file), os.path.join(expected, f"{name}.csv")
        if extension == "jsonl" and os.path.getsize(path) == 0 and os.path.exists(header):
            os.remove(path)
            with (
                open(header, encoding="utf-8") as like,
                open(os.path.join(actual, f"{name}.csv"), "w", encoding="utf-8") as empty,
            ):
                empty.write(like.readline())


def _place(path: str, folder: str, name: str) -> None:
    """Gives a file that stands elsewhere the name of its table."""
    if os.path.dirname(path) != folder:
        _, dot, extensions = os.path.basename(path).partition(".")
        os.symlink(path, os.path.join(folder, name + dot + extensions))


def _selection(folder: str, own: str, wanted: set[str]) -> str:
    import shutil  # noqa: PLC0415

    known = {os.path.basename(path).partition(".")[0]: path for path in sorted(os.listdir(folder))}
    unknown = sorted(wanted - known.keys())
    if unknown or not wanted:
        message = f"there is no table {unknown[0]!r} to compare with" if unknown else "there is no table to compare"
        tables = ", ".join(name for name in known if name != "expectations")
        raise UsageError([Problem("error", "usage", message, help=f"the tables are {tables}")])
    os.mkdir(own)
    for name in [*wanted, "expectations"]:
        if name in known:
            shutil.copy(os.path.join(folder, known[name]), own)
    return own


def _verify(arguments: list[str], *folders: str) -> Report:
    """Runs the program, in whose answer the temporary folders are of no interest."""
    findings = os.path.join(folders[0], "findings.json")
    with program.Run(["verify", *arguments, f"--report={findings}"]) as run:
        text = run.stdout.read().decode().rstrip("\n")
        # 1 says that something is wrong, which is what was asked, or that it could not be found out.
        exit_code = run.wait(*([1] if text else []))
    with open(findings, encoding="utf-8") as file:
        document = file.read()
    for folder in folders:
        text, document = (shown.replace(folder + os.sep, "") for shown in (text, document))
    return Report(exit_code == 0, text, json.loads(document))
