"""Excess and dead stock, and what it costs to keep."""

from __future__ import annotations

from typing import Any

from supplyline.report.context import Context
from supplyline.report.html import Html, card, cards, counted, join, number, paragraph, percent, table, tag
from supplyline.report.section import Section

LINES = 15
MOST_DAYS = 999
TOTALS = """
SELECT excess_reason AS reason, count(*) AS products, sum(excess_quantity) AS pieces,
       sum(excess_quantity * unit_price) AS value, sum(carrying_cost) AS cost
FROM reorder_policy WHERE as_of = $as_of AND excess_quantity > 0 GROUP BY reason
"""
STOCK = "SELECT sum(on_hand * unit_price) AS value FROM reorder_policy WHERE as_of = $as_of"
WORST = """
SELECT sku, description, warehouse, excess_reason, on_hand, excess_quantity, days_of_cover, days_without_demand,
       excess_quantity * policy.unit_price AS value, carrying_cost
FROM reorder_policy AS policy LEFT JOIN products USING (sku)
WHERE as_of = $as_of AND excess_quantity > 0
ORDER BY carrying_cost DESC NULLS LAST, excess_quantity DESC, sku, warehouse LIMIT $lines
"""
BADGES = {"dead": "badge critical", "excess": "badge warning"}
HEAD = ("sku", "product", "why", "on hand", "too many", "days of cover", "days without demand", "value", "cost a year")


def build(context: Context) -> Html:
    """What is too much in all, and the products that cost most."""
    totals = {row["reason"]: row for row in context.rows(TOTALS)}
    if not totals:
        return join([paragraph("No product has more stock than the settings allow."), _assumed(context)])
    rows = [_line(context, row) for row in context.rows(WORST, lines=LINES)]
    return join([_cards(context, totals), table(HEAD, rows, right=HEAD[3:]), _assumed(context)])


def _line(context: Context, row: dict[str, Any]) -> tuple[object, ...]:
    why = tag("span", row["excess_reason"], cls=BADGES[row["excess_reason"]])
    held = [number(row["on_hand"]), number(row["excess_quantity"])]
    days = [_days(row["days_of_cover"]), number(row["days_without_demand"])]
    money = [context.money(row[name]) for name in ("value", "carrying_cost")]
    return row["sku"], row["description"], why, *held, *days, *money


def _days(cover: float | None) -> str:
    return f"> {MOST_DAYS}" if cover is not None and cover > MOST_DAYS else number(cover)


def _cards(context: Context, totals: dict[str, dict[str, Any]]) -> Html:
    items = []
    for reason, label in (("dead", "Dead stock at sales prices"), ("excess", "Excess stock at sales prices")):
        row = totals.get(reason, {"products": 0, "pieces": 0, "value": 0.0})
        note = f"{counted(row['pieces'], 'piece')} of {counted(row['products'], 'product')}"
        items.append(card(label, context.money(row["value"]), note))
    value, stock = sum(row["value"] or 0.0 for row in totals.values()), context.row(STOCK)["value"]
    cost = sum(row["cost"] or 0.0 for row in totals.values())
    note = f"they are {percent(value / stock, 1)} of all stock at sales prices" if stock else ""
    return cards([*items, card("Cost of keeping both a year", context.money(cost), note)])


def _assumed(context: Context) -> Html:
    rules = context.settings.inventory
    return paragraph(
        f"Dead: no demand for {rules.dead_days} days. Excess: pieces above both {rules.excess_cover_days:,.0f} days of "
        f"forecast demand and the order-up-to level. Assumed: a piece has cost {percent(rules.unit_cost_share)} of its "
        f"sales price, and keeping it costs {percent(rules.holding_rate)} of that a year."
    )


EXCESS = Section(
    "excess",
    "Excess and dead stock",
    "Pieces that nobody is going to ask for soon, and what it costs to keep them.",
    ("reorder_policy", "products"),
    build,
)
