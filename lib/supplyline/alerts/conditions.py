"""The language of alert rules: text → typed expression → SQL that Flink and Spark read alike, or a pandas column.

Comparison, `and`, `or`, `not`, `+ - * /`, column names and numbers; nothing else. All arithmetic is in double
precision, a division by zero is NULL, and NULL behaves as in SQL: a comparison with it is neither true nor false.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from supplyline.errors import RuleError

MAX_LENGTH = 1000
ARITHMETIC: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "=",
    ast.NotEq: "<>",
}


@dataclass(frozen=True)
class Number:
    """A finite constant."""

    value: float


@dataclass(frozen=True)
class Name:
    """A column."""

    column: str


@dataclass(frozen=True)
class Arithmetic:
    """`left operator right` with one of + - * /."""

    operator: str
    left: Expression
    right: Expression


Expression: TypeAlias = Number | Name | Arithmetic


@dataclass(frozen=True)
class Comparison:
    """`left operator right` with one of < <= > >= = <>."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Not:
    """True where `part` is false; unknown stays unknown."""

    part: Condition


@dataclass(frozen=True)
class Junction:
    """`left AND right` or `left OR right`."""

    operator: str
    left: Condition
    right: Condition


Condition: TypeAlias = Comparison | Not | Junction


def parse_condition(text: str, columns: Collection[str], where: str) -> Condition:
    """Text as a condition over `columns`. Raises RuleError naming `where` and what is outside the language."""
    parsed = _Parser(columns, where).parse(text)
    if isinstance(parsed, Number | Name | Arithmetic):
        raise RuleError(f"{text!r} is a number, not a condition", where=where, fix="compare it with something")
    return parsed


def parse_expression(text: str, columns: Collection[str], where: str) -> Expression:
    """Text as a number over `columns`. Raises RuleError naming `where` and what is outside the language."""
    parsed = _Parser(columns, where).parse(text)
    if not isinstance(parsed, Number | Name | Arithmetic):
        raise RuleError(f"{text!r} is a condition, not a number", where=where, fix="leave the comparison out")
    return parsed


def sql(term: Expression | Condition) -> str:
    """The term as SQL that Flink and Spark evaluate to the same value."""
    match term:
        case Number(value):
            digits = repr(value)
            return digits.upper() if "e" in digits else f"{digits}E0"  # an exponent makes it a DOUBLE in both engines
        case Name(column):
            return f"CAST(`{column}` AS DOUBLE)"
        case Arithmetic("/", left, right):
            return f"({sql(left)} / NULLIF({sql(right)}, 0.0E0))"
        case Not(part):
            return f"(NOT {sql(part)})"
        case _:
            return f"({sql(term.left)} {term.operator} {sql(term.right)})"


def names(term: Expression | Condition) -> frozenset[str]:
    """Columns that the term reads."""
    match term:
        case Number():
            return frozenset()
        case Name(column):
            return frozenset({column})
        case Not(part):
            return names(part)
        case _:
            return names(term.left) | names(term.right)


def evaluate(term: Expression | Condition, frame: pd.DataFrame) -> pd.Series:
    """The term on each row of a frame: Float64 or boolean, with NA for SQL's NULL. The reference of both engines."""
    match term:
        case Number(value):
            return pd.Series(value, index=frame.index, dtype="Float64")
        case Name(column):
            return frame[column].astype("Float64")
        case Not(part):
            return ~evaluate(part, frame)
        case _:
            left, right = evaluate(term.left, frame), evaluate(term.right, frame)
            return _OPERATIONS[term.operator](left, right)


_OPERATIONS: Mapping[str, Callable[[pd.Series, pd.Series], pd.Series]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b.mask((b == 0).fillna(False)),
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "AND": lambda a, b: a & b,
    "OR": lambda a, b: a | b,
}


class _Parser:
    """Walks Python's own syntax tree and lets through what the language has."""

    def __init__(self, columns: Collection[str], where: str) -> None:
        self.columns, self.where = columns, where

    def parse(self, text: str) -> Expression | Condition:
        if len(text) > MAX_LENGTH:
            raise RuleError(f"longer than {MAX_LENGTH} characters", where=self.where, fix="write a shorter expression")
        try:
            tree = ast.parse(text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            problem = error.msg if isinstance(error, SyntaxError) else str(error)
            raise RuleError(
                f"can't read {text!r}: {problem}", where=self.where, fix="correct the expression"
            ) from error
        return self.term(tree.body)

    def term(self, node: ast.expr) -> Expression | Condition:
        match node:
            case ast.Compare(left=first, ops=ops, comparators=rest):
                return self.comparison([first, *rest], ops)
            case ast.BoolOp(op=op, values=values):
                return self.junction("AND" if isinstance(op, ast.And) else "OR", values)
            case ast.UnaryOp(op=ast.Not(), operand=part):
                return Not(self.condition(part))
            case _:
                return self.number(node)

    def number(self, node: ast.expr) -> Expression:
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return self.constant(value)
            case ast.Name(id=name):
                return self.column(name)
            case ast.UnaryOp(op=ast.USub(), operand=part):
                return Arithmetic("-", Number(0.0), self.number(part))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
                return Arithmetic(ARITHMETIC[type(op)], self.number(left), self.number(right))
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                raise self.refused(node, "is a condition where a number belongs")
            case _:
                raise self.refused(node, "is not in the language of rules")

    def constant(self, value: int | float) -> Number:
        if abs(value) > 1e300 or not math.isfinite(value):
            raise RuleError("a number without bound", where=self.where, fix="use a finite number")
        return Number(float(value))

    def column(self, name: str) -> Name:
        if name not in self.columns:
            known = ", ".join(sorted(self.columns))
            raise RuleError(f"unknown column {name!r}", where=self.where, fix=f"use one of {known}")
        return Name(name)

    def condition(self, node: ast.expr) -> Condition:
        parsed = self.term(node)
        if isinstance(parsed, Number | Name | Arithmetic):
            raise self.refused(node, "is a number where a condition belongs")
        return parsed

    def comparison(self, sides: list[ast.expr], ops: list[ast.cmpop]) -> Condition:
        numbers = [self.number(side) for side in sides]
        if any(type(op) not in COMPARISONS for op in ops):
            raise RuleError("is, in", where=self.where, fix="compare with < <= > >= == or !=")
        pairs = [
            Comparison(COMPARISONS[type(op)], left, right)
            for op, left, right in zip(ops, numbers[:-1], numbers[1:], strict=True)
        ]
        return _joined("AND", pairs)

    def junction(self, operator: str, nodes: list[ast.expr]) -> Condition:
        return _joined(operator, [self.condition(node) for node in nodes])

    def refused(self, node: ast.expr, why: str) -> RuleError:
        fix = "use and, or, not, comparisons, + - * /, columns and numbers"
        return RuleError(f"{ast.unparse(node)!r} {why}", where=self.where, fix=fix)


def _joined(operator: str, parts: list[Condition] | list[Comparison]) -> Condition:
    joined: Condition = parts[0]
    for part in parts[1:]:
        joined = Junction(operator, joined, part)
    return joined
