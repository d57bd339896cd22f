"""The Box-Jenkins procedure of one product as rows for people, and as one self-contained HTML file."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from supplyline.forecasting.correlograms import Correlogram
from supplyline.forecasting.diagnosis import SIGNIFICANCE, Diagnosis
from supplyline.forecasting.kernels.unit_roots import STRONG_SEASON
from supplyline.report.figures import BLUE, GREY, INK, RED, chart, day_line, figure
from supplyline.report.html import Html, card, cards, join, paragraph, table, tag
from supplyline.report.page import document, footer

SHOWN_ORDERS = 10


@dataclass(frozen=True)
class Step:
    """One step of the procedure: what was found in words, and a table of numbers (may be empty)."""

    title: str
    said: str
    head: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()


def steps(found: Diagnosis) -> list[Step]:
    """The steps that could be done, in their order."""
    if found.fit is None:
        return []
    return [
        _stationarity(found),
        _season(found),
        _shape(found),
        _orders(found),
        _estimates(found),
        _checking(found),
    ] + ([_gate(found)] if found.gate else [])


def verdict(found: Diagnosis) -> str:
    """What is used, and why not the ARIMA where it is not."""
    return f"{found.model}, because {found.fallback}" if found.fallback else found.model


def _stationarity(found: Diagnosis) -> Step:
    rows = [
        (
            stage.differences,
            _number(stage.kpss),
            "refused" if stage.kpss > stage.kpss_critical else "kept",
            _number(stage.adf),
            stage.adf_lags,
            _probability(stage.adf_probability),
        )
        for stage in found.stages
    ]
    after = f" after {found.seasonal_differences} seasonal" if found.seasonal_differences else ""
    said = f"d = {found.differences}: the fewest differences{after} at which KPSS keeps stationarity (5 %: 0.463)."
    return Step("Unit roots", said, ("differences", "KPSS", "stationarity", "ADF t", "ADF lags", "ADF p"), rows)


def _season(found: Diagnosis) -> Step:
    if found.season_length < 2:
        return Step("Season", "None was asked for.")
    limit = "above" if found.seasonal_strength > STRONG_SEASON else "not above"
    said = f"Strength of the season of {found.season_length}: {found.seasonal_strength:.3f}, {limit} {STRONG_SEASON}, "
    return Step("Season", said + f"so D = {found.seasonal_differences}.")


def _shape(found: Diagnosis) -> Step:
    parts = []
    for name, correlogram in (("autocorrelations", found.acf), ("partial autocorrelations", found.pacf)):
        outside = ", ".join(map(str, correlogram.outside)) if correlogram and correlogram.outside else "none"
        parts.append(f"{name} outside the 95 % band at lags: {outside}")
    return Step("Correlograms of the differences", "; ".join(parts).capitalize() + ".")


def _orders(found: Diagnosis) -> Step:
    tried = found.search.tried if found.search else ()
    rows = [
        (
            ",".join(map(str, line.order)),
            ",".join(map(str, line.seasonal_order[:3])),
            "yes" if line.constant else "no",
            _number(line.loglik),
            _number(line.aicc),
            "yes" if line.converged else "no",
        )
        for line in tried[:SHOWN_ORDERS]
    ]
    said = f"{len(tried)} orders tried; the least AICc is taken."
    return Step("Order search", said, ("p,d,q", "P,D,Q", "constant", "log-likelihood", "AICc", "converged"), rows)


def _estimates(found: Diagnosis) -> Step:
    rows = [
        (line.name, _number(line.value), _number(line.error), _probability(line.probability))
        for line in found.estimates
    ]
    fit = found.fit
    said = f"Exact maximum likelihood: log-likelihood {fit.loglik:.3f}, variance {fit.sigma2:.4g}." if fit else ""
    if any(not math.isfinite(line.error) for line in found.estimates):
        said += " Without a standard error: the likelihood is flat there, or the estimate lies on the edge."
    return Step("Estimates", said, ("coefficient", "value", "standard error", "p"), rows)


def _checking(found: Diagnosis) -> Step:
    test = found.residual_test
    if test is None:
        return Step("Residuals", "Not tested.")
    white = "look like noise" if test.probability > SIGNIFICANCE else "still hold structure"
    said = f"Ljung-Box over {test.lags} lags with {test.freedom} degrees of freedom: Q = {test.statistic:.2f}, "
    return Step("Residuals", said + f"p = {_probability(test.probability)}; they {white}.")


def _gate(found: Diagnosis) -> Step:
    gate = found.gate
    if gate is None:
        return Step("Gate", "Not tried.")
    said = f"Over {gate.horizon} days after each of {gate.origins} past days, found and fitted on the days before: "
    said += f"mean absolute error {gate.error:.4g} against {gate.naive_error:.4g} of the seasonal naive; "
    return Step("Gate", said + ("passed." if gate.passed else "not passed."))


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{value:.4g}" if abs(value) < 1e-2 or abs(value) >= 1e5 else f"{value:.3f}"


def _probability(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def diagnosis_page(sku: str, days: Sequence[dt.date], found: Diagnosis) -> str:
    """The procedure drawn: history and forecast, correlograms, and the steps with their tables."""
    head = tag("h1", f"{sku}: {found.model}")
    about = tag("p", f"{len(days)} days to {days[-1]} · season of {found.season_length}")
    top = tag("header", tag("div", head, about, cls="wide"))
    sections = [_section("Verdict", _cards(found), _history(days, found)), *_correlograms(found)]
    sections += [_section(step.title, paragraph(step.said), _table(step)) for step in steps(found)]
    return document(f"{sku}: Box-Jenkins", join([top, tag("main", *sections, cls="wide"), footer()]))


def _section(title: str, *content: object) -> Html:
    return tag("section", tag("h2", title), *content)


def _table(step: Step) -> Html:
    return table(step.head, step.rows, right=step.head) if step.rows else Html("")


def _cards(found: Diagnosis) -> Html:
    items = [card("Model", found.model, f"because {found.fallback}" if found.fallback else "passed the gate")]
    if found.gate:
        gain = 1 - found.gate.error / found.gate.naive_error if found.gate.naive_error else 0.0
        items.append(card("Against the seasonal naive", f"{100 * gain:+.0f} %", "less mean absolute error"))
    if found.residual_test:
        items.append(card("Ljung-Box p", _probability(found.residual_test.probability), "above 0.05: noise is left"))
    return cards(items)


def _history(days: Sequence[dt.date], found: Diagnosis) -> Html:
    traces = [go.Scatter(x=list(days), y=found.values.tolist(), name="demand", line={"color": INK, "width": 1.2})]
    if found.forecast is not None:
        ahead = [days[-1] + dt.timedelta(days=step) for step in range(1, len(found.forecast) + 1)]
        mean = [max(value, 0.0) for value in found.forecast.tolist()]
        traces.append(go.Scatter(x=ahead, y=mean, name="ARIMA", line={"color": BLUE, "width": 2.5}))
    return chart("history", day_line(figure(traces, y_title="pieces a day"), days[-1], "history ends "))


def _correlograms(found: Diagnosis) -> list[Html]:
    drawn = {"acf": ("Autocorrelation of the differences", found.acf)}
    drawn["pacf"] = ("Partial autocorrelation of the differences", found.pacf)
    drawn["residuals"] = ("Autocorrelation of the residuals", found.residual_acf)
    parts = [
        tag("div", tag("h3", title), _bars(key, correlogram))
        for key, (title, correlogram) in drawn.items()
        if correlogram is not None
    ]
    return [_section("Correlograms", tag("div", *parts, cls="columns"))] if parts else []


def _bars(key: str, correlogram: Correlogram) -> Html:
    lags = list(range(1, len(correlogram.values) + 1))
    outside = set(correlogram.outside)
    colours = [RED if lag in outside else BLUE for lag in lags]
    traces: list[object] = [go.Bar(x=lags, y=correlogram.values.tolist(), marker={"color": colours}, name="r")]
    for sign in (1, -1):
        edge = {"color": GREY, "dash": "dot", "width": 1}
        band = (sign * correlogram.bands).tolist()
        traces.append(go.Scatter(x=lags, y=band, mode="lines", line=edge, hoverinfo="skip"))
    return chart(key, figure(traces, height=240, showlegend=False, bargap=0.5))
