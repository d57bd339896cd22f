"""Demand with planted price, promotion and holiday effects, as the estimates of sales drivers see it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

ELASTICITY, PROMOTION, HOLIDAY = -2.0, 1.3, 0.5
START = dt.date(2010, 1, 1)
HOLIDAYS = [dt.date.fromisoformat(f"2010-{day}") for day in ("04-02", "04-05", "05-03", "05-31", "08-30", "12-27")]
HOLIDAYS += [dt.date(2010, 12, 28), dt.date(2011, 1, 3)]
WEEK = np.array([1.0, 1.0, 1.1, 1.0, 1.3, 1.6, 0.7])


def planted_history(seed: int, skus: int = 30, days: int = 400, elasticity: float = ELASTICITY) -> pd.DataFrame:
    """sku, date, quantity, price, promotion: overdispersed counts, levels that drift, days that are good for all."""
    rng = np.random.default_rng(seed)
    dates = pd.date_range(START, periods=days)
    shared = WEEK[dates.dayofweek] * np.exp(rng.normal(0, 0.08, days))
    shared = shared * np.where(dates.isin(pd.DatetimeIndex(HOLIDAYS)), HOLIDAY, 1.0)
    return pd.concat([_sku(rng, f"s{n:03}", dates, shared, elasticity) for n in range(skus)], ignore_index=True)


def _sku(
    rng: np.random.Generator, sku: str, dates: pd.DatetimeIndex, shared: np.ndarray, elasticity: float
) -> pd.DataFrame:
    days = len(dates)
    promotion = np.zeros(days)
    for start in rng.integers(0, days, 5):
        promotion[start : start + 7] = 1.0
    list_price = np.exp(0.05 * np.repeat(rng.normal(size=days // 20 + 1), 20)[:days])
    price = list_price * np.where(promotion > 0, 0.8, 1.0)
    level = rng.lognormal(1.5, 0.8) * np.exp(np.cumsum(rng.normal(0, 0.02, days)))
    mean = level * shared * price**elasticity * PROMOTION**promotion
    quantity = rng.negative_binomial(3, 3 / (3 + mean)).astype(float)
    columns = {"date": dates, "quantity": quantity, "price": 5 * price, "promotion": promotion}
    return pd.DataFrame({"sku": sku, **columns})
