"""A DuckDB connection that knows every table of the warehouse by its bare name and can only read."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from supplyline.config import Settings
from supplyline.errors import QueryError, TableError
from supplyline.query.errors import READ_ONLY, kept_tables, missing_table, refuse_twins, translated
from supplyline.query.snapshot import Snapshot, open_snapshot
from supplyline.query.views import create_view, quoted
from supplyline.tables import table
from supplyline.tables.warehouse import Warehouse

EXPLAIN = re.compile(r"^\s*explain\s+(analyze\s+)?(\([^)]*\)\s*)?", re.IGNORECASE)
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Connection:
    """Tables open when a query first names them, each at one version for the connection's whole life."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self._duckdb = _locked_down(warehouse)
        self._snapshots: dict[str, Snapshot] = {}

    def sql(self, text: str, params: Mapping[str, object] | None = None) -> duckdb.DuckDBPyRelation:
        """One SELECT as a DuckDB relation: `.df()`, `.pl()`, `.to_arrow_table()`, `.fetchall()`.

        `params` fill `$name` in the text. Raises QueryError (syntax, unknown table or column, more than reading),
        TableError (a named table is missing or can't be read rightly).
        """
        refused = self._open_named(text)
        try:
            self._refuse_writing(text)
            return self._duckdb.sql(text, params=dict(params) if params else None)
        except duckdb.Error as error:
            missing = missing_table(error)
            if missing in refused:
                raise refused[missing] from error
            raise translated(error) from error

    def rows(self, text: str, params: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """The answer as one dictionary a row, with Python values. Raises as `sql` does."""
        relation = self.sql(text, params)
        refuse_twins(relation.columns)
        try:
            return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
        except duckdb.Error as error:
            raise translated(error) from error

    def snapshot(self, name: str) -> Snapshot:
        """The version of a table that this connection reads. Raises TableError."""
        if name not in self._snapshots:
            snapshot = open_snapshot(self.warehouse, table(name))
            create_view(self._duckdb, snapshot)
            self._snapshots[name] = snapshot
        return self._snapshots[name]

    def close(self) -> None:
        """Free DuckDB's memory."""
        self._duckdb.close()

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open_named(self, text: str) -> dict[str, TableError]:
        """Open every table whose name is a word of the text; it may be a column's, so that errors wait for the use."""
        refused: dict[str, TableError] = {}
        named = {word.lower() for word in WORD.findall(text)}
        for name in sorted(named & {kept.name for kept in kept_tables()}):
            try:
                self.snapshot(name)
            except TableError as error:
                refused[name] = error
        return refused

    def _refuse_writing(self, text: str) -> None:
        statements = self._duckdb.extract_statements(text)
        if len(statements) != 1:
            what = "more than one statement" if statements else "no statement"
            raise QueryError(what, fix="give one SELECT")
        inner = EXPLAIN.sub("", statements[0].query)
        kinds = {statement.type.name for statement in [*statements, *self._duckdb.extract_statements(inner)]}
        if kinds - {"SELECT", "EXPLAIN", "MULTI"}:
            raise QueryError(f"{min(kinds - {'SELECT'})} is not allowed", fix=READ_ONLY)


def connect(settings: Settings) -> Connection:
    """A connection to the warehouse of the settings; no table is opened yet."""
    return Connection(Warehouse(settings.warehouse))


def sql(settings: Settings, text: str) -> duckdb.DuckDBPyRelation:
    """One query on a connection of its own. Raises as `Connection.sql` does."""
    return connect(settings).sql(text)


def _locked_down(warehouse: Warehouse) -> duckdb.DuckDBPyConnection:
    """DuckDB in memory that sees no files but the warehouse's, no Python variables, loads nothing, and speaks UTC."""
    config: dict[str, Any] = {
        "python_enable_replacements": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": str(Path(tempfile.gettempdir()) / f"supplyline-sql-{os.getpid()}"),
    }
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("SET TimeZone = 'UTC'")
    allowed = ", ".join(quoted(str(folder)) for folder in _readable_folders(warehouse))
    connection.execute(f"SET allowed_directories = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _readable_folders(warehouse: Warehouse) -> list[Path]:
    """The warehouse and where its symbolic links lead, as DuckDB looks at the path behind them; none elsewhere."""
    if warehouse.folder is None:
        return []
    tables = (Path(warehouse.path(table)).resolve() for table in kept_tables())
    root = warehouse.folder.resolve()
    return [warehouse.folder, root, *sorted(path for path in tables if not path.is_relative_to(root))]
