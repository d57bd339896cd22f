"""Alerts: how they came and went, and those still open."""

from __future__ import annotations

import plotly.graph_objects as go

from supplyline.report.context import Context
from supplyline.report.figures import INK, SEVERITY_COLOURS, chart, figure
from supplyline.report.html import Html, join, number, paragraph, severity, table, tag
from supplyline.report.section import Section
from supplyline.report.urgent import open_alerts

SHOWN = 25
DAY = 0.8 * 86_400_000  # a bar's width in the milliseconds that plotly counts
DAYS = """
SELECT event_time::DATE AS day, severity, count(*) AS alerts FROM alert_events
WHERE transition IN ('opened', 'escalated') GROUP BY ALL ORDER BY ALL
"""
OPEN = """
SELECT day, sum(sum(step)) OVER (ORDER BY day) AS open FROM (
  SELECT event_time::DATE AS day, CASE transition WHEN 'opened' THEN 1 WHEN 'resolved' THEN -1 ELSE 0 END AS step
  FROM alert_events) GROUP BY day ORDER BY day
"""
RULES = """
SELECT rule, severity, count(*) AS alerts, sum(occurrences) AS opened, count(*) FILTER (state <> 'resolved') AS open,
       count(*) FILTER (state = 'acknowledged') AS acknowledged
FROM alerts GROUP BY rule, severity ORDER BY list_position(['critical', 'warning', 'info'], severity), rule
"""


def build(context: Context) -> Html:
    """The timeline, a table of rules, and the most urgent open alerts."""
    return join([_timeline(context), _rules(context), tag("h3", "Most urgent open alerts"), _open(context)])


def _timeline(context: Context) -> Html:
    rows, still = context.rows(DAYS), context.rows(OPEN)
    traces = [_bars(rows, name, colour) for name, colour in SEVERITY_COLOURS.items()]
    line = {"color": INK, "width": 2, "shape": "hv"}
    days, level = [row["day"] for row in still], [row["open"] for row in still]
    traces.append(go.Scatter(x=days, y=level, name="open at the end of the day", line=line, yaxis="y2"))
    right = {
        "overlaying": "y",
        "side": "right",
        "rangemode": "tozero",
        "tickmode": "auto",
        "showgrid": False,
        "title": {"text": "open"},
    }
    margin = {"l": 56, "r": 56, "t": 12, "b": 36}
    made = figure(traces, y_title="opened a day", barmode="stack", yaxis2=right, margin=margin)
    return chart("alerts-days", made)


def _bars(rows: list[dict[str, object]], name: str, colour: str) -> go.Bar:
    mine = [row for row in rows if row["severity"] == name]
    return go.Bar(
        x=[row["day"] for row in mine], y=[row["alerts"] for row in mine], name=name, marker_color=colour, width=DAY
    )


def _rules(context: Context) -> Html:
    head = ["rule", "severity", "alerts", "times opened", "open", "acknowledged"]
    rows = [
        (
            row["rule"],
            severity(row["severity"]),
            *(number(row[name]) for name in ("alerts", "opened", "open", "acknowledged")),
        )
        for row in context.rows(RULES)
    ]
    return table(head, rows, right=set(head[2:]))


def _open(context: Context) -> Html:
    head = ["severity", "since (UTC)", "sku", "product", "what", "sells a day"]
    rows = [
        (
            severity(row["severity"]),
            f"{row['opened_at']:%Y-%m-%d %H:%M}",
            row["sku"],
            row["product"],
            row["description"],
            context.money(row["revenue_a_day"]),
        )
        for row in open_alerts(context.connection, context.as_of, SHOWN)
    ]
    note = "Critical first, then the products that earn most a day. All of them: "
    return join([table(head, rows, right={"sells a day"}), paragraph(note, tag("code", "supplyline alerts list"), ".")])


ALERTS = Section(
    "alerts",
    "Alerts",
    "What the live monitor said while it watched the stock movements.",
    ("alerts", "alert_events", "products", "reorder_policy"),
    build,
)
