"""Values of a source mapping as Spark columns of their contract's type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as f

from supplyline.sources.inputs import Timestamps
from supplyline.sources.operations import OPERATIONS
from supplyline.sources.values import Lookup, Value
from supplyline.spark.ingest_operations import apply_step, holds
from supplyline.spark.schema import SPARK_TYPES
from supplyline.tables import Column as ContractColumn

ZONED = r":\d\d(\.\d+)?\s*(Z|UTC|[+-]\d\d(:?\d\d)?)$"
DAY = r"^\d{4}-\d\d-\d\d"
WHOLE = r"^([+-]?\d+)\.0+$"


@dataclass(frozen=True)
class Scope:
    """What the names in a mapping stand for while the columns of one table are made."""

    timezone: str
    times: Timestamps
    taken: Mapping[str, Column]
    fields: Mapping[str, Column]
    lookups: Mapping[str, Column]
    above: Mapping[str, Column]

    def column(self, name: str) -> Column:
        """A column of the table, mapped above."""
        return self.above[name]


def lookup_key(lookup: Lookup) -> str:
    """The same for lookups that say the same."""
    return lookup.model_dump_json()


def not_empty(text: Column) -> Column:
    """The text, or null where it is empty."""
    return f.when(text != "", text)


def text_column(value: Value, scope: Scope) -> Column:
    """The text of a value after its text operations; null where it is missing or empty."""
    text = text_of_value(value, scope)
    return not_empty(text) if value.ops else text


def text_of_value(value: Value, scope: Scope) -> Column:
    """The text of a value after its text operations; an operation may leave it empty."""
    text = _start(value, scope)
    for step in value.ops:
        if OPERATIONS[step.name].on == "text":
            text = apply_step(text, step)
    return text


def _start(value: Value, scope: Scope) -> Column:
    if value.from_ is not None:
        return scope.fields[value.from_]
    if value.constant is not None:
        return f.lit(value.constant).cast("string")
    if value.take is not None:
        return scope.taken[value.take].cast("string")
    if value.lookup is not None:
        return scope.lookups[lookup_key(value.lookup)]
    if value.first_of is not None:
        return f.coalesce(*[text_column(part, scope) for part in value.first_of])
    if value.joined is not None:
        # Not concat_ws, which leaves missing parts out: an id with a part missing is missing.
        parts = [text_column(part, scope) for part in value.joined]
        return reduce(lambda left, right: f.concat(left, f.lit("-"), right), parts)
    return typed_start(value, scope).cast("string")


def typed_start(value: Value, scope: Scope) -> Column:
    """A value that starts from columns mapped above, in their own type."""
    if value.column is not None:
        return scope.above[value.column]
    if value.product_of is not None:
        return reduce(lambda left, right: left * right, [scope.above[name] for name in value.product_of])
    if value.date_of is not None:
        return f.to_date(f.from_utc_timestamp(scope.above[value.date_of], scope.timezone))
    if value.choose is not None:
        return _choose(value, scope)
    return scope.taken[value.take or "line"]


def _choose(value: Value, scope: Scope) -> Column:
    rest: Column = f.lit(None)
    for choice in reversed(value.choose or []):
        then = number_steps(
            choice.then,
            f.lit(choice.then.constant) if choice.then.constant is not None else typed_start(choice.then, scope),
        )
        rest = then if choice.when is None else f.when(holds(choice.when, scope.column), then).otherwise(rest)
    return rest


def number_steps(value: Value, column: Column) -> Column:
    """A typed column after the value's operations on numbers."""
    for step in value.ops:
        if OPERATIONS[step.name].on == "number":
            column = apply_step(column, step)
    return column


def typed_column(value: Value, target: ContractColumn, scope: Scope, text: Column | None) -> Column:
    """The column of the contract: from `text` by a cast that gives null where it does not fit, or from others above."""
    kind = SPARK_TYPES[target.type]
    if text is None:
        return number_steps(value, typed_start(value, scope)).cast(kind)
    return number_steps(value, cast_text(text, target.type, scope)).cast(kind)


def cast_text(text: Column, kind: str, scope: Scope) -> Column:
    """Text as a contract's type; null where it is no such thing."""
    if kind == "string":
        return text
    if kind == "timestamp":
        return _moment(text, scope.times, scope.times.timezone or scope.timezone)
    if kind == "date":
        return f.to_date(_local_time(text, scope.times))
    if kind in {"long", "integer"}:
        # 12.0 is how spreadsheets and data frames write 12 in a column with gaps.
        whole = f.when(text.rlike(WHOLE), f.regexp_extract(text, WHOLE, 1).try_cast(SPARK_TYPES[kind]))  # type: ignore[index]
        return f.coalesce(text.try_cast(SPARK_TYPES[kind]), whole)  # type: ignore[index]
    if kind == "double":
        # Java also reads 1d, 0x1p3, NaN and Infinity as numbers.
        return f.when(~text.rlike("[A-DF-Za-df-z]"), text.try_cast("double"))
    return text.try_cast(SPARK_TYPES[kind])  # type: ignore[index]


def _moment(text: Column, times: Timestamps, timezone: str) -> Column:
    if times.format in {"unix_seconds", "unix_milliseconds"}:
        number = text.try_cast("long")
        return f.timestamp_seconds(number) if times.format == "unix_seconds" else f.timestamp_millis(number)
    local = _local_time(text, times)
    moved = f.to_utc_timestamp(local, timezone)
    if times.format == "iso":
        return f.when(text.rlike(ZONED), local).otherwise(moved)
    return local if _names_a_zone(times.format) else moved


def _local_time(text: Column, times: Timestamps) -> Column:
    if times.format == "iso":
        # Spark takes "12:30" for today and "2011" for its first of January: neither is a time as a source means it.
        return f.when(text.rlike(DAY), text.try_cast("timestamp"))
    return f.try_to_timestamp(text, f.lit(times.format))


def _names_a_zone(pattern: str) -> bool:
    return bool(set(re.sub(r"'[^']*'", "", pattern)) & set("VzOXxZ"))
