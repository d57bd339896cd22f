"""Simulated demand of many SKUs, for whatever a table of quantiles can't answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.errors import ForecastError
from supplyline.forecasting.covariates import with_covariates
from supplyline.forecasting.following import followed_paths
from supplyline.forecasting.forecast import batches, choice, fit_chosen, last_day
from supplyline.forecasting.frames import FAILED, Texts
from supplyline.forecasting.history import read_history, typed_history
from supplyline.forecasting.panel import Floats, Panel
from supplyline.forecasting.paths import Outlook, aligned_origins, sampled_paths
from supplyline.forecasting.periods import Moment, calendar_of
from supplyline.forecasting.plan import Plan
from supplyline.forecasting.pools import pooled


@dataclass(frozen=True)
class Paths:
    """Simulated demand `values` (n, paths, periods) of the SKUs; NaN where a SKU failed, and `error` (n,) says why."""

    skus: Texts
    dates: npt.NDArray[np.generic]
    values: Floats
    model: Texts
    error: Texts


def forecast_paths(
    history: pd.DataFrame,
    horizon: int = 28,
    paths: int = 500,
    season_length: int | Sequence[int] = 7,
    models: str | Sequence[str] = "auto",
    *,
    seed: int = 0,
    as_of: Moment | None = None,
    future: pd.DataFrame | None = None,
) -> Paths:
    """Paths of the demand of the `horizon` periods after `as_of`, by the models that `forecast_panel` would take.

    A path is the mean plus a whole trajectory of past errors, so that sums over periods keep their correlation; it is
    never negative, and whole for products sold in whole pieces. The same seed gives the same paths.
    `future` is what is planned, as in `forecast_panel`: each day of a path is multiplied by its own factor, drawn for
    the path from the effects' intervals (`following.followed_paths`).
    Raises ForecastError for arguments that can't be; one bad SKU raises nothing.
    """
    if paths < 1:
        raise ForecastError(f"{paths} paths", where="forecast_paths", fix="ask for one or more")
    typed = typed_history(history)
    chosen = models if isinstance(models, str) else tuple(models)
    plan = Plan(horizon=horizon, season_length=season_length, models=chosen)
    plan = replace(plan, calendar=calendar_of(typed["sku"], typed["date"]))
    end = last_day(typed, plan.calendar) if as_of is None else as_of
    panel, unreadable = read_history(
        typed, as_of=end, season_length=season_length, max_days=plan.window, calendar=plan.calendar
    )
    dates = plan.calendar.dates(plan.calendar.number(end) + np.arange(1, horizon + 1))
    panel = pooled(panel)
    if future is not None or plan.takes_covariates:
        panel = with_covariates(panel, typed, future, horizon)
    parts = [_simulated(batch, plan, paths, seed, dates) for batch in batches(panel)]
    found = _joined([*parts, _lost(unreadable, paths, dates)], dates)
    if future is None:
        return found
    keys = {"sku": np.repeat(found.skus, horizon), "date": np.tile(dates, len(found.skus))}
    rows = pd.DataFrame(keys | {"model": np.repeat(found.model, horizon)})
    return replace(found, values=followed_paths(found.values, rows, typed, future, plan.calendar, seed))


def _simulated(panel: Panel, plan: Plan, paths: int, seed: int, dates: npt.NDArray[np.generic]) -> Paths:
    _, _, chosen = choice(panel, plan)
    origins = aligned_origins(panel, plan.horizon)
    done = fit_chosen(panel, chosen, plan, origins)
    outlook = Outlook(panel, done.forecast.mean, done.forecast.expected, origins)
    values = sampled_paths(outlook, paths, seed)
    values[done.status == FAILED] = np.nan
    return Paths(panel.skus, dates, values, done.model, done.error)


def _lost(unreadable: dict[str, str], paths: int, dates: npt.NDArray[np.generic]) -> Paths:
    names, reasons = (np.array(list(texts), dtype=object) for texts in (unreadable, unreadable.values()))
    nothing = np.full((len(names), paths, len(dates)), np.nan)
    return Paths(names, dates, nothing, np.full(len(names), None, dtype=object), reasons)


def _joined(parts: list[Paths], dates: npt.NDArray[np.generic]) -> Paths:
    """All SKUs in the order of their names."""
    skus = np.concatenate([part.skus for part in parts])
    order = np.argsort(skus.astype(str), kind="stable")
    values = np.concatenate([part.values for part in parts])
    model, error = (np.concatenate([getattr(part, name) for part in parts]) for name in ("model", "error"))
    return Paths(skus[order], dates, values[order], model[order], error[order])
