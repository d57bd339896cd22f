"""Demand behind empty shelves: what would have sold on the days that closed with nothing left.

On such a day the sales are a lower bound of the demand; `kernels.censored_counts` says what a count model with the
week's shape and a level that moves makes of it. Nahmias, Demand estimation in lost sales inventory systems (Naval
Research Logistics 41, 1994), and Agrawal and Smith, Estimating negative binomial demand for retail inventory management
with unobservable lost sales (Naval Research Logistics 43, 1996), are the same idea without shape and movement.

Each day is estimated from the days before it and its own lower bound, never from a later one. One table of demand then
serves every as-of and every rolling origin without a leak: a row does not change when the history goes on, and a
forecast made as of a day reads no more than was known that evening. Estimates by the whole history would be a little
sharper in a SKU's first weeks, and would have to be made again for each as-of.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.errors import ForecastError
from supplyline.forecasting.kernels.censored_counts import filter_many
from supplyline.forecasting.panel import Bools, Floats, Ints

SALES_COLUMNS = ("sku", "date", "sales", "stock_out")
DEMAND_COLUMNS = ("sku", "date", "quantity", "stock_out", "sales", "expected", "origin", "status", "error")
OBSERVED, ESTIMATED, LOWER_BOUND = "observed", "estimated", "lower_bound"
OK, NOT_CONVERGED, FAILED = "ok", "not_converged", "failed"
UNSETTLED = "estimates of hidden demand still moved at the last fit"
LARGEST_SALES = 1e15


@dataclass(frozen=True)
class Censoring:
    """How hidden demand is estimated. Days; a history's weight halves every `half_life`."""

    season_length: int = 7
    window: int = 364
    half_life: float = 60.0

    def __post_init__(self) -> None:
        """Raises ForecastError for a number that can't be."""
        if self.season_length < 1 or self.window < self.season_length or not self.half_life > 0:
            raise ForecastError(
                "season_length is at least 1, window at least a season, half_life above 0",
                where="Censoring",
                fix="raise what is too low",
            )


@dataclass(frozen=True)
class HiddenDemand:
    """Demand a day, pieces: `expected` has the right mean, `drawn` the right mean and spread; one value a day each.

    `drawn` is a quantile of what is possible, whole pieces above the sales, with shares that step evenly round the
    unit interval from a start of each history's own; equal inputs give equal values. `estimated` says which days are
    no longer plain sales, `converged` (n,) whether the last fit of each history stood still.
    """

    expected: Floats
    drawn: Floats
    estimated: Bools
    converged: Bools


def hidden_demand(sales: Floats, hidden: Bools, bounds: Ints, turns: Floats, plan: Censoring) -> HiddenDemand:
    """Demand of n histories that lie one after the other: history i is rows bounds[i] … bounds[i + 1] - 1, day by day.

    `sales` are pieces sold, >= 0 and finite; `hidden` the days when demand may have been more; `turns` (n,) in 0 … 1.
    """
    arrays = (np.ascontiguousarray(sales, np.float64), np.ascontiguousarray(hidden, np.bool_))
    found = filter_many(
        *arrays, bounds.astype(np.int64), turns, plan.season_length, min(plan.window, 10**6), float(plan.half_life)
    )
    return HiddenDemand(*found)


def estimate_demand(history: pd.DataFrame, plan: Censoring | None = None) -> pd.DataFrame:
    """Table `demand_daily` of `history` (sku, date, sales, stock_out; a row for each day of a SKU, in any order).

    `quantity` is what forecasts read: the sales, and on a stock-out day a spread-preserving estimate, not below them;
    `expected` is its mean. Where `history` has a column `hidden`, its days are estimated instead of all stock-outs.
    `origin` says `observed`, `estimated` or `lower_bound` (a hidden day before enough was known: the sales stand).
    A SKU that can't be read keeps its rows as they are, with status `failed` and the reason.
    Raises ForecastError where a column is missing.
    """
    rows = _typed(history)
    reasons = _unreadable(rows)
    failed = rows["sku"].isin(list(reasons)).to_numpy()
    good = rows[~failed].reset_index(drop=True)
    parts = [part for part in (_estimated(good, plan or Censoring()), _failed(rows[failed], reasons)) if len(part)]
    if not parts:
        return pd.DataFrame(columns=list(DEMAND_COLUMNS))
    return pd.concat(parts, ignore_index=True).sort_values(["sku", "date"], ignore_index=True)


def _typed(history: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in SALES_COLUMNS if name not in history.columns]
    if missing:
        raise ForecastError(
            f"history lacks {', '.join(missing)}",
            where="estimate_demand",
            fix="give columns sku, date, sales, stock_out",
        )
    rows = history.loc[:, list(SALES_COLUMNS)].reset_index(drop=True)
    rows["hidden"] = _flags(history["hidden" if "hidden" in history.columns else "stock_out"])
    rows["stock_out"] = _flags(history["stock_out"])
    rows["sku"] = rows["sku"].astype(object).where(rows["sku"].notna(), "(none)").astype(str)
    rows["date"] = pd.to_datetime(rows["date"], errors="coerce").astype("datetime64[ns]")
    rows["sales"] = pd.to_numeric(rows["sales"], errors="coerce").astype("float64")
    return rows.sort_values(["sku", "date"], ignore_index=True)


def _flags(column: pd.Series) -> npt.NDArray[np.bool_]:
    """True and False; an unknown flag is False."""
    return column.astype("boolean").fillna(False).to_numpy(dtype=np.bool_)


def _unreadable(rows: pd.DataFrame) -> dict[str, str]:
    """SKU → the first reason why it can't be estimated."""
    sales, date = rows["sales"], rows["date"]
    apart = rows.groupby("sku")["date"].diff().dt.days
    checks = {
        "date is missing or impossible": date.isna(),
        "date has a time of day": date.notna() & (date != date.dt.normalize()),
        "sales are not a finite number": ~np.isfinite(sales),
        "sales are negative": sales < 0,
        f"sales are above {LARGEST_SALES:g}": sales > LARGEST_SALES,
        "date occurs twice": apart == 0,
        "days are missing": apart > 1,
    }
    reasons: dict[str, str] = {}
    for reason, bad in checks.items():
        for sku, count in rows.loc[bad].groupby("sku").size().items():
            reasons.setdefault(str(sku), f"{reason} ({count} rows)")
    return reasons


def _estimated(rows: pd.DataFrame, plan: Censoring) -> pd.DataFrame:
    names = rows["sku"].to_numpy()
    firsts = np.flatnonzero(np.r_[True, names[1:] != names[:-1]]) if len(rows) else np.zeros(0, dtype=np.int64)
    bounds = np.r_[firsts, len(rows)].astype(np.int64)
    turns = np.array([zlib.crc32(str(sku).encode()) / 2**32 for sku in names[firsts]])
    hidden = rows["hidden"].to_numpy()
    found = hidden_demand(rows["sales"].to_numpy(), hidden, bounds, turns, plan)
    converged = np.repeat(found.converged, np.diff(bounds))
    return rows.assign(
        quantity=found.drawn,
        expected=found.expected,
        origin=_origins(found.estimated, hidden),
        status=np.where(converged, OK, NOT_CONVERGED).astype(object),
        error=pd.Series(UNSETTLED, index=rows.index, dtype=object).mask(converged, None),
    )[list(DEMAND_COLUMNS)]


def _origins(estimated: Bools, hidden: Bools) -> npt.NDArray[np.object_]:
    return np.where(estimated, ESTIMATED, np.where(hidden, LOWER_BOUND, OBSERVED)).astype(object)


def _failed(rows: pd.DataFrame, reasons: dict[str, str]) -> pd.DataFrame:
    origin = _origins(np.zeros(len(rows), dtype=np.bool_), rows["hidden"].to_numpy())
    sales, error = rows["sales"], rows["sku"].map(reasons)
    return rows.assign(quantity=sales, expected=sales, origin=origin, status=FAILED, error=error)[list(DEMAND_COLUMNS)]
