"""Contract → Spark schema."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import types as t

from supplyline.tables import Table
from supplyline.tables.contract import ColumnType

SPARK_TYPES: Mapping[ColumnType, t.DataType] = {
    "string": t.StringType(),
    "long": t.LongType(),
    "integer": t.IntegerType(),
    "double": t.DoubleType(),
    "boolean": t.BooleanType(),
    "date": t.DateType(),
    "timestamp": t.TimestampType(),
}


def spark_schema(table: Table) -> t.StructType:
    """Spark schema of a table: the contract's columns in order, nullable unless required."""
    fields = [t.StructField(column.name, SPARK_TYPES[column.type], not column.required) for column in table.columns]
    return t.StructType(fields)


def differences(found: t.StructType, table: Table) -> list[str]:
    """Every way in which a schema differs from the table's contract, in words; nullability and order are left aside."""
    types = {field.name: field.dataType for field in found.fields}
    wanted = {column.name: SPARK_TYPES[column.type] for column in table.columns}
    missing = [f"missing column {name} {kind.simpleString()}" for name, kind in wanted.items() if name not in types]
    unknown = [f"unknown column {name}" for name in types if name not in wanted]
    other = [
        f"column {name} is {types[name].simpleString()}, not {kind.simpleString()}"
        for name, kind in wanted.items()
        if name in types and types[name] != kind
    ]
    return missing + unknown + other
