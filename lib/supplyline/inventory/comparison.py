"""What replayed policies come to over all SKUs, how far apart they are, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.inventory.replay import CLAIRVOYANT
from supplyline.inventory.simulation import DAYS_A_YEAR

Floats = npt.NDArray[np.float64]

COSTS = ("holding_cost", "shortage_cost", "ordering_cost", "total_cost")
RESAMPLES = 1000
LEVEL = 0.9


def compared(rows: pd.DataFrame, days: int) -> pd.DataFrame:
    """One row a policy over the SKUs that every policy could be replayed for: service, stock, turnover, costs.

    `rows` are those of `Replay`. Stock and turnover are in money at sales prices; total_cost has the bootstrap interval
    total_cost_low … total_cost_high, SKUs drawn anew.
    """
    good = complete(rows)
    told = [{"policy": name} | totals(part, days) for name, part in good.groupby("policy", sort=False)]
    return pd.DataFrame(told)


def complete(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the SKUs without a failure in any policy."""
    failed = rows.loc[rows["status"] != "ok", "sku"].unique()
    return rows[~rows["sku"].isin(failed)].sort_values("sku", kind="stable", ignore_index=True)


def totals(rows: pd.DataFrame, days: int) -> dict[str, float]:
    """Sums and shares of one policy over its SKUs."""
    price, demand = rows["unit_price"], float(rows["demand"].sum())
    stock, sold = float((rows["average_stock"] * price).sum()), float((rows["sold"] * price).sum())
    cost = rows["total_cost"].to_numpy(dtype=float)
    low, high = paired_interval(lambda drawn: float(drawn.sum()), cost)
    return {
        "skus": len(rows),
        "fill_rate": 1.0 - float(rows["missed"].sum()) / demand if demand else 1.0,
        "cycle_service": 1.0 - float(rows["short_cycles"].sum()) / max(float(rows["cycles"].sum()), 1.0),
        "short_days": float(rows["short_days"].sum()),
        "stock_value": stock,
        "turnover": sold * DAYS_A_YEAR / days / stock if stock > 0 else float("nan"),
        **{name: float(rows[name].sum()) for name in COSTS},
        "total_cost_low": low,
        "total_cost_high": high,
    }


def distance_covered(rows: pd.DataFrame, theirs: str, ours: str) -> tuple[float, float, float]:
    """Share of the distance in cost from theirs to the clairvoyant that ours covers, and its interval."""
    table = complete(rows).pivot(index="sku", columns="policy", values="total_cost")
    costs = [table[name].to_numpy(dtype=float) for name in (theirs, ours, CLAIRVOYANT)]
    return _covered(*costs), *paired_interval(_covered, *costs)


def _covered(theirs: Floats, ours: Floats, bound: Floats) -> float:
    distance = theirs.sum() - bound.sum()
    return float((theirs.sum() - ours.sum()) / distance) if distance else float("nan")


def paired_interval(statistic: Callable[..., float], *values: Floats, seed: int = 1) -> tuple[float, float]:
    """90 % bootstrap interval of a statistic of values (n,), SKUs drawn anew in pairs (Efron, Tibshirani 1993)."""
    rng, count = np.random.default_rng(seed), len(values[0])
    if not count:
        return float("nan"), float("nan")
    picked = (rng.integers(0, count, count) for _ in range(RESAMPLES))
    drawn = [statistic(*(value[rows] for value in values)) for rows in picked]
    low, high = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
