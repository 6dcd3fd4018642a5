"""The program ``event-simulator``: where it is, and runs of it that leave nothing behind."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import weakref
from collections.abc import Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import IO

from .errors import Problem, ProgramError, failure

#: Names the program where it is not beside the package, as while it is developed.
VARIABLE = "EVENT_SIMULATOR"

_NAME = "event-simulator.exe" if sys.platform == "win32" else "event-simulator"

#: The time that a run has to end by itself before it is killed.
_GRACE_SECONDS = 2.0

#: What a pipe holds on Linux, so that neither side waits for the other at each block.
_PIPE_BYTES = 1 << 20

_path: str | None = None


def path() -> str:
    """Finds the program.

    It is the one that the environment variable ``EVENT_SIMULATOR`` names, else the one that came with the package, else
    the one on the ``PATH``.

    Raises:
        ProgramError: There is none.
    """
    global _path  # noqa: PLW0603
    named = os.environ.get(VARIABLE)
    if named:
        return named
    if _path is None:
        _path = _find()
    return _path


def _find() -> str:
    import shutil  # noqa: PLC0415
    import sysconfig  # noqa: PLC0415

    site = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    scripts = "Scripts" if sys.platform == "win32" else "bin"
    folders = [
        sysconfig.get_path("scripts"),
        os.path.dirname(sys.executable),
        os.path.join(site, scripts),
        *(sysconfig.get_path("scripts", scheme) for scheme in sysconfig.get_scheme_names() if scheme.endswith("_user")),
    ]
    for folder in folders:
        candidate = os.path.join(folder, _NAME)
        if os.access(candidate, os.X_OK) and os.path.isfile(candidate):
            return candidate
    found = shutil.which(_NAME)
    if found is None:
        message = f"the program {_NAME} is neither beside the package nor on the PATH"
        cure = f"install the package again, or let {VARIABLE} name the program"
        raise ProgramError([Problem("error", "failed", message, help=cure)])
    return found


def command_line(arguments: Iterable[str]) -> str:
    """Shows a command as one would type it into a shell."""
    return " ".join(["event-simulator", *map(shlex.quote, arguments)])


class Run:
    """A run of the program, which is a context manager: at its end nothing is left running.

    Args:
        arguments: Those of the program.
        stdin: A text that it reads, the output of another run, or nothing.
        quiet: Whether standard output goes nowhere.
        keep_stdin: Whether standard input stays open until `end_input`, and nothing comes.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        stdin: bytes | IO[bytes] | None = None,
        quiet: bool = False,
        keep_stdin: bool = False,
    ) -> None:
        import tempfile  # noqa: PLC0415

        self.arguments = list(arguments)
        # A file and not a pipe, which has to be read lest the program waits for its reader.
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115  # it is closed with the run
        try:
            self._process = subprocess.Popen(
                [path(), "--errors=json", "--color=never", *self.arguments],
                stdin=subprocess.PIPE if keep_stdin or isinstance(stdin, bytes) else (stdin or subprocess.DEVNULL),
                stdout=subprocess.DEVNULL if quiet else subprocess.PIPE,
                stderr=self._messages,
                # Ctrl+C comes to us, and we end the run.
                start_new_session=True,
            )
        except OSError as error:
            self._messages.close()
            problem = Problem("error", "failed", f"cannot run {path()}: {error.strerror}", help=f"see {VARIABLE}")
            raise ProgramError([problem]) from error
        # Also when nobody has it any more, and at the end of the interpreter.
        self._end = weakref.finalize(self, _end, self._process, self._messages)
        if self._process.stdout is not None:
            _widen(self._process.stdout)
        if isinstance(stdin, bytes):
            self._feed(stdin)

    def _feed(self, text: bytes) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(text)
            self._process.stdin.close()
        except BrokenPipeError:
            pass  # It has ended, and says why.
        except BaseException:
            self.close()
            raise

    def end_input(self) -> None:
        """Ends its standard input."""
        if self._process.stdin is not None:
            _close(self._process.stdin)

    @property
    def stdout(self) -> IO[bytes]:
        """The standard output of the run."""
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def messages(self) -> str:
        """Reads what it has written on standard error by now."""
        # By its own offset, as that of the file is shared with the process.
        size = os.fstat(self._messages.fileno()).st_size
        if hasattr(os, "pread"):
            return os.pread(self._messages.fileno(), size, 0).decode(errors="replace")
        self._messages.seek(0)
        return self._messages.read().decode(errors="replace")

    def wait(self, *allowed: int) -> int:
        """Waits for the end.

        Args:
            allowed: Exit codes besides 0 that are no errors.

        Returns:
            The exit code.

        Raises:
            SimulatorError: It failed.
            KeyboardInterrupt: It was interrupted.
        """
        exit_code = self._process.wait()
        if exit_code == 130:
            raise KeyboardInterrupt
        if exit_code and exit_code not in allowed:
            raise failure(self.messages(), exit_code, command_line(self.arguments))
        return exit_code

    def is_over(self) -> bool:
        """Says whether the run has ended."""
        return self._process.poll() is not None

    def wait_for(self, seconds: float) -> None:
        """Waits for the end, but no longer than that."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def settle(self) -> None:
        """Waits for the end after an interruption; one more ends it at once."""
        try:
            self._process.wait()
        except KeyboardInterrupt:
            self.interrupt()
            self.wait_for(_GRACE_SECONDS)
            raise

    def interrupt(self) -> None:
        """Asks it to end as Ctrl+C does, which lets it settle what is under way."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the run, if it has not ended, waits for its end, and lets go of all that it had."""
        self._end()


def _end(process: subprocess.Popen[bytes], messages: IO[bytes]) -> None:
    """Ends a process and waits for its end, also if Ctrl+C comes meanwhile."""
    try:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                _close(pipe)
        if process.poll() is None:
            process.terminate()
            process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        messages.close()


def _widen(pipe: IO[bytes]) -> None:
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415

        # More than the system allows is refused; a narrow pipe is only slower.
        with suppress(OSError):
            fcntl.fcntl(pipe, 1031, _PIPE_BYTES)  # F_SETPIPE_SZ


def _close(pipe: IO[bytes]) -> None:
    # What was not written, nobody reads.
    with suppress(OSError):
        pipe.close()


def output(arguments: Sequence[str], *, stdin: bytes | None = None) -> bytes:
    """Runs the program to its end and gives what it wrote to standard output.

    Raises:
        SimulatorError: It failed.
    """
    with Run(arguments, stdin=stdin) as run:
        written = run.stdout.read()
        run.wait()
        return written


def warnings(arguments: Sequence[str], *, stdin: bytes | None = None) -> list[Problem]:
    """Runs the program to its end and gives its warnings.

    Raises:
        SimulatorError: It failed.
    """
    from .errors import split_messages  # noqa: PLC0415

    with Run(arguments, stdin=stdin, quiet=True) as run:
        run.wait()
        return split_messages(run.messages())[0]
