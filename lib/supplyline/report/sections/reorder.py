"""The biggest lines of the proposed order."""

from __future__ import annotations

from supplyline.report.context import Context
from supplyline.report.html import Html, join, number, paragraph, table
from supplyline.report.section import Section
from supplyline.report.urgent import reorder_lines

LINES = 20


def build(context: Context) -> Html:
    """A table, largest value first."""
    head = ["sku", "product", "on hand", "reorder point", "days of cover", "demand a day", "order", "price", "value"]
    rows = [
        (
            row["sku"],
            row["description"],
            number(row["on_hand"]),
            number(row["reorder_point"]),
            number(row["days_of_cover"], 1),
            number(row["daily_demand"], 1),
            number(row["order_quantity"]),
            context.money(row["unit_price"]),
            context.money(row["order_value"]),
        )
        for row in reorder_lines(context.connection, context.as_of, LINES)
    ]
    note = paragraph("Values are at sales prices: the source knows no purchase prices.")
    return join([table(head, rows, right=set(head[2:])), note])


REORDER = Section(
    "reorder",
    "What to order now",
    "The biggest lines by value.",
    ("reorder_policy", "products"),
    build,
)
