"""Landed JSON lines → rows that keep the contract, and rejected lines with the reason; column by column in DuckDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from supplyline.errors import PublishError
from supplyline.publishing.engine import cursor
from supplyline.tables import REJECTED_EVENTS, Column, Table
from supplyline.tables.arrow import arrow_schema
from supplyline.tables.checks import column_checks
from supplyline.tables.contract import ColumnType

# Type → what to call it, the SQL that makes its value of the text `x`, and the SQL that doubts the value `v` of the
# JSON token `t`. DuckDB's casts alone are too kind: they round 1.7 to 2, read "5" as 5 and drop the zone of 10:00+02.
UTC_TIME = r"\d\d\d\d-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?"
KINDS: Mapping[ColumnType, tuple[str, str, str]] = {
    "string": ("a string", "{x}", """NOT starts_with({t}, '"')"""),
    "long": ("a whole number", "TRY_CAST({x} AS BIGINT)", "{v}::VARCHAR <> {t}"),
    "integer": ("a whole number", "TRY_CAST({x} AS INTEGER)", "{v}::VARCHAR <> {t}"),
    "double": ("a number", "TRY_CAST({x} AS DOUBLE)", """starts_with({t}, '"')"""),
    "boolean": ("true or false", "TRY_CAST({x} AS BOOLEAN)", "{v}::VARCHAR <> {t}"),
    "date": ("a date", "TRY_CAST({x} AS DATE)", """'"' || {v}::VARCHAR || '"' <> {t}"""),
    "timestamp": ("a UTC time", "TRY_CAST({x} AS TIMESTAMP)", f"""NOT regexp_full_match({{t}}, '"{UTC_TIME}"')"""),
}


@dataclass(frozen=True)
class Landed:
    """What the files of one stream held: `rows` of its table and rows of `rejected_events`; together all lines."""

    rows: pa.Table
    rejected: pa.Table

    @property
    def lines(self) -> int:
        """How many lines there were."""
        return int(self.rows.num_rows + self.rejected.num_rows)


def read_landed(paths: Sequence[Path], table: Table) -> Landed:
    """Every line of the files, as a row of the table or a rejected event. PublishError where a file is unreadable."""
    lines = pa.table({"_line": _lines(paths)})
    with cursor() as connection:
        connection.register("_lines", lines)
        connection.execute(f"CREATE TEMP TABLE _landed AS {_judged(table)}")
        names = ", ".join(map(quoted, table.column_names))
        # In order of time, so that the files' statistics let a reader skip most of them.
        rows = connection.sql(f"SELECT {names} FROM _landed WHERE _reason IS NULL ORDER BY {_order(table)}")
        good = rows.to_arrow_table().cast(arrow_schema(table))
        rejected = connection.sql(_rejections(table)).to_arrow_table().cast(arrow_schema(REJECTED_EVENTS))
    if good.num_rows + rejected.num_rows != lines.num_rows:
        raise PublishError("landed lines don't balance", where=f"stream {table.name}", fix="report this as a fault")
    return Landed(good, rejected)


def time_column(table: Table) -> str | None:
    """The first required time of a table: its rows arrive roughly in its order. None where it has none."""
    times = (column.name for column in table.columns if column.type == "timestamp" and column.required)
    return next(times, None)


def _lines(paths: Sequence[Path]) -> pa.Array:
    lines = [line for path in paths for line in _text(path).split("\n") if line and not line.isspace()]
    return pa.array(lines, pa.string())


def _text(path: Path) -> str:
    """A file's text. A byte that is no UTF-8 becomes \\xff, which JSON refuses, so that its line is rejected."""
    try:
        return path.read_bytes().decode("utf-8", errors="backslashreplace")
    except OSError as error:
        raise PublishError(f"can't be read: {error.strerror}", where=str(path), fix="make it readable") from error


def _judged(table: Table) -> str:
    """SQL: each line with its typed columns and the first reason to reject it, or NULL."""
    checks = "\n".join(f"WHEN NOT ({check.sql}) THEN 'breaks the rule {check.name}'" for check in column_checks(table))
    return f"""
        WITH objects AS ({_objects(table)}),
            typed AS (SELECT *, {_typed(table)} FROM objects),
            read AS (SELECT *, {_misread(table)} AS _misread FROM typed)
        SELECT *, CASE WHEN _misread IS NOT NULL THEN _misread {checks} END AS _reason FROM read
    """


def _objects(table: Table) -> str:
    """SQL: each line's JSON tokens, texts and keys; all NULL where it is no JSON object."""
    is_object = "starts_with(ltrim(_line), '{')"
    return f"""
        SELECT _line, json_keys(_json) AS _keys,
            {_shape(table, "JSON")} AS _tokens, {_shape(table, "VARCHAR")} AS _texts
        FROM (SELECT _line, CASE WHEN json_valid(_line) AND {is_object} THEN _line::JSON END AS _json FROM _lines)
    """


def _shape(table: Table, kind: str) -> str:
    fields = ", ".join(f'"{name}":"{kind}"' for name in table.column_names)
    return f"json_transform(_json, '{{{fields}}}')"


def _typed(table: Table) -> str:
    return ", ".join(
        f"{KINDS[c.type][1].format(x=f'_texts.{quoted(c.name)}')} AS {quoted(c.name)}" for c in table.columns
    )


def _misread(table: Table) -> str:
    """SQL: why the line can't be read as a row of the table at all, or NULL."""
    known = ", ".join(f"'{name}'" for name in table.column_names)
    columns = "\n".join(_misread_column(column) for column in table.columns)
    return f"""CASE
        WHEN _keys IS NULL THEN 'is no JSON object'
        WHEN NOT list_has_all([{known}], _keys) THEN 'has columns that the contract lacks'
        WHEN len(_keys) > {len(table.columns)} OR len(_keys) > len(list_distinct(_keys)) THEN 'has a column twice'
        {columns} END"""


def _misread_column(column: Column) -> str:
    called, _, doubt = KINDS[column.type]
    token, value = f"_tokens.{quoted(column.name)}::VARCHAR", quoted(column.name)
    doubtful = f"{value} IS NULL OR {doubt.format(t=token, v=value)}"
    return (
        f"WHEN {token} IS NOT NULL AND ({doubtful}) THEN 'column {column.name} is not {called}: ' || left({token}, 80)"
    )


def quoted(name: str) -> str:
    """A column's name as SQL, also where it is a reserved word."""
    return f'"{name}"'


def _order(table: Table) -> str:
    names = [*filter(None, [time_column(table)]), *table.keys]
    return ", ".join(map(quoted, names))


def _rejections(table: Table) -> str:
    """SQL: rejected lines as rows of `rejected_events`; the id depends on stream and line alone."""
    return f"""
        SELECT left(sha256('{table.name}' || chr(10) || _line), 32) AS rejected_event_id,
            'landed {table.name} ' || _reason AS reason, _line AS raw
        FROM _landed WHERE _reason IS NOT NULL ORDER BY 1
    """
