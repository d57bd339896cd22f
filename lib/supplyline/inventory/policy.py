"""When to reorder each SKU and how much: the periodic (R, s, S) system on forecast quantiles.

Every R days (`review_days`) the stock is looked at; at or below the reorder point s an order lifts the inventory
position (on hand and on order) to the order-up-to level S. What is there at a look has to last until the order of the
next look arrives, so s covers the demand over review period plus lead time at the cycle service level, and S is s plus
the demand of `order_cycle_days` (Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains, 4th
ed., chapter 6).
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.errors import ForecastError, InventoryError
from supplyline.forecasting.periods import DAYS
from supplyline.frame_checks import numbered, require_columns, require_kind, typed
from supplyline.inventory.cost_target import least_cost_terms
from supplyline.inventory.demand import (
    Floats,
    daily_variance,
    demand_quantile,
    lead_time_demand,
    period_moments,
)
from supplyline.inventory.excess import ExcessRule, excess_stock
from supplyline.inventory.fill_target import with_fill_rates
from supplyline.inventory.lines import order_lines
from supplyline.inventory.policy_inputs import forecast_errors, usable_stock
from supplyline.inventory.simulation import Costs
from supplyline.inventory.terms import TERMS, Terms, terms_errors, terms_of_skus

NUMBERS = (
    "daily_demand", "daily_demand_q95", "lead_time_demand", "lead_time_demand_quantile", "method", "safety_stock",
    "reorder_point", "order_up_to_level", "expected_fill_rate",
)  # fmt: skip
LINE = (
    "for_lead_time", "for_safety", "for_cycle", "on_hand", "on_order", "not_due", "pack_rounding", "limit_change",
    "order_quantity", "bound_by",
)  # fmt: skip
EXCESS = ("days_without_demand", "excess_quantity", "excess_reason", "carrying_cost")
COLUMNS = (
    "as_of", "warehouse", "sku", "model", *TERMS, *NUMBERS, *LINE, "days_of_cover", "unit_price", "order_value",
    *EXCESS, "status", "error",
)  # fmt: skip
WHOLE = (
    "review_days", "reorder_point", "order_up_to_level", "for_lead_time", "for_safety", "for_cycle", "on_hand",
    "on_order", "not_due", "pack_rounding", "limit_change", "order_quantity", "min_order", "max_order", "pack_size",
    "days_without_demand", "excess_quantity",
)  # fmt: skip
FORECAST_COLUMNS = ("sku", "horizon", "model", "mean", "status", "error")
# What the stock frame may leave out, and what holds then.
STOCK_DEFAULTS = {"warehouse": "main", "unit_price": np.nan, "on_order": 0.0, "last_demand": pd.NaT, "supplier": None}
QUANTILE_COLUMN = re.compile(r"q(\d\d)(?:_(\d+))?")
TOTAL_COLUMN = re.compile(r"total_q(\d\d)(?:_(\d+))?")
PATHS, EXTRAPOLATED, MOMENTS = "paths", "paths, extrapolated", "moments"
ALL_STOCK = "main"
Numbers = dict[str, npt.NDArray[Any]]
LEAST_DAILY_DEMAND = 1e-6


def reorder_policy(
    forecasts: pd.DataFrame,
    stock: pd.DataFrame,
    terms: Terms | pd.DataFrame | None = None,
    *,
    as_of: dt.date | None = None,
    excess: ExcessRule | None = None,
    costs: Costs | None = None,
) -> pd.DataFrame:
    """One row a SKU of `forecasts` or `stock`, with the columns of the table reorder_policy, in pieces and days.

    `forecasts`: sku, horizon, model, mean, q05 …, status, error (as of `forecast_panel`) and, where known, the sums of
    the days 1 … horizon: total_mean, total_q05 …; the column `method` says which were used. `stock`: sku, on_hand and,
    where known, on_order, warehouse, unit_price, supplier, last_demand (day). `terms`: one for all, or a frame with sku
    or supplier and columns of Terms. A SKU without a usable forecast, stock level or terms keeps what is known, with
    status `failed` and the reason. `as_of` defaults to the day before the forecasts. With `costs` the service level
    and the order cycle of each SKU are those of least cost (`least_cost_terms`) instead of the terms' own. Where the
    terms have a fill rate, the service level is the one that it takes. `expected_fill_rate` is told wherever the sums
    are known.
    Raises ForecastError where a column is missing, InventoryError for terms that can't be.
    """
    for frame, columns, name in ((forecasts, FORECAST_COLUMNS, "forecasts"), (stock, ["sku", "on_hand"], "stock")):
        require_columns(frame, columns, name, where="reorder_policy", error=ForecastError)
    for value, kind, name in ((costs, Costs, "costs"), (excess, ExcessRule, "excess")):
        require_kind(value, kind, name, where="reorder_policy", error=InventoryError)
    levels = quantile_levels(forecasts)
    forecasts, stock = _typed_forecasts(forecasts), typed(stock, texts=("sku", "warehouse", "supplier"))
    day = _day_before(forecasts) if as_of is None else pd.Timestamp(DAYS.given(as_of, "reorder_policy")).date()
    errors = forecast_errors(forecasts, list(levels))
    policy = _shelves(stock).merge(_summary(forecasts, errors), on="sku", how="outer")
    policy["warehouse"] = policy["warehouse"].fillna(ALL_STOCK)
    policy["on_order"] = policy["on_order"].astype(float).fillna(0.0)
    policy[list(TERMS)] = terms_of_skus(policy, terms)
    sound = forecasts[~forecasts["sku"].isin(errors.index[errors != ""])]
    if costs is not None:
        policy[list(TERMS)] = _at_least_cost(policy, sound, levels, costs)
    policy["as_of"], policy["terms_error"] = day, terms_errors(policy)
    policy = policy.join(_numbers(sound, levels, policy))
    policy["service_level"] = policy["reached"].fillna(policy["service_level"])
    policy["days_without_demand"] = (pd.to_datetime(policy["as_of"]) - pd.to_datetime(policy["last_demand"])).dt.days
    policy = _with_orders(policy)
    return _tidy(_with_status(policy.join(excess_stock(policy, excess or ExcessRule()))))


def _at_least_cost(
    policy: pd.DataFrame, forecasts: pd.DataFrame, levels: dict[str, float], costs: Costs
) -> pd.DataFrame:
    """The terms of least cost at the mean and variance of a forecast day."""
    mean, values = forecasts["mean"].to_numpy(dtype=float), forecasts[list(levels)].to_numpy(dtype=float)
    rows = forecasts[["sku", "mean"]].assign(variance=daily_variance(mean, values, np.array(list(levels.values()))))
    daily = rows.groupby("sku").mean().reindex(policy["sku"]).to_numpy(dtype=float)
    price = policy["unit_price"].to_numpy(dtype=float)
    return least_cost_terms(policy[list(TERMS)], daily[:, 0], price, costs, daily[:, 1]).assign(fill_rate=np.nan)


def quantile_levels(forecasts: pd.DataFrame, column: re.Pattern[str] = QUANTILE_COLUMN) -> dict[str, float]:
    """Quantile column → level, rising: q05 is 0.05, q97_5 is 0.975."""
    found = [(name, column.fullmatch(str(name))) for name in forecasts.columns]
    levels = {str(name): float(f"{match[1]}.{match[2] or 0}") / 100 for name, match in found if match}
    if not levels and column is QUANTILE_COLUMN:
        raise ForecastError("no quantile columns", where="forecasts", fix="give columns such as q05, q50, q95")
    return dict(sorted(levels.items(), key=lambda item: item[1]))


def _typed_forecasts(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Numbers as float64, NaN for what is none; sku as text."""
    numbers = ["horizon", "mean", *quantile_levels(forecasts), *quantile_levels(forecasts, TOTAL_COLUMN), "total_mean"]
    known = [name for name in numbers if name in forecasts.columns]
    return typed(numbered(forecasts, known), texts=("sku",), dates=("date",))


def _day_before(forecasts: pd.DataFrame) -> dt.date | None:
    if "date" not in forecasts.columns or forecasts.empty:
        return None
    first = forecasts["date"].min()
    return None if pd.isna(first) else (first - pd.Timedelta(days=1)).date()


def _shelves(stock: pd.DataFrame) -> pd.DataFrame:
    """Stock with all optional columns; `shelves` counts the warehouses that hold a SKU."""
    absent: dict[str, Any] = {name: value for name, value in STOCK_DEFAULTS.items() if name not in stock.columns}
    shelves = stock.assign(**absent)
    shelves["shelves"] = shelves.groupby("sku")["warehouse"].transform("size")
    return usable_stock(shelves[["sku", "on_hand", *STOCK_DEFAULTS, "shelves"]])


def _summary(forecasts: pd.DataFrame, errors: pd.Series) -> pd.DataFrame:
    per_sku = forecasts.sort_values(["sku", "horizon"]).groupby("sku", sort=True)
    return per_sku[["model", "status", "error"]].first().join(errors.rename("forecast_error")).reset_index()


def _numbers(forecasts: pd.DataFrame, levels: dict[str, float], policy: pd.DataFrame) -> pd.DataFrame:
    """Reorder point, order-up-to level and what they come from, for the rows whose forecast and terms are usable."""
    ordered = forecasts.sort_values(["sku", "horizon"], ignore_index=True)
    days = int(ordered.groupby("sku").size().max()) if len(ordered) else 1
    whole = ordered.groupby("sku")["mean"].transform("count") == days
    skus = ordered.loc[whole, "sku"].unique()
    rows = policy.index[policy["sku"].isin(skus) & (policy["terms_error"] == "")]
    at = pd.Index(skus).get_indexer(policy.loc[rows, "sku"])
    daily = _array(ordered[whole], ["mean", *levels], days)[at]
    sums = _array(ordered[whole], _sum_columns(ordered), days)[at]
    terms = policy.loc[rows, list(TERMS)]
    demand = _demand(daily, np.array(list(levels.values())), terms)
    of_sums = sums, np.array(list(quantile_levels(ordered, TOTAL_COLUMN).values()))
    demand = _by_paths(demand, *of_sums, terms)
    cycle = np.ceil(_whole_up(daily[..., 0].mean(axis=1) * terms["order_cycle_days"].to_numpy()))
    moments = daily[..., 0], daily_variance(daily[..., 0], daily[..., 1:], np.array(list(levels.values())))
    demand = with_fill_rates(demand, moments, of_sums, terms, cycle)
    return pd.DataFrame(_levels(daily, demand, cycle), index=rows)


def _array(forecasts: pd.DataFrame, columns: list[str], days: int) -> Floats:
    """(n, days, columns) of a frame sorted by SKU and horizon."""
    return forecasts[columns].to_numpy(dtype=float).reshape(len(forecasts) // days, days, len(columns))


def _sum_columns(forecasts: pd.DataFrame) -> list[str]:
    """total_mean and the quantiles of the sums; none unless there are at least two to draw a line through."""
    found = list(quantile_levels(forecasts, TOTAL_COLUMN))
    return ["total_mean", *found] if "total_mean" in forecasts.columns and len(found) > 1 else []


def _demand(daily: Floats, levels: Floats, terms: pd.DataFrame) -> Numbers:
    """Demand over review period and lead time from the moments of each day, days taken as independent."""
    mean, values = daily[..., 0], daily[..., 1:]
    length = (terms["review_days"] + terms["lead_time_days"]).to_numpy()
    moments = period_moments(mean, daily_variance(mean, values, levels), length, terms["lead_time_sd_days"].to_numpy())
    quantile = demand_quantile(*moments, terms["service_level"].to_numpy())
    return {"mean": moments[0], "quantile": quantile, "method": np.full(len(mean), MOMENTS, dtype=object)}


def _by_paths(demand: Numbers, sums: Floats, levels: Floats, terms: pd.DataFrame) -> Numbers:
    """The same from the distribution of the sums, where the forecast has it."""
    known = np.isfinite(sums).all(axis=(1, 2)) if sums.shape[2] else np.zeros(len(terms), dtype=np.bool_)
    if not known.any():
        return demand
    own = terms[known]
    review = own["review_days"].to_numpy(dtype=np.int64)
    lead = own["lead_time_days"].to_numpy(), own["lead_time_sd_days"].to_numpy()
    mean, quantile = lead_time_demand(sums[known], levels, review, lead, own["service_level"].to_numpy())
    far = review + lead[0] + 2 * lead[1] > sums.shape[1]
    demand["mean"][known], demand["quantile"][known] = mean, quantile
    demand["method"][known] = np.where(far, EXTRAPOLATED, PATHS)
    return demand


def _levels(daily: Floats, demand: Numbers, cycle: Floats) -> Numbers:
    """The numbers of the policy, each (n,)."""
    reorder_point = np.ceil(_whole_up(demand["quantile"]))
    return {
        "daily_demand": daily[..., 0].mean(axis=1),
        "daily_demand_q95": daily[..., -1].max(axis=1),
        "lead_time_demand": demand["mean"],
        "lead_time_demand_quantile": demand["quantile"],
        "method": demand["method"],
        "safety_stock": demand["quantile"] - demand["mean"],
        "reorder_point": reorder_point,
        "order_up_to_level": reorder_point + cycle,
        "expected_fill_rate": demand["expected_fill_rate"],
        "reached": demand["reached"],
    }


def _whole_up(pieces: Floats) -> Floats:
    """Pieces with a rounding error of the last bits taken off, so that 12.000000000000002 does not become 13."""
    return np.asarray(np.round(pieces, 9))


def _with_orders(policy: pd.DataFrame) -> pd.DataFrame:
    """The order with its parts, its value, and days of cover = on_hand / daily demand."""
    lines = order_lines(policy)
    policy = policy.assign(**{name: lines[name] for name in lines.columns})
    # A rate that has faded to one piece in thousands of years is no demand to divide by.
    daily = policy["daily_demand"].where(policy["daily_demand"] >= LEAST_DAILY_DEMAND)
    policy["days_of_cover"] = policy["on_hand"].astype(float) / daily
    policy["order_value"] = policy["order_quantity"] * policy["unit_price"]
    return policy


def _with_status(policy: pd.DataFrame) -> pd.DataFrame:
    """`failed` with the first reason that holds; a forecast by the fallback is a forecast."""
    reasons = {
        "no forecast": policy["status"].isna(),
        "terms": policy["terms_error"] != "",
        "forecast": policy["forecast_error"].fillna("") != "",
        "forecast failed": policy["reorder_point"].isna(),
        "stock": policy["stock_error"].fillna("") != "",
        "no stock level": policy["on_hand"].isna(),
        "in several warehouses, but the forecast knows only one demand": policy["shelves"] > 1,
    }
    conditions = [mask.to_numpy() for mask in reasons.values()]
    reason = np.select(conditions, list(reasons), default="")
    why = policy["error"].where(reason == "forecast failed")
    for name in ("terms", "forecast", "stock"):
        why = policy[f"{name}_error"].where(reason == name, why)
    detail = (": " + why.astype(object)).where(why.notna(), "")
    policy["status"] = np.where(reason == "", "ok", "failed")
    policy["error"] = pd.Series(reason, index=policy.index, dtype=object).add(detail).where(reason != "", None)
    # Terms that can't be kept are named in the reason; as numbers they would break the table's limits.
    policy.loc[policy["terms_error"] != "", list(TERMS)] = np.nan
    return policy


def _tidy(policy: pd.DataFrame) -> pd.DataFrame:
    policy["max_order"] = policy["max_order"].replace(np.inf, np.nan)
    for name in ("bound_by", "excess_reason"):
        policy[name] = policy[name].where(policy[name] != "", None)
    for name in WHOLE:
        policy[name] = policy[name].astype("Int64")
    return policy[list(COLUMNS)].sort_values(["warehouse", "sku"], ignore_index=True)
