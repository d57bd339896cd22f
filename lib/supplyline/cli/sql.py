"""`supplyline sql`: one query, answered as a table, CSV or JSON."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, TextIO

import duckdb
import typer

from supplyline.cli.output import print_rows
from supplyline.config import load_settings
from supplyline.errors import ConfigError
from supplyline.query import connect
from supplyline.query.errors import refuse_twins, translated
from supplyline.query.values import iso_utc, json_value

ON_A_TERMINAL = 100
BATCH = 10_000


def sql(
    text: Annotated[str, typer.Argument(help="One SELECT; tables by bare names; `-` reads standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV with a header.")] = False,
    limit: Annotated[
        int | None, typer.Option(min=0, help=f"Most rows to print; {ON_A_TERMINAL} on a terminal, else all.")
    ] = None,
    warehouse: Annotated[str | None, typer.Option(help="Folder or URI of the Delta tables.")] = None,
    config: Annotated[str | None, typer.Option(help="YAML file with settings.")] = None,
) -> None:
    """Ask the tables in SQL, without a JVM."""
    if as_json and as_csv:
        raise ConfigError("--json and --csv are both given", fix="choose one")
    with connect(load_settings(config, warehouse=warehouse)) as connection:
        relation = connection.sql(sys.stdin.read() if text == "-" else text)
        try:
            _print(relation, limit, as_json=as_json, as_csv=as_csv)
        except duckdb.Error as error:
            raise translated(error) from error


def _print(relation: duckdb.DuckDBPyRelation, limit: int | None, *, as_json: bool, as_csv: bool) -> None:
    rows = itertools.islice(relation.iter_rows(BATCH), limit)
    if as_json:
        refuse_twins(relation.columns)
        _print_json(relation.columns, rows, sys.stdout)
    elif as_csv:
        _print_csv(relation.columns, rows, sys.stdout)
    else:
        _print_table(relation, limit)


def _print_json(columns: Sequence[str], rows: Iterable[Sequence[object]], out: TextIO) -> None:
    """Object by object, so that a large answer needs no memory."""
    before = "[\n"
    for row in rows:
        values = {name: json_value(value) for name, value in zip(columns, row, strict=True)}
        out.write(before + json.dumps(values, ensure_ascii=False))
        before = ",\n"
    out.write("[]\n" if before == "[\n" else "\n]\n")


def _print_csv(columns: Sequence[str], rows: Iterable[Sequence[object]], out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([iso_utc(value) if isinstance(value, dt.datetime) else value for value in row] for row in rows)


def _print_table(relation: duckdb.DuckDBPyRelation, limit: int | None) -> None:
    most = ON_A_TERMINAL if limit is None and sys.stdout.isatty() else limit
    rows = list(itertools.islice(relation.iter_rows(BATCH), None if most is None else most + 1))
    cut = most is not None and len(rows) > most
    if relation.columns == ["explain_key", "explain_value"]:
        print("\n".join(plan for _, plan in rows))
        return
    numeric = {name for name, kind in zip(relation.columns, relation.types, strict=True) if _is_number(str(kind))}
    print_rows(relation.columns, rows[:most] if cut else rows, right=numeric)
    if cut:
        print(f"only the first {most} rows; see more with --limit", file=sys.stderr)


def _is_number(kind: str) -> bool:
    return kind.startswith(("DECIMAL", "DOUBLE", "FLOAT")) or kind.endswith(("INT", "INTEGER"))
