"""A table's snapshot as a DuckDB view with the contract's columns and types."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
from deltalake import QueryBuilder

from supplyline.errors import TableError
from supplyline.query.snapshot import Snapshot
from supplyline.tables import Table
from supplyline.tables.contract import ColumnType

DUCKDB_TYPES: Mapping[ColumnType, str] = {
    "string": "VARCHAR",
    "long": "BIGINT",
    "integer": "INTEGER",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
}


def create_view(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    """Name the snapshot in the connection: its Parquet files where they are local, else its rows read by delta-rs.

    Raises TableError where a file can't be read.
    """
    table = snapshot.table
    if snapshot.local and not snapshot.partitions:
        source = _parquet_files(snapshot) if snapshot.files else ""
    else:
        source = f" UNION ALL BY NAME SELECT * FROM {_through_arrow(connection, snapshot)}"
    columns = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in _types(table).items())
    try:
        connection.execute(f"CREATE VIEW {table.name} AS SELECT {columns} FROM ({_no_rows(table)}{source})")
    except duckdb.Error as error:
        what = f"table {table.name} can't be read: {str(error).split(chr(10))[0]}"
        raise TableError(
            what, where=snapshot.delta.table_uri, fix="restore the file, or build the table again"
        ) from error


def quoted(text: str) -> str:
    """A string as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _types(table: Table) -> dict[str, str]:
    return {column.name: DUCKDB_TYPES[column.type] for column in table.columns}


def _no_rows(table: Table) -> str:
    """A typed SELECT without rows: it gives an empty table its columns, and older files those added since."""
    columns = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in _types(table).items())
    return f"SELECT {columns} WHERE false"


def _parquet_files(snapshot: Snapshot) -> str:
    listed = ", ".join(quoted(path) for path in snapshot.files)
    reader = f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
    return f" UNION ALL BY NAME SELECT * FROM {reader}"


def _through_arrow(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> str:
    """Rows read by delta-rs: object stores, and partition columns, which the files themselves don't hold."""
    name = f"_{snapshot.table.name}_rows"
    builder = QueryBuilder().register("source", snapshot.delta)
    there = {field.name for field in snapshot.delta.schema().fields}
    names = ", ".join(name for name in snapshot.table.column_names if name in there)
    reader = builder.execute(f"SELECT {names} FROM source")
    connection.register("_arriving", reader)
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM _arriving")
    connection.unregister("_arriving")
    return name
