"""One version of a Delta table: which files it consists of, read from its log by delta-rs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from supplyline.errors import TableError
from supplyline.query.producers import how_to_build
from supplyline.tables import Table
from supplyline.tables.warehouse import Warehouse

# Features that leave the rows of a Parquet file as they are. All others (deletion vectors, column mapping, type
# widening, ...) change what its bytes mean, so that DuckDB would answer wrongly and in silence.
HARMLESS_FEATURES = {"timestampNtz", "v2Checkpoint", "vacuumProtocolCheck"}
# delta-rs aborts on the first four and decodes the last.
UNREADABLE_PATH = re.compile(r"[\[\]|^\\%\x00-\x1f]")


class NotBuiltError(TableError):
    """A table of the contracts that no job has written yet."""


@dataclass(frozen=True)
class Snapshot:
    """The files of a table at one version; `files` are local paths, or empty where `local` is False."""

    table: Table
    delta: DeltaTable
    version: int
    files: tuple[str, ...]
    partitions: tuple[str, ...]
    local: bool


def open_snapshot(warehouse: Warehouse, table: Table) -> Snapshot:
    """The table at its newest version.

    Raises NotBuiltError where it is missing, TableError where its log is damaged, its schema is not the contract's or
    its protocol needs a reader that DuckDB is not.
    """
    delta = _open(warehouse, table)
    where = warehouse.path(table)
    _refuse_features(delta, where)
    _refuse_other_schema(delta, table, where)
    return Snapshot(
        table=table,
        delta=delta,
        version=delta.version(),
        files=tuple(unquote(uri) for uri in delta.file_uris()),
        partitions=tuple(delta.metadata().partition_columns),
        local=warehouse.folder is not None,
    )


def _open(warehouse: Warehouse, table: Table) -> DeltaTable:
    path = warehouse.path(table)
    if warehouse.folder is not None and UNREADABLE_PATH.search(path):
        raise TableError("path can't be read", where=path, fix=r"choose a --warehouse without any of [ ] | ^ \ %")
    try:
        return DeltaTable(path)
    except TableNotFoundError as error:
        raise NotBuiltError(f"table {table.name} is not built yet", where=path, fix=how_to_build(table)) from error
    except (DeltaError, OSError, ValueError) as error:
        raise TableError(
            f"can't be read: {_one_line(error)}", where=path, fix="check the path and its permissions"
        ) from error


def _refuse_features(delta: DeltaTable, where: str) -> None:
    protocol = delta.protocol()
    found = set(protocol.reader_features or []) - HARMLESS_FEATURES
    if delta.metadata().configuration.get("delta.columnMapping.mode", "none") != "none":
        found.add("columnMapping")
    if found:
        fix = "write it again with these features off, or read it with Spark"
        raise TableError(f"needs {', '.join(sorted(found))}, which this reader doesn't know", where=where, fix=fix)


def _refuse_other_schema(delta: DeltaTable, table: Table, where: str) -> None:
    there = {field.name: str(getattr(field.type, "type", field.type)) for field in delta.schema().fields}
    lacking = [column for column in table.columns if column.name not in there]
    other = [
        f"column {column.name} is {there[column.name]}, not {column.type}"
        for column in table.columns
        if column.name in there and there[column.name] != column.type
    ]
    # A column that may be empty was added to the contract since: it is empty in every row.
    if any(column.required for column in lacking) or other:
        missing = [f"no column {column.name}" for column in lacking]
        fix = "move the table away and build it again, or query another --warehouse"
        raise TableError(f"table {table.name} has another schema: {'; '.join(missing + other)}", where=where, fix=fix)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
