"""A collector: an ingestion API to send events to, which can misbehave on purpose."""

from __future__ import annotations

import json
import os
import re
import time
from types import TracebackType
from typing import Any

from . import program
from .errors import CommandError, Problem
from .folders import TemporaryFolder
from .simulation import PathLike

#: The time in which a collector has to say where it listens.
_START_SECONDS = 20.0

#: The time that requests under way have to get their answers.
_STOP_SECONDS = 5.0


class Collector:
    """A collector on a free port of this machine, as a context manager.

        with Collector(fail="5%") as collector:
            send_to(collector.url)
        assert len(collector.received) == 100

    Args:
        port: The port; 0 takes a free one.
        output: The file of what is accepted; a temporary one that goes with the collector unless given.
        protocol: The vendor whose clients send, such as ``"segment"``.
        dedupe: Whether each event is accepted once.
        fail: The share of requests that is answered with ``status``, such as ``"5%"``.
        status: The status of those answers.
        reset: The share of connections that is reset, half of them after the event was taken.
        hang: The share of requests that is never answered.
        silently_drop: The share of requests that is answered as if accepted, and not kept.
        latency: The time by which each answer is held back, such as ``"20ms..80ms"``.
        rate_limit: The rate beyond which requests are answered 429, such as ``"500/s"``.
        down: The times after the start in which it is gone, such as ``["10s..20s"]``.
        seed: Chooses which requests meet a fault.
        options: Other options of ``event-simulator collector``, such as ``stamp=True`` or ``order_by="session"``.

    Attributes:
        url: Where events are sent.
        port: The port.
        path: The file of what is accepted, one event a line.
    """

    url: str
    port: int

    def __init__(
        self,
        *,
        port: int = 0,
        output: PathLike | None = None,
        protocol: str | None = None,
        dedupe: bool = False,
        fail: str | None = None,
        status: int | None = None,
        reset: str | None = None,
        hang: str | None = None,
        silently_drop: str | None = None,
        latency: str | None = None,
        rate_limit: str | None = None,
        down: list[str] | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        from .timeline import flags_of  # noqa: PLC0415

        self._folder: TemporaryFolder | None = None
        if output is None:
            self._folder = TemporaryFolder()
            output = os.path.join(self._folder.name, "received.jsonl")
        self.path = os.fspath(output)
        faults = {
            "fail": fail,
            "status": status,
            "reset": reset,
            "hang": hang,
            "silently_drop": silently_drop,
            "latency": latency,
            "rate_limit": rate_limit,
            "down": down,
            "seed": seed,
        }
        own = {"port": port, "output": self.path, "protocol": protocol, "dedupe": dedupe}
        self._arguments = ["collector", "--until-eof", *flags_of({**own, **faults, **options})]
        self._run: program.Run | None = None
        self._last: dict[str, Any] | None = None

    def start(self) -> Collector:
        """Starts it, and waits until it listens. ``with`` does so too.

        Raises:
            SimulatorError: It cannot start, as where the port is taken.
        """
        run = program.Run(self._arguments, quiet=True, keep_stdin=True)
        try:
            self.url = _listening(run)
        except BaseException:
            run.close()
            raise
        self._run = run
        self.port = int(self.url.split(":")[2].split("/")[0])
        return self

    def stop(self) -> None:
        """Stops it: requests under way get their answers. Leaving ``with`` does so too.

        Raises:
            SimulatorError: Something went wrong in it, such as a full disk.
        """
        run, self._run = self._run, None
        if run is None:
            return
        with run:
            self._last = _stats(self.url)
            run.end_input()
            run.wait_for(_STOP_SECONDS)
            if run.is_over():
                run.wait()

    @property
    def received(self) -> list[dict[str, Any]]:
        """What was accepted by now, each event as a dict, in order of acceptance."""
        return [json.loads(line) for line in self.bodies]

    @property
    def bodies(self) -> list[bytes]:
        """The same as the bytes that came."""
        if not os.path.exists(self.path):
            return []
        with open(self.path, "rb") as file:
            return file.read().splitlines()

    def stats(self) -> dict[str, Any]:
        """Gives what it counted: requests, events, duplicates, violations of order and what the faults did.

        Raises:
            CommandError: It is not running, and never was.
        """
        if self._run is not None:
            self._last = _stats(self.url)
        if self._last is None:
            raise CommandError([Problem("error", "failed", "the collector has not been started")])
        return self._last

    def __enter__(self) -> Collector:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        where = self.url if self._run is not None else "not running"
        return f"<Collector: {where}>"


def _listening(run: program.Run) -> str:
    """Waits until a collector says where it listens."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        found = re.search(r"listening on (\S+)", run.messages())
        if found:
            return found.group(1)
        if run.is_over():
            run.wait()
            break
        time.sleep(0.002)
    raise CommandError([Problem("error", "failed", f"the collector does not listen: {run.messages().strip()}")])


def _stats(url: str) -> dict[str, Any] | None:
    import http.client  # noqa: PLC0415

    host, _, _ = url.partition("://")[2].partition("/")
    connection = http.client.HTTPConnection(host, timeout=5)
    try:
        connection.request("GET", "/stats")
        stats: dict[str, Any] = json.loads(connection.getresponse().read())
        return stats
    except (OSError, http.client.HTTPException, ValueError):
        return None  # It is down, as it may be on purpose.
    finally:
        connection.close()
