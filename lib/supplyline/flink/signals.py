"""Windows + thresholds + rules → signals: one row where a rule's condition begins or ends for a product."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from supplyline.alerts.conditions import sql
from supplyline.alerts.rules import UNITS_SOLD_LAST_DAY, Rule, description_sql, quoted, signal_id_sql, verdict_sql
from supplyline.flink.text import interval
from supplyline.tables import table

DAY = dt.timedelta(days=1)


def judged_sql(windows: str, rules: Sequence[Rule], window: dt.timedelta) -> str:
    """Windows with the thresholds that held when they closed, and `verdicts`: a digit a rule."""
    read = frozenset().union(*(rule.columns for rule in rules)) - {"warehouse", "sku"}
    limits = [f"t.`{column.name}`" for column in table("thresholds").columns if column.name in read]
    joined = (
        f"SELECT {', '.join(['w.*', *limits])} FROM ({_with_day(windows, rules, window)}) AS w "
        "LEFT JOIN thresholds FOR SYSTEM_TIME AS OF w.`row_time` AS t "
        "ON w.`warehouse` = t.`warehouse` AND w.`sku` = t.`sku`"
    )
    return f"SELECT *, {_packed(rules)} AS `verdicts` FROM ({joined})"


def signals_sql(judged: str, rules: Sequence[Rule]) -> str:
    """Rows of `signals`.

    First all windows whose verdicts are those of the window before are dropped, which can't change any rule and are
    nearly all; only the rest is spread out to a row a rule, where a breach or clear that repeats is dropped as well.
    """
    changed = _changed(judged, "`verdicts`", "`warehouse`, `sku`")
    spread = ", ".join(_row(rule) for rule in rules)
    told = (
        "SELECT c.`warehouse`, c.`sku`, c.`window_end`, c.`row_time`, r.* FROM "
        f"({changed}) AS c CROSS JOIN UNNEST(ARRAY[{spread}]) "
        "AS r(`rule`, `severity`, `verdict`, `value`, `threshold`, `description`) WHERE r.`verdict` <> 0"
    )
    turns = _changed(told, "`verdict`", "`rule`, `warehouse`, `sku`")
    signal = "CASE WHEN `verdict` = 1 THEN 'breach' ELSE 'clear' END"
    named = f"SELECT *, {signal} AS `signal` FROM ({turns}) WHERE `verdict` = 1 OR `before` > 1"
    return (
        f"SELECT {signal_id_sql()}, `rule`, `severity`, `warehouse`, `sku`, `signal`, `window_end`, `value`, "
        f"`threshold`, `description`, CAST(NULL AS STRING), CAST(NULL AS TIMESTAMP(3)) FROM ({named})"
    )


def _with_day(windows: str, rules: Sequence[Rule], window: dt.timedelta) -> str:
    """The columns of windows that rules read, with the sales of 24 hours where a rule asks for them.

    All three operators that follow keep rows in state and hand them on, the sum a day of them, so each column costs.
    """
    read = frozenset().union(*(rule.columns for rule in rules)) | {"warehouse", "sku", "window_end"}
    columns = ", ".join(f"`{column.name}`" for column in table("window_metrics").columns if column.name in read)
    if UNITS_SOLD_LAST_DAY.name not in read:
        return f"SELECT {columns}, `row_time` FROM {windows}"
    frame = f"RANGE BETWEEN {interval(DAY - window)} PRECEDING AND CURRENT ROW"
    over = f"PARTITION BY `warehouse`, `sku` ORDER BY `row_time` {frame}"
    return (
        f"SELECT {columns}, `row_time`, SUM(`units_sold`) OVER ({over}) AS `{UNITS_SOLD_LAST_DAY.name}` FROM {windows}"
    )


def _packed(rules: Sequence[Rule]) -> str:
    digits = (f"CASE {verdict_sql(rule)} WHEN 1 THEN '+' WHEN -1 THEN '-' ELSE '0' END" for rule in rules)
    return f"CONCAT({', '.join(digits)})"


def _changed(rows: str, column: str, keys: str) -> str:
    """Rows whose `column` differs from that of the key's row before, and first rows; `before` is 1 on a first row.

    FIRST_VALUE over two rows and not LAG, which is wrong in Flink at equal times.
    """
    over = f"OVER (PARTITION BY {keys} ORDER BY `row_time` ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"
    paired = f"SELECT *, FIRST_VALUE({column}) {over} AS `previous`, COUNT(*) {over} AS `before` FROM ({rows})"
    return f"SELECT * FROM ({paired}) WHERE `before` = 1 OR `previous` <> {column}"


def _row(rule: Rule) -> str:
    return (
        f"ROW({quoted(rule.name)}, {quoted(rule.severity)}, {verdict_sql(rule)}, CAST({sql(rule.value)} AS DOUBLE), "
        f"CAST({sql(rule.threshold)} AS DOUBLE), {description_sql(rule)})"
    )
