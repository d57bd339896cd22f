"""The closed set of operations and tests of source mappings as Spark columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import and_, or_
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as f

from supplyline.sources.operations import Step
from supplyline.sources.values import Predicate, Test

WHITE = " \t\r\n\f\v\u00a0\u3000"


def _map(value: Column, pairs: dict[str, str]) -> Column:
    if not pairs:
        return value
    first, *others = pairs.items()
    cases = reduce(
        lambda cases, pair: cases.when(value == pair[0], pair[1]), others, f.when(value == first[0], first[1])
    )
    return cases.otherwise(value)


def _without(value: Column, text: str, there: Column, start: int) -> Column:
    return f.when(there, f.substr(value, f.lit(start), f.length(value) - len(text))).otherwise(value)


# Name → function of the value and the operation's argument. Names and arguments are declared in sources/operations.py.
IMPLEMENTATIONS: Mapping[str, Callable[[Column, Any], Column]] = {
    "strip": lambda value, _: f.btrim(value, f.lit(WHITE)),
    "squeeze": lambda value, _: f.trim(f.regexp_replace(value, r"\s+", " ")),
    "upper": lambda value, _: f.upper(value),
    "lower": lambda value, _: f.lower(value),
    "remove_prefix": lambda value, text: _without(value, text, value.startswith(text), 1 + len(text)),
    "remove_suffix": lambda value, text: _without(value, text, value.endswith(text), 1),
    "remove": lambda value, text: f.replace(value, f.lit(text), f.lit("")),
    "decimal_comma": lambda value, _: f.translate(value, ",.", "."),
    "thousands_comma": lambda value, _: f.translate(value, ",", ""),
    "null_if": lambda value, texts: f.when(~value.isin(texts), value),
    "map": _map,
    "default": lambda value, text: f.coalesce(value, f.lit(text)),
    "negate": lambda value, _: -value,
    "absolute": lambda value, _: f.abs(value),
    "multiply_by": lambda value, number: value * f.lit(number),
}
TESTS: Mapping[str, Callable[[Column, Any], Column]] = {
    "matches": lambda value, pattern: value.rlike(f"^(?:{pattern})$"),
    "starts_with": lambda value, text: value.startswith(text),
    "equals": lambda value, constant: value == f.lit(constant),
    "one_of": lambda value, constants: value.isin(constants),
    "greater_than": lambda value, limit: value > f.lit(limit),
    "less_than": lambda value, limit: value < f.lit(limit),
    "present": lambda value, wanted: value.isNotNull() if wanted else value.isNull(),
}


def apply_step(value: Column, step: Step) -> Column:
    """The value after one operation."""
    return IMPLEMENTATIONS[step.name](value, step.argument)


def holds(predicate: Predicate, column: Callable[[str], Column]) -> Column:
    """True or false, never unknown: a test of a missing value is false."""
    if predicate.not_ is not None:
        return ~holds(predicate.not_, column)
    if predicate.all is not None:
        return reduce(and_, (holds(part, column) for part in predicate.all), f.lit(True))
    if predicate.any is not None:
        return reduce(or_, (holds(part, column) for part in predicate.any), f.lit(False))
    return reduce(and_, (_passes(test, column(name)) for name, test in (predicate.columns or {}).items()))


def _passes(test: Test, value: Column) -> Column:
    name = next(iter(test.model_fields_set))
    return f.coalesce(TESTS[name](value, getattr(test, name)), f.lit(False))
