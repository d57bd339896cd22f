"""Demand behind empty shelves: how much of the history is an estimate."""

from __future__ import annotations

import plotly.graph_objects as go

from supplyline.report.context import Context
from supplyline.report.figures import AMBER, BLUE, chart, figure
from supplyline.report.html import Html, card, cards, counted, join, number, paragraph, percent, table, tag
from supplyline.report.section import Section

PRODUCTS = 10
TOTALS = """
SELECT count(*) AS days, count(*) FILTER (stock_out) AS empty, count(*) FILTER (origin = 'estimated') AS estimated,
       count(*) FILTER (origin = 'lower_bound') AS bounds, sum(quantity) AS demand, sum(sales) AS sales,
       sum(quantity) FILTER (origin = 'estimated') AS on_estimated,
       count(DISTINCT sku) FILTER (origin = 'estimated') AS products,
       count(DISTINCT sku) FILTER (status <> 'ok') AS unsettled
FROM demand_daily WHERE date <= $as_of
"""
WEEKS = """
SELECT date_trunc('week', date)::DATE AS week, sum(sales) AS sales, sum(quantity - sales) AS hidden
FROM demand_daily WHERE date <= $as_of AND date > $as_of::DATE - 364
GROUP BY week HAVING week + 6 <= $as_of::DATE ORDER BY week
"""
MOST = """
SELECT sku, any_value(description) AS description, count(*) FILTER (origin = 'estimated') AS days,
       sum(sales) AS sales, sum(quantity - sales) AS hidden
FROM demand_daily LEFT JOIN products USING (sku) WHERE date <= $as_of
GROUP BY sku HAVING hidden > 0 ORDER BY hidden DESC, sku LIMIT $products
"""
NOTE = (
    "A day that closed with an empty shelf may have sold less than was asked for; what would have sold is drawn so "
    "that mean and spread are kept, from the days before it alone. Forecasts are fitted on both together."
)


def build(context: Context) -> Html:
    """The share of estimates, week by week, and the products they matter for."""
    row = context.row(TOTALS)
    if not row["estimated"] and not row["bounds"]:
        said = (
            f"No day of {number(row['days'])} hid demand: all of it was sold. Simulated stock hides nothing, because "
        )
        return paragraph(said + "it is made to serve every sale.")
    parts = [_cards(row), _weeks(context), tag("h3", "Products with the most hidden demand"), _most(context)]
    return join([*parts, paragraph(NOTE)])


def _cards(row: dict[str, float]) -> Html:
    demand, days = row["demand"] or 0.0, row["days"]
    hidden = demand - (row["sales"] or 0.0)
    return cards(
        [
            card("Demand added to sales", percent(hidden / demand if demand else None, 1), counted(hidden, "piece")),
            card(
                "Demand on estimated days",
                percent((row["on_estimated"] or 0.0) / demand if demand else None, 1),
                f"{counted(row['estimated'], 'day')} of {counted(row['products'], 'product')}",
            ),
            card("Product-days sold out", percent(row["empty"] / days, 1), f"{number(row['empty'])} of {number(days)}"),
            card(
                "Hidden, but not estimated",
                number(row["bounds"]),
                f"days too early to know; {counted(row['unsettled'], 'product')} without a settled fit",
            ),
        ]
    )


def _weeks(context: Context) -> Html:
    rows = context.rows(WEEKS)
    weeks = [row["week"] for row in rows]
    traces = [
        go.Bar(x=weeks, y=[row["sales"] for row in rows], name="sold", marker_color=BLUE, opacity=0.55),
        go.Bar(x=weeks, y=[row["hidden"] for row in rows], name="estimated beyond it", marker_color=AMBER),
    ]
    made = figure(traces, height=280, y_title="pieces a week", barmode="stack", bargap=0.15, yaxis_tickformat="~s")
    return chart("hidden-weeks", made)


def _most(context: Context) -> Html:
    head = ["sku", "product", "days estimated", "sold", "hidden", "share"]
    rows = [
        (
            row["sku"],
            row["description"],
            number(row["days"]),
            number(row["sales"]),
            number(row["hidden"]),
            percent(row["hidden"] / (row["sales"] + row["hidden"])),
        )
        for row in context.rows(MOST, products=PRODUCTS)
    ]
    return table(head, rows, right=set(head[2:]))


HIDDEN = Section(
    "hidden",
    "Hidden demand",
    "Where a shelf was empty, the history that forecasts are fitted on holds an estimate.",
    ("demand_daily", "products"),
    build,
)
