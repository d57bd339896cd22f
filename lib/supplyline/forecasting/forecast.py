"""The forecast of many SKUs: read, score, choose, fit, and one row a SKU and day, whatever happens to a SKU."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.forecasting.covariates import with_covariates
from supplyline.forecasting.following import following_plan
from supplyline.forecasting.frames import (
    FAILED,
    FALLBACK,
    NOT_CONVERGED,
    OK,
    SCORE_COLUMNS,
    SCORE_KEYS,
    Result,
    Texts,
    forecast_frame,
    joined,
    score_frame,
    unreadable_result,
)
from supplyline.forecasting.history import read_history, typed_history
from supplyline.forecasting.isolation import failed, run_model
from supplyline.forecasting.panel import Bools, Floats, Ints, Panel, Pools
from supplyline.forecasting.paths import Outlook, past_origins, total_quantiles
from supplyline.forecasting.patterns import demand_interval, demand_patterns
from supplyline.forecasting.periods import Calendar, Moment, calendar_of
from supplyline.forecasting.plan import Plan
from supplyline.forecasting.pools import pooled, young
from supplyline.forecasting.quantiles import day_origins, day_quantiles
from supplyline.forecasting.registry import BASELINE, Forecast, Model, candidate_rows, models, named
from supplyline.forecasting.seasonality import by_seasons_held
from supplyline.forecasting.selection import Scored, choose, score_models

BATCH = 512
POOLED = "pooled_mean"


def forecast_panel(
    history: pd.DataFrame,
    horizon: int = 28,
    quantiles: float | Sequence[float] = (0.05, 0.5, 0.95),
    season_length: int | Sequence[int] = 7,
    models: str | Sequence[str] = "auto",
    *,
    as_of: Moment | None = None,
    future: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Demand of the `horizon` periods after `as_of` (default: the last of the history), pieces a period.

    `history` has sku, date, quantity. `date` holds whole numbers, or dates at any regular frequency, which is read off
    the panel (`periods.calendar_of`) and kept in the result; a SKU whose dates are finer than the others' fails by
    itself. A period without a row is one without demand, also after a SKU's last row. `season_length` counts periods, 1
    means none, (24, 168) two seasons at once: each SKU is forecast with those that its history holds twice. `models` is
    "auto", or one or more names of `supplyline.forecasting.registry.models()`; of several each SKU takes the best by
    rolling-origin scores, and "auto" among them adds the others to the automatic choice. At most the last 730 periods
    are looked at, of several seasons eight of the longest.

    `history` may also have category, on whose SKUs young ones lean, and price, promotion and holiday (0 or 1). `future`
    is what is planned of these: date, sku (without it all SKUs), and any of the three; a period it lacks is as usual.
    Models that take covariates (`gradient_boosting`) learn from both; the forecasts of the others are multiplied by the
    effects of `drivers.estimate_drivers`. Raises ForecastError for a SKU, covariate or date that the history lacks.

    One row a SKU and period: sku, date, horizon, model, mean, a column a quantile (q05 …), status, error. Status
    `fallback`: the chosen model failed and the seasonal naive stands in; `not_converged`: its search for parameters
    stopped early; `failed`: no numbers; `error` says why.
    Raises ForecastError for arguments that can't be; one bad SKU raises nothing.
    """
    plan = Plan(
        horizon=horizon,
        quantiles=tuple(np.atleast_1d(quantiles).tolist()),
        season_length=season_length,
        models=models if isinstance(models, str) or not isinstance(models, Iterable) else tuple(models),
    )
    typed = typed_history(history)
    plan = replace(plan, calendar=calendar_of(typed["sku"], typed["date"]))
    end = None if as_of is None else plan.calendar.given(as_of)
    forecasts = forecast_and_score(typed, plan, as_of=end, future=future)[0]
    return forecasts if future is None else following_plan(forecasts, typed, future, plan.calendar)


def forecast_and_score(
    history: pd.DataFrame,
    plan: Plan | None = None,
    *,
    as_of: Moment | None = None,
    pools: Pools | None = None,
    future: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frame of `forecast_panel`, and one row a SKU, model and origin with the scores of every model tried.

    SKUs are worked on 512 at a time, in the order of their names, so that memory does not grow with the panel. A SKU's
    numbers depend on those beside it in three ways: with thirty or more at a time the upper quantiles of its sums lean
    on theirs (`common_tails`), with a hundred the levels of the quantiles are calibrated on all of them
    (`calibration.shifts`), and a young SKU leans on the others of its category, or on `pools` where a part of a shop is
    forecast (`pools.pooled`). Only models that take covariates look at `future`.
    """
    plan = plan or Plan()
    end = last_day(history, plan.calendar) if as_of is None else as_of
    panel, unreadable = read_history(
        history, as_of=end, season_length=plan.season_length, max_days=plan.window, calendar=plan.calendar
    )
    panel = pooled(panel, pools)
    if future is not None or plan.takes_covariates:
        panel = with_covariates(panel, typed_history(history), future, plan.horizon)
    forecasts, scores = [forecast_frame(unreadable_result(unreadable, plan), end, plan)], []
    for batch in batches(panel):
        patterns, scored, chosen = choice(batch, plan)
        forecasts.append(forecast_frame(fitted(batch, patterns, chosen, plan), end, plan))
        scores.append(score_frame(batch, patterns, chosen, scored))
    return joined(forecasts, plan.columns, ("sku", "horizon")), joined(scores, SCORE_COLUMNS, SCORE_KEYS)


def batches(panel: Panel) -> Iterator[Panel]:
    """The panel 512 SKUs at a time; of several seasons, those together that have been through the same ones twice."""
    groups = by_seasons_held(panel) if panel.shorter_seasons else [(np.arange(len(panel)), panel.seasons)]
    for rows, seasons in groups:
        for first in range(0, len(rows), BATCH):
            yield panel.take(rows[first : first + BATCH]).with_seasons(seasons or panel.seasons[:1])


def choice(panel: Panel, plan: Plan) -> tuple[npt.NDArray[np.str_], list[Scored], Texts]:
    """Each SKU's pattern (n,), the scores of all models tried, and the name (n,) of the one chosen."""
    patterns = demand_patterns(panel)
    tried = models_to_try(panel, patterns, plan)
    scored = score_models(panel, tried, horizon=plan.horizon, quantiles=plan.quantiles, origins=_origins(plan, tried))
    chosen = choose(panel, tried, scored)
    if plan.automatic and panel.pools is not None:
        chosen[young(panel)] = POOLED
    return patterns, scored, chosen


def models_to_try(panel: Panel, patterns: npt.NDArray[np.str_], plan: Plan) -> list[tuple[Model, Bools]]:
    """Each model with the SKUs (n,) it is tried on: all for named ones; by pattern, frequency and life for "auto"."""
    extra = named(plan.extra_models) if plan.extra_models else []
    everywhere = [(model, np.ones(len(panel), dtype=np.bool_)) for model in extra]
    if not plan.automatic:
        return everywhere
    recent = panel.tail(plan.active_days)
    alive = (recent.values > 0).any(axis=1)
    frequent = alive & (demand_interval(panel.tail(2 * plan.active_days)) < plan.frequent_interval)
    usual = [model for model in models().values() if model not in extra]
    return [*((model, candidate_rows(model, patterns, frequent)) for model in usual), *everywhere]


def _origins(plan: Plan, tried: Sequence[tuple[Model, Bools]]) -> int:
    """A single model named by the user needs no choice."""
    return plan.origins if plan.automatic or len(tried) > 1 else 0


def last_day(history: pd.DataFrame, calendar: Calendar) -> Moment:
    """The last period with a row."""
    if "date" not in history.columns or not len(history):
        return calendar.moment(0)
    if calendar.unit == "integer":
        return int(history["date"].max())
    last = pd.to_datetime(history["date"], errors="coerce").max()
    if pd.isna(last):
        return calendar.moment(0)
    return calendar.moment(calendar.number(last.tz_localize(None)))


@dataclass
class Fitted:
    """What is filled in model by model: the forecast of the whole batch and whose it is."""

    forecast: Forecast
    model: Texts
    status: Texts
    error: Texts

    def put(self, rows: npt.NDArray[np.int64], model: str, forecast: Forecast) -> None:
        """Take over the forecast of these rows where it did not fail; keep the reason where it did."""
        good = np.array([not error for error in forecast.errors], dtype=np.bool_)
        for ours, theirs in zip(self._arrays(self.forecast), self._arrays(forecast), strict=True):
            ours[rows[good]] = theirs if good.all() else theirs[good]
        self.model[rows[good]] = model
        noted = np.array([note or None for note in forecast.notes], dtype=object)
        before = self.error[rows] != None  # noqa: E711 - elementwise
        self.status[rows] = np.where(good, np.where(before, FALLBACK, np.where(noted, NOT_CONVERGED, OK)), FAILED)
        told = np.where(good, noted, np.array(forecast.errors, dtype=object))
        self.error[rows] = np.where(before, self.error[rows], told)

    @staticmethod
    def _arrays(forecast: Forecast) -> tuple[Floats, Floats, Floats]:
        return forecast.mean, forecast.quantiles, forecast.expected


def fitted(panel: Panel, patterns: npt.NDArray[np.str_], chosen: Texts, plan: Plan) -> Result:
    """Each SKU's chosen model; where it fails, the seasonal naive's numbers with the error."""
    origins = (past_origins if plan.total_quantiles else day_origins)(panel, plan.horizon)
    done = fit_chosen(panel, chosen, plan, origins)
    outlook = Outlook(panel, done.forecast.mean, done.forecast.expected, origins)
    return _result(outlook, done, patterns, plan)


def fit_chosen(panel: Panel, chosen: Texts, plan: Plan, origins: Ints) -> Fitted:
    """The means of each SKU's chosen model, or the seasonal naive's, with what was expected from past origins."""
    back = panel.days - 1 - origins
    done = _empty(panel, plan, len(origins))
    for name in sorted(set(chosen)):
        rows = np.flatnonzero(chosen == name)
        done.put(rows, name, _forecast_of(models()[name], panel, rows, plan, back))
    lost = np.flatnonzero(done.status == FAILED)
    if len(lost):
        done.model[lost] = BASELINE
        done.put(lost, BASELINE, run_model(models()[BASELINE], panel.take(lost), plan.horizon, (), back))
    return done


def _forecast_of(model: Model, panel: Panel, rows: Ints, plan: Plan, back: Ints) -> Forecast:
    """The model's forecast of these rows; one that learns from many SKUs together is fitted on all of the panel."""
    if not model.learns_together:
        return run_model(model, panel.take(rows), plan.horizon, (), back)
    wanted = np.zeros(len(panel), dtype=np.bool_)
    wanted[rows] = True
    return run_model(model, panel, plan.horizon, (), back).take(wanted)


def _empty(panel: Panel, plan: Plan, origins: int) -> Fitted:
    rows, days = len(panel), plan.horizon
    nothing = failed(rows, days, 0, origins, "")
    return Fitted(nothing, *(np.full(rows, None, dtype=object) for _ in range(3)))


def _result(outlook: Outlook, done: Fitted, patterns: npt.NDArray[np.str_], plan: Plan) -> Result:
    numbers = [day_quantiles(outlook, patterns, plan.quantiles)]
    if plan.total_quantiles:
        totals = total_quantiles(outlook, plan.total_quantiles)
        lost = ~np.isfinite(totals).all(axis=(1, 2))
        totals[lost] = np.nan
        numbers += [done.forecast.mean.cumsum(axis=1)[..., None], totals]
    table = np.concatenate(numbers, axis=2)
    return Result(outlook.panel.skus, done.forecast.mean, table, done.model, done.status, done.error)
