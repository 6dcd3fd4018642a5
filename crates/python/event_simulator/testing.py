"""Assertions for tests of pipelines: tables that are right, timelines that stay as they are."""

from __future__ import annotations

import os
from typing import Any

from . import program
from .errors import CommandError, Problem, SimulatorError, UsageError
from .simulation import PathLike
from .timeline import SimulatedTimeline
from .truth import Truth
from .verification import Finding, Report, Tables, verify_tables

#: Findings that are shown of a table.
_SHOWN = 5

_RED, _GREEN, _BOLD, _PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[1m", "\x1b[0m"


class Settings:
    """What the pytest plugin knows of the run.

    Attributes:
        color: Whether differences have colours.
        update_golden: Whether golden files are written anew.
    """

    color = False
    update_golden = False


settings = Settings()


class TablesDiffer(AssertionError):  # noqa: N818
    """Tables are not those that are right.

    Attributes:
        report: What is wrong.
    """

    def __init__(self, report: Report) -> None:
        super().__init__(difference(report))
        self.report = report

    def __reduce__(self) -> Any:
        """Lets it cross from one process to another."""
        return type(self), (self.report,)


def assert_tables(actual: Tables, truth: Truth | PathLike, **options: Any) -> None:
    """Asserts that the tables that a pipeline computed are those that are right.

    Args:
        actual: The tables by their names, as pandas, Polars, pyarrow, DuckDB or dicts have them, or a directory of files.
            Of a dict, only the tables in it are compared.
        truth: The truth, or the directory that ``event-simulator expect`` wrote.
        options: Those of `verify_tables`, such as ``tolerance="1%"``.

    Raises:
        TablesDiffer: They are not; with the cells that differ, and why they probably do.
        SimulatorError: The comparison could not be made.
    """
    __tracebackhide__ = True
    try:
        report = verify_tables(expected=truth, actual=actual, **options)
    except SimulatorError as error:
        # The way to it is ours, and says nothing of the test.
        raise error.with_traceback(None) from None
    if not report:
        raise TablesDiffer(report)


def difference(report: Report) -> str:
    """Shows what is wrong with tables: rows and cells, and probable causes."""
    counts = ", ".join(f"{count} {kind}" for kind, count in report.counts.items()) or "nothing to compare"
    lines = [f"tables are not what is right: {counts}"]
    if report.causes:
        lines += ["", _paint("Probably:", _BOLD), *(f"  {cause}" for cause in report.causes)]
    by_table: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_table.setdefault(str(finding.details.get("table", "")), []).append(finding)
    for table, findings in by_table.items():
        lines += ["", _paint(table, _BOLD)]
        for finding in findings[:_SHOWN]:
            lines += _finding_lines(finding)
        if len(findings) > _SHOWN:
            lines.append(f"  and {len(findings) - _SHOWN} more")
    return "\n".join(lines)


def _finding_lines(finding: Finding) -> list[str]:
    if "key" not in finding.details:  # of a whole column or table
        return [_paint(f"  {finding.what}", _RED)]
    key = " ".join(str(part) for part in finding.details["key"])
    if finding.kind == "missing":
        return [_paint(f"  - {key}  is missing", _RED)]
    if finding.kind == "unexpected":
        return [_paint(f"  + {key}  should not be there", _GREEN)]
    if "column" not in finding.details:
        return [f"  {finding.what}"]
    column, expected, actual = (finding.details.get(part) for part in ("column", "expected", "actual"))
    return [
        f"  {key}",
        _paint(f"    - {column} {expected}", _RED) + "  expected",
        _paint(f"    + {column} {actual}", _GREEN) + "  actual",
    ]


def _paint(text: str, color: str) -> str:
    return f"{color}{text}{_PLAIN}" if settings.color else text


class GoldenDiffers(AssertionError):  # noqa: N818
    """A timeline is not its golden file."""


def assert_golden(timeline: SimulatedTimeline, path: PathLike) -> None:
    """Asserts that a timeline is what stands in a golden file, byte for byte.

    ``pytest --update-golden`` writes the file, and its manifest, anew.

    Args:
        timeline: The timeline of a scenario.
        path: The file of JSON lines, kept in the repository with the manifest beside it.

    Raises:
        GoldenDiffers: It is not; with the first difference and the reason that the manifest tells.
        UsageError: There is no such file.
    """
    __tracebackhide__ = True
    path = os.fspath(path)
    if settings.update_golden:
        timeline.write(path)
        return
    if not os.path.exists(path):
        message = f"there is no golden file {path}"
        raise UsageError([Problem("error", "usage", message, help="pytest --update-golden writes it")])
    with program.Run(timeline.check_arguments(path), stdin=timeline.simulation.text) as run:
        text = run.stdout.read().decode().strip()
        try:
            run.wait()
        except CommandError as error:
            shown = "\n".join(filter(None, [text, str(error)]))
            raise GoldenDiffers(f"{shown}\n\npytest --update-golden writes {path} anew") from None
