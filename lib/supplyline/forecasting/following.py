"""Forecasts and paths that follow what a shop plans, by effects estimated from the same history."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.errors import ForecastError
from supplyline.forecasting.arrays import Floats
from supplyline.forecasting.drivers import BEFORE, HOLIDAY, PRICE, PROMOTION, estimate_drivers
from supplyline.forecasting.frames import Texts
from supplyline.forecasting.periods import DAYS, Calendar
from supplyline.forecasting.planned import EVERY_SKU, FACTOR, PlannedDrivers, categories, usual_prices
from supplyline.forecasting.registry import models


def following_plan(
    forecasts: pd.DataFrame, history: pd.DataFrame, future: pd.DataFrame, calendar: Calendar
) -> pd.DataFrame:
    """The forecasts of models that take no covariates, times the effects on what the `future` plans.

    The effects are estimated from the days up to the first forecast one, holidays those that either frame marks. Raises
    ForecastError where a period is no day: effects are of days.
    """
    blind = _blind(forecasts["model"].to_numpy(dtype=object))
    if not blind.any():
        return forecasts
    past = _days_before(history, forecasts["date"], calendar)
    plan = _plan_of(past, future)
    moved = plan.applied(forecasts[blind], categories(past)).drop(columns=FACTOR)
    return pd.concat([moved, forecasts[~blind]]).loc[forecasts.index]


def followed_paths(
    values: Floats, rows: pd.DataFrame, history: pd.DataFrame, future: pd.DataFrame, calendar: Calendar, seed: int
) -> Floats:
    """The same of simulated demand `values` (n, paths, h): each day times its factor, so that sums stay those of paths.

    `rows` are sku, date and model of each SKU and day, (n · h). A path has the same draw of an effect on all its days
    and in all SKUs of a category, from the effect's interval. Whole pieces stay whole: what is rounded off a day goes
    to the next.
    """
    blind = _blind(rows["model"].to_numpy(dtype=object))
    if not blind.any():
        return values
    past = _days_before(history, rows["date"], calendar)
    count, paths, horizon = values.shape
    factors = np.ones((len(rows), paths))
    factors[blind] = _plan_of(past, future).path_factors(rows[blind], categories(past), paths, seed)
    moved = values * factors.reshape(count, horizon, paths).transpose(0, 2, 1)
    whole = (values == np.floor(values)).all(axis=(1, 2))
    rounded = np.floor(np.cumsum(moved[whole], axis=2) + 0.5)
    moved[whole] = np.diff(rounded, axis=2, prepend=0.0)
    return moved


def _blind(chosen: Texts) -> npt.NDArray[np.bool_]:
    """Whose model looks at no plan by itself."""
    return ~np.isin(chosen.astype(str), [name for name, model in models().items() if model.takes_covariates])


def _days_before(history: pd.DataFrame, dates: pd.Series, calendar: Calendar) -> pd.DataFrame:
    if calendar != DAYS:
        fix = 'give days, or models=["gradient_boosting"]'
        raise ForecastError("effects of a plan are known of days only", where="future", fix=fix)
    return history[history["date"] < pd.to_datetime(dates).min()]


def _plan_of(past: pd.DataFrame, future: pd.DataFrame) -> PlannedDrivers:
    rows = future if "sku" in future.columns else future.assign(sku=EVERY_SKU)
    rows = rows.assign(date=pd.to_datetime(rows["date"]).astype("datetime64[ns]"))
    if PRICE in rows.columns and "sku" not in future.columns:
        rows = rows.drop(columns="sku").merge(past[["sku"]].drop_duplicates(), how="cross")
    marked = [frame.loc[frame[HOLIDAY] == 1, "date"] for frame in (past, rows) if HOLIDAY in frame.columns]
    effects = estimate_drivers(past.drop(columns=HOLIDAY, errors="ignore"), set().union(*marked))
    known = rows.assign(first_day=rows["date"], last_day=rows["date"]).reindex(
        columns=["sku", "first_day", "last_day", PRICE, PROMOTION]
    )
    known[PRICE] = known[PRICE].astype(float) / known["sku"].map(usual_prices(past)).astype(float)
    days = list(rows.loc[rows[HOLIDAY] == 1, "date"].unique()) if HOLIDAY in rows.columns else []
    calendar_days = pd.DataFrame({"date": pd.to_datetime(pd.Series(days, dtype="datetime64[ns]")), HOLIDAY: 1.0})
    return PlannedDrivers(known, calendar_days.assign(**{BEFORE: 0.0}), effects)
