"""Stock levels against reorder points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from supplyline.report.context import Context
from supplyline.report.figures import AMBER, BLUE, GREY, RED, TEAL, chart, choice, day_line, figure
from supplyline.report.html import Html, join, number, paragraph, percent
from supplyline.report.section import Section

PRODUCTS = 8
CHOSEN = """
SELECT policy.*, description FROM reorder_policy AS policy LEFT JOIN products USING (sku)
WHERE as_of = $as_of AND status = 'ok' ORDER BY order_value DESC NULLS LAST, sku LIMIT $products
"""
LEVELS = """
SELECT sku, warehouse, date, closing, received, stock_out FROM inventory_daily
WHERE list_contains($skus, sku) AND date > $as_of::DATE - 120 ORDER BY sku, warehouse, date
"""


def build(context: Context) -> Html:
    """A drop-down list of the products with the largest proposed orders."""
    chosen = context.rows(CHOSEN, products=PRODUCTS)
    levels = context.rows(LEVELS, skus=[row["sku"] for row in chosen])
    panels: dict[str, Html] = {}
    for index, row in enumerate(chosen):
        mine = [item for item in levels if (item["sku"], item["warehouse"]) == (row["sku"], row["warehouse"])]
        name = f"{row['sku']} · {row['description'] or ''} ({row['warehouse']})"
        panels[name] = join([_chart(context, f"stock-{index}", row, mine), _note(row)])
    return choice("stock-choice", "Show", panels)


def _chart(context: Context, key: str, policy: dict[str, Any], levels: Sequence[dict[str, Any]]) -> Html:
    days = [row["date"] for row in levels]
    empty = [row["date"] for row in levels if row["stock_out"]]
    received = [row["received"] or None for row in levels]
    ends = [days[0], days[-1]] if days else []
    dots = {"color": RED, "size": 8, "symbol": "x"}
    traces = [
        go.Bar(x=days, y=received, name="received", marker_color=TEAL, opacity=0.5),
        go.Scatter(x=days, y=[row["closing"] for row in levels], name="stock", line={"color": BLUE, "shape": "hv"}),
        _level(ends, policy["reorder_point"], "reorder point", AMBER),
        _level(ends, policy["order_up_to_level"], "order-up-to level", GREY),
        go.Scatter(x=empty, y=[0] * len(empty), mode="markers", name="sold out", marker=dots),
    ]
    made = figure(traces, height=360, y_title="pieces")
    return chart(key, day_line(made, context.as_of, "plan made "))


def _level(days: list[Any], level: float | None, name: str, colour: str) -> Any:
    return go.Scatter(x=days, y=[level] * len(days), name=name, mode="lines", line={"color": colour, "dash": "dash"})


def _note(row: dict[str, Any]) -> Html:
    return paragraph(
        f"Demand {number(row['daily_demand'], 1)} pieces a day, lead time {number(row['lead_time_days'], 1)} days, "
        f"a look at the stock every {row['review_days']} days: {number(row['lead_time_demand'])} pieces are expected "
        "to sell until the next order can arrive, and "
        f"{number(row['safety_stock'])} pieces of safety stock hold a service level of "
        f"{100 * row['service_level']:.0f} %{_served(row)}. On hand {number(row['on_hand'])}, "
        f"to order {number(row['order_quantity'])}."
    )


def _served(row: dict[str, Any]) -> str:
    """What the level serves from the shelf; a policy of an older table knows nothing of it."""
    share = row["expected_fill_rate"]
    return "" if share is None else f", which should serve {percent(share, 1)} of demand from the shelf"


STOCK = Section(
    "stock",
    "Stock and reorder points",
    "The products with the largest proposed orders.",
    ("reorder_policy", "inventory_daily", "products"),
    build,
)
