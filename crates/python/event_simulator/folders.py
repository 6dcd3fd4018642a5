"""Temporary folders, which go when nobody has them any more."""

from __future__ import annotations

import weakref
from types import TracebackType


class TemporaryFolder:
    """A folder that goes with this object, at the end of ``with`` or of the interpreter, without a warning.

    Attributes:
        name: Its path.
    """

    def __init__(self) -> None:
        # Both are slow to import.
        import shutil  # noqa: PLC0415
        import tempfile  # noqa: PLC0415

        self.name = tempfile.mkdtemp(prefix="event-simulator-")
        self._remove = weakref.finalize(self, shutil.rmtree, self.name, ignore_errors=True)

    def remove(self) -> None:
        """Removes the folder with all that is in it."""
        self._remove()

    def __enter__(self) -> str:
        return self.name

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()
