"""The smallest timeline on which something still happens."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Callable

from . import program
from .errors import CommandError, Problem
from .folders import TemporaryFolder
from .sides import as_file
from .simulation import PathLike
from .timeline import RecordedTimeline, Timeline, flags_of

if TYPE_CHECKING:
    import socket
    from concurrent.futures import Future

#: The exit codes of the helper: the candidate is as the whole timeline, or it is not.
_INTERESTING, _OTHER = 1, 0

#: The time that a helper has to say what it asks.
_QUESTION_SECONDS = 10.0


class MinimalTimeline(RecordedTimeline):
    """The smallest timeline that was found.

    Attributes:
        path: Its file, which lives as long as this object unless ``output`` named it.
        runs: The number of times that the predicate was asked.
    """

    def __init__(self, path: PathLike, whole: Timeline | None, runs: int, folder: TemporaryFolder) -> None:
        super().__init__(path, whole)
        self.runs = runs
        # A temporary folder goes with the timeline.
        self._folder = folder

    def __repr__(self) -> str:
        count = sum(1 for _ in self.lines())
        return f"<MinimalTimeline: {count} events, found in {self.runs} runs>"


def minimize(
    timeline: Timeline | PathLike,
    predicate: Callable[[Timeline], Any],
    *,
    raises: type[BaseException] | tuple[type[BaseException], ...] | None = None,
    output: PathLike | None = None,
    jobs: int = 1,
    **options: Any,
) -> MinimalTimeline:
    """Finds the smallest timeline on which a predicate still holds: see ``docs/minimize.md``.

    Users are left out first, then sessions, then single events. The predicate is called in this thread, with ever smaller
    timelines, so it may use whatever it likes: a data base, a session of Spark, variables of a notebook. With ``jobs`` it is
    called in threads of its own.

    Args:
        timeline: The whole timeline, or its file.
        predicate: Says of a timeline whether it shows what is looked for.
        raises: Exceptions by which it says so, too; with them, what it returns means nothing.
        output: The file to write, in which the smallest timeline so far always stands; a temporary one unless given.
        jobs: Timelines that are tried at a time. With more than one the predicate is called in several threads at once,
            which pays where it waits for something else, such as a data base.
        options: Options of ``event-simulator minimize``: ``time_limit="10m"``, ``repeat=3``.

    Returns:
        The smallest timeline: of its events none can be left out.

    Raises:
        CommandError: The predicate does not hold for the whole timeline, holds for no events at all, or does not always
            say the same.
        Exception: What the predicate raises, unless it is one of ``raises``.
    """
    folder = TemporaryFolder()
    try:
        whole = timeline if isinstance(timeline, Timeline) else Timeline.read(timeline)
        path = as_file(whole, os.path.join(folder.name, "whole"))
        target = os.path.abspath(output if output is not None else os.path.join(folder.name, "minimal.jsonl"))
        oracle = _Oracle(whole, predicate, raises)
        _search(path, target, oracle, jobs, flags_of(options))
    except BaseException:
        folder.remove()
        raise
    return MinimalTimeline(target, whole, oracle.runs, folder)


class _Oracle:
    """The predicate, with what it raises."""

    def __init__(self, whole: Timeline, predicate: Callable[[Timeline], Any], raises: Any) -> None:
        self._whole = whole
        self._predicate = predicate
        self._raises = raises
        self._lock = threading.Lock()
        self.runs = 0

    def says(self, path: str) -> bool:
        is_interesting = self._holds(RecordedTimeline(path, self._whole))
        with self._lock:
            self.runs += 1
            number = self.runs
        if number == 1 and not is_interesting:
            raise _nothing_to_find("the predicate does not hold for the whole timeline")
        if is_interesting and os.path.getsize(path) == 0:
            raise _nothing_to_find("the predicate holds for an empty timeline too, so no event is to blame")
        return is_interesting

    def _holds(self, candidate: Timeline) -> bool:
        if self._raises is None:
            return bool(self._predicate(candidate))
        try:
            self._predicate(candidate)
        except self._raises:
            return True
        return False


def _nothing_to_find(reason: str) -> CommandError:
    return CommandError([Problem("error", "failed", reason)])


def _search(timeline: str, output: str, oracle: _Oracle, jobs: int, flags: list[str]) -> None:
    import selectors  # noqa: PLC0415
    import socket  # noqa: PLC0415

    token = os.urandom(16).hex()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        # -I and -S: nothing of the environment, which would take most of the time of a start.
        helper = [sys.executable, "-I", "-S", os.path.join(os.path.dirname(__file__), "_ask.py"), port, token, "{}"]
        condition = f"exit == {_INTERESTING}"
        flags = [f"--jobs={jobs}", *flags]
        arguments = ["minimize", timeline, "-o", output, "--interesting-if", condition, *flags, "--", *helper]
        answers = _Answers(token, oracle, jobs)
        with program.Run(arguments) as run, answers, selectors.DefaultSelector() as selector:
            selector.register(server, selectors.EVENT_READ)
            # Nothing is written there: it is readable when the search is over.
            selector.register(run.stdout, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if server in ready:
                    connection, _ = server.accept()
                    answers.give(connection)
                elif not run.stdout.read(1):
                    break
            answers.finish()
            run.wait()


class _Answers:
    """Answers to questions: in this thread, or with several jobs in others, whose exceptions are raised in this one."""

    def __init__(self, token: str, oracle: _Oracle, jobs: int) -> None:
        self._token = token
        self._oracle = oracle
        self._pool = ThreadPoolExecutor(jobs) if jobs > 1 else None
        self._given: list[Future[None]] = []

    def __enter__(self) -> _Answers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def give(self, connection: socket.socket) -> None:
        if self._pool is None:
            self._answer(connection)
            return
        self._given.append(self._pool.submit(self._answer, connection))
        self.check()

    def check(self) -> None:
        """Raises what was raised in another thread."""
        done = [answer for answer in self._given if answer.done()]
        self._given = [answer for answer in self._given if answer not in done]
        for answer in done:
            answer.result()

    def finish(self) -> None:
        """Waits for all answers."""
        for answer in self._given:
            answer.result()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            _answer(connection, self._token, self._oracle)


def _answer(connection: socket.socket, token: str, oracle: _Oracle) -> None:
    connection.settimeout(_QUESTION_SECONDS)
    question = b""
    while question.count(b"\n") < 2:
        more = connection.recv(65_536)
        if not more:
            return
        question += more
    told, path, _ = question.decode(errors="surrogateescape").split("\n", 2)
    if told != token:
        return
    try:
        is_interesting = oracle.says(path)
        connection.sendall(bytes([_INTERESTING if is_interesting else _OTHER]))
    except Exception:
        # Of several at a time those are given up of which one before them will do: their files go.
        if os.path.exists(path):
            raise
