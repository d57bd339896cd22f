"""(R, S) and (R, s, S) where what is short is lost: exact for whole pieces and lead times up to the review period.

At a look the stock is x, and where it is at or below s the order is S - x; it comes after L ≤ R, so that stock at the
looks is a Markov chain over 0 … S: x → (x - D_L)⁺ + S - x → (that - D_{R-L})⁺. A random lead time is drawn anew for
each order. (Bijvank and Vis, European Journal of Operational Research 215, 2011, on lost-sales systems.) With longer
lead times, and for demand of any distribution, `periodic_review` and `reorder_review` have the approximations;
`simulate_policy` tells the truth.

`lead` has the chances of 0, 1, … pieces over L, (n, m), and `rest` those over R - L: see `exact_review.chances`, L = 0
is one column of ones. For a random lead time they are (n, k, m), one row a lead time, of chances `weights` (n, k).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from supplyline.errors import InventoryError
from supplyline.inventory.arrays import Floats, Ints, numbers

MOST_ROUNDS = 100_000
STILL = 1e-12
NOTHING = 1e-25  # a chance that small is left out
MOST_PIECES = 4096
TINY = 1e-12
# Directions of (s, S).
STEPS = ((1, 1), (-1, -1), (0, 1), (0, -1), (1, 0), (-1, 0), (1, -1), (-1, 1))


@dataclass(frozen=True)
class LostSalesReview:
    """(n,): reorder point and order-up-to `level`; mean pieces on the shelf as a look begins and as an order comes in
    (before it); `lost` pieces and `orders` a period, the shares `fill_rate` and `cycle_service` (periods that lose
    nothing); `cost` a period.
    """

    point: Floats
    level: Floats
    at_look: Floats
    before_order: Floats
    lost: Floats
    orders: Floats
    fill_rate: Floats
    cycle_service: Floats
    cost: Floats


Enough = Callable[[LostSalesReview], npt.NDArray[np.bool_]]


@dataclass(frozen=True)
class PeriodCosts:
    """What a period costs: h a piece left when the next look begins, p a piece lost, K an order; (n,) or numbers."""

    holding_cost: npt.ArrayLike = 0.0
    cost: npt.ArrayLike = 0.0
    fixed_cost: npt.ArrayLike = 0.0

    def of(self, at_look: Floats, lost: Floats, orders: Floats) -> Floats:
        """(n,) cost a period."""
        h, p, k = numbers(least=0.0, holding_cost=self.holding_cost, cost=self.cost, fixed_cost=self.fixed_cost)
        return np.asarray(h * at_look + p * lost + k * orders)


def lost_sales_review(
    lead: Floats, rest: Floats, level: npt.ArrayLike, holding_cost: npt.ArrayLike = 0.0, cost: npt.ArrayLike = 0.0,
    weights: Floats | None = None,
) -> LostSalesReview:  # fmt: skip
    """What (R, S) gives: S is ordered up to at each look that finds less.

    Raises InventoryError for a level that is no whole number from 0 to 4096.
    """
    s = np.asarray(level, dtype=np.float64)
    return lost_sales_reorder(lead, rest, s - 1, s, PeriodCosts(holding_cost, cost), weights)


def lost_sales_reorder(
    lead: Floats, rest: Floats, point: npt.ArrayLike, level: npt.ArrayLike, costs: PeriodCosts,
    weights: Floats | None = None,
) -> LostSalesReview:  # fmt: skip
    """What (R, s, S) gives. Raises InventoryError for levels that are not whole, S not 0 … 4096 or s not under S."""
    first, second, chance = _by_lead_time(lead, rest, weights)
    s, up_to = (np.broadcast_to(np.asarray(each, dtype=np.float64), (len(first),)) for each in (point, level))
    if ((up_to != np.floor(up_to)) | (s != np.floor(s)) | (up_to < 0) | (up_to > MOST_PIECES) | (s >= up_to)).any():
        raise InventoryError("levels are not whole from 0 to 4096", where="level", fix="round them, or simulate")
    found = _chains(first, second, chance, s.astype(np.int64), up_to.astype(np.int64))
    at_look, before, lost, good, demand, orders = (found[:, column].copy() for column in range(6))
    fill = np.where(demand > 0, 1.0 - lost / np.where(demand > 0, demand, 1.0), 1.0)
    return LostSalesReview(s, up_to, at_look, before, lost, orders, fill, good, costs.of(at_look, lost, orders))


def _by_lead_time(lead: Floats, rest: Floats, weights: Floats | None) -> tuple[Floats, Floats, Floats]:
    """Chances (n, k, m) of demand over each lead time and over the rest, and those (n, k) of the lead times."""
    if weights is None:
        return np.ascontiguousarray(lead[:, None]), np.ascontiguousarray(rest[:, None]), np.ones((len(lead), 1))
    return np.ascontiguousarray(lead), np.ascontiguousarray(rest), np.ascontiguousarray(weights)


def lost_sales_level_for_fill_rate(
    lead: Floats, rest: Floats, rate: npt.ArrayLike, weights: Floats | None = None
) -> LostSalesReview:
    """Least S with a fill rate of at least `rate` (0, 1)."""
    (wanted,) = numbers(above=0.0, below=1.0, rate=rate)
    return _first(
        lambda s: lost_sales_review(lead, rest, s, weights=weights), lambda found: found.fill_rate >= wanted, len(lead)
    )


def lost_sales_level_for_cycle_service(
    lead: Floats, rest: Floats, level: npt.ArrayLike, weights: Floats | None = None
) -> LostSalesReview:
    """Least S with at least `level` (0, 1) of the periods losing nothing."""
    (wanted,) = numbers(above=0.0, below=1.0, level=level)
    return _first(
        lambda s: lost_sales_review(lead, rest, s, weights=weights),
        lambda found: found.cycle_service >= wanted,
        len(lead),
    )


def lost_sales_level_for_cost(
    lead: Floats, rest: Floats, holding_cost: npt.ArrayLike, cost: npt.ArrayLike, weights: Floats | None = None
) -> LostSalesReview:
    """S of least cost a period: h a piece left at a look, p a piece lost; the first that the next does not beat.

    With L = 0 that is the newsvendor, F(S) = p / (p + h).
    """
    h, p = numbers(above=0.0, holding_cost=holding_cost, cost=cost)

    def review(level: Floats) -> LostSalesReview:
        return lost_sales_review(lead, rest, level, h, p, weights)

    return _first(review, lambda found: np.asarray(found.cost <= review(found.level + 1).cost), len(lead))


def lost_sales_policy_for_cost(
    lead: Floats, rest: Floats, costs: PeriodCosts, weights: Floats | None = None
) -> LostSalesReview:
    """(s, S) of least cost a period, found by descent from the S of least cost without K; costs above 0.

    A step moves s, S or both by one, two, four … pieces; it ends where none of them helps. That is the least of the
    whole grid in every case tried, and no theorem: with lost sales the cost need not have one valley.
    """
    h, p, k = numbers(above=0.0, holding_cost=costs.holding_cost, cost=costs.cost, fixed_cost=costs.fixed_cost)
    start = lost_sales_level_for_cost(lead, rest, h, p, weights)
    ordered = np.maximum(np.round(np.sqrt(2 * k * np.maximum(asked(lead, rest, weights), TINY) / h)), 1.0)
    point, level = start.level - 1, np.minimum(start.level - 1 + ordered, MOST_PIECES)
    best = lost_sales_reorder(lead, rest, point, level, costs, weights)
    stride = 2.0 ** np.ceil(np.log2(max(float(ordered.max()), 2.0)))
    while stride >= 1:
        moved = False
        for down, up in STEPS:
            s = np.maximum(best.point + down * stride, -1.0)
            trial = lost_sales_reorder(
                lead, rest, s, np.clip(best.level + up * stride, s + 1, MOST_PIECES), costs, weights
            )
            better = trial.cost < best.cost - STILL
            if better.any():
                best, moved = _where(better, trial, best), True
        if not moved:
            stride /= 2
    return best


def asked(lead: Floats, rest: Floats, weights: Floats | None) -> Floats:
    """(n,) mean demand of a period."""
    first, second, chance = _by_lead_time(lead, rest, weights)
    means = (first * np.arange(first.shape[2])).sum(axis=2) + (second * np.arange(second.shape[2])).sum(axis=2)
    return np.asarray((chance * means).sum(axis=1))


def _where(better: npt.NDArray[np.bool_], this: LostSalesReview, that: LostSalesReview) -> LostSalesReview:
    fields = (field.name for field in dataclasses.fields(LostSalesReview))
    return LostSalesReview(**{name: np.where(better, getattr(this, name), getattr(that, name)) for name in fields})


def _first(review: Callable[[Floats], LostSalesReview], enough: Enough, count: int) -> LostSalesReview:
    """The least level from which on `enough` holds, by halving."""
    low, high = np.full(count, -1.0), np.full(count, 1.0)
    while not (done := enough(review(high))).all():
        low, high = np.where(done, low, high), np.where(done, high, 2 * high)
    while (high - low > 1).any():
        middle = np.maximum(np.floor((low + high) / 2), 0.0)
        done = enough(review(middle))
        low, high = np.where(done, low, middle), np.where(done, middle, high)
    return review(high)


@njit(cache=True)
def _chains(
    lead: Floats, rest: Floats, weights: Floats, point: Ints, level: Ints
) -> Floats:  # pragma: no cover - compiled
    """(n, 6): mean stock at a look and before the order comes, pieces lost, share of good periods, demand, orders."""
    found = np.zeros((len(level), 6))
    for at in range(len(level)):
        stock = np.zeros(level[at] + 1)
        stock[level[at]] = 1.0
        for _ in range(MOST_ROUNDS):
            moved = np.zeros(len(stock))
            found[at] = 0.0
            for k in range(weights.shape[1]):
                if weights[at, k] > 0.0:
                    _period(stock, lead[at, k], rest[at, k], weights[at, k], point[at], moved, found[at])
            change = np.abs(moved - stock).max()
            if change <= STILL:
                break
            # Halfway: a chain that goes to and fro settles, too, and its end is the same.
            stock = (stock + moved) / 2
    return found


@njit(cache=True)
def _period(
    stock: Floats, lead: Floats, rest: Floats, weight: float, point: int, moved: Floats, told: Floats
) -> None:  # pragma: no cover - compiled
    """Adds to `moved` the distribution of the stock at the next look, to `told` what this period comes to."""
    top = len(stock) - 1
    # Stock after the order came, where nothing was lost before it (0) and where something was (1).
    after = np.zeros((2, top + 1))
    for x in range(top + 1):
        if stock[x] < NOTHING:
            continue
        ordered = top - x if x <= point else 0
        told[0] += weight * stock[x] * x
        told[5] += weight * stock[x] * (1.0 if ordered > 0 else 0.0)
        for pieces in range(len(lead)):
            chance, left = weight * stock[x] * lead[pieces], max(x - pieces, 0)
            told[1] += chance * left
            told[2] += chance * (pieces - x + left)
            told[4] += chance * pieces
            after[1 if pieces > x else 0, left + ordered] += chance
    for up in range(top + 1):
        either = after[0, up] + after[1, up]
        if either < NOTHING:
            continue
        for pieces in range(len(rest)):
            chance, left = either * rest[pieces], max(up - pieces, 0)
            moved[left] += chance
            told[2] += chance * (pieces - up + left)
            told[3] += after[0, up] * rest[pieces] if pieces <= up else 0.0
            told[4] += chance * pieces
