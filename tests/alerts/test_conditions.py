"""The language of rules: what it lets in, what it refuses, and that it means what Python means by it."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyline.alerts.conditions import evaluate, names, parse_condition, parse_expression, sql
from supplyline.errors import RuleError

COLUMNS = ("a", "b")
NUMBERS = st.floats(min_value=-100, max_value=100, allow_nan=False).map(lambda x: round(x, 2))


def expressions() -> st.SearchStrategy[str]:
    leaves = st.sampled_from(COLUMNS) | NUMBERS.map(lambda x: f"({x!r})")
    return st.recursive(
        leaves,
        lambda part: st.tuples(part, st.sampled_from("+-*"), part).map(lambda p: f"({' '.join(p)})"),
        max_leaves=6,
    )


def conditions() -> st.SearchStrategy[str]:
    compared = st.tuples(expressions(), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), expressions())
    return st.recursive(
        compared.map(" ".join),
        lambda part: (
            st.tuples(part, st.sampled_from(["and", "or"]), part).map(lambda p: f"({' '.join(p)})")
            | part.map(lambda p: f"not ({p})")
        ),
        max_leaves=4,
    )


@given(conditions(), NUMBERS, NUMBERS)
def test_a_condition_means_what_python_means_by_it(text: str, a: float, b: float) -> None:
    found = evaluate(parse_condition(text, COLUMNS, "x"), pd.DataFrame({"a": [a], "b": [b]}))
    assert found.tolist() == [eval(text, {"a": a, "b": b})]


@given(conditions())
def test_sql_of_a_condition_is_one_balanced_expression(text: str) -> None:
    term = parse_condition(text, COLUMNS, "x")
    found = sql(term)
    assert found.count("(") == found.count(")")
    assert all(f"CAST(`{name}` AS DOUBLE)" in found for name in names(term))


def test_division_by_zero_and_missing_values_are_unknown() -> None:
    frame = pd.DataFrame({"a": [1.0, 1.0, None], "b": [2.0, 0.0, 2.0]})
    assert evaluate(parse_expression("a / b", COLUMNS, "x"), frame).isna().tolist() == [False, True, True]
    unknown = evaluate(parse_condition("a / b > 0", COLUMNS, "x"), frame)
    assert unknown.fillna(False).tolist() == [True, False, False]
    either = evaluate(parse_condition("a / b > 0 or b == 0", COLUMNS, "x"), frame)
    assert either.fillna(False).tolist() == [True, True, False]


def test_chained_comparisons_are_pairs() -> None:
    frame = pd.DataFrame({"a": [1, 5, 9], "b": [0, 0, 0]})
    assert evaluate(parse_condition("2 < a <= 5", COLUMNS, "x"), frame).tolist() == [False, True, False]


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true') > 0",
        "a.b > 1",
        "a[0] > 1",
        "[x for x in a] > 1",
        "(lambda: 1)() > 0",
        "a ** 2 > 1",
        "a % 2 > 1",
        "a is None",
        "a in (1, 2)",
        "'x' < a",
        "a < True",
        "f'{a}' > 1",
        "a if b else 1",
        "(a := 1) > 0",
        "a",
        "a and b > 1",
        "(a > 1) + 1 > 0",
        "a <",
        "",
        "a > 1; b",
        "a > 1e999",
        "a > 1 #" + "x" * 2000,
        "(" * 300 + "a" + ")" * 300 + " > 1",
        "c > 1",
    ],
)
def test_what_is_outside_the_language_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(RuleError) as refused:
        parse_condition(text, COLUMNS, "rules/x.yaml:3, breach")
    assert "rules/x.yaml:3, breach" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_constant_keeps_its_value_in_sql() -> None:
    for number in (0.1, 1e-7, 12345678.9, 1e22):
        assert float(sql(parse_expression(repr(number), COLUMNS, "x"))) == number
    assert math.isclose(float(sql(parse_expression("7", COLUMNS, "x"))), 7)
