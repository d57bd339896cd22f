"""The purchase plan: when to order what from whom, where the quantities come from, what bound them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from supplyline.report.context import Context
from supplyline.report.figures import SERIES, chart, figure, label_text
from supplyline.report.html import Html, card, cards, counted, join, missing, number, paragraph, table, tag
from supplyline.report.html import advice as advised
from supplyline.report.section import Section

LINES = 15
SUPPLIERS = len(SERIES) - 1
OTHERS = "all others"
PLAN = "FROM purchase_plan WHERE as_of = $as_of"
TOTALS = f"""
SELECT count(*) FILTER (status = 'ok') AS lines, sum(cost) AS cost, sum(quantity) AS pieces,
       count(DISTINCT supplier) AS suppliers, count(DISTINCT (supplier, order_date)) FILTER (status = 'ok') AS orders,
       count(DISTINCT sku) FILTER (status = 'ok') AS products, count(DISTINCT sku) FILTER (status <> 'ok') AS failed,
       any_value(plan_status) AS plan_status, max(covers_until) AS until
{PLAN}
"""
WEEKS = f"""
SELECT $as_of::DATE + 1 + (7 * ((order_date - $as_of::DATE - 1) // 7))::INTEGER AS week, supplier, sum(cost) AS cost
{PLAN} AND status = 'ok'
GROUP BY week, supplier ORDER BY week, supplier
"""
BIGGEST = """
SELECT plan.*, description FROM purchase_plan AS plan LEFT JOIN products USING (sku)
WHERE as_of = $as_of AND status = 'ok'
QUALIFY row_number() OVER (PARTITION BY sku, warehouse ORDER BY cost DESC NULLS LAST, line) = 1
ORDER BY cost DESC NULLS LAST, sku, warehouse, line LIMIT $lines
"""
BOUND = f"""
SELECT limit_name, count(*) AS lines, sum(cost) AS cost
FROM (SELECT unnest(string_split(limits, ', ')) AS limit_name, cost {PLAN} AND status = 'ok' AND limits <> '')
GROUP BY limit_name ORDER BY lines DESC, limit_name
"""
REASONS = f"""
SELECT error, count(DISTINCT sku) AS products, min(sku) AS example {PLAN} AND status <> 'ok'
GROUP BY error ORDER BY products DESC, error LIMIT 8
"""
# Heading of a part of a line, and the signed columns that make it up.
PARTS = {
    "demand": {"forecast_demand": 1}, "safety": {"safety_stock": 1}, "on hand": {"on_hand": -1},
    "coming": {"on_order": -1, "planned_before": -1}, "lost": {"lost_sales": -1}, "packs": {"pack_rounding": 1},
    "limits, costs": {"adjustment": 1},
}  # fmt: skip
HEAD = ("product", "supplier", "order on", "arrives", *PARTS, "pieces", "cost", "bound by")
NOTE = (
    "A line's parts reach from today to its product's next arrival and add up to the pieces: forecast demand, safety "
    "stock wanted then, less what is on hand, what comes before and what finds an empty shelf, then what whole packs "
    "and limits or costs add. Suppliers' terms are those of suppliers.yaml; the ones that come with it are assumed."
)


def build(context: Context) -> Html:
    """Totals, orders by week and supplier, the biggest lines, and the limits that bound."""
    totals = context.row(TOTALS)
    if not totals["lines"] and not totals["failed"]:
        return missing(advised(f"no plan of {context.as_of}: run `supplyline run plan_purchases`"))
    left = [tag("h3", "Ordered in each week, from its first day"), _weeks(context)]
    right = [tag("h3", "What bound the lines"), _bound(context), *_failed(context)]
    columns = tag("div", tag("div", *left), tag("div", *right), cls="columns")
    lines = [tag("h3", "The biggest line of each product"), _lines(context), paragraph(NOTE)]
    return join([_cards(context, totals), columns, *lines])


def _cards(context: Context, row: dict[str, Any]) -> Html:
    goods = f"{counted(row['pieces'], 'piece')} of {counted(row['products'], 'product')}"
    orders = f"{counted(row['lines'], 'line')}, {counted(row['suppliers'], 'supplier')}"
    best = "no plan costs less" if row["plan_status"] == "optimal" else "how far above the least it may be"
    return cards(
        [
            card("Goods to buy, at cost", context.money(row["cost"] or 0.0), goods),
            card("Orders", number(row["orders"]), f"{orders}, covering to {row['until'] or '–'}"),
            card("Distance to the least cost", row["plan_status"], best),
            card("Products without a plan", number(row["failed"]), "the reasons are below" if row["failed"] else ""),
        ]
    )


def _weeks(context: Context) -> Html:
    """Money by week, a colour a supplier; the smaller suppliers are taken together."""
    rows = context.rows(WEEKS)
    spent: dict[str, float] = defaultdict(float)
    for row in rows:
        spent[row["supplier"]] += row["cost"]
    largest = sorted(spent, key=lambda name: (-spent[name], name))[:SUPPLIERS]
    weeks = sorted({row["week"] for row in rows})
    traces = [
        _bar(name, weeks, [row for row in rows if row["supplier"] == name], colour)
        for name, colour in zip(largest, SERIES, strict=False)
    ]
    rest = [row for row in rows if row["supplier"] not in largest]
    if rest:
        traces.append(_bar(OTHERS, weeks, rest, SERIES[-1]))
    layout = {"barmode": "stack", "yaxis_tickformat": "~s", "bargap": 0.3, "showlegend": True}
    made = figure(traces, height=300, y_title=f"{context.settings.shop.currency} at cost", **layout)
    return chart("purchases-weeks", made.update_xaxes(tickvals=weeks, tickformat="%-d %b"))


def _bar(name: str, weeks: Sequence[Any], rows: Sequence[dict[str, Any]], colour: str) -> Any:
    cost: dict[Any, float] = defaultdict(float)
    for row in rows:
        cost[row["week"]] += row["cost"]
    return go.Bar(x=weeks, y=[cost[week] for week in weeks], name=label_text(name), marker_color=colour)


def _lines(context: Context) -> Html:
    rows = [
        (
            join([tag("strong", row["sku"]), " ", row["description"] or ""]),
            row["supplier"],
            f"{row['order_date']:%-d %b}",
            f"{row['arrival_date']:%-d %b}",
            *(_part(sum(sign * (row[name] or 0.0) for name, sign in parts.items())) for parts in PARTS.values()),
            tag("strong", number(row["quantity"])),
            context.money(row["cost"]),
            row["limits"] or "",
        )
        for row in context.rows(BIGGEST, lines=LINES)
    ]
    return table(HEAD, rows, right={*PARTS, "order on", "arrives", "pieces", "cost"})


def _part(pieces: float) -> str:
    return "" if round(pieces) == 0 else f"{pieces:+,.0f}"


def _bound(context: Context) -> Html:
    rows = [(row["limit_name"], number(row["lines"]), context.money(row["cost"])) for row in context.rows(BOUND)]
    if not rows:
        return paragraph("No limit bound a line: each is the need alone.")
    return table(["limit", "lines", "their cost"], rows, right={"lines", "their cost"})


def _failed(context: Context) -> list[Html]:
    rows = [(row["error"], number(row["products"]), row["example"]) for row in context.rows(REASONS)]
    head = ["why", "products", "such as"]
    return [tag("h3", "Without a plan"), table(head, rows, right={"products"})] if rows else []


PURCHASES = Section(
    "purchases",
    "Purchase plan",
    "Dated orders within the suppliers' terms and the shop's limits, at the least cost.",
    ("purchase_plan", "products"),
    build,
)
