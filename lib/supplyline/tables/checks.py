"""Contract → named SQL predicates, in words that Spark, Delta, DuckDB and DataFusion share."""

from __future__ import annotations

from collections.abc import Iterator

from supplyline.tables.contract import Check, Column, Table


def column_checks(table: Table) -> tuple[Check, ...]:
    """Every rule of a contract: required, finite, limits, values and patterns a column, then the table's own checks.

    A predicate is false on a row that breaks the rule; an empty optional value passes.
    """
    own = (check for column in table.columns for check in _checks_of(column))
    return (*own, *table.checks)


def constraints(table: Table) -> tuple[Check, ...]:
    """The checks that Delta itself enforces as CHECK constraints: all but `required` and patterns.

    Required columns are NOT NULL in the schema; patterns are spelled `RLIKE` in one engine and `~` in the other.
    """
    return tuple(check for check in column_checks(table) if not check.name.endswith(("_required", "_pattern")))


def _checks_of(column: Column) -> Iterator[Check]:
    name = column.name
    if column.required:
        yield Check(f"{name}_required", f"{name} IS NOT NULL")
    if column.type == "double":
        yield Check(f"{name}_finite", f"{name} IS NULL OR ({name} > -1.0E300 AND {name} < 1.0E300)")
    if column.minimum is not None:
        yield Check(f"{name}_minimum", f"{name} IS NULL OR {name} >= {_number(column.minimum)}")
    if column.maximum is not None:
        yield Check(f"{name}_maximum", f"{name} IS NULL OR {name} <= {_number(column.maximum)}")
    if column.min_length is not None:
        yield Check(f"{name}_min_length", f"{name} IS NULL OR LENGTH({name}) >= {column.min_length}")
    if column.values:
        listed = ", ".join(f"'{value}'" for value in column.values)
        yield Check(f"{name}_values", f"{name} IS NULL OR {name} IN ({listed})")
    if column.pattern:
        yield Check(f"{name}_pattern", f"{name} IS NULL OR REGEXP_LIKE({name}, '{column.pattern}')")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
