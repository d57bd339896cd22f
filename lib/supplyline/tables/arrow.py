"""Contract → Arrow schema."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from supplyline.tables.contract import ColumnType, Table

ARROW_TYPES: Mapping[ColumnType, pa.DataType] = {
    "string": pa.string(),
    "long": pa.int64(),
    "integer": pa.int32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


def arrow_schema(table: Table) -> pa.Schema:
    """Arrow schema of a table: the contract's columns in order, nullable unless required."""
    return pa.schema(
        pa.field(column.name, ARROW_TYPES[column.type], nullable=not column.required) for column in table.columns
    )
