"""Alert rules over history: the live monitor's definition in Spark SQL, to try a rule before it goes live."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pyspark.sql import DataFrame

from supplyline.alerts.conditions import sql
from supplyline.alerts.rules import (
    UNITS_SOLD_LAST_DAY,
    Rule,
    description_sql,
    paid_sql,
    quoted,
    signal_id_sql,
    verdict_sql,
    window_id_sql,
)
from supplyline.tables import SIGNALS, THRESHOLDS, WINDOW_METRICS

DAY = dt.timedelta(days=1)


def windows_over_history(events: DataFrame, window: dt.timedelta) -> DataFrame:
    """Rows of `window_metrics` from events with the columns of `inventory_events`; a repeated id counts once."""
    sold = "CASE WHEN `movement_type` = 'sale' THEN -`quantity` ELSE 0 END"
    totals = events.sparkSession.sql(
        f"""
        SELECT `warehouse`, `sku`, `w`.`start` AS `window_start`, `w`.`end` AS `window_end`, COUNT(*) AS `events`,
            SUM({sold}) AS `units_sold`,
            COUNT(DISTINCT CASE WHEN `movement_type` = 'sale' THEN `order_id` END) AS `orders`,
            SUM({paid_sql()}) / 1.0E4 AS `revenue`, MIN(`stock_after`) AS `lowest_stock`,
            MAX_BY(`stock_after`, STRUCT(`event_time`, `event_id`)) AS `last_stock`
        FROM (SELECT *, WINDOW(`event_time`, '{window.total_seconds():.0f} seconds') AS `w` FROM {{events}})
        GROUP BY `warehouse`, `sku`, `w`
        """,
        events=events.dropDuplicates(["event_id"]),
    )
    return totals.selectExpr("*", f"{window_id_sql()} AS `window_id`").select(WINDOW_METRICS.column_names)


def signals_over_history(
    windows: DataFrame, thresholds: DataFrame, rules: Sequence[Rule], window: dt.timedelta
) -> DataFrame:
    """Rows of `signals` that the live monitor would have given over these windows with these thresholds."""
    spread = ", ".join(_struct(rule) for rule in rules)
    told = _judged(windows, thresholds, window).selectExpr(
        "`warehouse`", "`sku`", "`window_end`", f"INLINE(ARRAY({spread}))"
    )
    turns = told.where("`verdict` <> 0").selectExpr(
        "*", "LAG(`verdict`, 1, -1) OVER (PARTITION BY `rule`, `warehouse`, `sku` ORDER BY `window_end`) AS `before`"
    )
    named = turns.where("`verdict` <> `before`").selectExpr("*", "IF(`verdict` = 1, 'breach', 'clear') AS `signal`")
    return named.selectExpr(
        "*",
        f"{signal_id_sql()} AS `signal_id`",
        "`window_end` AS `event_time`",
        "CAST(NULL AS STRING) AS `actor`",
        "CAST(NULL AS TIMESTAMP) AS `until`",
    ).select(SIGNALS.column_names)


def _judged(windows: DataFrame, thresholds: DataFrame, window: dt.timedelta) -> DataFrame:
    """Windows with the sales of 24 hours and the thresholds that held in their last millisecond."""
    limits = ", ".join(f"t.`{name}`" for name in THRESHOLDS.column_names if name not in ("warehouse", "sku"))
    before = int((DAY - window).total_seconds())
    return windows.sparkSession.sql(
        f"""
        SELECT w.*, {limits} FROM (
            SELECT *, SUM(`units_sold`) OVER (PARTITION BY `warehouse`, `sku` ORDER BY `window_end`
                RANGE BETWEEN INTERVAL {before} SECONDS PRECEDING AND CURRENT ROW) AS `{UNITS_SOLD_LAST_DAY.name}`
            FROM {{windows}}) AS w
        LEFT JOIN (
            SELECT *,
                LEAD(`effective_from`) OVER (PARTITION BY `warehouse`, `sku` ORDER BY `effective_from`) AS `replaced`
            FROM {{thresholds}}) AS t
        ON w.`warehouse` = t.`warehouse` AND w.`sku` = t.`sku` AND t.`effective_from` < w.`window_end`
            AND (t.`replaced` IS NULL OR t.`replaced` >= w.`window_end`)
        """,
        windows=windows,
        thresholds=thresholds,
    )


def _struct(rule: Rule) -> str:
    return (
        f"NAMED_STRUCT('rule', {quoted(rule.name)}, 'severity', {quoted(rule.severity)}, "
        f"'verdict', {verdict_sql(rule)}, "
        f"'value', CAST({sql(rule.value)} AS DOUBLE), 'threshold', CAST({sql(rule.threshold)} AS DOUBLE), "
        f"'description', {description_sql(rule)})"
    )
