"""The plain look at what moves sales: covariances, correlations, a linear regression and a decision tree a category."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeRegressor

from supplyline.forecasting.drivers import (
    COLUMNS,
    DRIVERS,
    FAILED,
    OK,
    PRICE,
    DriverPlan,
    driver_rows,
    with_category,
)
from supplyline.forecasting.panel import Bools, Floats
from supplyline.forecasting.states import describe

Days = npt.NDArray[np.datetime64]
COVARIANCE, CORRELATION, LINEAR, TREE = "covariance", "correlation", "linear_regression", "decision_tree"
ALL_DRIVERS = "all_drivers"
HELD_OUT = 0.2
DEPTH, LEAST_LEAF, MOST_ROWS = 5, 50, 100_000


def driver_report(
    history: pd.DataFrame, holidays: Collection[object] = (), plan: DriverPlan | None = None
) -> pd.DataFrame:
    """Rows in the columns of `estimate_drivers`, one a category, driver and method.

    The target is a day's demand in units of the SKU's own mean, so that SKUs of all sizes are alike; the drivers are
    price (log, less the SKU's mean), promotion or price_cut, holiday, before_holiday, weekday and month (each as the
    mean target of its days). `covariance`; `correlation` is Pearson's with Fisher's interval; `linear_regression` is
    the slope of the target on the driver, all drivers together, with an interval of errors clustered by day;
    `decision_tree` is the share of the variance explained by the tree that is the driver's. Of the last two the row
    `all_drivers` is R² on the last fifth of the days, which they were not fitted on.
    """
    plan = plan or DriverPlan()
    parts = [_category_report(part, holidays, plan) for _, part in with_category(history).groupby("category")]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def _category_report(history: pd.DataFrame, holidays: Collection[object], plan: DriverPlan) -> pd.DataFrame:
    category = str(history["category"].iloc[0])
    try:
        rows = driver_rows(history, holidays, plan)
        lines = _lines(rows, plan.level)
    except Exception as error:  # noqa: BLE001 - one category's report never fails the others: its row says why
        lines = [_line(ALL_DRIVERS, LINEAR, np.nan, np.nan, np.nan, 0) | {"status": FAILED, "error": describe(error)}]
    return pd.DataFrame(lines).assign(category=category).reindex(columns=list(COLUMNS))


def _lines(rows: pd.DataFrame, level: float) -> list[dict[str, object]]:
    days = rows["date"].to_numpy()
    target = (rows["quantity"] / rows.groupby("sku")["quantity"].transform("mean")).to_numpy(float)
    seen = days <= np.quantile(days.astype("int64"), 1 - HELD_OUT).astype("datetime64[ns]")
    features = _features(rows, target, seen)
    names = [name for name in features.columns if np.ptp(features[name]) > 1e-9]
    x = features[names].to_numpy(float)
    lines = [line for at, name in enumerate(names) for line in _pairs(name, x[:, at], target, level)]
    return lines + _linear(names, x, target, days, seen, level) + _tree(names, x, target, seen)


def _features(rows: pd.DataFrame, target: Floats, seen: Bools) -> pd.DataFrame:
    columns = {name: rows[name].astype(float) for name in DRIVERS if name in rows.columns}
    if PRICE in columns:
        columns[PRICE] = columns[PRICE] - columns[PRICE].groupby(rows["sku"]).transform("mean")
    for name, values in (("weekday", rows["date"].dt.dayofweek), ("month", rows["date"].dt.month)):
        means = pd.Series(target[seen]).groupby(values[seen].to_numpy()).mean()
        columns[name] = values.map(means).fillna(1.0).astype(float)
    return pd.DataFrame(columns)


def _pairs(name: str, x: Floats, target: Floats, level: float) -> list[dict[str, object]]:
    """Covariance, and correlation with Fisher's interval tanh(atanh r ± z / √(n - 3))."""
    r = float(np.corrcoef(x, target)[0, 1])
    reach = float(stats.norm.ppf(0.5 + level / 2)) / np.sqrt(max(len(x) - 3, 1))
    low, high = np.tanh(np.arctanh(np.clip(r, -0.999999, 0.999999)) + np.array([-reach, reach]))
    return [
        _line(name, COVARIANCE, float(np.cov(x, target)[0, 1]), np.nan, np.nan, len(x)),
        _line(name, CORRELATION, r, float(low), float(high), len(x)),
    ]


def _linear(
    names: list[str], x: Floats, target: Floats, days: Days, seen: Bools, level: float
) -> list[dict[str, object]]:
    fit = LinearRegression().fit(x[seen], target[seen])
    errors = _clustered_errors(x[seen], target[seen] - fit.predict(x[seen]), days[seen])
    reach = float(stats.norm.ppf(0.5 + level / 2))
    lines = [
        _line(name, LINEAR, float(slope), float(slope - reach * error), float(slope + reach * error), int(seen.sum()))
        for name, slope, error in zip(names, fit.coef_, errors, strict=True)
    ]
    return [*lines, _held_out(LINEAR, fit.predict(x[~seen]), target[~seen])]


def _clustered_errors(x: Floats, residuals: Floats, days: Days) -> Floats:
    """Standard errors of the slopes with residuals of one day hanging together (Liang and Zeger's sandwich)."""
    around = x - x.mean(axis=0)
    codes = np.unique(days, return_inverse=True)[1]
    scores = np.stack([np.bincount(codes, weights=column * residuals) for column in around.T], axis=1)
    bread = np.linalg.pinv(around.T @ around)
    return np.asarray(np.sqrt(np.maximum(np.diag(bread @ (scores.T @ scores) @ bread), 0.0)))


def _tree(names: list[str], x: Floats, target: Floats, seen: Bools) -> list[dict[str, object]]:
    every = max(int(seen.sum()) // MOST_ROWS, 1)
    rows = np.flatnonzero(seen)[::every]
    tree = DecisionTreeRegressor(max_depth=DEPTH, min_samples_leaf=LEAST_LEAF, random_state=0).fit(
        x[rows], target[rows]
    )
    shares = zip(names, tree.feature_importances_, strict=True)
    lines = [_line(name, TREE, float(share), np.nan, np.nan, len(rows)) for name, share in shares]
    return [*lines, _held_out(TREE, tree.predict(x[~seen]), target[~seen])]


def _held_out(method: str, predicted: Floats, target: Floats) -> dict[str, object]:
    spread = float(((target - target.mean()) ** 2).sum()) if len(target) else 0.0
    r2 = 1 - float(((target - predicted) ** 2).sum()) / spread if spread > 0 else np.nan
    return _line(ALL_DRIVERS, method, r2, np.nan, np.nan, len(target))


def _line(driver: str, method: str, effect: float, low: float, high: float, n: int) -> dict[str, object]:
    numbers = {"effect": effect, "low": low, "high": high, "n": n}
    return {"driver": driver, "method": method, **numbers, "status": OK, "error": None}
