"""How good the forecasts are, measured against the seasonal naive forecast."""

from __future__ import annotations

import plotly.graph_objects as go

from supplyline.report.context import Context
from supplyline.report.figures import BLUE, chart, figure, label_text
from supplyline.report.html import Html, join, number, paragraph, percent, table, tag
from supplyline.report.section import Section

# Each chosen model beside the seasonal naive on the same product and origin, so that both met the same days.
SCORES = """
WITH chosen AS (SELECT * FROM forecast_scores
                WHERE as_of = $as_of AND purpose = 'choice' AND selected AND status = 'ok'),
     naive AS (SELECT * FROM forecast_scores
               WHERE as_of = $as_of AND purpose = 'choice' AND model = 'seasonal_naive' AND status = 'ok')
SELECT coalesce(chosen.pattern, 'all products') AS pattern, count(DISTINCT chosen.sku) AS products,
       sum(chosen.pinball) / nullif(sum(naive.pinball), 0) AS pinball, avg(chosen.rmsse) AS rmsse,
       avg(naive.rmsse) AS naive_rmsse, avg(chosen.coverage_90) AS coverage
FROM chosen JOIN naive USING (sku, origin)
GROUP BY GROUPING SETS ((chosen.pattern), ()) ORDER BY chosen.pattern NULLS LAST
"""
MODELS = """
SELECT model, count(DISTINCT sku) AS products FROM forecast_scores
WHERE as_of = $as_of AND purpose = 'choice' AND selected
GROUP BY model ORDER BY products, model
"""
# The naive forecast of a day is the demand on the same weekday in the last week before as_of. `both` holds forecast,
# naive forecast and demand at one level of adding up; the error is the sum of misses as a share of the demand.
SINCE = """
WITH days AS (
  SELECT f.sku, f.date, f.mean, coalesce(actual.quantity, 0) AS actual, coalesce(last_week.quantity, 0) AS naive
  FROM forecasts AS f LEFT JOIN demand_daily AS actual ON actual.sku = f.sku AND actual.date = f.date
  LEFT JOIN demand_daily AS last_week
    ON last_week.sku = f.sku AND last_week.date = f.date - (7 * ceil(f.horizon / 7.0))::INTEGER
  WHERE f.as_of = $as_of AND f.status <> 'failed' AND f.date <= (SELECT max(date) FROM demand_daily)
), levels AS (
  SELECT 1 AS level, mean, naive, actual FROM days
  UNION ALL SELECT 2, sum(mean), sum(naive), sum(actual) FROM days GROUP BY sku
  UNION ALL SELECT 3, sum(mean), sum(naive), sum(actual) FROM days GROUP BY date
)
SELECT level, sum(abs(mean - actual)) / nullif(sum(actual), 0) AS error,
       sum(abs(naive - actual)) / nullif(sum(actual), 0) AS naive_error,
       sum(mean) / nullif(sum(actual), 0) - 1 AS bias
FROM levels GROUP BY level HAVING sum(actual) > 0 ORDER BY level
"""
LEVELS = {1: "each product on each day", 2: "each product over all days", 3: "all products on each day"}


def build(context: Context) -> Html:
    """Rolling-origin scores by demand pattern, which models were chosen, and the error since."""
    note = paragraph(
        "Loss is the mean pinball loss over all quantiles as a share of the seasonal naive's: below 1 is better than "
        "repeating last week. RMSSE is the root mean squared error, scaled by the naive's within the history. "
        "Coverage is the share of days inside the 90 % band. Scored on past days that the models had not seen; but the "
        "choice among them was made by these scores, which flatters it a little. What came since is free of that."
    )
    left = join([_scores(context), note, _since(context)])
    return tag("div", tag("div", left), tag("div", tag("h3", "Models chosen"), _models(context)), cls="columns")


def _scores(context: Context) -> Html:
    head = ["pattern", "products", "loss / naive", "RMSSE", "naive RMSSE", "coverage"]
    rows = [
        (
            tag("strong", row["pattern"]) if row["pattern"] == "all products" else row["pattern"],
            number(row["products"]),
            number(row["pinball"], 2),
            number(row["rmsse"], 2),
            number(row["naive_rmsse"], 2),
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
    """Errors on the days after as_of that have passed already; nothing where there are none."""
    rows = context.rows(SINCE) if context.has("forecasts", "demand_daily") else []
    if not rows:
        return Html("")
    head = ["missed, as a share of demand", "forecast", "repeating last week"]
    cells = [(LEVELS[row["level"]], percent(row["error"]), percent(row["naive_error"])) for row in rows]
    bias = rows[0]["bias"]
    said = f"All forecasts together were {percent(abs(bias), 1)} {'above' if bias > 0 else 'below'} the demand since."
    return join(
        [tag("h3", f"What came of it since {context.as_of}"), table(head, cells, right=set(head[1:])), paragraph(said)]
    )


ACCURACY = Section(
    "accuracy",
    "Accuracy",
    "Held against repeating the same weekday of the last week (seasonal naive).",
    ("forecast_scores",),
    build,
)
