"""What forecasts and stock levels have to be before an order is made of them: a reason for each SKU that breaks it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from supplyline.frame_checks import plain_dates

MOST_PIECES = 1e15  # whole numbers are exact up to here
ROUNDING = 1e-9  # share of a quantile by which the next may be less


def forecast_errors(forecasts: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """(per SKU, in its index) why its forecast can't be used, "" where it can; the first of the reasons that holds.

    `columns` are the quantiles in rising order. A forecast without numbers is no concern of this: its own status says.
    """
    values = forecasts[["mean", *columns]].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    quantiles = values[:, 1:]
    slack = ROUNDING * np.abs(quantiles[:, 1:])
    days = forecasts["horizon"]
    checks = {
        "a day is there twice": forecasts.duplicated(["sku", "horizon"]).to_numpy(),
        "days are missing": ~(days >= 1) | (days > days.groupby(forecasts["sku"]).transform("size")),
        "a number is infinite": np.isinf(values).any(axis=1),
        "a number is above 1e15": (values > MOST_PIECES).any(axis=1),
        "a number is below zero": (values < 0).any(axis=1),
        "a quantile is missing": ~np.isnan(values[:, 0]) & np.isnan(quantiles).any(axis=1),
        "quantiles are not rising": (np.diff(quantiles, axis=1) < -slack).any(axis=1),
    }
    wrong = pd.DataFrame(checks, index=forecasts.index).groupby(forecasts["sku"]).any()
    reason = np.select([wrong[name].to_numpy() for name in checks], list(checks), default="")
    return pd.Series(reason, index=wrong.index, dtype=object)


def stock_errors(stock: pd.DataFrame) -> pd.Series:
    """(per row) why its stock level, pieces on order or price can't be used, "" where they can or are missing."""
    reason = pd.Series("", index=stock.index, dtype=object)
    for name, least in (("on_hand", -np.inf), ("on_order", 0.0), ("unit_price", 0.0)):
        number = pd.to_numeric(stock[name], errors="coerce")
        wrong = stock[name].notna() & ~((np.abs(number) <= MOST_PIECES) & (number >= least))
        told = f"{name} can't be " + stock.loc[wrong, name].astype(str)
        reason[wrong] = reason[wrong].where(reason[wrong] != "", told)
    if "last_demand" in stock.columns:
        wrong = stock["last_demand"].notna() & plain_dates(stock["last_demand"]).isna()
        told = "last_demand can't be " + stock.loc[wrong, "last_demand"].astype(str)
        reason[wrong] = reason[wrong].where(reason[wrong] != "", told)
    return reason


def usable_stock(stock: pd.DataFrame) -> pd.DataFrame:
    """The stock with `stock_error`, and its numbers as float64: NaN in rows with an error."""
    errors = stock_errors(stock)
    numbers = {
        name: pd.to_numeric(stock[name], errors="coerce").where(errors == "").astype(float)
        for name in ("on_hand", "on_order", "unit_price")
    }
    dates = {"last_demand": plain_dates(stock["last_demand"])} if "last_demand" in stock.columns else {}
    return stock.assign(**numbers, **dates, stock_error=errors)
