"""Libraries that are imported only when they are used."""

from __future__ import annotations

import importlib
from typing import Any

from .errors import MissingLibraryError, Problem


def library(name: str, extra: str) -> Any:
    """Imports a library.

    Args:
        name: The module's name.
        extra: The extra of this package that installs it.

    Raises:
        MissingLibraryError: It is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise
        cure = f"pip install 'event-simulator[{extra}]'"
        raise MissingLibraryError([Problem("error", "usage", f"{name} is not installed", help=cure)]) from error
