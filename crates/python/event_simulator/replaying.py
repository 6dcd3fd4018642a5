"""Replay: a timeline sent to an ingestion API, paced to the clock."""

from __future__ import annotations

import json
import os
from typing import Any

from . import program
from .collector import Collector
from .deliveries import Deliveries
from .errors import CommandError, SimulatorError
from .folders import TemporaryFolder
from .simulation import PathLike
from .timeline import SimulatedTimeline, Timeline, flags_of


class ReplayError(CommandError):
    """Not every event was delivered.

    Attributes:
        summary: The numbers of the replay, if it came to its end.
    """

    summary: dict[str, Any] | None = None


def replay(
    source: Timeline | Deliveries | PathLike,
    url: str | Collector,
    *,
    speed: float | str | None = None,
    rate: str | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Sends a timeline, each event when it is due and never early, those of a user in order.

    Ctrl+C lets what is in flight settle, and a second one ends it at once.

    Args:
        source: The timeline or deliveries to send, or their file.
        url: Where to: ``http://``, ``https://``, ``kafka://``, ``file:``, or a `Collector`.
        speed: The pace as a multiple of the timeline's own, or ``"max"``, which it is unless a pace is given.
        rate: The events a second instead of a speed, such as ``"500/s"``.
        options: Options of ``event-simulator replay``, such as ``batch=500``, ``format="segment"``, ``bearer="${TOKEN}"``,
            ``header=["X-Key: ${KEY}"]`` or ``event_time="now"``.

    Returns:
        The numbers of the replay, as ``replay --summary`` writes them.

    Raises:
        ReplayError: Not every event was delivered; with the numbers as its ``summary``.
        SimulatorError: It could not begin.
    """
    target = url.url if isinstance(url, Collector) else url
    pace: dict[str, Any] = {"speed": speed, "rate": rate}
    if speed is None and rate is None:
        pace["speed"] = "max"
    flags = flags_of({"url": target, **pace, "stats_interval": 0, **options})
    with TemporaryFolder() as folder:
        summary = os.path.join(folder, "summary.json")
        try:
            _send(source, [*flags, f"--summary={summary}"], folder)
        except SimulatorError as error:
            raise _with_summary(error, summary) from None
        return _read(summary)


def _send(source: Timeline | Deliveries | PathLike, flags: list[str], folder: str) -> None:
    if isinstance(source, (SimulatedTimeline, Deliveries)):
        path = os.path.join(folder, "timeline.jsonl")
        source.write(path)
    else:
        path = getattr(source, "path", None) or os.fspath(source)  # type: ignore[arg-type]  # a path
    with program.Run(["replay", path, *flags], quiet="--url=stdout:" not in flags) as run:
        try:
            run.wait()
        except KeyboardInterrupt:
            run.interrupt()
            run.settle()
            raise


def _read(path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        summary: dict[str, Any] = json.load(file)
        return summary


def _with_summary(error: SimulatorError, path: str) -> SimulatorError:
    if not isinstance(error, CommandError) or not os.path.exists(path) or not os.path.getsize(path):
        return error
    failed = ReplayError(error.problems, error.command)
    failed.summary = _read(path)
    return failed
