"""Records → rows of the contracts' tables, each with its class, or with the first rule it breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as f

from supplyline.sources.balance import NO_CLASS
from supplyline.sources.inputs import Also, Input, Timestamps
from supplyline.sources.records import END, GOOD, MARKS
from supplyline.sources.values import Value
from supplyline.spark.ingest_columns import Scope, not_empty, text_column, text_of_value, typed_column
from supplyline.spark.ingest_operations import holds
from supplyline.tables import Column as ContractColumn
from supplyline.tables import Table, table
from supplyline.tables.checks import column_checks

TEXT = "_text_"
ALSO = "_also"
PRESENT = "_present"
NO_RECORD = "_no_record"
SHOWN = 100
# A cheap look at the place of a record, or the same on all of them.
CHEAP = frozenset({"source", "currency", "file", "line"})
# What the engine keeps of a record beside the columns of its table.
BOOKKEEPING = ["position", "copy", "copies", "mark", "class", "rule", "reason"]


@dataclass(frozen=True)
class Output:
    """One row of a table that a record becomes.

    `columns` names the frame's column behind each of the table's while rows are judged; `written` says what is written,
    over the columns that `kept` names.
    """

    table: Table
    applies: Column
    columns: Mapping[str, str]
    written: Mapping[str, Column]
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Broken:
    """A rule, and when and why it is broken."""

    rule: str
    when: Column
    reason: Column


def rows_of(records: DataFrame, item: Input, scope: Scope) -> tuple[DataFrame, list[Output]]:
    """`records` with columns for every output, `class`, `rule` and `reason`; and the outputs.

    `rule` is null on a good row. Each step is a projection of its own, so that Spark computes a value once.
    """
    target = table(item.table or "")
    suffixes = _suffixes(item)
    frame = records
    for made in (_texts, _from_text, _from_above):
        added: dict[str, Column] = {}
        for suffix, name in suffixes.items():
            added |= made(item, target, _scope_of(item, name, scope), suffix)
        frame = frame.withColumns(added)
    frame = frame.withColumn("class", _class(item))
    frame = frame.withColumns({name: f.col("class") for name in item.class_columns})
    outputs = [_main_output(item, target, suffix) for suffix in suffixes]
    if item.unpivot:
        present = {suffix: scope.fields[item.unpivot[name]].isNotNull() for suffix, name in suffixes.items()}
        frame = frame.withColumns({PRESENT + suffix: there for suffix, there in present.items()})
    for number, also in enumerate(item.also):
        output = _also_output(also, number, target, scope)
        own = {place: output.written[name] for name, place in output.columns.items() if place.startswith(ALSO)}
        frame = frame.withColumns(own)
        outputs.append(output)
    broken = [
        *unreadable(),
        *_casts(item, target, scope, suffixes),
        *_contracts(item, outputs),
    ]
    return _without_repeated_keys(judged(frame, broken), item, outputs[0]), outputs


def made_again(item: Input, scope: Scope) -> dict[str, Column]:
    """Columns of the input's table that cost less to make again than to keep: constants, places, the row's class."""
    if item.unpivot:
        return {}
    target, again = table(item.table or ""), {name: f.col("class") for name in item.class_columns}
    for name, value in item.all_columns.items():
        if name not in again and (value.constant is not None or value.take in CHEAP):
            text = None if value.typed else not_empty(text_of_value(value, scope))
            again[name] = typed_column(value, target.column(name), scope, text)
    return again


def _suffixes(item: Input) -> dict[str, str]:
    """Suffix of the columns → name of the row, for each row a record becomes: several where it is unpivoted."""
    return {f"__{number}": name for number, name in enumerate(item.unpivot or {})} or {"": ""}


def _scope_of(item: Input, name: str, scope: Scope) -> Scope:
    if not item.unpivot:
        return scope
    taken = {"unpivot_name": f.lit(name), "unpivot_value": scope.fields[item.unpivot[name]]}
    return replace(scope, taken={**scope.taken, **taken})


def _texts(item: Input, _: Table, scope: Scope, suffix: str) -> dict[str, Column]:
    values = item.all_columns.items()
    return {TEXT + name + suffix: text_of_value(value, scope) for name, value in values if not value.typed}


def _from_text(item: Input, target: Table, scope: Scope, suffix: str) -> dict[str, Column]:
    values = item.all_columns.items()
    return {
        name + suffix: typed_column(value, target.column(name), scope, not_empty(f.col(TEXT + name + suffix)))
        for name, value in values
        if not value.typed
    }


def _from_above(item: Input, target: Table, scope: Scope, suffix: str) -> dict[str, Column]:
    above = {name: f.col(name + suffix) for name, value in item.all_columns.items() if not value.typed}
    added: dict[str, Column] = {}
    for name, value in item.all_columns.items():
        if value.typed and name not in item.class_columns:
            above[name] = typed_column(value, target.column(name), replace(scope, above=above), None)
            added[name + suffix] = above[name]
    return added


def _class(item: Input) -> Column:
    if not item.classes:
        return f.lit(item.table)
    rest: Column = f.lit(NO_CLASS)
    for row_class in reversed(item.classes):
        name = f.lit(row_class.class_)
        rest = name if row_class.when is None else f.when(holds(row_class.when, f.col), name).otherwise(rest)
    return rest


def _main_output(item: Input, target: Table, suffix: str) -> Output:
    columns = {name: name + suffix for name in item.all_columns}
    written = {name: f.col(place) for name, place in columns.items()}
    if not item.unpivot:
        return Output(target, f.lit(True), columns, written, tuple(columns.values()))
    return Output(target, f.col(PRESENT + suffix), columns, written, (*columns.values(), PRESENT + suffix))


def _also_output(also: Also, number: int, above: Table, scope: Scope) -> Output:
    applies = f.col("class").isin(also.classes) if also.classes else f.lit(True)
    if also.where is not None:
        applies = applies & holds(also.where, f.col)
    target, written, columns = table(also.table), {}, {}
    for name, value in also.all_columns.items():
        inner = replace(scope, above={column: f.col(column) for column in value.above()})
        text = None if value.typed else text_column(value, inner)
        written[name] = typed_column(value, target.column(name), inner, text)
        columns[name] = _copied(value, target.column(name), above) or f"{ALSO}{number}_{name}"
    return Output(target, applies, columns, written)


def _copied(value: Value, column: ContractColumn, above: Table) -> str:
    """The column of the table `above` that a value is a plain copy of, else nothing."""
    name = value.column or ""
    return name if name and not value.ops and above.column(name).type == column.type else ""


def unreadable() -> Iterator[Broken]:
    """Records that are none, or can't be cut into fields."""
    yield Broken(NO_RECORD, f.col("mark") >= END, f.lit(""))
    for mark, (rule, reason) in MARKS.items():
        yield Broken(rule, f.col("mark") == mark, f.lit(reason))
    yield Broken(
        "fields", (f.col("mark") == GOOD) & f.col("no_fields"), f.lit("cannot be cut into the source's columns")
    )


def _casts(item: Input, target: Table, scope: Scope, suffixes: Mapping[str, str]) -> Iterator[Broken]:
    """Texts that are no number, time or day, and times that are not believed."""
    for suffix in suffixes:
        for name, value in item.all_columns.items():
            kind, column = target.column(name).type, f.col(name + suffix)
            if value.typed or kind == "string":
                continue
            text = not_empty(f.col(TEXT + name + suffix))
            shown = f.substring(text, 1, SHOWN)
            yield Broken(f"{name}_type", text.isNotNull() & column.isNull(), f.concat(f.lit(f"no {kind}: "), shown))
            if kind in {"timestamp", "date"}:
                yield from _unbelievable(name, column, shown, item.timestamps)


def _unbelievable(name: str, column: Column, shown: Column, times: Timestamps) -> Iterator[Broken]:
    if times.earliest:
        early = f.concat(f.lit(f"before {times.earliest}: "), shown)
        yield Broken(f"{name}_earliest", f.to_date(column) < f.lit(times.earliest), early)
    if times.latest:
        late = f.concat(f.lit(f"after {times.latest}: "), shown)
        yield Broken(f"{name}_latest", f.to_date(column) > f.lit(times.latest), late)


def _contracts(item: Input, outputs: list[Output]) -> Iterator[Broken]:
    """The checks of every output's table; one that is asked of all records already is not asked of some again."""
    asked: set[str] = set()
    for output in outputs:
        # A column that the mapping leaves out is empty on every row.
        names = {**dict.fromkeys(output.table.column_names, "NULL"), **output.columns}
        checks = {check: _renamed(check.sql, names) for check in column_checks(output.table)}
        for check, sql in checks.items():
            if sql not in asked:
                reason = f.lit(f"not true of {output.table.name}: {check.sql}")
                yield Broken(check.name, output.applies & ~f.expr(sql), reason)
        if output is outputs[0] and not item.unpivot:
            asked.update(checks.values())


def _renamed(sql: str, names: Mapping[str, str]) -> str:
    """A contract's check over the columns behind the table's; texts in quotes stay as they are."""
    parts = re.split(r"('[^']*')", sql)
    words = [
        part if place % 2 else re.sub(r"\b[a-z_]\w*\b", lambda m: names.get(m[0], m[0]), part)
        for place, part in enumerate(parts)
    ]
    return "".join(words)


def judged(frame: DataFrame, broken: list[Broken]) -> DataFrame:
    """`rule` and `reason` of the first broken rule; a rule that can't be told (a missing value) is not broken.

    The number of the rule comes first: words would make the generated code too long for the JVM to compile.
    """
    number = reduce(lambda cases, item: cases.when(item[1].when, item[0]), enumerate(broken), f.when(f.lit(False), -1))
    frame = frame.withColumn("broken", number)
    rules = f.array(*[f.lit(item.rule) for item in broken])
    reason = reduce(
        lambda cases, item: cases.when(f.col("broken") == item[0], item[1].reason),
        enumerate(broken),
        f.when(f.lit(False), ""),
    )
    rule = f.when(f.col("broken").isNotNull(), f.get(rules, "broken"))
    return frame.withColumns({"rule": rule, "reason": f.when(f.col("broken").isNotNull(), reason)})


def _without_repeated_keys(frame: DataFrame, item: Input, output: Output) -> DataFrame:
    """Different records with one key: all but the first are quarantined, or all but the last superseded."""
    if item.keys_are_unique:
        return frame
    keys = [output.columns[name] for name in output.table.keys]
    position = f.col("position").desc() if item.repeated_keys == "keep_last" else f.col("position")
    number = f.row_number().over(Window.partitionBy(f.col("rule").isNull(), *keys).orderBy(position))
    repeated = f.col("rule").isNull() & (f.col("_number") > 1)
    frame = frame.withColumn("_number", number)
    if item.repeated_keys == "keep_last":
        return frame.withColumn("class", f.when(repeated, f.lit("superseded")).otherwise(f.col("class")))
    reason = f.lit(f"another record has the same {', '.join(output.table.keys)}")
    columns = {"rule": f.lit("repeated_key"), "reason": reason}
    return frame.withColumns({name: f.when(repeated, value).otherwise(f.col(name)) for name, value in columns.items()})
