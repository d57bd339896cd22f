"""Planted demand of several patterns, and what base-stock policies let it sell: the truth for estimates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplyline.forecasting.censoring import Censoring, HiddenDemand, hidden_demand

Floats = npt.NDArray[np.float64]
DAYS = 728
WEEK = np.array([1.2, 1.0, 0.9, 0.8, 1.1, 1.6, 0.4])
PATTERNS = ("poisson", "steady", "erratic", "moving", "slow", "large", "intermittent", "lumpy")


@dataclass(frozen=True)
class Shelf:
    """`demand` (n, days), the `sales` a shelf allowed and the days that closed with it `empty`."""

    demand: Floats
    sales: Floats
    empty: npt.NDArray[np.bool_]


def planted(pattern: str, skus: int, seed: int) -> Floats:
    """(skus, DAYS) pieces a day of one of PATTERNS, or `lognormal`, which no count model has as a special case."""
    rng = np.random.default_rng(seed)
    shape = (skus, DAYS)
    week = np.broadcast_to(WEEK[np.arange(DAYS) % 7], shape)

    def counts(mean: Floats, r: float) -> Floats:
        return rng.negative_binomial(r, r / (r + mean)).astype(float)

    def now_and_then(chance: float, sizes: Floats) -> Floats:
        return np.where(rng.random(shape) < chance, sizes, 0.0)

    walk = np.exp(np.cumsum(rng.normal(0.0, 0.03, shape), axis=1))
    made = {
        "poisson": lambda: rng.poisson(12 * week).astype(float),
        "steady": lambda: counts(20 * week, 4.0),
        "erratic": lambda: counts(20 * week, 1.0),
        "moving": lambda: counts(15 * week * walk, 3.0),
        "slow": lambda: rng.poisson(0.6 * week).astype(float),
        "large": lambda: counts(800 * week, 2.0),
        "intermittent": lambda: now_and_then(0.25, 1.0 + rng.poisson(3.0, shape)),
        "lumpy": lambda: now_and_then(0.3, 1.0 + counts(np.full(shape, 15.0), 0.7)),
        "lognormal": lambda: now_and_then(0.5, np.ceil(rng.lognormal(2.5, 0.8, shape))),
    }
    return made[pattern]()


def refilled_daily(demand: Floats, lost: float = 0.05) -> Shelf:
    """A base stock filled up every morning, at the level that loses about the share `lost` of the demand."""
    levels = np.array([_level_that_loses(row, lost) for row in demand])[:, None]
    sales = np.minimum(demand, levels)
    return Shelf(demand, sales, demand >= levels)


def _level_that_loses(demand: Floats, lost: float) -> float:
    levels = np.unique(np.ceil(np.quantile(demand[demand > 0], np.linspace(0.05, 1.0, 60))))
    losses = np.maximum(demand[:, None] - levels, 0.0).sum(axis=0) / demand.sum()
    return float(levels[np.argmin(np.abs(losses - lost))])


def refilled_weekly(demand: Floats, lead_time: int = 3, cover: float = 1.05, safety: float = 0.8) -> Shelf:
    """Periodic review, order-up-to: once a week from the last eight weeks' sales, arriving after the lead time.

    Demand that meets an empty shelf is lost and never seen by the one who orders, as in a shop.
    """
    sales, empty = np.zeros_like(demand), np.zeros(demand.shape, dtype=np.bool_)
    arriving = np.zeros((len(demand), DAYS + lead_time + 1))
    span = 7 + lead_time
    on_hand = np.rint(demand[:, :56].mean(axis=1) * span)
    for day in range(DAYS):
        on_hand += arriving[:, day]
        sales[:, day] = np.minimum(demand[:, day], on_hand)
        on_hand -= sales[:, day]
        empty[:, day] = on_hand == 0
        if day % 7 == 0:
            known = sales[:, max(0, day - 56) : day + 1] if day >= 28 else demand[:, :56]
            level = known.mean(axis=1) * span * cover + safety * known.std(axis=1) * np.sqrt(span)
            arriving[:, day + lead_time] += np.maximum(np.rint(level - on_hand - arriving[:, day + 1 :].sum(axis=1)), 0)
    return Shelf(demand, sales, empty)


def estimated(shelf: Shelf, plan: Censoring | None = None) -> HiddenDemand:
    """The estimate of each row, all arrays in the shape of the demand."""
    skus, days = shelf.demand.shape
    turns = np.arange(skus) * 0.7548776662466927 % 1.0
    bounds = np.arange(skus + 1, dtype=np.int64) * days
    found = hidden_demand(shelf.sales.ravel(), shelf.empty.ravel(), bounds, turns, plan or Censoring())
    arrays = (found.expected.reshape(skus, days), found.drawn.reshape(skus, days), found.estimated.reshape(skus, days))
    return HiddenDemand(*arrays, found.converged)


def bias(found: Floats, truth: Floats) -> tuple[float, float]:
    """Mean over the rows of what mean and standard deviation are off, in shares of the truth's."""
    mean = found.mean(axis=1) / truth.mean(axis=1) - 1
    return float(mean.mean()), float((found.std(axis=1) / truth.std(axis=1) - 1).mean())
