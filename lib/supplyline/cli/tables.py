"""`supplyline tables`: what is in the warehouse."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated, Any

import typer

from supplyline.cli.output import print_rows
from supplyline.config import load_settings
from supplyline.errors import QueryError
from supplyline.query import connect
from supplyline.query.catalog import TableStatus, table_status, table_statuses
from supplyline.query.errors import unknown_table
from supplyline.query.values import json_value
from supplyline.tables import Table, all_tables
from supplyline.tables.warehouse import Warehouse

tables_app = typer.Typer(no_args_is_help=True, help="List the tables and show what is in one.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
WarehouseOption = Annotated[str | None, typer.Option("--warehouse", help="Folder or URI of the Delta tables.")]
ConfigOption = Annotated[str | None, typer.Option("--config", help="YAML file with settings.")]


@tables_app.command("list")
def list_tables(as_json: AsJson = False, warehouse: WarehouseOption = None, config: ConfigOption = None) -> None:
    """Every table: layer, rows, files, size, version, last commit."""
    statuses = table_statuses(load_settings(config, warehouse=warehouse))
    if as_json:
        print(_json([dataclasses.asdict(status) for status in statuses]))
        return
    columns = ["layer", "table", "rows", "files", "size", "version", "last commit (UTC)", "job"]
    print_rows(columns, [_list_row(status) for status in statuses], right={"rows", "files", "size", "version"})


@tables_app.command("show")
def show_table(
    name: Annotated[str, typer.Argument(help="Name of the table.")],
    rows: Annotated[int, typer.Option(min=0, help="Sample rows.")] = 5,
    as_json: AsJson = False,
    warehouse: WarehouseOption = None,
    config: ConfigOption = None,
) -> None:
    """Columns with type, unit and meaning, and some rows of one table."""
    table = _known(name)
    settings = load_settings(config, warehouse=warehouse)
    status = table_status(Warehouse(settings.warehouse), table)
    sample: list[dict[str, Any]] = []
    if not status.problem:
        with connect(settings) as connection:
            sample = connection.rows(f"SELECT * FROM {table.name} LIMIT {rows}")
    if as_json:
        print(_json(_described(table, status) | {"sample": sample}))
    else:
        _print_table(table, status, sample)


def _known(name: str) -> Table:
    tables = all_tables()
    if name not in tables:
        raise unknown_table(name)
    if tables[name].layer == "stream":
        raise QueryError(f"{name} is a stream, not a table", fix="see its columns in docs/tables.md")
    return tables[name]


def _described(table: Table, status: TableStatus) -> dict[str, Any]:
    columns = [dataclasses.asdict(column) | {"key": column.name in table.keys} for column in table.columns]
    return dataclasses.asdict(status) | {"description": table.description, "columns": columns}


def _print_table(table: Table, status: TableStatus, sample: list[dict[str, Any]]) -> None:
    print(f"{table.name} ({table.layer}): {table.description}")
    print(status.problem or f"{status.rows} rows, {status.files} files, version {status.version}")
    print()
    columns = [
        (c.name, c.type, "key" if c.name in table.keys else "", "yes" if c.required else "", c.unit, c.description)
        for c in table.columns
    ]
    print_rows(["column", "type", "key", "required", "unit", "meaning"], columns)
    if sample:
        print()
        print_rows(table.column_names, [list(row.values()) for row in sample])


def _list_row(status: TableStatus) -> list[object]:
    if status.problem:
        note = status.problem if status.built else f"not built: {status.problem}"
        return [status.layer, status.name, None, None, None, None, None, note]
    assert status.size_bytes is not None
    committed = f"{status.committed_at:%Y-%m-%d %H:%M:%S}" if status.committed_at else None
    size = _size(status.size_bytes)
    return [status.layer, status.name, status.rows, status.files, size, status.version, committed, status.job]


def _size(count: int) -> str:
    """Bytes in the largest unit that leaves a figure of one or more."""
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _json(value: object) -> str:
    return json.dumps(json_value(value), ensure_ascii=False, indent=2)
