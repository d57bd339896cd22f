"""Service levels of many SKUs that make the most of the same money in stock.

One service level for all is not the best use of it: the last point of service of a dear, lumpy product costs as much as
many points of cheap ones. Of all levels whose reorder points cost a given sum, these lose the least: the Lagrangian of
the system approach (Sherbrooke, Optimal Inventory Modeling of Systems; Silver, Pyke and Thomas, chapter 7 on aggregate
considerations).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.errors import InventoryError
from supplyline.inventory.demand import lead_time_demand
from supplyline.inventory.policy import TOTAL_COLUMN, quantile_levels
from supplyline.inventory.terms import Terms

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SERVICE_GRID = np.array(
    [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999]
)
HALVINGS = 60

Aim = StrEnum("Aim", {"STOCK_OUTS": "stock_outs", "PIECES": "pieces"})


@dataclass(frozen=True)
class Points:
    """Of n SKUs the reorder points `values` (n, g) at SERVICE_GRID, and the pieces of an order `cycle` (n,)."""

    skus: npt.NDArray[np.object_]
    values: Floats
    cycle: Floats


def allocated_policy(
    points: Mapping[dt.date, Points], price: pd.Series, budget: Mapping[dt.date, float], aim: Aim = Aim.STOCK_OUTS
) -> pd.DataFrame:
    """Reorder points and order-up-to levels as of each look whose reorder points together cost the look's budget.

    `price` (index sku) is that of a piece, `budget` in the same currency. `aim`: fewest looks after which stock runs
    out, or fewest pieces missed.
    """
    frames = []
    for day, known in points.items():
        worth = price.reindex(known.skus).fillna(1.0).to_numpy(dtype=float)
        level = allocate(known.values, worth, expected_loss(known.values, aim), budget[day])
        reorder = np.ceil(np.round(known.values[np.arange(len(level)), level], 9))
        made = {"sku": known.skus, "as_of": day, "reorder_point": reorder, "order_up_to_level": reorder + known.cycle}
        frames.append(pd.DataFrame(made | {"service_level": SERVICE_GRID[level]}))
    return pd.concat(frames, ignore_index=True)


def reorder_points(forecasts: pd.DataFrame, terms: Terms) -> Points:
    """The reorder points of the SKUs with a whole forecast, from its sums of days (total_mean, total_q05 …).

    Raises InventoryError where the forecasts lack them.
    """
    names = quantile_levels(forecasts, TOTAL_COLUMN)
    if len(names) < 2 or "total_mean" not in forecasts.columns:
        fix = "forecast with Plan(total_quantiles=TOTAL_QUANTILES)"
        raise InventoryError("forecasts lack the sums of days", where="reorder_points", fix=fix)
    ordered = forecasts.sort_values(["sku", "horizon"], ignore_index=True)
    days = int(ordered.groupby("sku").size().max())
    whole = ordered[ordered.groupby("sku")["total_mean"].transform("count") == days]
    sums = whole[["total_mean", *names]].to_numpy(dtype=float).reshape(len(whole) // days, days, 1 + len(names))
    cycle = np.ceil(np.round(sums[:, -1, 0] / days * terms.order_cycle_days, 9))
    values = _quantiles(sums, np.array(list(names.values())), terms)
    return Points(whole["sku"].to_numpy(dtype=object)[::days], values, cycle)


def _quantiles(sums: Floats, levels: Floats, terms: Terms) -> Floats:
    n = len(sums)
    review = np.full(n, terms.review_days, dtype=np.int64)
    lead = np.full(n, terms.lead_time_days), np.full(n, terms.lead_time_sd_days)
    found = [lead_time_demand(sums, levels, review, lead, np.full(n, level))[1] for level in SERVICE_GRID]
    return np.maximum.accumulate(np.column_stack(found), axis=1)


def expected_loss(points: Floats, aim: Aim) -> Floats:
    """(n, g) what is lost a look at each level: the chance to run out, or the pieces missed E max(D - s, 0).

    The latter is the area above the distribution right of s, up to the largest level.
    """
    if aim is Aim.STOCK_OUTS:
        return np.broadcast_to(1.0 - SERVICE_GRID, points.shape)
    above = 1.0 - (SERVICE_GRID[1:] + SERVICE_GRID[:-1]) / 2
    area = np.diff(points, axis=1) * above
    return np.asarray(np.concatenate([np.cumsum(area[:, ::-1], axis=1)[:, ::-1], np.zeros((len(points), 1))], axis=1))


def allocate(points: Floats, price: Floats, loss: Floats, budget: float) -> Ints:
    """(n,) which level each SKU gets: the least price · point + weight · loss, the weight such that points cost the
    budget.

    The weight is found by halving; the cost stays at or below the budget, unless the lowest levels already cost more.
    """
    cost, rows = points * price[:, None], np.arange(len(points))

    def picked(weight: float) -> Ints:
        return np.asarray(np.argmin(cost + weight * loss, axis=1))

    low, high = 0.0, _enough(cost, loss)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        affordable = cost[rows, picked(middle)].sum() <= budget
        low, high = (middle, high) if affordable else (low, middle)
    return picked(low)


def _enough(cost: Floats, loss: Floats) -> float:
    """A weight at which no SKU would save at the cost of a loss."""
    gain = -np.diff(loss, axis=1)
    return float((np.diff(cost, axis=1)[gain > 0] / gain[gain > 0]).max(initial=1.0) * 2)
