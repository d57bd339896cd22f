"""Service levels of many SKUs that make the most of the same money in stock.

One service level for all is not the best use of it: the last point of service of a dear, lumpy product costs as much as
many points of cheap ones. Of all levels that keep a given sum in stock, these lose the least: the Lagrangian of
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
from supplyline.inventory.cost_target import least_cost_terms
from supplyline.inventory.demand import lead_time_demand
from supplyline.inventory.policy import TOTAL_COLUMN, quantile_levels
from supplyline.inventory.simulation import Costs
from supplyline.inventory.terms import Terms, terms_of_skus

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

    @property
    def left_over(self) -> Floats:
        """(n, g) pieces expected to be left when the next order comes, E max(s - D, 0): the area below F left of s."""
        middles = (np.concatenate([[0.0], SERVICE_GRID[:-1]]) + SERVICE_GRID) / 2
        return np.asarray(np.cumsum(np.diff(self.values, axis=1, prepend=0.0) * middles, axis=1))


def allocated_policy(
    points: Mapping[dt.date, Points], price: pd.Series, budget: Mapping[dt.date, float], aim: Aim = Aim.STOCK_OUTS
) -> pd.DataFrame:
    """Reorder points and order-up-to levels as of each look that keep the budget's money in stock (`money_in_stock`).

    `price` (index sku) is that of a piece, `budget` in the same currency. `aim`: fewest looks after which stock runs
    out, or fewest pieces missed.
    """
    frames = []
    for day, known in points.items():
        worth = price.reindex(known.skus).fillna(1.0).to_numpy(dtype=float)
        for_safety = budget[day] - float((worth * known.cycle).sum()) / 2
        level = allocate(known.left_over, worth, expected_loss(known.values, aim), for_safety)
        reorder = np.ceil(np.round(known.values[np.arange(len(level)), level], 9))
        made = {"sku": known.skus, "as_of": day, "reorder_point": reorder, "order_up_to_level": reorder + known.cycle}
        frames.append(pd.DataFrame(made | {"service_level": SERVICE_GRID[level]}))
    return pd.concat(frames, ignore_index=True)


def money_in_stock(points: Mapping[dt.date, Points], policy: pd.DataFrame, price: pd.Series) -> dict[dt.date, float]:
    """Money that a policy is expected to keep in stock as of each look: price · (left over + half of S - s).

    What is left over follows from the policy's reorder points and the demand that `points` know; a SKU without a row
    has none. `policy`: sku, as_of, reorder_point, order_up_to_level.
    """
    found = {}
    for day, known in points.items():
        rows = policy[policy["as_of"] == day].set_index("sku").reindex(known.skus).fillna(0.0)
        point, up_to = (rows[name].to_numpy(dtype=float) for name in ("reorder_point", "order_up_to_level"))
        left = [np.interp(*each) for each in zip(point, known.values, known.left_over, strict=True)]
        # Above the last level all but the demand itself is left.
        left += np.maximum(point - known.values[:, -1], 0.0)
        worth = price.reindex(known.skus).fillna(1.0).to_numpy(dtype=float)
        found[day] = float((worth * (left + (up_to - point) / 2)).sum())
    return found


def reorder_points(
    forecasts: pd.DataFrame, terms: Terms, *, prices: pd.Series | None = None, costs: Costs | None = None
) -> Points:
    """The reorder points of the SKUs with a whole forecast, from its sums of days (total_mean, total_q05 …).

    With `costs` an order lasts as long as costs least at a SKU's price (index sku), else as the terms say.
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
    skus, daily = whole["sku"].to_numpy(dtype=object)[::days], whole["mean"].to_numpy().reshape(-1, days).mean(axis=1)
    lasting = _order_cycle(pd.Series(daily, index=skus), terms, prices, costs)
    levels = np.array(list(names.values()))
    return Points(skus, _quantiles(sums, levels, terms), np.ceil(np.round(daily * lasting, 9)))


def _order_cycle(daily: pd.Series, terms: Terms, prices: pd.Series | None, costs: Costs | None) -> Floats:
    """Days (n,) that an order lasts above the reorder point."""
    own = terms_of_skus(pd.DataFrame({"sku": daily.index}), terms)
    if costs is not None:
        price = np.full(len(own), np.nan) if prices is None else prices.reindex(daily.index).to_numpy(dtype=float)
        own = least_cost_terms(own, daily.to_numpy(dtype=float), price, costs)
    return own["order_cycle_days"].to_numpy(dtype=float)


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


def allocate(pieces: Floats, price: Floats, loss: Floats, budget: float) -> Ints:
    """(n,) which level each SKU gets: the least price · pieces + weight · loss, the weight such that they cost the
    budget; pieces and loss (n, g) at each level.

    The weight is found by halving; the cost stays at or below the budget, unless the lowest levels already cost more.
    """
    cost, rows = pieces * price[:, None], np.arange(len(pieces))

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
