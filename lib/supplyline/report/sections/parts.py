"""Where an order of the reorder policy comes from: its parts, in money for all and in pieces for the largest."""

from __future__ import annotations

from supplyline.inventory.explanation import NAMES, explain_policy
from supplyline.inventory.lines import PARTS
from supplyline.report.context import Context
from supplyline.report.figures import chart, choice, waterfall
from supplyline.report.html import Html, join, paragraph
from supplyline.report.section import Section

PRODUCTS = 8
MONEY = ", ".join(f"sum({sign} * {name} * unit_price) AS {name}" for name, sign in PARTS.items())
TOTAL = f"""
SELECT {MONEY}, sum(order_value) AS total FROM reorder_policy
WHERE as_of = $as_of AND status = 'ok' AND order_quantity > 0 AND unit_price IS NOT NULL
"""
LARGEST = """
SELECT policy.*, description FROM reorder_policy AS policy LEFT JOIN products USING (sku)
WHERE as_of = $as_of AND status = 'ok' AND order_quantity > 0
ORDER BY order_value DESC NULLS LAST, sku, warehouse LIMIT $products
"""


def build(context: Context) -> Html:
    """A drop-down list: all orders in money, then the largest in pieces and words."""
    rows = context.rows(LARGEST, products=PRODUCTS)
    if not rows:
        return paragraph("No product is to be ordered.")
    panels = {"All orders together": _total(context)}
    for number, row in enumerate(rows):
        told = explain_policy(row, context.settings.shop.currency)
        made = waterfall(told.parts, ("order", told.quantity or 0.0), x_title="pieces")
        name = f"{row['sku']} · {row['description'] or ''} ({row['warehouse']})"
        panels[name] = join([chart(f"parts-{number}", made), paragraph(" ".join(told.sentences))])
    return choice("parts-choice", "Show", panels)


def _total(context: Context) -> Html:
    row = context.row(TOTAL)
    parts = [(NAMES[name], row[name] or 0.0) for name in PARTS if row[name] or name == "for_safety"]
    made = waterfall(
        parts, ("orders", row["total"] or 0.0), x_title=f"{context.settings.shop.currency} at sales prices"
    )
    note = "The parts of each product's order add up to it exactly, and so do their sums. Products without a known "
    return join([chart("parts-total", made), paragraph(note + "price are left out here.")])


PARTS_SECTION = Section(
    "parts",
    "Where orders come from",
    "Demand until the next order arrives, safety stock and order cycle, less what is there, and what limits change.",
    ("reorder_policy", "products"),
    build,
)
