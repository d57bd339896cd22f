"""When to reorder each SKU and how much: the periodic (R, s, S) system on forecast quantiles.

Every R days (`review_days`) the stock is looked at; at or below the reorder point s an order lifts it to the
order-up-to level S. What is on the shelf at a look has to last until the order of the next look arrives, so s covers
the demand over review period plus lead time at the cycle service level, and S is s plus the demand of
`order_cycle_days` (Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains, 4th ed., chapter 6).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplyline.errors import ForecastError
from supplyline.inventory.demand import Floats, daily_variance, demand_quantile, period_moments

NUMBERS = (
    "daily_demand", "daily_demand_q95", "lead_time_demand", "lead_time_demand_quantile", "safety_stock",
    "reorder_point", "order_up_to_level",
)  # fmt: skip
COLUMNS = (
    "as_of", "warehouse", "sku", "model", "lead_time_days", "review_days", "service_level", *NUMBERS,
    "on_hand", "days_of_cover", "order_quantity", "unit_price", "order_value", "status", "error",
)  # fmt: skip
WHOLE = ("reorder_point", "order_up_to_level", "on_hand", "order_quantity")
QUANTILE_COLUMN = re.compile(r"q(\d\d)(?:_(\d+))?")
ALL_STOCK = "main"
LEAST_DAILY_DEMAND = 1e-6


@dataclass(frozen=True)
class Terms:
    """What is agreed with suppliers and aimed at; times are days, `lead_time_sd_days` a standard deviation."""

    lead_time_days: float = 7.0
    lead_time_sd_days: float = 2.0
    review_days: int = 7
    order_cycle_days: float = 14.0
    service_level: float = 0.95

    def __post_init__(self) -> None:
        """Raises ForecastError for terms that no supplier can keep."""
        if not 0 < self.service_level < 1:
            raise ForecastError(
                f"service level {self.service_level}", where="Terms", fix="give a share between 0 and 1"
            )
        if min(self.lead_time_days, self.lead_time_sd_days, self.order_cycle_days) < 0 or self.review_days < 1:
            raise ForecastError("a time below zero, or a review period below one day", where="Terms", fix="raise it")

    @property
    def protection_days(self) -> float:
        """Mean days that the stock at a look has to last: review period + lead time."""
        return self.review_days + self.lead_time_days


def reorder_policy(
    forecasts: pd.DataFrame, stock: pd.DataFrame, terms: Terms | None = None, *, as_of: dt.date | None = None
) -> pd.DataFrame:
    """One row a SKU of `forecasts` or `stock`, with the columns of the table reorder_policy, in pieces and days.

    `forecasts`: sku, horizon, model, mean, q05 …, status, error (as of `forecast_panel`); `stock`: sku, on_hand and,
    where known, warehouse and unit_price. A SKU without a usable forecast or stock level keeps what is known, with
    status `failed` and the reason. `as_of` defaults to the day before the forecasts.
    Raises ForecastError where a column is missing.
    """
    terms = terms or Terms()
    levels = quantile_levels(forecasts)
    _require(forecasts, ["sku", "horizon", "model", "mean", "status", "error"], "forecasts")
    _require(stock, ["sku", "on_hand"], "stock")
    numbers = _forecast_numbers(forecasts, levels, terms)
    policy = _shelves(stock).merge(numbers, on="sku", how="outer")
    policy["warehouse"] = policy["warehouse"].fillna(ALL_STOCK)
    policy["as_of"] = as_of or _day_before(forecasts)
    for name in ("lead_time_days", "review_days", "service_level"):
        policy[name] = getattr(terms, name)
    return _tidy(_with_status(_with_orders(policy)))


def quantile_levels(forecasts: pd.DataFrame) -> dict[str, float]:
    """Quantile column → level, rising: q05 is 0.05, q97_5 is 0.975."""
    found = [(name, QUANTILE_COLUMN.fullmatch(str(name))) for name in forecasts.columns]
    levels = {str(name): float(f"{match[1]}.{match[2] or 0}") / 100 for name, match in found if match}
    if not levels:
        raise ForecastError("no quantile columns", where="forecasts", fix="give columns such as q05, q50, q95")
    return dict(sorted(levels.items(), key=lambda item: item[1]))


def _require(frame: pd.DataFrame, columns: list[str], name: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise ForecastError(f"{name} lacks {', '.join(missing)}", where="reorder_policy", fix="add the columns")


def _day_before(forecasts: pd.DataFrame) -> dt.date | None:
    if "date" not in forecasts.columns or forecasts.empty:
        return None
    first = pd.to_datetime(forecasts["date"]).min()
    return (first - pd.Timedelta(days=1)).date()


def _shelves(stock: pd.DataFrame) -> pd.DataFrame:
    """Stock with all optional columns; `shelves` counts the warehouses that hold a SKU."""
    shelves = stock.copy()
    for name, value in (("warehouse", ALL_STOCK), ("unit_price", np.nan)):
        if name not in shelves.columns:
            shelves[name] = value
    shelves["shelves"] = shelves.groupby("sku")["warehouse"].transform("size")
    return shelves[["warehouse", "sku", "on_hand", "unit_price", "shelves"]]


def _forecast_numbers(forecasts: pd.DataFrame, levels: dict[str, float], terms: Terms) -> pd.DataFrame:
    """Reorder point, order-up-to level and what they come from, one row a SKU; no numbers where its forecast failed."""
    ordered = forecasts.sort_values(["sku", "horizon"], ignore_index=True)
    per_sku = ordered.groupby("sku", sort=True)
    summary = per_sku[["model", "status", "error"]].first().reset_index()
    days = int(per_sku.size().max()) if len(ordered) else 0
    bad = per_sku["mean"].agg(lambda mean: bool(mean.isna().any()) or len(mean) != days).to_numpy(dtype=bool)
    usable = ordered[ordered["sku"].isin(summary.loc[~bad, "sku"])]
    mean = usable["mean"].to_numpy(dtype=float).reshape(-1, max(days, 1))
    values = usable[list(levels)].to_numpy(dtype=float).reshape(*mean.shape, len(levels))
    numbers = _policy_numbers(mean, values, np.array(list(levels.values())), terms)
    return summary.join(pd.DataFrame(numbers, index=summary.index[~bad]))


def _policy_numbers(mean: Floats, values: Floats, levels: Floats, terms: Terms) -> dict[str, Floats]:
    """From (n, h) means and (n, h, q) quantiles to the numbers of the policy, each (n,)."""
    variance = daily_variance(mean, values, levels)
    expected, spread = period_moments(mean, variance, terms.protection_days, terms.lead_time_sd_days)
    quantile = demand_quantile(expected, spread, terms.service_level)
    daily = mean.mean(axis=1)
    reorder_point = np.ceil(_whole_up(quantile))
    return {
        "daily_demand": daily,
        "daily_demand_q95": values[..., -1].max(axis=1),
        "lead_time_demand": expected,
        "lead_time_demand_quantile": quantile,
        "safety_stock": np.maximum(quantile - expected, 0.0),
        "reorder_point": reorder_point,
        "order_up_to_level": reorder_point + np.ceil(_whole_up(daily * terms.order_cycle_days)),
    }


def _whole_up(pieces: Floats) -> Floats:
    """Pieces with a rounding error of the last bits taken off, so that 12.000000000000002 does not become 13."""
    return np.asarray(np.round(pieces, 9))


def _with_orders(policy: pd.DataFrame) -> pd.DataFrame:
    """Order S - on_hand where on_hand <= s, else nothing; days of cover = on_hand / daily demand."""
    on_hand = policy["on_hand"].astype(float)
    short = on_hand <= policy["reorder_point"]
    lift = (policy["order_up_to_level"] - on_hand).clip(lower=0.0)
    policy["order_quantity"] = lift.where(short, 0.0).where(policy["reorder_point"].notna() & on_hand.notna())
    # A rate that has faded to one piece in thousands of years is no demand to divide by.
    policy["days_of_cover"] = on_hand / policy["daily_demand"].where(policy["daily_demand"] >= LEAST_DAILY_DEMAND)
    policy["order_value"] = policy["order_quantity"] * policy["unit_price"]
    return policy


def _with_status(policy: pd.DataFrame) -> pd.DataFrame:
    """`failed` with the first reason that holds; a forecast by the fallback is a forecast."""
    reasons = {
        "no forecast": policy["status"].isna(),
        "forecast failed": policy["reorder_point"].isna(),
        "no stock level": policy["on_hand"].isna(),
        "in several warehouses, but the forecast knows only one demand": policy["shelves"] > 1,
    }
    conditions = [mask.to_numpy() for mask in reasons.values()]
    reason = np.select(conditions, list(reasons), default="")
    detail = np.where(policy["error"].notna() & (reason == "forecast failed"), ": " + policy["error"].fillna(""), "")
    policy["status"] = np.where(reason == "", "ok", "failed")
    policy["error"] = pd.Series(reason, index=policy.index, dtype=object).add(detail).where(reason != "", None)
    return policy


def _tidy(policy: pd.DataFrame) -> pd.DataFrame:
    for name in WHOLE:
        policy[name] = policy[name].astype("Int64")
    return policy[list(COLUMNS)].sort_values(["warehouse", "sku"], ignore_index=True)
