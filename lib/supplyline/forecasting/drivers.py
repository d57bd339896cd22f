"""What moves sales: price, promotion and holiday effects with intervals, per category.

`estimate_drivers` pools the SKUs of a category: every SKU keeps a level of its own a quarter, the category shares the
week, the month and the effects. `driver_report` looks at the same rows the plain way: correlations, a linear regression
and a decision tree. `planned.apply_drivers` multiplies a forecast by what a planned price, promotion or holiday does.

What is measured is an association, of prices that held for some days (`held_prices`): what a day's customers paid also
says who came. Where the history has no promotion column, the driver is `price_cut`: a price at least a tenth under the
running median of the SKU's own last eight weeks. A cut is made of price, so the two are then estimated one without the
other, and a plan should use one of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplyline.errors import ForecastError
from supplyline.forecasting.held_prices import held_prices
from supplyline.forecasting.panel import Floats, Ints
from supplyline.forecasting.pooled_effects import Effects, fit_effects, interval, shrunk
from supplyline.forecasting.states import describe

PRICE, PROMOTION, PRICE_CUT, HOLIDAY, BEFORE = "price", "promotion", "price_cut", "holiday", "before_holiday"
DRIVERS = (PRICE, PROMOTION, PRICE_CUT, HOLIDAY, BEFORE)
METHOD = "quasi_poisson"
OK, NOT_CONVERGED, FAILED = "ok", "not_converged", "failed"
COLUMNS = ("category", "driver", "method", "effect", "low", "high", "lowest", "highest", "n", "status", "error")
ALL = "all"
# A price cut, and over how many days the usual price is the median, of which so many must be known.
CUT, USUAL_DAYS, LEAST_PRICES = 0.9, 56, 7
# Of the days of a category so many lie between the lowest and the highest price, as shares of a product's median.
SEEN = (0.01, 0.99)
DAYS_BEFORE = 3


@dataclass(frozen=True)
class DriverPlan:
    """How effects are estimated: interval level, ridge prior of log effects, SKUs a category at most."""

    level: float = 0.9
    prior_sd: float = 1.0
    most_skus: int = 400

    def __post_init__(self) -> None:
        """Raises ForecastError for a number that can't be."""
        if not 0 < self.level < 1 or not self.prior_sd > 0 or self.most_skus < 1:
            raise ForecastError("level is in 0 … 1, the others above 0", where="DriverPlan", fix="correct it")


def estimate_drivers(
    history: pd.DataFrame, holidays: Collection[object] = (), plan: DriverPlan | None = None
) -> pd.DataFrame:
    """One row a category and driver: category, driver, method, effect, low, high, lowest, highest, n, status, error.

    `history` has sku, date, quantity (>= 0, a row a day), and may have category, price (empty where unknown: the last
    known one holds) and promotion (0 or 1). The effect of `price` is an elasticity, % of demand per % of price; the
    others are factors on demand. Its `lowest` and `highest` price, shares of a product's median, hold 98 % of the days:
    beyond them nothing is known. Categories are pulled towards each other (empirical Bayes) as far as they differ no
    more than by chance. A driver that never moves, or a category that can't be fitted, has status `failed`.
    Raises ForecastError where a column is missing.
    """
    plan = plan or DriverPlan()
    logs = [category_effects(part, holidays, plan) for _, part in with_category(history).groupby("category")]
    return finished(pd.concat(logs, ignore_index=True), plan) if logs else pd.DataFrame(columns=list(COLUMNS))


def with_category(history: pd.DataFrame) -> pd.DataFrame:
    """The history with a category in each row: `all` where the shop knows none."""
    missing = [name for name in ("sku", "date", "quantity") if name not in history.columns]
    if missing:
        raise ForecastError(
            f"history lacks {', '.join(missing)}", where="estimate_drivers", fix="give sku, date, quantity"
        )
    category = history["category"].fillna(ALL) if "category" in history.columns else ALL
    return history.assign(category=category)


def category_effects(history: pd.DataFrame, holidays: Collection[object], plan: DriverPlan) -> pd.DataFrame:
    """One category's log effects: category, driver, log_effect, error_of, freedom, n, status, error."""
    category = str(history["category"].iloc[0])
    try:
        rows = driver_rows(history, holidays, plan)
        found = [line for names in _models(rows) for line in _fitted(rows, names, plan)]
    except Exception as error:  # noqa: BLE001 - one category's fit never fails the others: its row says why
        found = [_no_effect(name, describe(error)) for name in DRIVERS]
    return pd.DataFrame(found).assign(category=category)


def driver_rows(history: pd.DataFrame, holidays: Collection[object], plan: DriverPlan) -> pd.DataFrame:
    """The rows of the SKUs that sell most often, with log price and 0/1 drivers, in the order of SKU and day."""
    rows = history.assign(date=pd.to_datetime(history["date"]).astype("datetime64[ns]"))
    rows["quantity"] = pd.to_numeric(rows["quantity"], errors="coerce").astype(float)
    bad = rows.loc[~np.isfinite(rows["quantity"]) | (rows["quantity"] < 0) | rows["date"].isna(), "sku"]
    rows = rows[~rows["sku"].isin(bad)]
    often = (rows["quantity"] > 0).groupby(rows["sku"]).sum().sort_values(ascending=False, kind="stable")
    kept = often[often > 0].index[: plan.most_skus]
    rows = rows[rows["sku"].isin(kept)].sort_values(["sku", "date"], ignore_index=True)
    if rows.empty:
        raise ForecastError("no SKU has demand", where="estimate_drivers", fix="give a longer history")
    return rows.assign(**_price_columns(rows), **calendar_columns(rows["date"], holidays))


def _price_columns(rows: pd.DataFrame) -> dict[str, pd.Series]:
    if "price" not in rows.columns:
        return {}
    price = pd.to_numeric(rows["price"], errors="coerce").astype(float)
    held = held_prices(price.where((price > 0) & np.isfinite(price)), rows["sku"])
    known = held.groupby(rows["sku"])
    filled = known.ffill().groupby(rows["sku"]).bfill()
    usual = known.transform(lambda own: own.shift(1).rolling(USUAL_DAYS, min_periods=LEAST_PRICES).median())
    columns = {PRICE: pd.Series(np.log(filled), index=rows.index).fillna(0.0)}
    if PROMOTION not in rows.columns:
        columns[PRICE_CUT] = (filled <= CUT * usual.groupby(rows["sku"]).ffill()).astype(float)
    return columns


def calendar_columns(dates: pd.Series, holidays: Collection[object]) -> dict[str, pd.Series]:
    """Which dates are a holiday, and which one of the three days before one and none themselves: 0 or 1."""
    days = pd.DatetimeIndex(pd.to_datetime(sorted({pd.Timestamp(str(day)) for day in holidays})))
    eves = pd.DatetimeIndex([day - pd.Timedelta(days=n) for day in days for n in range(1, DAYS_BEFORE + 1)])
    holiday = dates.isin(days)
    return {HOLIDAY: holiday.astype(float), BEFORE: (dates.isin(eves) & ~holiday).astype(float)}


def _models(rows: pd.DataFrame) -> list[list[str]]:
    """Which drivers are estimated together: price and its derived cuts are not."""
    there = [name for name in DRIVERS if name in rows.columns]
    if PRICE_CUT not in there:
        return [there]
    return [[name for name in there if name != PRICE_CUT], [PRICE_CUT]]


def _fitted(rows: pd.DataFrame, wanted: Sequence[str], plan: DriverPlan) -> list[dict[str, object]]:
    """Effects of `wanted`; the calendar's drivers are in every model."""
    used = list(dict.fromkeys([*wanted, HOLIDAY, BEFORE]))
    moves = rows.groupby("sku")[used].agg(np.ptp).max()
    still = [name for name in used if moves[name] < 1e-9]
    used = [name for name in used if name not in still]
    x = np.column_stack([rows[used].to_numpy(float), controls(rows["date"])])
    sku, day, group = row_groups(rows)
    effects = fit_effects(rows["quantity"].to_numpy(float), x, group, (sku, day), plan.prior_sd)
    lines = [_effect(name, effects, used.index(name)) | _seen(name, rows) for name in wanted if name in used]
    return lines + [_no_effect(name, "it never changes within a product") for name in wanted if name in still]


def controls(dates: pd.Series) -> Floats:
    """(n, ·) 0/1 columns of the weekdays and the months that occur, all but the first of each."""
    parts = [pd.get_dummies(values, drop_first=True, dtype=float) for values in (dates.dt.dayofweek, dates.dt.month)]
    return np.column_stack([part.to_numpy() for part in parts])


def row_groups(rows: pd.DataFrame) -> tuple[Ints, Ints, Ints]:
    """Codes of each row's SKU, day, and SKU and quarter."""
    sku = pd.factorize(rows["sku"])[0].astype(np.int64)
    quarter = (rows["date"].dt.year * 4 + rows["date"].dt.quarter).to_numpy(np.int64)
    return sku, pd.factorize(rows["date"])[0].astype(np.int64), sku * 1_000_000 + quarter


def _effect(name: str, effects: Effects, at: int) -> dict[str, object]:
    status = OK if effects.converged else NOT_CONVERGED
    error = None if effects.converged else "the regression still moved at its last round"
    numbers = {"log_effect": float(effects.log_effects[at]), "error_of": float(effects.standard_errors[at])}
    return {
        "driver": name,
        **numbers,
        "freedom": float(effects.freedom[at]),
        "n": effects.n,
        "status": status,
        "error": error,
    }


def _seen(name: str, rows: pd.DataFrame) -> dict[str, object]:
    """The prices that most days had, of the price only."""
    if name != PRICE:
        return {}
    logs = rows[PRICE] - rows[PRICE].groupby(rows["sku"]).transform("median")
    lowest, highest = np.exp(np.quantile(logs.to_numpy(float), SEEN))
    return {"lowest": float(lowest), "highest": float(highest)}


def _no_effect(name: str, why: str) -> dict[str, object]:
    none = {"log_effect": np.nan, "error_of": np.nan, "freedom": 0.0, "n": 0}
    return {"driver": name, **none, "status": FAILED, "error": why}


def finished(logs: pd.DataFrame, plan: DriverPlan) -> pd.DataFrame:
    """Effects of all categories, shrunk towards each other a driver, with their intervals."""
    rows = logs.copy()
    for _, same in rows[rows["status"] != FAILED].groupby("driver"):
        values, errors = shrunk(same["log_effect"].to_numpy(float), same["error_of"].to_numpy(float))
        rows.loc[same.index, "log_effect"], rows.loc[same.index, "error_of"] = values, errors
    numbers = rows[["log_effect", "error_of", "freedom"]].to_numpy(float)
    bounds = [interval(float(log), float(error), float(freedom), plan.level) for log, error, freedom in numbers]
    rows["low"], rows["high"] = [low for low, _ in bounds], [high for _, high in bounds]
    factor = (rows["driver"] != PRICE).to_numpy()
    for name, log in (("effect", "log_effect"), ("low", "low"), ("high", "high")):
        values = rows[log].to_numpy(float)
        rows[name] = np.where(factor, np.exp(np.where(factor, values, 0.0)), values)
    return (
        rows.assign(method=METHOD).reindex(columns=list(COLUMNS)).sort_values(["category", "driver"], ignore_index=True)
    )
