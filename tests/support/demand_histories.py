"""Demand histories for the tests: planted patterns, and the frames that forecast_panel takes."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.forecasting.history import read_history
from supplyline.forecasting.panel import Panel

END = dt.date(2011, 11, 11)
Demand = npt.NDArray[np.float64]


def history(**skus: Demand | list[float]) -> pd.DataFrame:
    """One row a SKU and day, each SKU's last day END."""
    frames = []
    for sku, quantity in skus.items():
        days = pd.date_range(end=pd.Timestamp(END), periods=len(quantity))
        frames.append(pd.DataFrame({"sku": sku, "date": days, "quantity": np.asarray(quantity, dtype=float)}))
    return pd.concat(frames, ignore_index=True)


def panel_of(*demands: Demand | list[float], season_length: int = 7) -> Panel:
    """A panel whose rows are these histories."""
    named = {f"sku{row}": demand for row, demand in enumerate(demands)}
    return read_history(history(**named), as_of=END, season_length=season_length, max_days=10_000)[0]


def shop(seed: int = 1, days: int = 200) -> dict[str, Demand]:
    """A small shop: steady, weekly, lumpy, dying, growing, new and dead products."""
    rng = np.random.default_rng(seed)
    time = np.arange(days)
    lumpy = np.where(rng.random(days) < 0.15, rng.geometric(0.05, days), 0)
    return {
        "STEADY": rng.poisson(20, days).astype(float),
        "WEEKLY": rng.poisson(5 + 20 * (time % 7 < 2)).astype(float),
        "LUMPY": lumpy.astype(float),
        "DYING": np.where(time < days // 2, lumpy, 0).astype(float),
        "GROWING": rng.poisson(0.2 * time).astype(float),
        "NEW": rng.poisson(3, 12).astype(float),
        "DEAD": np.concatenate([[4.0], np.zeros(days - 1)]),
    }
