"""Columns of Arrow as Spark has them, of PySpark 3.5 on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .libraries import library

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql.types import StructType


def spark_schema(schema: pyarrow.Schema) -> StructType:
    """Gives the columns as Spark declares them.

    Args:
        schema: That of a timeline, of deliveries or of a table, as ``schema()`` gives it.

    Raises:
        MissingLibraryError: PySpark is not installed.
    """
    types = library("pyspark.sql.pandas.types", "spark")
    declared: StructType = types.from_arrow_schema(arrow_of_spark(schema))
    return declared


def spark_batches(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
    """Gives batches with the types that Spark reads, as `spark_schema` declares them.

    Args:
        batches: Those of a timeline, of deliveries or of a table.

    Raises:
        MissingLibraryError: pyarrow is not installed.
    """
    pyarrow = library("pyarrow", "spark")
    schema = None
    for batch in batches:
        if schema is None:
            schema = arrow_of_spark(batch.schema)
        columns = [
            column if column.type.equals(field.type) else column.cast(field.type)
            for column, field in zip(batch.columns, schema)
        ]
        yield pyarrow.RecordBatch.from_arrays(columns, schema=schema)


def arrow_of_spark(schema: pyarrow.Schema) -> pyarrow.Schema:
    """Gives the columns as Spark has them in Arrow: times in microseconds, and no types of others."""
    pyarrow = library("pyarrow", "spark")
    fields = [pyarrow.field(field.name, _of_spark(pyarrow, field.type), field.nullable) for field in schema]
    return pyarrow.schema(fields)


def _of_spark(pyarrow: Any, kind: Any) -> Any:
    types = pyarrow.types
    if isinstance(kind, pyarrow.BaseExtensionType):
        return _of_spark(pyarrow, kind.storage_type)
    if types.is_timestamp(kind):
        return pyarrow.timestamp("us", kind.tz)
    if types.is_list(kind):
        member = kind.value_field
        return pyarrow.list_(pyarrow.field("element", _of_spark(pyarrow, member.type), member.nullable))
    if types.is_struct(kind):
        members = (kind.field(index) for index in range(kind.num_fields))
        return pyarrow.struct(
            [pyarrow.field(member.name, _of_spark(pyarrow, member.type), member.nullable) for member in members]
        )
    return kind
