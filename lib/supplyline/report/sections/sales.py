"""Sales over time and the products that bring them."""

from __future__ import annotations

import plotly.graph_objects as go

from supplyline.report.context import Context
from supplyline.report.figures import BLUE, INK, chart, day_line, figure
from supplyline.report.html import Html, join, number, paragraph, table, tag
from supplyline.report.section import Section

# Weeks begin on Monday. The first and the last are left out where the data holds a part of them only.
WEEKS = """
SELECT week, revenue, avg(revenue) OVER (ORDER BY week ROWS 7 PRECEDING) AS trend
FROM (SELECT date_trunc('week', date)::DATE AS week, sum(revenue) AS revenue FROM sales_daily GROUP BY ALL)
WHERE week >= (SELECT min(date) FROM sales_daily) AND week + 4 <= (SELECT max(date) FROM sales_daily) ORDER BY week
"""
TOP = """
SELECT sku, any_value(description) AS description, sum(units_sold) AS units, sum(units_returned) AS returned,
       sum(revenue) AS revenue
FROM sales_daily LEFT JOIN products USING (sku) WHERE date <= $as_of AND date > $as_of::DATE - 28
GROUP BY sku ORDER BY revenue DESC, sku LIMIT 12
"""


def build(context: Context) -> Html:
    """Revenue by week, then the products that earned most in the last four weeks."""
    weeks = context.rows(WEEKS)
    days = [row["week"] for row in weeks]
    traces = [
        go.Bar(
            x=days, y=[row["revenue"] for row in weeks], name="revenue of the week", marker_color=BLUE, opacity=0.55
        ),
        go.Scatter(
            x=days, y=[row["trend"] for row in weeks], name="mean of eight weeks", line={"color": INK, "width": 2}
        ),
    ]
    made = figure(traces, y_title=context.settings.shop.currency, yaxis_tickformat="~s", bargap=0.15)
    return join(
        [
            chart("sales-weeks", day_line(made, context.as_of, f"as of {context.as_of} ")),
            tag("h3", "Best sellers of the last four weeks"),
            _top(context),
        ]
    )


def _top(context: Context) -> Html:
    rows = [
        (row["sku"], row["description"], number(row["units"]), number(row["returned"]), context.money(row["revenue"]))
        for row in context.rows(TOP)
    ]
    head = ["sku", "product", "sold", "returned", "revenue"]
    note = paragraph("Product names are printed as the source has them. Revenue is before returns and cancellations.")
    return join([table(head, rows, right={"sold", "returned", "revenue"}), note])


SALES = Section(
    "sales", "Sales", "Revenue of each full week, before returns and cancellations.", ("sales_daily", "products"), build
)
