"""Long history frames as one dense array of demand by period, and which SKUs of it can't be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.errors import ForecastError
from supplyline.forecasting.arrays import Bools, Floats, Ints
from supplyline.forecasting.periods import DAYS, Calendar, Moment, season_lengths

if TYPE_CHECKING:
    from supplyline.forecasting.covariates import Covariates
    from supplyline.forecasting.pools import Pools

__all__ = ["Bools", "Floats", "Ints", "Panel", "read_history"]

HISTORY_COLUMNS = ("sku", "date", "quantity")
CATEGORY = "category"
PRICE, PROMOTION, HOLIDAY = "price", "promotion", "holiday"
COVARIATES = (PRICE, PROMOTION, HOLIDAY)
NO_SKU = "(none)"


@dataclass(frozen=True)
class Panel:
    """Demand of n SKUs by day, or another period of the `calendar`, all ending with the same one.

    `values` is (n, days), pieces; row i counts from column `starts[i]` on and is zero before it. A day without a row is
    a day without demand: histories are sales, and nothing is written down where nothing sold. So a SKU whose rows end
    early is one that has stopped selling. The last column is `end`. `categories` (n,) says which SKUs are alike, None
    that nothing is known of it. Of several seasons `season_length` is the longest, `shorter_seasons` are the others.
    `pools` is what the whole shop's SKUs say of young ones, `covariates` what is known beside demand, of periods after
    the end as well.
    """

    skus: npt.NDArray[np.object_]
    values: Floats
    starts: Ints
    end: Moment
    season_length: int = 7
    calendar: Calendar = DAYS
    categories: npt.NDArray[np.object_] | None = None
    shorter_seasons: tuple[int, ...] = ()
    pools: Pools | None = None
    covariates: Covariates | None = None

    @property
    def seasons(self) -> tuple[int, ...]:
        """All season lengths, the shortest first."""
        return (*self.shorter_seasons, self.season_length)

    def with_seasons(self, seasons: tuple[int, ...]) -> Panel:
        """The panel with these seasons, the shortest first, in place of its own; () are none."""
        return replace(self, season_length=seasons[-1] if seasons else 1, shorter_seasons=seasons[:-1])

    @property
    def days(self) -> int:
        """Columns of `values`."""
        return int(self.values.shape[1])

    @property
    def lengths(self) -> Ints:
        """(n,) days of history of each SKU; below 1 where it starts after the end."""
        return self.days - self.starts

    def __len__(self) -> int:
        return len(self.skus)

    def take(self, rows: npt.NDArray[np.int64] | Bools) -> Panel:
        """The panel of these rows (indices or mask)."""
        categories = None if self.categories is None else self.categories[rows]
        beside = None if self.covariates is None else self.covariates.take(rows)
        return replace(
            self,
            skus=self.skus[rows],
            values=self.values[rows],
            starts=self.starts[rows],
            categories=categories,
            covariates=beside,
        )

    def until(self, days_before_end: int) -> Panel:
        """The panel as it was known that many days before its end."""
        kept = max(self.days - days_before_end, 0)
        return replace(
            self,
            values=np.ascontiguousarray(self.values[:, :kept]),
            end=self.calendar.before(self.end, days_before_end),
            pools=None,
        )

    def tail(self, days: int) -> Panel:
        """The last `days` days."""
        dropped = max(self.days - days, 0)
        values = np.ascontiguousarray(self.values[:, dropped:])
        beside = None if self.covariates is None else self.covariates.without_first(dropped)
        return replace(self, values=values, starts=np.maximum(self.starts - dropped, 0), covariates=beside)

    def history(self, row: int) -> Floats:
        """The demand of one SKU since its start, pieces a day."""
        return self.values[row, self.starts[row] :]

    def recorded(self) -> Bools:
        """(n, days) true where the SKU's history has begun."""
        return np.asarray(np.arange(self.days) >= self.starts[:, None])


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
    if not isinstance(history, pd.DataFrame):
        kind = type(history).__name__
        fix = "give columns sku, date, quantity"
        raise ForecastError(f"history is a {kind} and no pandas frame", where="forecast_panel", fix=fix)
    missing = [name for name in HISTORY_COLUMNS if name not in history.columns]
    if missing:
        raise ForecastError(
            f"history lacks {', '.join(missing)}", where="forecast_panel", fix="give columns sku, date, quantity"
        )
    known = [name for name in (*HISTORY_COLUMNS, CATEGORY, *COVARIATES) if name in history.columns]
    rows = history.loc[:, known].reset_index(drop=True)
    rows["sku"] = rows["sku"].astype(object).where(rows["sku"].notna(), NO_SKU).astype(str)
    rows["date"] = _dates(rows["date"])
    rows["quantity"] = pd.to_numeric(rows["quantity"], errors="coerce").astype("float64")
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
    result[:] = rows[CATEGORY].iloc[first].fillna("").astype(str).to_numpy()
    return result
