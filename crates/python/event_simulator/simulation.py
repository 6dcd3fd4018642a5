"""A scenario as the program takes it: what is simulated, and what overrides its keys."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, Union

from . import program

#: A time span: seconds, or what one writes, such as ``"1h30m"``.
Duration = Union[int, float, str, timedelta]
#: A moment: RFC 3339, or a datetime, which is UTC if it has no zone.
Moment = Union[str, datetime]
#: A file or a directory.
PathLike = Union[str, "os.PathLike[str]"]


class Simulation(NamedTuple):
    """A scenario and the overrides with which it is simulated.

    Attributes:
        scenario: A file, the name of a shipped scenario, or ``-`` for ``text``.
        text: The text of the scenario, if it is no file.
        overrides: Flags that win over its keys.
    """

    scenario: str
    text: bytes | None = None
    overrides: tuple[str, ...] = ()

    def arguments(self, command: str, *flags: str) -> list[str]:
        """Gives the arguments of a command of which this is the scenario."""
        return [command, self.scenario, *self.overrides, *flags]

    def run(self, command: str, *flags: str) -> program.Run:
        """Starts a command of which this is the scenario."""
        return program.Run(self.arguments(command, *flags), stdin=self.text)

    def output(self, command: str, *flags: str) -> bytes:
        """Runs a command of which this is the scenario, and gives what it writes."""
        return program.output(self.arguments(command, *flags), stdin=self.text)


def overrides(
    seed: int | None = None,
    users: int | None = None,
    duration: Duration | None = None,
    start: Moment | None = None,
    at_end: str | None = None,
) -> tuple[str, ...]:
    """Gives the flags that override keys of a scenario."""
    flags = {
        "--seed": None if seed is None else str(seed),
        "--users": None if users is None else str(users),
        "--duration": None if duration is None else duration_text(duration),
        "--start": None if start is None else moment_text(start),
        "--at-end": at_end,
    }
    return tuple(part for flag, value in flags.items() if value is not None for part in (f"{flag}={value}",))


def duration_text(duration: Duration) -> str:
    """Writes a time span as the program reads it."""
    if isinstance(duration, timedelta):
        return repr(duration.total_seconds())
    return str(duration)


def moment_text(moment: Moment) -> str:
    """Writes a moment as the program reads it."""
    if isinstance(moment, str):
        return moment
    in_utc = moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
    return in_utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{in_utc.microsecond // 1000:03}Z"
