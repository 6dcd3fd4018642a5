"""What can be had as a table of any library."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .libraries import library

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow


class Frame(ABC):
    """Rows that can be had as dicts, or as a table of pyarrow, pandas or Polars."""

    @abstractmethod
    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Gives the rows as dicts, in their order."""

    @abstractmethod
    def to_arrow(self) -> pyarrow.Table:
        """Gives the rows as a table of pyarrow, with typed columns.

        Raises:
            MissingLibraryError: pyarrow is not installed.
            SimulatorError: The program failed.
        """

    def to_pandas(self, **options: Any) -> pandas.DataFrame:
        """Gives the rows as a data frame of pandas.

        Args:
            options: Those of ``pyarrow.Table.to_pandas``.

        Raises:
            MissingLibraryError: pandas or pyarrow is not installed.
            SimulatorError: The program failed.
        """
        library("pandas", "pandas")
        library("pyarrow", "pandas")
        return self.to_arrow().to_pandas(**options)

    def to_polars(self) -> polars.DataFrame:
        """Gives the rows as a data frame of Polars.

        Raises:
            MissingLibraryError: Polars or pyarrow is not installed.
            SimulatorError: The program failed.
        """
        frame: polars.DataFrame = library("polars", "polars").from_arrow(self.to_arrow())
        return frame
