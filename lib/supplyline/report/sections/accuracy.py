"""How good the forecasts are, measured against the seasonal naive forecast."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from supplyline.report.context import Context
from supplyline.report.figures import BLUE, chart, figure, label_text
from supplyline.report.html import Html, join, number, paragraph, percent, table, tag
from supplyline.report.section import Section

# Each chosen model beside the seasonal naive on the same product and origin, so that both met the same days.
SCORES = """
WITH chosen AS (SELECT * FROM forecast_scores WHERE as_of = $as_of AND selected AND status = 'ok'),
     naive AS (SELECT * FROM forecast_scores WHERE as_of = $as_of AND model = 'seasonal_naive' AND status = 'ok')
SELECT coalesce(chosen.pattern, 'all products') AS pattern, count(DISTINCT chosen.sku) AS products,
       sum(chosen.pinball) / nullif(sum(naive.pinball), 0) AS pinball, median(chosen.mase) AS mase,
       median(naive.mase) AS naive_mase, avg(chosen.coverage_90) AS coverage, avg(chosen.bias) AS bias
FROM chosen JOIN naive USING (sku, origin)
GROUP BY GROUPING SETS ((chosen.pattern), ()) ORDER BY chosen.pattern NULLS LAST
"""
MODELS = """
SELECT model, count(DISTINCT sku) AS products FROM forecast_scores WHERE as_of = $as_of AND selected
GROUP BY model ORDER BY products, model
"""
# The naive forecast of a day is the demand on the same weekday in the last week before as_of.
SINCE = """
WITH f AS (
  SELECT sku, date, horizon, mean FROM forecasts WHERE as_of = $as_of AND status <> 'failed'
    AND date <= (SELECT max(date) FROM demand_daily)
), compared AS (
  SELECT f.mean, coalesce(actual.quantity, 0) AS actual, coalesce(last_week.quantity, 0) AS naive
  FROM f LEFT JOIN demand_daily AS actual ON actual.sku = f.sku AND actual.date = f.date
  LEFT JOIN demand_daily AS last_week
    ON last_week.sku = f.sku AND last_week.date = f.date - (7 * ceil(f.horizon / 7.0))::INTEGER
)
SELECT count(*) AS days, sum(abs(mean - actual)) / nullif(sum(actual), 0) AS error,
       sum(abs(naive - actual)) / nullif(sum(actual), 0) AS naive_error,
       sum(mean) / nullif(sum(actual), 0) - 1 AS bias
FROM compared
"""


def build(context: Context) -> Html:
    """Rolling-origin scores by demand pattern, which models were chosen, and the error since."""
    note = paragraph(
        "Loss is the mean pinball loss over all quantiles as a share of the seasonal naive's: below 1 is better than "
        "repeating last week. MASE is the mean absolute error scaled by the naive's error within the history. "
        "Coverage is the share of days inside the 90 % band. Scored on past days that the models had not seen."
    )
    left = join([_scores(context), note, _since(context)])
    return tag("div", tag("div", left), tag("div", tag("h3", "Models chosen"), _models(context)), cls="columns")


def _scores(context: Context) -> Html:
    head = ["demand pattern", "products", "loss / naive", "MASE", "naive MASE", "coverage"]
    rows = [
        (
            tag("strong", row["pattern"]) if row["pattern"] == "all products" else row["pattern"],
            number(row["products"]),
            number(row["pinball"], 2),
            number(row["mase"], 2),
            number(row["naive_mase"], 2),
            percent(row["coverage"]),
        )
        for row in context.rows(SCORES)
    ]
    return table(head, rows, right=set(head[1:]))


def _models(context: Context) -> Html:
    rows = context.rows(MODELS)
    bars = go.Bar(
        x=[row["products"] for row in rows],
        y=[label_text(row["model"]) for row in rows],
        orientation="h",
        marker_color=BLUE,
        text=[number(row["products"]) for row in rows],
        textposition="auto",
        hoverinfo="skip",
    )
    height = max(160, 34 * len(rows) + 50)
    return chart("accuracy-models", figure([bars], height=height, margin={"l": 120, "r": 16, "t": 4, "b": 30}))


def _since(context: Context) -> Html:
    """Error on the days after as_of that have passed already; nothing where there are none."""
    if not context.has("forecasts", "demand_daily"):
        return Html("")
    row: dict[str, Any] = context.row(SINCE)
    if not row["days"] or row["error"] is None:
        return Html("")
    said = (
        f"On the {number(row['days'])} product-days since {context.as_of} the forecasts missed by "
        f"{percent(row['error'])} of all pieces sold; repeating the last week would have missed by "
        f"{percent(row['naive_error'])}. All forecasts together were {percent(abs(row['bias']), 1)} "
        f"{'above' if row['bias'] > 0 else 'below'} the demand."
    )
    return tag("div", said, cls="notice good" if row["error"] < row["naive_error"] else "notice")


ACCURACY = Section(
    "accuracy",
    "Accuracy",
    "Held against repeating the same weekday of the last week (seasonal naive).",
    ("forecast_scores",),
    build,
)
