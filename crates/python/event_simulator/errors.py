"""What can go wrong: exceptions that say where, what and what to do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong, as the program says it.

    Attributes:
        severity: ``"error"`` or ``"warning"``.
        kind: ``"scenario"``, ``"timeline"``, ``"usage"`` or ``"failed"``.
        message: What was found, and what is allowed.
        file: The file, if it stands in one.
        line: The line, from 1.
        column: The column in characters, from 1.
        key: The whole path of the key in the scenario, such as ``user_journeys[2].probability``.
        help: What to do.
    """

    severity: str
    kind: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    key: str | None = None
    help: str | None = None

    def __str__(self) -> str:
        """Shows the problem as compilers do, its cure indented below."""
        place = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        key = f"{self.key}: " if self.key else ""
        where = ":".join(place) + ": " if place else ""
        lines = [f"{where}{self.severity}: {key}{self.message}"]
        if self.help:
            first, *more = self.help.splitlines()
            lines += [f"  help: {first}", *(f"  {line}".rstrip() for line in more)]
        return "\n".join(lines)


class SimulatorError(Exception):
    """Something went wrong in the simulator. The attributes are those of the first problem.

    Attributes:
        problems: All of them.
        message: What was found.
        file: The file, if it stands in one.
        line: The line, from 1.
        column: The column, from 1.
        key: The path of the key in the scenario.
        help: What to do.
        command: The command line that says the same in a shell, if there is one.
    """

    def __init__(self, problems: Sequence[Problem], command: str | None = None) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems: list[Problem] = list(problems)
        self.command = command
        first = self.problems[0]
        self.message = first.message
        self.file = first.file
        self.line = first.line
        self.column = first.column
        self.key = first.key
        self.help = first.help

    def __reduce__(self) -> Any:
        """Lets the error cross from one process to another, as test runners and Spark send it."""
        return type(self), (self.problems, self.command)


class ScenarioError(SimulatorError, ValueError):
    """A scenario, or a policy, that cannot be used: every problem of it, with its line."""


class UsageError(SimulatorError, ValueError):
    """Something that cannot be asked for, such as a scenario of a name that there is not."""


class TimelineError(SimulatorError):
    """A timeline that cannot be read."""


class CommandError(SimulatorError):
    """The program ran, and something failed."""


class ProgramError(SimulatorError):
    """The program is not there, or cannot be run."""


class MissingLibraryError(SimulatorError, ImportError):
    """A library that is not installed, such as pyarrow, was needed."""


_BY_KIND: dict[str, type[SimulatorError]] = {
    "scenario": ScenarioError,
    "timeline": TimelineError,
    "usage": UsageError,
}


def error_of(kind: str, message: str, help: str | None = None) -> SimulatorError:  # noqa: A002
    """Makes the error of a kind with one problem.

    Args:
        kind: One of those that problems have.
        message: What was found.
        help: What to do.
    """
    return _BY_KIND.get(kind, CommandError)([Problem("error", kind, message, help=help)])


def split_messages(text: str) -> tuple[list[Problem], str]:
    """Divides what the program wrote on standard error into problems and all else."""
    problems, rest = [], []
    for line in text.splitlines():
        found = _problem(line)
        if found is None:
            rest.append(line)
        else:
            problems.append(found)
    return problems, "\n".join(rest)


def _problem(line: str) -> Problem | None:
    if not line.startswith('{"severity"'):
        return None
    try:
        fields = json.loads(line)
        return Problem(**fields)
    except (ValueError, TypeError):
        return None


def failure(messages: str, exit_code: int, command: str) -> SimulatorError:
    """Makes the error of a run of the program that failed."""
    problems, rest = split_messages(messages)
    problems = [problem for problem in problems if problem.severity == "error"]
    if not problems:
        message = rest.strip() or f"the program ended with exit code {exit_code}"
        return CommandError([Problem("error", "failed", message)], command)
    kind = _BY_KIND.get(problems[0].kind, CommandError)
    return kind(problems, command)
