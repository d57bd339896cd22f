"""Alert rules: conf/rules/*.yaml → typed Rule → SQL for the live stream and for the dry run over history.

A rule is looked at whenever a window of a product closes. It moves to *breach* when its `breach` condition holds and
back to *clear* when its `clear` condition holds; between the two it stays as it was (hysteresis).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import yaml
from pydantic import Field

from supplyline.alerts.conditions import Condition, Expression, names, parse_condition, parse_expression, sql
from supplyline.config import conf_texts
from supplyline.config.yaml_model import YamlPart, model_from_yaml
from supplyline.errors import RuleError
from supplyline.tables import Column, table

Severity = Literal["info", "warning", "critical"]
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
UNITS_SOLD_LAST_DAY = Column(
    "units_sold_last_day", "long", "Pieces sold in the 24 hours up to the window's end.", unit="pieces"
)


@dataclass(frozen=True)
class Rule:
    """When to say what about a product."""

    name: str
    severity: Severity
    description: str
    breach: Condition
    clear: Condition
    value: Expression
    threshold: Expression

    @property
    def columns(self) -> frozenset[str]:
        """Columns that the rule reads, those of its description included."""
        terms = (self.breach, self.clear, self.value, self.threshold)
        return frozenset().union(*map(names, terms), _placeholders(self.description)) - {"value", "threshold"}


class _RuleFile(YamlPart):
    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    severity: Severity
    description: str = Field(min_length=1, pattern=r"^[^\\\n]*$")
    breach: str
    clear: str
    value: str
    threshold: str


def load_rules() -> tuple[Rule, ...]:
    """Every rule of conf/rules, the user's folder included, by name. Raises RuleError or ConfigError."""
    rules = [parse_rule(text, f"rules/{name}.yaml") for name, text in sorted(conf_texts("rules").items())]
    known: dict[str, Rule] = {}
    for rule in rules:
        if rule.name in known:
            raise RuleError(f"two rules are named {rule.name!r}", where="rules/", fix="give each a name of its own")
        known[rule.name] = rule
    return tuple(known.values())


def rule_columns() -> dict[str, Column]:
    """Column → its meaning, for all that a rule may name: the window's, the day's sales and the thresholds."""
    window = [column for column in table("window_metrics").columns if column.name != "window_id"]
    limits = [column for column in table("thresholds").columns if column.name not in ("warehouse", "sku")]
    return {column.name: column for column in (*window, UNITS_SOLD_LAST_DAY, *limits)}


def parse_rule(text: str, where: str) -> Rule:
    """A rule's YAML text as a Rule; an error names file, line and, for a column, the known ones."""
    file = model_from_yaml(_RuleFile, text, where)
    lines = _lines(text)
    columns = rule_columns()
    numbers = [name for name, column in columns.items() if column.type in ("long", "integer", "double")]

    def place(key: str) -> str:
        return f"{where}:{lines[key]}, {key}"

    _check_placeholders(file.description, {*columns, "value", "threshold"}, place("description"))
    return Rule(
        file.name,
        file.severity,
        file.description,
        breach=parse_condition(file.breach, numbers, place("breach")),
        clear=parse_condition(file.clear, numbers, place("clear")),
        value=parse_expression(file.value, numbers, place("value")),
        threshold=parse_expression(file.threshold, numbers, place("threshold")),
    )


def verdict_sql(rule: Rule) -> str:
    """1 where the rule is breached, -1 where it is clear, 0 where it says nothing; a breach goes first."""
    return f"CASE WHEN {sql(rule.breach)} THEN 1 WHEN {sql(rule.clear)} THEN -1 ELSE 0 END"


def description_sql(rule: Rule) -> str:
    """The rule's description with its placeholders filled: numbers with two decimals, times to the minute."""
    columns = rule_columns()
    parts = []
    for index, part in enumerate(PLACEHOLDER.split(rule.description)):
        if index % 2 == 0 and part:
            parts.append(quoted(part))
        elif index % 2 == 0:
            continue
        elif part in ("value", "threshold"):
            parts.append(_number_text(sql(rule.value if part == "value" else rule.threshold)))
        else:
            parts.append(_column_text(columns[part]))
    return f"CONCAT({', '.join(parts)})"


def window_id_sql() -> str:
    """The deterministic id of a window, in words that Spark shares."""
    times = ", ".join(f"DATE_FORMAT(`{name}`, 'yyyy-MM-dd HH:mm:ss')" for name in ("window_start", "window_end"))
    return f"MD5(CONCAT_WS('|', `warehouse`, `sku`, {times}))"


def paid_sql() -> str:
    """What a sale brought in, in whole ten-thousandths: the last digits of a sum of doubles depend on the order."""
    paid = "-`quantity` * COALESCE(`unit_price`, 0.0E0) * 1.0E4 + 5.0E-1"
    return f"CASE WHEN `movement_type` = 'sale' THEN CAST(FLOOR({paid}) AS BIGINT) ELSE 0 END"


def signal_id_sql() -> str:
    """The deterministic id of a signal over its own columns, `window_end` being its time."""
    return "MD5(CONCAT_WS('|', `rule`, `warehouse`, `sku`, DATE_FORMAT(`window_end`, 'yyyy-MM-dd HH:mm:ss'), `signal`))"


def quoted(text: str) -> str:
    """A text as an SQL literal. Backslashes, which Spark and Flink read differently, are refused before."""
    return "'" + text.replace("'", "''") + "'"


def _column_text(column: Column) -> str:
    if column.type == "timestamp":
        return _or_unknown(f"DATE_FORMAT(`{column.name}`, 'yyyy-MM-dd HH:mm')")
    if column.type == "double":
        return _number_text(f"`{column.name}`")
    return _or_unknown(f"CAST(`{column.name}` AS STRING)")


def _number_text(number: str) -> str:
    """Rounded half up before the cast, because the engines' own casts to decimals differ at ties."""
    return _or_unknown(f"CAST(CAST(FLOOR({number} * 1.0E2 + 5.0E-1) / 1.0E2 AS DECIMAL(20, 2)) AS STRING)")


def _or_unknown(text: str) -> str:
    return f"COALESCE({text}, 'unknown')"


def _placeholders(description: str) -> frozenset[str]:
    return frozenset(PLACEHOLDER.findall(description))


def _check_placeholders(description: str, known: Collection[str], where: str) -> None:
    for name in sorted(_placeholders(description)):
        if name not in known:
            raise RuleError(f"unknown column {name!r}", where=where, fix=f"use one of {', '.join(sorted(known))}")
    if re.search("[{}]", PLACEHOLDER.sub("", description)):
        raise RuleError("a brace without its pair", where=where, fix="write {column}")


def _lines(text: str) -> Mapping[str, int]:
    """Key → line of the YAML text, counted from one."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = node.value if node else []
    return {key.value: key.start_mark.line + 1 for key, _ in pairs}
