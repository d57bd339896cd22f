"""From views to carts to purchases."""

from __future__ import annotations

import plotly.graph_objects as go

from supplyline.report.context import Context
from supplyline.report.figures import BLUE, INK, TEAL, chart, figure
from supplyline.report.html import Html, card, cards, join, number, percent, tag
from supplyline.report.section import Section

STEPS = "SELECT sum(views) AS views, sum(carts) AS carts, sum(purchases) AS purchases FROM behaviour_daily"
VISITS = """
SELECT count(*) AS visits, avg((purchases > 0)::INTEGER) AS conversion,
       count(*) FILTER (abandoned_cart) / nullif(count(*) FILTER (carts > 0), 0) AS abandoned,
       avg(dwell_seconds) / 60 AS minutes
FROM sessions
"""
WEEKS = """
SELECT date_trunc('week', date)::DATE AS week, sum(carts) / nullif(sum(views), 0) AS carts,
       sum(purchases) / nullif(sum(views), 0) AS purchases
FROM behaviour_daily GROUP BY week ORDER BY week
"""


def build(context: Context) -> Html:
    """The funnel, its rates over time, and what visits are like."""
    row = context.row(VISITS)
    made = cards(
        [
            card("Visits", number(row["visits"])),
            card("Visits with a purchase", percent(row["conversion"], 1)),
            card("Carts left behind", percent(row["abandoned"], 1)),
            card("Mean visit", f"{number(row['minutes'], 1)} min"),
        ]
    )
    return join([made, tag("div", tag("div", _funnel(context)), tag("div", _rates(context)), cls="columns")])


def _funnel(context: Context) -> Html:
    row = context.row(STEPS)
    steps = go.Funnel(
        y=list(row),
        x=list(row.values()),
        marker={"color": [BLUE, "#1f8f9c", TEAL]},
        texttemplate="%{value:,}<br>%{percentInitial:.1%}",
        hoverinfo="skip",
    )
    return chart("funnel-steps", figure([steps], height=300, margin={"l": 80, "r": 16, "t": 12, "b": 20}))


def _rates(context: Context) -> Html:
    rows = context.rows(WEEKS)
    traces = [
        go.Scatter(x=[row["week"] for row in rows], y=[row[name] for row in rows], name=label, line={"color": colour})
        for name, label, colour in (("carts", "carts a view", BLUE), ("purchases", "purchases a view", INK))
    ]
    return chart("funnel-weeks", figure(traces, height=300, yaxis_tickformat=".0%"))


FUNNEL = Section(
    "funnel",
    "Visitors",
    "Views, carts and purchases of the clickstream (simulated where the notice above says so).",
    ("behaviour_daily", "sessions"),
    build,
)
