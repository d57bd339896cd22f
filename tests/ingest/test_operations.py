"""Every operation and test a mapping may name does what its description says."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from supplyline.sources.operations import OPERATIONS, parse_step
from supplyline.sources.values import Predicate
from supplyline.sources.values import Test as ColumnTest
from supplyline.spark.ingest_operations import IMPLEMENTATIONS, TESTS, apply_step, holds

CASES: list[tuple[Any, Any, Any]] = [
    ("strip", " \ta b\u00a0 ", "a b"),
    ("squeeze", "  a \t b ", "a b"),
    ("upper", "aß1", "ASS1"),
    ("lower", "ÄB", "äb"),
    ({"remove_prefix": "SKU-"}, "SKU-SKU-1", "SKU-1"),
    ({"remove_prefix": "SKU-"}, "1", "1"),
    ({"remove_suffix": ".0"}, "13085.0", "13085"),
    ({"remove_suffix": ".0"}, "1300", "1300"),
    ({"remove": "£"}, "£1£", "1"),
    ("decimal_comma", "1.234,50", "1234.50"),
    ("thousands_comma", "1,234.50", "1234.50"),
    ({"null_if": ["n/a", "-"]}, "n/a", None),
    ({"null_if": ["n/a", "-"]}, "x", "x"),
    ({"map": {"pv": "view"}}, "pv", "view"),
    ({"map": {"pv": "view"}}, "buy", "buy"),
    ({"default": "unknown"}, None, "unknown"),
    ("negate", 5, -5),
    ("absolute", -5, 5),
    ({"multiply_by": 0.5}, 3.0, 1.5),
]


def test_the_engine_knows_exactly_the_declared_operations() -> None:
    assert set(IMPLEMENTATIONS) == set(OPERATIONS)
    assert set(TESTS) == set(ColumnTest.model_fields)
    assert {parse_step(step).name for step, _, _ in CASES} == set(OPERATIONS)


def test_each_operation_does_what_it_says(spark: SparkSession) -> None:
    columns = [
        apply_step(f.lit(value), parse_step(step)).alias(f"c{number}") for number, (step, value, _) in enumerate(CASES)
    ]
    [row] = spark.range(1).select(columns).collect()
    assert list(row) == [expected for _, _, expected in CASES]


PREDICATES = [
    ({"a": {"matches": "[0-9]{5}[A-Z]*"}}, True),
    ({"a": {"matches": "[0-9]{5}"}}, False),
    ({"a": {"starts_with": "123"}}, True),
    ({"a": {"equals": "12345X"}, "n": {"greater_than": 1}}, True),
    ({"a": {"one_of": ["x", "y"]}}, False),
    ({"n": {"less_than": 2}}, False),
    ({"nothing": {"present": False}}, True),
    ({"nothing": {"equals": "x"}}, False),
    ({"not": {"nothing": {"equals": "x"}}}, True),
    ({"any": [{"n": {"equals": 3}}, {"n": {"equals": 2}}]}, True),
    ({"all": [{"n": {"equals": 3}}, {"n": {"equals": 2}}]}, False),
]


def test_a_predicate_is_true_or_false_and_never_unknown(spark: SparkSession) -> None:
    frame = spark.createDataFrame([("12345X", 2, None)], "a string, n int, nothing string")
    columns = [holds(Predicate.model_validate(predicate), f.col) for predicate, _ in PREDICATES]
    [row] = frame.select(*[column.alias(f"c{number}") for number, column in enumerate(columns)]).collect()
    assert list(row) == [expected for _, expected in PREDICATES]


@pytest.mark.parametrize("bad", [{"matches": "("}, {"matches": "a", "equals": "b"}, {}])
def test_a_test_that_can_not_be_meant_is_refused(bad: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"no regular expression|exactly one of"):
        ColumnTest.model_validate(bad)
