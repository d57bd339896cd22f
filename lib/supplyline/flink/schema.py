"""Contract → Flink schema."""

from __future__ import annotations

from collections.abc import Mapping

from supplyline.tables import Table
from supplyline.tables.contract import ColumnType

FLINK_TYPES: Mapping[ColumnType, str] = {
    "string": "STRING",
    "long": "BIGINT",
    "integer": "INT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP(3)",
}


def flink_columns(table: Table) -> str:
    """The table's columns as Flink DDL, in the contract's order, nullable unless required. Timestamps are UTC."""
    return ", ".join(
        f"`{column.name}` {FLINK_TYPES[column.type]}{' NOT NULL' if column.required else ''}"
        for column in table.columns
    )
