"""Forecasts with their bands against what was sold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from supplyline.report.context import Context
from supplyline.report.figures import BLUE, INK, chart, choice, day_line, figure, label_text
from supplyline.report.html import Html, join, paragraph
from supplyline.report.section import Section

PRODUCTS = 10
TOP = """
SELECT sku, any_value(description) AS description
FROM sales_daily LEFT JOIN products USING (sku)
WHERE date <= $as_of AND date > $as_of::DATE - 91
  AND sku IN (SELECT sku FROM forecasts WHERE as_of = $as_of AND status <> 'failed')
GROUP BY sku ORDER BY sum(revenue) DESC, sku LIMIT $products
"""
AHEAD = """
SELECT sku, date, mean, q05, q25, q50, q75, q95, model FROM forecasts
WHERE as_of = $as_of AND list_contains($skus, sku) AND status <> 'failed' ORDER BY sku, date
"""
ACTUAL = """
SELECT sku, date, quantity FROM demand_daily
WHERE list_contains($skus, sku) AND date BETWEEN $as_of::DATE - 84 AND $as_of::DATE + 28 ORDER BY sku, date
"""
TOTAL_AHEAD = """
SELECT date, sum(mean) AS mean FROM forecasts WHERE as_of = $as_of AND status <> 'failed' GROUP BY date ORDER BY date
"""
TOTAL_ACTUAL = """
SELECT date, sum(quantity) AS quantity FROM demand_daily
WHERE date BETWEEN $as_of::DATE - 84 AND $as_of::DATE + 28
  AND sku IN (SELECT sku FROM forecasts WHERE as_of = $as_of AND status <> 'failed')
GROUP BY date ORDER BY date
"""
BANDS = (("q05", "q95", "90 % of days", "rgba(47,111,222,.14)"), ("q25", "q75", "50 % of days", "rgba(47,111,222,.28)"))
Rows = Sequence[dict[str, Any]]


def build(context: Context) -> Html:
    """A drop-down list: all products together, then those with the largest revenue."""
    top = context.rows(TOP, products=PRODUCTS)
    skus = [row["sku"] for row in top]
    ahead, actual = context.rows(AHEAD, skus=skus), context.rows(ACTUAL, skus=skus)
    panels = {"All products together": _total(context)}
    for number, row in enumerate(top):
        mine = [[item for item in rows if item["sku"] == row["sku"]] for rows in (ahead, actual)]
        panels[f"{row['sku']} · {row['description'] or ''}"] = _product(context, f"forecast-{number}", *mine)
    return choice("forecast-choice", "Show", panels)


def _total(context: Context) -> Html:
    ahead, actual = context.rows(TOTAL_AHEAD), context.rows(TOTAL_ACTUAL)
    note = "The sum of all products' means. It has no band: quantiles of products can't be added up."
    return join([_chart(context, "forecast-total", ahead, actual, []), paragraph(note)])


def _product(context: Context, key: str, ahead: Rows, actual: Rows) -> Html:
    known = {row["date"]: row["quantity"] for row in actual}
    held = [row for row in ahead if row["date"] in known]
    inside = sum(row["q05"] <= known[row["date"]] <= row["q95"] for row in held)
    note = f"Model {ahead[0]['model']}."
    if held:
        note += f" {inside} of {len(held)} days that have passed since lie in the 90 % band."
    bands = [trace for low, high, name, colour in BANDS for trace in _band(ahead, low, high, name, colour)]
    return join([_chart(context, key, ahead, actual, bands), paragraph(note)])


def _band(ahead: Rows, low: str, high: str, name: str, colour: str) -> list[Any]:
    """Two edges; the upper one fills down to the lower."""
    days = [row["date"] for row in ahead]
    edge = {"x": days, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    lower = go.Scatter(y=[row[low] for row in ahead], showlegend=False, **edge)
    return [lower, go.Scatter(y=[row[high] for row in ahead], fill="tonexty", fillcolor=colour, name=name, **edge)]


def _chart(context: Context, key: str, ahead: Rows, actual: Rows, bands: list[Any]) -> Html:
    sold = go.Scatter(
        x=[row["date"] for row in actual],
        y=[row["quantity"] for row in actual],
        name="demand",
        mode="lines+markers",
        marker={"size": 4},
        line={"color": INK, "width": 1.2},
    )
    mean = go.Scatter(
        x=[row["date"] for row in ahead],
        y=[row["mean"] for row in ahead],
        name=label_text("forecast (mean)"),
        line={"color": BLUE, "width": 2.5},
    )
    made = figure([*bands, sold, mean], height=380, y_title="pieces a day")
    return chart(key, day_line(made, context.as_of, "history ends "))


FORECASTS = Section(
    "forecasts",
    "Forecasts",
    "Demand of the coming four weeks as it was forecast from the history, and what was sold since.",
    ("forecasts", "demand_daily", "sales_daily", "products"),
    build,
)
