"""Rolling-origin evaluation: every model from several past days, by how far ahead and for which products."""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go

from supplyline.report.context import Context
from supplyline.report.figures import GREY, INK, SERIES, chart, choice, figure, label_text
from supplyline.report.html import Html, counted, join, missing, number, paragraph, percent, table, tag
from supplyline.report.html import advice as advised
from supplyline.report.section import Section

EVALUATED = "purpose = 'evaluation' AND status = 'ok'"
DRAWN = 5
CHOSEN, NAIVE = "chosen for each product", "seasonal_naive"
BANDS = ("1-7", "8-14", "15-28", "29 and more")
# A model is tried on some products only; the loss is therefore held against the naive on the same products and days.
SCORES = """
WITH scored AS (SELECT * FROM forecast_scores WHERE as_of = $run AND purpose = 'evaluation' AND status = 'ok'),
     naive AS (SELECT sku, origin, days_ahead, pinball AS loss FROM scored WHERE model = 'seasonal_naive')
SELECT {group} AS name, {band} AS band, count(DISTINCT sku) AS products, avg(mase) AS mase, avg(rmsse) AS rmsse,
       sum(pinball) FILTER (loss IS NOT NULL) / nullif(sum(loss), 0) AS pinball, avg(coverage_90) AS coverage,
       avg(bias) AS bias, avg(stability) AS stability
FROM scored LEFT JOIN naive USING (sku, origin, days_ahead) WHERE {condition} GROUP BY ALL ORDER BY ALL
"""
ORIGINS = f"""
SELECT count(DISTINCT origin) AS origins, min(origin) AS first, max(origin) AS last, count(DISTINCT sku) AS products
FROM forecast_scores WHERE as_of = $run AND {EVALUATED}
"""
HEAD = ("products", "MASE", "RMSSE", "loss / naive", "coverage", "bias", "stability")
GROUPS = {
    "Demand pattern": "pattern", "Days ahead": "days_ahead", "ABC class": "abc_class", "Category": "category",
}  # fmt: skip
NOTE = (
    "Each model was fitted anew on the days before each origin. MASE and RMSSE: absolute and root mean squared "
    "error, scaled by the naive's within the history. Loss: mean pinball loss over all quantiles as a share of "
    "the seasonal naive's on the same products and days. Coverage: share of days in the 90 % band. Bias: forecast "
    "less demand, pieces a day. Stability: mean change of a day's forecast from one origin to the next, scaled as "
    "MASE. A model is scored on the products it was tried on, so that MASE of two models compares only where they "
    "have the same products; those tried on less than half of them come last. The choice for each product was "
    "made later, knowing more days, which flatters its line a little."
)
Rows = list[dict[str, Any]]


def build(context: Context) -> Html:
    """Models in a table, loss by days ahead in a chart, and the chosen models by groups of products."""
    run = context.run_of("forecast_scores", EVALUATED)
    if run is None:
        return missing(advised("no evaluation yet: run `supplyline run score_forecasts`"))
    span = context.row(ORIGINS, run=run)
    days = f"{counted(span['origins'], 'origin')} from {span['first']} to {span['last']}"
    models = _models(context, run, span["products"])
    best = [row["name"] for row in models if row["name"] not in {CHOSEN, NAIVE}][:DRAWN]
    left = tag("div", tag("h3", "Loss by days ahead"), _bands(context, run, best))
    right = tag("div", tag("h3", "Chosen models"), _groups(context, run))
    said = paragraph(f"{days}, {counted(span['products'], 'product')}.")
    return join([said, _table("model", models), tag("div", left, right, cls="columns"), paragraph(NOTE)])


def _models(context: Context, run: object, products: int) -> Rows:
    """The chosen models together, then each: the least loss first, those tried on few products last."""
    models = _scores(context, run, "model", "days_ahead = 'all'")
    models.sort(key=lambda row: (2 * row["products"] < products, row["pinball"] or math.inf, row["name"]))
    return _scores(context, run, f"'{CHOSEN}'", "days_ahead = 'all' AND selected") + models


def _scores(context: Context, run: object, group: str, condition: str, band: str = "'all'") -> Rows:
    return context.rows(SCORES.format(group=group, band=band, condition=condition), run=run)


def _table(first: str, rows: Rows, *, short: bool = False) -> Html:
    """Every score, or the few that fit beside a chart."""
    head = [first, *(name for name in HEAD if not short or name in HEAD[:1] + HEAD[3:6])]
    cells = []
    for row in rows:
        name = tag("strong", row["name"]) if row["name"] == CHOSEN else row["name"]
        told = [number(row["products"]), *(number(row[name], 2) for name in ("mase", "rmsse", "pinball"))]
        told += [percent(row["coverage"]), _signed(row["bias"]), number(row["stability"], 2)]
        cells.append((name, *(value for value, title in zip(told, HEAD, strict=True) if title in head)))
    return table(head, cells, right=set(head[1:]))


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"


def _bands(context: Context, run: object, models: list[str]) -> Html:
    """Loss against the naive's, a line a model: the best in all, and the chosen ones together."""
    lines = _scores(context, run, "model", "days_ahead <> 'all'", "days_ahead")
    lines += _scores(context, run, f"'{CHOSEN}'", "days_ahead <> 'all' AND selected", "days_ahead")
    traces = []
    for name, colour in zip([CHOSEN, *models], [INK, *SERIES], strict=False):
        mine = {row["band"]: row["pinball"] for row in lines if row["name"] == name}
        bands = [band for band in BANDS if band in mine]
        line = {"color": colour, "width": 3 if name == CHOSEN else 1.6}
        traces.append(go.Scatter(x=bands, y=[mine[band] for band in bands], name=label_text(name), line=line))
    bands = [band for band in BANDS if any(band in trace.x for trace in traces)]
    dotted = {"color": GREY, "dash": "dot"}
    traces.append(go.Scatter(x=bands, y=[1.0] * len(bands), name=NAIVE, mode="lines", line=dotted))
    made = figure(
        [trace for trace in traces if trace.x], height=340, y_title="loss / naive's", yaxis_rangemode="normal"
    )
    return chart("evaluation-bands", made.update_xaxes(type="category", title={"text": "days ahead"}))


def _groups(context: Context, run: object) -> Html:
    """A drop-down list of ways to divide the products; those that nothing is known of are left out."""
    panels = {}
    for title, column in GROUPS.items():
        days = f"days_ahead {'<>' if column == 'days_ahead' else '='} 'all'"
        rows = _scores(context, run, column, f"{days} AND selected AND {column} IS NOT NULL")
        rows.sort(key=lambda row: BANDS.index(row["name"]) if row["name"] in BANDS else 0)
        if rows:
            panels[title] = _table(title.lower(), rows, short=True)
    return choice("evaluation-choice", "By", panels) if panels else paragraph("No model was chosen for these products.")


EVALUATION = Section(
    "evaluation",
    "Evaluation",
    "Every model from several past days, scored on days that it had not seen.",
    ("forecast_scores",),
    build,
)
