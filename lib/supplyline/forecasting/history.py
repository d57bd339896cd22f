"""Long history frames read into a panel, and which SKUs of them can't be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.errors import ForecastError
from supplyline.forecasting.arrays import Bools, Ints
from supplyline.forecasting.panel import CATEGORY, COVARIATES, Panel
from supplyline.forecasting.periods import DAYS, Calendar, Moment, season_lengths
from supplyline.frame_checks import require_columns

HISTORY_COLUMNS = ("sku", "date", "quantity")
NO_SKU = "(none)"


def read_history(
    history: pd.DataFrame,
    *,
    as_of: Moment,
    season_length: int | Sequence[int],
    max_days: int,
    calendar: Calendar = DAYS,
) -> tuple[Panel, dict[str, str]]:
    """The readable SKUs as a panel ending at `as_of`, and why each other SKU can't be read.

    Rows after `as_of` are left out before anything else looks at them, so that they can't leak.
    Raises ForecastError where a column is missing or `date` holds no dates of the calendar's kind.
    """
    rows = typed_history(history)
    if pd.api.types.is_integer_dtype(rows["date"]) != (calendar.unit == "integer"):
        raise ForecastError("date holds numbers", where="history", fix="give dates, or call forecast_panel")
    rows["period"], regular = calendar.index(rows["date"])
    last = calendar.number(as_of)
    kept = rows["date"].isna().to_numpy() | (rows["period"] <= last).to_numpy()
    rows, regular = rows[kept], regular[kept]
    reasons = _unreadable(rows, regular, calendar)
    if reasons:
        rows = rows[~rows["sku"].isin(list(reasons))]
    return _dense(rows, as_of, last, max_days, calendar).with_seasons(season_lengths(season_length)), reasons


def typed_history(history: pd.DataFrame) -> pd.DataFrame:
    """The columns sku (text), date (datetime64 or int64) and quantity (float64); what can't be read is NaT or NaN.

    A column `category` is kept where there is one, and so are the covariates price, promotion and holiday.

    Raises ForecastError for what is no frame, where a column is missing or `date` holds numbers with a fraction.
    """
    require_columns(history, HISTORY_COLUMNS, "history", where="forecast_panel", error=ForecastError)
    known = [name for name in (*HISTORY_COLUMNS, CATEGORY, *COVARIATES) if name in history.columns]
    rows = history.loc[:, known].reset_index(drop=True)
    rows["sku"] = rows["sku"].astype(object).where(rows["sku"].notna(), NO_SKU).astype(str)
    rows["date"] = _dates(rows["date"])
    # A complex number would lose its imaginary part without a word.
    odd = pd.api.types.is_complex_dtype(rows["quantity"])
    rows["quantity"] = np.nan if odd else pd.to_numeric(rows["quantity"], errors="coerce").astype("float64")
    return rows


def _dates(dates: pd.Series) -> pd.Series:
    if pd.api.types.is_integer_dtype(dates) and not dates.isna().any():
        return dates.astype("int64")
    if pd.api.types.is_numeric_dtype(dates) and len(dates):
        fix = "give a date or a whole number of periods for each row"
        raise ForecastError("date holds numbers that are not whole", where="forecast_panel", fix=fix)
    if isinstance(dates.dtype, pd.PeriodDtype):
        dates = dates.dt.start_time
    # A date that can't be read becomes NaT: the SKU fails by itself, the others don't.
    read = pd.to_datetime(dates, errors="coerce")
    # The shop's own time counts: an hour's sales of a day stay in that day.
    local = read.dt.tz_localize(None) if isinstance(read.dtype, pd.DatetimeTZDtype) else read
    return local.astype("datetime64[ns]")


def _unreadable(rows: pd.DataFrame, regular: Bools, calendar: Calendar) -> dict[str, str]:
    """SKU → reason; the first of the checks that a SKU fails."""
    reasons: dict[str, str] = {}
    for reason, bad in _checks(rows, regular, calendar):
        if bad.any():
            first = rows.loc[bad].groupby("sku")["date"].agg(["size", "first"])
            for sku, (count, when) in zip(first.index, first.to_numpy(), strict=True):
                reasons.setdefault(str(sku), f"{reason} ({count} rows{_seen(when)})")
    return reasons


def _seen(when: object) -> str:
    if isinstance(when, int):
        return f", first in period {when}"
    return "" if pd.isna(when) else f", first on {pd.Timestamp(when).date()}"  # type: ignore[call-overload,arg-type]


def _checks(rows: pd.DataFrame, regular: Bools, calendar: Calendar) -> Iterator[tuple[str, pd.Series]]:
    quantity, date = rows["quantity"], rows["date"]
    yield "sku is missing", rows["sku"] == NO_SKU
    yield "date is missing or impossible", date.isna()
    daily = "date has a time of day" if calendar == DAYS else f"date is not {calendar.name}, as those of the others are"
    yield daily, pd.Series(~regular, index=rows.index)
    yield "quantity is not a number", quantity.isna()
    yield "quantity is infinite", pd.Series(np.isinf(quantity.to_numpy()), index=rows.index)
    yield "quantity is negative", quantity < 0
    yield "date occurs twice", rows.duplicated(["sku", "period"], keep=False)


def _dense(rows: pd.DataFrame, as_of: Moment, last: int, max_days: int, calendar: Calendar) -> Panel:
    codes, skus = pd.factorize(rows["sku"], sort=True)
    age = last - rows["period"].to_numpy(dtype=np.int64)
    oldest = np.zeros(len(skus), dtype=np.int64)
    np.maximum.at(oldest, codes, age)
    lengths = np.minimum(oldest + 1, max_days)
    days = int(lengths.max(initial=0))
    values = np.zeros((len(skus), days))
    kept = age < days
    values[codes[kept], days - 1 - age[kept]] = rows["quantity"].to_numpy()[kept]
    names = np.asarray(skus, dtype=object)
    categories = _categories(rows, codes, len(skus))
    return Panel(names, values, days - lengths, as_of, calendar=calendar, categories=categories)


def _categories(rows: pd.DataFrame, codes: Ints, skus: int) -> npt.NDArray[np.object_] | None:
    """(n,) the category of each SKU's first row, "" for none."""
    if CATEGORY not in rows.columns:
        return None
    result = np.full(skus, "", dtype=object)
    first = np.unique(codes, return_index=True)[1]
    result[:] = rows[CATEGORY].iloc[first].astype(object).fillna("").astype(str).to_numpy()
    return result
