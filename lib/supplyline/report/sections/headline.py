"""Headline numbers, in money where money is meant."""

from __future__ import annotations

from collections.abc import Callable

from supplyline.report.context import Context
from supplyline.report.html import Html, card, cards, change, number, percent
from supplyline.report.section import Section

REVENUE = """
SELECT sum(revenue) FILTER (date > $as_of::DATE - 28) AS now,
       sum(revenue) FILTER (date BETWEEN $as_of::DATE - 55 AND $as_of::DATE - 28) AS before,
       sum(revenue) FILTER (date BETWEEN $as_of::DATE - 391 AND $as_of::DATE - 364) AS year_ago
FROM sales_daily WHERE date <= $as_of
"""
STOCK = """
SELECT sum(closing * unit_price) AS value, sum(closing) AS pieces, count(*) FILTER (closing > 0) AS products
FROM inventory_daily LEFT JOIN products USING (sku)
WHERE date = (SELECT max(date) FROM inventory_daily WHERE date <= $as_of)
"""
STOCK_OUTS = """
SELECT count(*) FILTER (stock_out) AS days, avg(stock_out::INTEGER) AS share
FROM inventory_daily WHERE date <= $as_of AND date > $as_of::DATE - 28
"""
ORDERS = """
SELECT sum(order_value) AS value, count(*) FILTER (order_quantity > 0) AS lines FROM reorder_policy
WHERE as_of = $as_of
"""
OPEN_ALERTS = """
SELECT count(*) FILTER (severity = 'critical') AS critical, count(*) FILTER (severity = 'warning') AS warning,
       count(*) FILTER (severity = 'info') AS info
FROM alerts WHERE state <> 'resolved'
"""


def build(context: Context) -> Html:
    """One card a number; those whose tables are not there yet are left out."""
    made = [make(context) for tables, make in CARDS if context.has(*tables)]
    return cards(made)


def _revenue(context: Context) -> Html:
    row = context.row(REVENUE)
    changes = f"{change(row['now'], row['before'])} on the four weeks before"
    if row["year_ago"]:
        changes += f", {change(row['now'], row['year_ago'])} on a year ago"
    return card("Revenue, last four weeks", context.money(row["now"]), changes)


def _stock(context: Context) -> Html:
    row = context.row(STOCK)
    note = f"{number(row['pieces'])} pieces of {number(row['products'])} products"
    return card("Stock at sales prices", context.money(row["value"]), note)


def _orders(context: Context) -> Html:
    row = context.row(ORDERS)
    return card("Proposed orders at sales prices", context.money(row["value"]), f"{number(row['lines'])} order lines")


def _stock_outs(context: Context) -> Html:
    row = context.row(STOCK_OUTS)
    note = f"{percent(row['share'], 1)} of all product-days, last four weeks"
    return card("Days a product was sold out", number(row["days"]), note)


def _alerts(context: Context) -> Html:
    row = context.row(OPEN_ALERTS)
    note = f"{number(row['critical'])} critical, {number(row['warning'])} warning, {number(row['info'])} info"
    return card("Open alerts", number(sum(row.values())), note, "critical" if row["critical"] else "")


CARDS: tuple[tuple[tuple[str, ...], Callable[[Context], Html]], ...] = (
    (("sales_daily",), _revenue),
    (("inventory_daily", "products"), _stock),
    (("reorder_policy",), _orders),
    (("inventory_daily",), _stock_outs),
    (("alerts",), _alerts),
)
HEADLINE = Section("headline", "", "", (), build, plain=True)
