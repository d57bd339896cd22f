"""Records → events: rejected with a reason, late, or on time and counted once.

Records = rejected + late + repeated ids + events in windows; no record is lost and none can stop the job.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping

from supplyline.config import MonitorSettings
from supplyline.flink.plain_json import VALUES, plain_record, value_of
from supplyline.flink.sources import Source, record_columns, record_options
from supplyline.flink.text import EPOCH, interval, literal
from supplyline.tables import Column, Table
from supplyline.tables.checks import column_checks

TIME = "event_time"
# Flink's rule that prunes unread columns would give each of the three branches a source reader and parser of its own.
# A filter that mentions every column, and is never false, keeps them one.
READS_ALL = "COALESCE(CHAR_LENGTH(CONCAT({columns})), 0) >= 0"
TICK = interval(dt.timedelta(milliseconds=1))
# The row's time as a plain value, without its role as time attribute.
AT = "CAST(`row_time` AS TIMESTAMP(3))"
# A filter on `checked` alone would be moved below the point where the branches part, and judge each record in each.
GOOD, BAD = f"`checked` = {AT}", f"`checked` <> {AT}"


def records_ddl(source: Source, events: Table, monitor: MonitorSettings) -> str:
    """Table `records`: the texts of all fields, and `row_time`: the event time, or 1970 where it is none.

    A time that can't be, such as one of the year 2099, never moves the watermark. All other checks come after the
    watermark: before it every mention of a field would parse the record anew.

    `texts` has the contract's fields by name, those that are missing left out; the inner query sorts them. Those of a
    plain record are in the contract's order, with one text more at the end to tell the two orders apart.
    """
    names = ",".join(f'"{name}"' for name in _sorted_names(events))
    parsed = f"JSON_QUERY(JSON_QUERY(`line`, '$[{names}]'), '$.*' RETURNING ARRAY<STRING>)"
    is_plain = f"REGEXP(`line`, {literal(plain_record(events))})"
    plain = f"ARRAY_APPEND(REGEXP_EXTRACT_ALL(`line`, {literal(VALUES)}, 1), '')"
    # REGEXP_EXTRACT would compile its pattern, and COALESCE parse a plain record, each time.
    time = (
        f"CASE WHEN {is_plain} THEN REGEXP_EXTRACT_ALL(`line`, {literal(value_of(TIME))}, 1)[1] ELSE {_json(TIME)} END"
    )
    return (
        f"CREATE TEMPORARY TABLE records ({record_columns(source)}, "
        f"`texts` AS CASE WHEN {is_plain} THEN {plain} ELSE {parsed} END, "
        f"`row_time` AS COALESCE(TRY_CAST({_clock(time)} AS TIMESTAMP(3)), {EPOCH}), "
        f"WATERMARK FOR `row_time` AS CASE WHEN {_plausible(monitor)} THEN `row_time` - {interval(monitor.lateness)} "
        f"ELSE {EPOCH} END) {record_options(source, monitor)}"
    )


def read_sql(events: Table) -> str:
    """Rows of `records` with the text of each field, NULL where it is missing or no single value, and with its numbers.

    The array of one row keeps Flink from inlining the expressions wherever a column is mentioned.
    """
    texts = {column.name: _text_of(place, column.name, events) for place, column in enumerate(events.columns, 1)}
    numbers = {
        _typed_name(column): _number(texts[column.name], column) for column in events.columns if _is_number(column)
    }
    fields = texts | numbers
    values, names = ", ".join(fields.values()), ", ".join(f"`{name}`" for name in fields)
    return (
        f"SELECT r.`line`, r.`written`, f.*, r.`row_time` FROM records AS r "
        f"CROSS JOIN UNNEST(ARRAY[ROW({values})]) AS f({names})"
    )


def checked_sql(events: Table, monitor: MonitorSettings) -> str:
    """Rows of `read_records` with `checked`: the time of a good record, another time for one that breaks a requirement.

    The array of one row is for the branches: each would do the checks itself.
    """
    checked = f"CASE WHEN {_valid(events, monitor)} THEN {AT} ELSE {AT} + {TICK} END"
    return f"SELECT r.*, c.`checked` FROM read_records AS r CROSS JOIN UNNEST(ARRAY[ROW({checked})]) AS c(`checked`)"


def rejected_sql(events: Table, monitor: MonitorSettings) -> str:
    """Rows of `rejected_events`."""
    reasons = " ".join(
        f"WHEN NOT COALESCE({text}, FALSE) THEN {literal(reason)}"
        for reason, text in _requirements(events, monitor).items()
    )
    reason = (
        "CASE WHEN `line` IS NULL THEN 'empty record (tombstone)' "
        f"WHEN NOT `line` IS JSON OBJECT THEN 'not a JSON object' {reasons} ELSE 'unreadable' END"
    )
    bad = f"SELECT * FROM checked_records WHERE {BAD} AND {_reads_all(events)}"
    names = ["line", "written", *events.column_names, *map(_typed_name, filter(_is_number, events.columns))]
    return f"SELECT {_id()}, {reason}, `line` FROM {_numbered(bad, names)}"


def late_sql(events: Table, monitor: MonitorSettings) -> str:
    """Rows of `late_events`: the watermark had reached the end of their window."""
    late = f"SELECT * FROM checked_records WHERE {GOOD} AND {_is_late(monitor)} AND {_reads_all(events)}"
    names = ["row_time", "warehouse", "sku", "line"]
    return f"SELECT {_id()}, `row_time`, `warehouse`, `sku`, `line` FROM {_numbered(late, names)}"


def on_time_sql(events: Table, monitor: MonitorSettings) -> str:
    """Events for the windows, each id once, with their time attribute `row_time`."""
    names = ", ".join(f"`{column.name}`" for column in events.columns if column.name != TIME)
    typed = ", ".join(f"{_field(column)} AS `{column.name}`" for column in events.columns if column.name != TIME)
    # No valid record is empty: this only mentions the column, see READS_ALL.
    fresh = (
        f"SELECT {typed}, `row_time`, PROCTIME() AS `arrival` FROM checked_records "
        f"WHERE {GOOD} AND NOT {_is_late(monitor)} AND `line` <> '' AND `written` IS NOT NULL"
    )
    numbered = f"SELECT *, ROW_NUMBER() OVER (PARTITION BY `event_id` ORDER BY `arrival`) AS `copy` FROM ({fresh})"
    return f"SELECT {names}, `row_time` FROM ({numbered}) WHERE `copy` = 1"


def _field(column: Column) -> str:
    """A field in its type; NULL where it is missing or of another type."""
    if _is_number(column):
        return f"`{_typed_name(column)}`"
    return f"TRY_CAST({_clock(_text(column))} AS TIMESTAMP(3))" if column.type == "timestamp" else _text(column)


def _is_number(column: Column) -> bool:
    return column.type in ("long", "integer", "double")


def _typed_name(column: Column) -> str:
    return f"{column.name}_typed"


def _number(text: str, column: Column) -> str:
    return f"TRY_CAST({text} AS {'DOUBLE' if column.type == 'double' else 'BIGINT'})"


def _clock(text: str) -> str:
    """A time as Flink casts it, from SQL's form or ISO 8601 in UTC."""
    return f"REPLACE(REPLACE({text}, 'T', ' '), 'Z', '')"


def _sorted_names(events: Table) -> list[str]:
    return sorted(column.name for column in events.columns)


def _text_of(place: int, name: str, events: Table) -> str:
    """A field's text out of `texts`; a record with missing fields, or with objects for values, is parsed for it."""
    names = _sorted_names(events)
    text = f"r.`texts`[{names.index(name) + 1}]"
    single = f"COALESCE(LEFT({text}, 1) NOT IN ('{{', '['), TRUE)"
    return (
        f"CASE WHEN CARDINALITY(r.`texts`) = {len(names) + 1} THEN r.`texts`[{place}] "
        f"WHEN CARDINALITY(r.`texts`) = {len(names)} AND {single} THEN {text} ELSE {_json(name)} END"
    )


def _json(name: str) -> str:
    return f"JSON_VALUE(`line`, '$.{name}')"


def _first(monitor: MonitorSettings) -> str:
    return f"TIMESTAMP '{dt.datetime.combine(monitor.earliest, dt.time())}'"


def _latest(monitor: MonitorSettings) -> str:
    return f"CAST(`written` AS TIMESTAMP(3)) + {interval(monitor.max_future)}"


def _requirements(events: Table, monitor: MonitorSettings) -> dict[str, str]:
    """Reason → what a good record fulfils, as SQL over the texts of its fields."""
    fields = {column.name: _field(column) for column in events.columns}
    found = {f"{column.name} is no {column.type}": text for column in events.columns for text in _typed(column)}
    checks = {check.name.replace("_", " "): _in_fields(check.sql, fields) for check in column_checks(events)}
    needed = [column for column in events.columns if column.required]
    missing = {f"{column.name} is missing": f"{_text(column)} IS NOT NULL" for column in needed}
    texts = ", ".join(f"COALESCE({_text(column)}, '')" for column in events.columns if column.type == "string")
    others = {
        f"event_time before {monitor.earliest}": f"{fields[TIME]} >= {_first(monitor)}",
        "event_time too far ahead": f"{fields[TIME]} <= {_latest(monitor)}",
        # The record itself keeps such bytes as they are; they show once a field is read as text.
        "bytes that are no UTF-8": f"POSITION('\ufffd' IN CONCAT({texts})) = 0",
    }
    required = {f"{column.name} required".replace("_", " ") for column in needed}
    return missing | found | {name: text for name, text in checks.items() if name not in required} | others


def _typed(column: Column) -> Iterator[str]:
    """That the text is of the column's type. Flink casts 5.5 to 5 and 30 February to 2 March: the way back must fit."""
    text, value = _text(column), _field(column)
    if column.type in ("long", "integer"):
        yield f"{text} IS NULL OR CAST({value} AS STRING) = {text}"
    elif column.type == "timestamp":
        yield f"{text} IS NULL OR LEFT(CAST({value} AS STRING), 19) = LEFT({_clock(text)}, 19)"
    elif column.type == "double":
        yield f"{text} IS NULL OR {value} IS NOT NULL"


def _text(column: Column) -> str:
    return f"`{column.name}`"


def _in_fields(check: str, fields: Mapping[str, str]) -> str:
    """A contract's predicate with each column replaced by the field it comes from; quoted texts stay as they are."""
    words = re.compile("|".join([r"'[^']*'", *(rf"\b{name}\b" for name in fields)]))
    return words.sub(lambda found: fields.get(found[0], found[0]), check).replace("LENGTH(", "CHAR_LENGTH(")


def _valid(events: Table, monitor: MonitorSettings) -> str:
    """All requirements; those of the time are put to `row_time`, which has been read from the text already."""
    texts = [text for reason, text in _requirements(events, monitor).items() if not reason.startswith("event_time ")]
    time = f"LEFT(CAST({AT} AS STRING), 19) = LEFT({_clock(f'`{TIME}`')}, 19)"
    return f"COALESCE({' AND '.join(f'({text})' for text in (_plausible(monitor), *texts, time))}, FALSE)"


def _plausible(monitor: MonitorSettings) -> str:
    return f"{AT} BETWEEN {_first(monitor)} AND {_latest(monitor)}"


def _is_late(monitor: MonitorSettings) -> str:
    """Whether the window of a row has fired: the watermark stands at or past its last millisecond."""
    seconds = int(monitor.window.total_seconds())
    reached = f"CURRENT_WATERMARK(`row_time`) + {interval(dt.timedelta(milliseconds=1))}"
    return f"COALESCE(EXTRACT(EPOCH FROM {reached}) / {seconds} > EXTRACT(EPOCH FROM `row_time`) / {seconds}, FALSE)"


def _reads_all(events: Table) -> str:
    columns = ", ".join(f"CAST(`{column.name}` AS STRING)" for column in events.columns if column.name != TIME)
    return READS_ALL.format(columns=f"{columns}, `line`, CAST(`written` AS STRING)")


def _numbered(rows: str, names: list[str]) -> str:
    """The rows with `copy`: which of the records of this text it is, so that equal records keep ids of their own."""
    listed = ", ".join(f"`{name}`" for name in names)
    arrived = f"SELECT *, PROCTIME() AS `arrival` FROM ({rows})"
    over = "PARTITION BY `line` ORDER BY `arrival` ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    return f"(SELECT {listed}, COUNT(*) OVER ({over}) AS `copy` FROM ({arrived}))"


def _id() -> str:
    return "MD5(CONCAT_WS('|', CAST(`copy` AS STRING), `line`))"
