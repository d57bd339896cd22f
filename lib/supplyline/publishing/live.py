"""Live tables through delta-rs: made from their contracts, read without a JVM, committed to exactly once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, QueryBuilder, Schema, Transaction, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from supplyline import __version__
from supplyline.errors import LockedError, TableError
from supplyline.logs import run_id
from supplyline.publishing.engine import cursor
from supplyline.publishing.landed import quoted, time_column
from supplyline.query.snapshot import NotBuiltError, Snapshot, open_snapshot
from supplyline.query.views import create_view
from supplyline.tables import Table
from supplyline.tables.arrow import arrow_schema
from supplyline.tables.checks import constraints
from supplyline.tables.landing import sync
from supplyline.tables.warehouse import Warehouse

# What Spark, delta-rs, DuckDB and Polars all read alike.
CONFIGURATION = {"delta.enableDeletionVectors": "false"}


@dataclass(frozen=True)
class Mark:
    """A manifest's mark in a table's log: `number` of the transaction named `application`."""

    application: str
    number: int

    def is_in(self, delta: DeltaTable) -> bool:
        """True where the table has this manifest's rows already."""
        last = delta.transaction_version(self.application)
        return last is not None and last >= self.number


def open_live(warehouse: Warehouse, table: Table) -> DeltaTable:
    """The table for writing, made from its contract where it is missing.

    Raises TableError where it is of another schema or not writable. Call it with the table's lock held.
    """
    with table_errors(warehouse.path(table)):
        delta = _existing(warehouse, table) or _created(warehouse, table)
        # Making a table takes two commits, and a publisher may have died between them.
        there = delta.metadata().configuration
        missing = {c.name: c.sql for c in constraints(table) if f"delta.constraints.{c.name}" not in there}
        if missing:
            with _durable(delta):
                delta.alter.add_constraint(missing)
        return delta


def commit(delta: DeltaTable, rows: pa.Table, mark: Mark | None, mode: Literal["append", "overwrite"]) -> None:
    """One Delta commit with the rows and the manifest's mark; refused where anyone else has committed meanwhile."""
    properties = CommitProperties(
        app_transactions=[Transaction(mark.application, mark.number)] if mark else None,
        # A retry would commit on top of a version whose transactions nobody has looked at.
        max_commit_retries=0,
        custom_metadata=origin(mark),
    )
    with table_errors(delta.table_uri), _durable(delta):
        write_deltalake(delta, rows, mode=mode, commit_properties=properties)


def origin(mark: Mark | None = None) -> dict[str, str]:
    """Where a commit comes from: run id, program, code version and manifest, under the key that Spark's jobs use.

    Not as keys of their own: `job` and some others mean something else to Spark, which then can't read the table.
    """
    values = {"run_id": run_id(), "job": "publish", "code_version": __version__}
    manifest = {"stream": mark.application, "manifest": mark.number} if mark else {}
    return {"userMetadata": json.dumps(values | manifest, sort_keys=True)}


def unseen(warehouse: Warehouse, table: Table, rows: pa.Table) -> pa.Table:
    """The rows whose key the table does not hold yet, one a key.

    Only keys are read, and only of files whose times overlap those of `rows`, so memory goes with the rows, not with
    the table.
    """
    keys, columns = ", ".join(map(quoted, table.keys)), ", ".join(map(quoted, table.column_names))
    with cursor() as connection:
        connection.register("_rows", rows)
        there = _name_keys(connection, open_snapshot(warehouse, table), rows)
        # The small side, the rows, is the one kept in memory; the table streams past it.
        connection.execute(f"CREATE TEMP TABLE _there AS SELECT {keys} FROM {there} SEMI JOIN _rows USING ({keys})")
        fresh = connection.sql(
            f"""SELECT _rows.* FROM _rows ANTI JOIN _there USING ({keys})
            QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY {columns}) = 1 ORDER BY {_order(table)}"""
        )
        return fresh.to_arrow_table().cast(arrow_schema(table))


@contextmanager
def reading(warehouse: Warehouse, *tables: Table) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection that knows the tables by name, each at its newest version."""
    with cursor() as connection:
        for table in tables:
            create_view(connection, open_snapshot(warehouse, table))
        yield connection


@contextmanager
def table_errors(where: str) -> Iterator[None]:
    """delta-rs' errors as ours."""
    try:
        yield
    except CommitFailedError as error:
        raise LockedError("another writer committed meanwhile", where=where, fix="publish again") from error
    except (DeltaError, OSError) as error:
        text = " ".join(str(error).split())[:300]
        raise TableError(f"can't be written: {text}", where=where, fix="make the warehouse writable") from error


@contextmanager
def _durable(delta: DeltaTable) -> Iterator[None]:
    """Have the commit made inside outlive a power cut, for its landed files are deleted next.

    delta-rs leaves it to the system when local files reach the disk; an object store answers when it has them.
    """
    version, files = delta.version(), set(delta.file_uris())
    yield
    folder = Warehouse(delta.table_uri).folder
    if folder is not None:
        log = folder / "_delta_log"
        commits = [log / f"{number:020d}.json" for number in range(version + 1, delta.version() + 1)]
        parts = [Path(unquote(uri)) for uri in sorted(set(delta.file_uris()) - files)]
        for path in (*parts, *commits, folder, log):
            sync(path)


def _existing(warehouse: Warehouse, table: Table) -> DeltaTable | None:
    try:
        delta = open_snapshot(warehouse, table).delta
    except NotBuiltError:
        return None
    wanted = {field.name: field for field in _delta_schema(table).fields}
    there = {field.name: field for field in delta.schema().fields}
    other = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
    if other:
        what = f"table {table.name} has another schema: columns {', '.join(other)} differ"
        raise TableError(
            what, where=warehouse.path(table), fix="move the table away, or publish to another --warehouse"
        )
    return delta


def _created(warehouse: Warehouse, table: Table) -> DeltaTable:
    delta = DeltaTable.create(
        warehouse.path(table),
        schema=_delta_schema(table),
        name=table.name,
        description=table.description,
        configuration=CONFIGURATION,
        commit_properties=CommitProperties(custom_metadata=origin()),
    )
    folder = warehouse.local(table)
    if folder is not None:
        log = folder / "_delta_log"
        for path in (log / f"{0:020d}.json", log, folder, folder.parent, folder.parent.parent):
            sync(path)
    return delta


def _delta_schema(table: Table) -> Schema:
    return Schema.from_arrow(arrow_schema(table))


def _name_keys(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, rows: pa.Table) -> str:
    """Let the connection know the keys in the table, for the times of the rows: a key belongs to one time.

    Local files are read by DuckDB, which takes half the time; from an object store delta-rs streams them.
    Returns what to select from.
    """
    keys = ", ".join(map(quoted, snapshot.table.keys))
    if snapshot.local:
        create_view(connection, snapshot)
        return f"(SELECT {keys} FROM {snapshot.table.name} {_overlap(snapshot.table, rows)})"
    text = f"SELECT {keys} FROM source {_overlap(snapshot.table, rows)}"
    connection.register("_stream", QueryBuilder().register("source", snapshot.delta).execute(text))
    return "_stream"


def _overlap(table: Table, rows: pa.Table) -> str:
    time = time_column(table)
    if time is None or rows.num_rows == 0:
        return ""
    ends = pc.min_max(rows[time]).as_py()
    # Both engines take the text for a time with its zone.
    first, last = (f"'{ends[end].isoformat()}'" for end in ("min", "max"))
    return f"WHERE {quoted(time)} BETWEEN {first} AND {last}"


def _order(table: Table) -> str:
    names = [*filter(None, [time_column(table)]), *table.keys]
    return ", ".join(map(quoted, names))
