"""What moves sales: effects of price, promotion and holidays with their intervals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go

from supplyline.forecasting.driver_report import ALL_DRIVERS, CORRELATION, LINEAR, TREE
from supplyline.forecasting.drivers import FAILED, METHOD, PRICE
from supplyline.report.context import Context
from supplyline.report.figures import BLUE, GREY, chart, choice, figure, label_text
from supplyline.report.html import Html, join, missing, number, paragraph, percent, table, tag
from supplyline.report.html import advice as advised
from supplyline.report.section import Section

CATEGORIES = 12
CHOSEN = """
SELECT category FROM demand_drivers WHERE as_of = $run GROUP BY category ORDER BY max(n) DESC, category LIMIT $most
"""
FOUND = "SELECT * FROM demand_drivers WHERE as_of = $run AND list_contains($names, category) ORDER BY driver, method"
CHEAPER = 0.9
SAID = {
    PRICE: "a price 10 % lower", "promotion": "promotion", "price_cut": "price cut of a tenth or more",
    "holiday": "holiday", "before_holiday": "three days before a holiday",
}  # fmt: skip
HEAD = ("driver", "demand", "90 % interval", "correlation", "slope", "share in the tree", "days")
NOTE = (
    "Effects are associations, not proof of a cause. A price counts as one that held for some days: what a single "
    "day's customers paid also says who came. Correlation, slope and the tree's share describe the same rows in units "
    "of each product's mean demand; the slope of a price is for its logarithm."
)
Rows = dict[tuple[str, str], dict[str, Any]]


def build(context: Context) -> Html:
    """A drop-down list of the categories with the most days."""
    run = context.run_of("demand_drivers")
    if run is None:
        return missing(advised("no category has drivers yet: run `supplyline run estimate_drivers`"))
    names = [row["category"] for row in context.rows(CHOSEN, run=run, most=CATEGORIES)]
    rows = context.rows(FOUND, run=run, names=names)
    panels = {}
    for index, name in enumerate(names):
        mine = {(row["method"], row["driver"]): row for row in rows if row["category"] == name}
        panels[name] = _category(f"drivers-{index}", mine)
    return join([_day(run), choice("drivers-choice", "Category", panels), paragraph(NOTE)])


def _day(run: dt.date) -> Html:
    return paragraph(f"Estimated from the days up to {run}.")


def _category(key: str, rows: Rows) -> Html:
    known = [row for (method, _), row in rows.items() if method == METHOD and row["effect"] is not None]
    drawn = [_forest(key, known)] if known else [paragraph("No effect could be estimated.")]
    names = dict.fromkeys(driver for _, driver in rows if driver != ALL_DRIVERS)
    cells = [_cells(name, rows) for name in sorted(names, key=_place) if any(_usable(rows, name))]
    return join([*drawn, table(HEAD, cells, right=HEAD[1:]), _seen(rows), _fit(rows), _lacking(rows.values())])


def _forest(key: str, rows: list[dict[str, Any]]) -> Html:
    """A dot and its interval a driver, in per cent of demand."""
    rows = sorted(rows, key=lambda row: _place(row["driver"]))
    effects = [[_percent(row, name) for name in ("effect", "low", "high")] for row in rows]
    dots = go.Scatter(
        x=[middle for middle, _, _ in effects],
        y=[label_text(SAID.get(row["driver"], row["driver"])) for row in rows],
        mode="markers",
        marker={"color": BLUE, "size": 10},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [max(ends) - middle for middle, *ends in effects],
            "arrayminus": [middle - min(ends) for middle, *ends in effects],
            "color": BLUE,
            "thickness": 2,
        },
        hovertemplate="%{x:.1f} %<extra></extra>",
    )
    made = figure([dots], height=48 * len(rows) + 80, hovermode="closest")
    made.add_vline(x=0, line={"color": GREY, "dash": "dot"})
    made.update_yaxes(showgrid=False, range=[len(rows) - 0.5, -0.5])
    return chart(key, made.update_xaxes(title={"text": "change of demand"}, ticksuffix=" %"))


def _percent(row: dict[str, Any], name: str) -> float:
    """A factor, or what an elasticity makes of a price 10 % lower, as a change in per cent."""
    value = row["effect"] if row[name] is None else row[name]
    return 100 * float((CHEAPER**value if row["driver"] == PRICE else value) - 1)


def _place(driver: str) -> int:
    return list(SAID).index(driver) if driver in SAID else len(SAID)


def _usable(rows: Rows, driver: str) -> list[bool]:
    return [row["effect"] is not None for (_, name), row in rows.items() if name == driver]


def _cells(driver: str, rows: Rows) -> tuple[object, ...]:
    effect = rows.get((METHOD, driver), {})
    told, span = "–", "–"
    if effect.get("effect") is not None:
        told = f"{_percent(effect, 'effect'):+.1f} %"
        low, high = sorted(_percent(effect, name) for name in ("low", "high"))
        span = f"{low:+.1f} to {high:+.1f} %" if effect["low"] is not None else "–"
    plain = [rows.get((method, driver), {}).get("effect") for method in (CORRELATION, LINEAR, TREE)]
    days = max(row["n"] for (_, name), row in rows.items() if name == driver)
    said = SAID.get(driver, driver)
    return said, told, span, number(plain[0], 2), number(plain[1], 2), percent(plain[2]), number(days)


def _seen(rows: Rows) -> Html:
    """The prices that the effect was learnt from; not known where it was estimated before they were kept."""
    price = rows.get((METHOD, PRICE), {})
    if price.get("lowest") is None:
        return Html("")
    low, high = percent(price["lowest"]), percent(price["highest"])
    return paragraph(
        f"98 of 100 days had a price of {low} to {high} of the product's median; a plan beyond counts as that."
    )


def _fit(rows: Rows) -> Html:
    told = {name: rows.get((method, ALL_DRIVERS), {}).get("effect") for name, method in _FITS}
    if all(value is None for value in told.values()):
        return Html("")
    shares = ", ".join(f"{name} {number(value, 2)}" for name, value in told.items())
    return paragraph(f"R² of all drivers on the last fifth of the days, which was not fitted on: {shares}.")


def _lacking(rows: Iterable[dict[str, Any]]) -> Html:
    """Effects that there are not, and why."""
    said = [f"{SAID.get(row['driver'], row['driver'])}: {row['error']}" for row in rows if row["status"] == FAILED]
    return paragraph("Without an effect: " + "; ".join(dict.fromkeys(said)) + ".") if said else tag("span")


_FITS = (("linear regression", LINEAR), ("decision tree", TREE))
DRIVERS = Section(
    "drivers",
    "What moves sales",
    "Effects of price, promotion and holidays, pooled over the products of a category.",
    ("demand_drivers",),
    build,
)
