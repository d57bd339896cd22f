"""Prices, promotions and holidays read beside demand: those of past periods, and what is planned of those to come."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from supplyline.errors import ForecastError
from supplyline.forecasting.arrays import Floats, Ints
from supplyline.forecasting.panel import COVARIATES, PRICE, Covariates, Panel
from supplyline.forecasting.periods import Calendar
from supplyline.frame_checks import require_columns

WHERE = "forecast_panel, future"


def with_covariates(panel: Panel, history: pd.DataFrame, future: pd.DataFrame | None, horizon: int) -> Panel:
    """The panel with the covariates that the history has, and those of the `horizon` periods to come.

    A price that is missing, or no number above 0, is the last one known; a flag that is missing is 0.
    """
    names = [name for name in COVARIATES if name in history.columns]
    plan = None if future is None else checked_future(future, names, panel, horizon)
    if not names:
        return panel
    last = panel.calendar.number(panel.end)
    rows = history.assign(period=panel.calendar.index(history["date"])[0])
    frames = [rows[rows["period"] <= last], *([] if plan is None else [plan])]
    both = pd.concat([frame[["sku", "period", *names]] for frame in frames], ignore_index=True)
    values = {name: _dense(both, name, panel, last, horizon) for name in names}
    return replace(panel, covariates=Covariates(values, future is not None))


def checked_future(future: pd.DataFrame, known: list[str], panel: Panel, horizon: int) -> pd.DataFrame:
    """The plan as sku, period and every covariate of the history, without the periods that are not forecast.

    Without a column sku it is of all SKUs. Raises ForecastError for what can't be: no date or covariate, one that the
    history lacks, a SKU that it lacks, a period twice, a price not above 0, a flag not 0 or 1, no period forecast.
    """
    require_columns(future, ["date"], "future", where=WHERE, error=ForecastError)
    names = [name for name in COVARIATES if name in future.columns]
    if not names:
        raise ForecastError(f"future needs date and one of {', '.join(COVARIATES)}", where=WHERE, fix="add them")
    if lacking := [name for name in names if name not in known]:
        raise ForecastError(f"history lacks {', '.join(lacking)}", where=WHERE, fix="give its past values too")
    keyed = future if "sku" in future.columns else future.merge(pd.DataFrame({"sku": panel.skus}), how="cross")
    rows = keyed[["sku", *names]].assign(sku=keyed["sku"].astype(str), period=_periods(keyed["date"], panel.calendar))
    if unknown := sorted(set(rows["sku"]) - set(panel.skus)):
        raise ForecastError(f"no readable history of {', '.join(unknown[:5])}", where=WHERE, fix="leave them out")
    if rows.duplicated(["sku", "period"]).any():
        raise ForecastError("a period is planned twice", where=WHERE, fix="give one row a sku and date")
    for name in names:
        rows[name] = _checked(rows[name], name)
    ahead = rows["period"] - panel.calendar.number(panel.end)
    if not ahead.between(1, horizon).any():
        raise ForecastError("none of its dates is forecast", where=WHERE, fix="give dates after the history's end")
    return rows[ahead.between(1, horizon)].reindex(columns=["sku", "period", *known])


def _periods(dates: pd.Series, calendar: Calendar) -> Ints:
    whole = calendar.unit == "integer"
    typed = dates if whole else pd.to_datetime(dates, errors="coerce").astype("datetime64[ns]")
    if whole and not pd.api.types.is_integer_dtype(typed):
        raise ForecastError("date holds no whole numbers", where=WHERE, fix="number the periods as in the history")
    periods, regular = calendar.index(typed)
    if not regular.all():
        wrong = dates[~regular].iloc[0]
        raise ForecastError(f"{wrong} is no date of {calendar.name}", where=WHERE, fix="use the history's dates")
    return periods


def _checked(values: pd.Series, name: str) -> pd.Series:
    """The values as numbers; missing ones stay so."""
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    bad = values.notna() & numbers.isna()
    bad |= ~(numbers.isna() | ((numbers > 0) & np.isfinite(numbers) if name == PRICE else numbers.isin([0.0, 1.0])))
    if bad.any():
        allowed = "a number above 0" if name == PRICE else "0 or 1"
        raise ForecastError(f"{name} is {values[bad].iloc[0]}", where=WHERE, fix=f"give {allowed}, or leave it empty")
    return numbers


def _dense(rows: pd.DataFrame, name: str, panel: Panel, last: int, horizon: int) -> Floats:
    """(n, days + horizon): flags with 0 and prices with the last one known where nothing is given."""
    table = np.full((len(panel), panel.days + horizon), np.nan)
    row = pd.Index(panel.skus).get_indexer(pd.Index(rows["sku"]))
    column = rows["period"].to_numpy(np.int64) - last + panel.days - 1
    values = pd.to_numeric(rows[name], errors="coerce").to_numpy(float)
    good = np.isfinite(values) & ((values > 0) | (name != PRICE)) & (row >= 0) & (column >= 0)
    table[row[good], column[good]] = values[good]
    return _carried(table) if name == PRICE else np.nan_to_num(table)


def _carried(table: Floats) -> Floats:
    """Each row with the last known value where it has none; NaN before the first."""
    at = np.maximum.accumulate(np.where(np.isfinite(table), np.arange(table.shape[1]), -1), axis=1)
    return np.where(at >= 0, np.take_along_axis(table, np.maximum(at, 0), axis=1), np.nan)
