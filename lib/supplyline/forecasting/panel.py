"""Long history frames as one dense array of daily demand, and which SKUs of it can't be read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.errors import ForecastError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

HISTORY_COLUMNS = ("sku", "date", "quantity")
NO_SKU = "(none)"


@dataclass(frozen=True)
class Panel:
    """Daily demand of n SKUs, all ending on the same day.

    `values` is (n, days), pieces; row i counts from column `starts[i]` on and is zero before it. A day without a row is
    a day without demand. The last column is `end`.
    """

    skus: npt.NDArray[np.object_]
    values: Floats
    starts: Ints
    end: dt.date
    season_length: int = 7

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
        return replace(self, skus=self.skus[rows], values=self.values[rows], starts=self.starts[rows])

    def until(self, days_before_end: int) -> Panel:
        """The panel as it was known that many days before its end."""
        kept = max(self.days - days_before_end, 0)
        return replace(self, values=self.values[:, :kept], end=self.end - dt.timedelta(days=days_before_end))

    def tail(self, days: int) -> Panel:
        """The last `days` days."""
        dropped = max(self.days - days, 0)
        return replace(self, values=self.values[:, dropped:], starts=np.maximum(self.starts - dropped, 0))

    def history(self, row: int) -> Floats:
        """The demand of one SKU since its start, pieces a day."""
        return self.values[row, self.starts[row] :]

    def recorded(self) -> Bools:
        """(n, days) true where the SKU's history has begun."""
        return np.asarray(np.arange(self.days) >= self.starts[:, None])


def read_history(
    history: pd.DataFrame, *, as_of: dt.date, season_length: int, max_days: int
) -> tuple[Panel, dict[str, str]]:
    """The readable SKUs as a panel ending at `as_of`, and why each other SKU can't be read.

    Rows after `as_of` are left out before anything else looks at them, so that they can't leak.
    Raises ForecastError where a column is missing or `date` holds no days.
    """
    rows = _typed(history)
    rows = rows[~(rows["date"].dt.normalize() > pd.Timestamp(as_of))]
    reasons = _unreadable(rows)
    rows = rows[~rows["sku"].isin(list(reasons))]
    return _dense(rows, as_of, season_length, max_days), reasons


def _typed(history: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in HISTORY_COLUMNS if name not in history.columns]
    if missing:
        raise ForecastError(
            f"history lacks {', '.join(missing)}", where="forecast_panel", fix="give columns sku, date, quantity"
        )
    rows = history.loc[:, list(HISTORY_COLUMNS)].reset_index(drop=True)
    rows["sku"] = rows["sku"].astype(object).where(rows["sku"].notna(), NO_SKU).astype(str)
    rows["date"] = _days(rows["date"])
    rows["quantity"] = pd.to_numeric(rows["quantity"], errors="coerce").astype("float64")
    return rows


def _days(dates: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(dates) and len(dates):
        raise ForecastError("date holds numbers", where="forecast_panel", fix="give a date for each row")
    # A date that can't be read becomes NaT: the SKU fails by itself, the others don't.
    return pd.to_datetime(dates, errors="coerce").astype("datetime64[ns]")


def _unreadable(rows: pd.DataFrame) -> dict[str, str]:
    """SKU → reason; the first of the checks below that a SKU fails."""
    quantity, date = rows["quantity"], rows["date"]
    checks = {
        "sku is missing": rows["sku"] == NO_SKU,
        "date is missing or impossible": date.isna(),
        "date has a time of day": date != date.dt.normalize(),
        "quantity is not a number": quantity.isna(),
        "quantity is infinite": np.isinf(quantity),
        "quantity is negative": quantity < 0,
        "date occurs twice": rows.duplicated(["sku", "date"], keep=False),
    }
    reasons: dict[str, str] = {}
    for reason, bad in checks.items():
        first = rows.loc[bad].groupby("sku")["date"].agg(["size", "first"])
        for sku, (count, day) in zip(first.index, first.to_numpy(), strict=True):
            seen = "" if pd.isna(day) else f", first on {pd.Timestamp(day).date()}"
            reasons.setdefault(str(sku), f"{reason} ({count} rows{seen})")
    return reasons


def _dense(rows: pd.DataFrame, as_of: dt.date, season_length: int, max_days: int) -> Panel:
    codes, skus = pd.factorize(rows["sku"], sort=True)
    age = (pd.Timestamp(as_of) - rows["date"]).dt.days.to_numpy(dtype=np.int64)
    oldest = np.zeros(len(skus), dtype=np.int64)
    np.maximum.at(oldest, codes, age)
    lengths = np.minimum(oldest + 1, max_days)
    days = int(lengths.max(initial=0))
    values = np.zeros((len(skus), days))
    kept = age < days
    values[codes[kept], days - 1 - age[kept]] = rows["quantity"].to_numpy()[kept]
    return Panel(np.asarray(skus, dtype=object), values, days - lengths, as_of, season_length)
