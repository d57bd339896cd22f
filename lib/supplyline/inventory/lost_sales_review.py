"""(R, S) where what is short is lost: exact for whole pieces and lead times up to the review period.

At a look the stock is x and S - x is ordered; it comes after L ≤ R, so that stock after the look, before the order
comes and before the next look is a Markov chain over 0 … S: x → (x - D_L)⁺ + S - x → (that - D_{R-L})⁺. (Bijvank and
Vis, European Journal of Operational Research 215, 2011, on lost-sales systems.) With longer or random lead times, and
for demand of any distribution, `periodic_review` has the approximations; `simulate_policy` tells the truth.
"""

from __future__ import annotations

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


@dataclass(frozen=True)
class LostSalesReview:
    """(n,): order-up-to level `level`; mean pieces on the shelf as a look begins and as an order comes in (before it);
    `lost` pieces a period, and the shares `fill_rate` and `cycle_service` (periods that lose nothing); `cost` a period.
    """

    level: Floats
    at_look: Floats
    before_order: Floats
    lost: Floats
    fill_rate: Floats
    cycle_service: Floats
    cost: Floats


Enough = Callable[[LostSalesReview], npt.NDArray[np.bool_]]


def lost_sales_review(
    lead: Floats, rest: Floats, level: npt.ArrayLike, holding_cost: npt.ArrayLike = 0.0, cost: npt.ArrayLike = 0.0
) -> LostSalesReview:
    """What an order-up-to level gives. `lead` (n, m) has the chances of 0, 1, … pieces over L, `rest` those over R - L.

    See `exact_review.chances`; L = 0 is one column of ones. A period costs h a piece left when the next look begins,
    and p a piece lost. Raises InventoryError for a level that is no whole number from 0 to 4096.
    """
    h, p = numbers(least=0.0, holding_cost=holding_cost, cost=cost)
    s = np.broadcast_to(np.asarray(level, dtype=np.float64), (len(lead),))
    if ((s != np.floor(s)) | (s < 0) | (s > MOST_PIECES)).any():
        raise InventoryError("levels are not whole from 0 to 4096", where="level", fix="round them, or simulate")
    found = _chains(np.ascontiguousarray(lead), np.ascontiguousarray(rest), s.astype(np.int64))
    demand = found[:, 4]
    lost, good = found[:, 2], found[:, 3]
    fill = np.where(demand > 0, 1.0 - lost / np.where(demand > 0, demand, 1.0), 1.0)
    return LostSalesReview(s, found[:, 0], found[:, 1], lost, fill, good, np.asarray(h * found[:, 0] + p * lost))


def lost_sales_level_for_fill_rate(lead: Floats, rest: Floats, rate: npt.ArrayLike) -> LostSalesReview:
    """Least S with a fill rate of at least `rate` (0, 1)."""
    (wanted,) = numbers(above=0.0, below=1.0, rate=rate)
    return _first(lead, rest, lambda found: found.fill_rate >= wanted)


def lost_sales_level_for_cycle_service(lead: Floats, rest: Floats, level: npt.ArrayLike) -> LostSalesReview:
    """Least S with at least `level` (0, 1) of the periods losing nothing."""
    (wanted,) = numbers(above=0.0, below=1.0, level=level)
    return _first(lead, rest, lambda found: found.cycle_service >= wanted)


def lost_sales_level_for_cost(
    lead: Floats, rest: Floats, holding_cost: npt.ArrayLike, cost: npt.ArrayLike
) -> LostSalesReview:
    """S of least cost a period: h a piece left at a look, p a piece lost; the first that the next does not beat.

    With L = 0 that is the newsvendor, F(S) = p / (p + h).
    """
    h, p = numbers(above=0.0, holding_cost=holding_cost, cost=cost)

    def enough(found: LostSalesReview) -> npt.NDArray[np.bool_]:
        return np.asarray(found.cost <= lost_sales_review(lead, rest, found.level + 1, h, p).cost)

    return _first(lead, rest, enough, h, p)


def _first(
    lead: Floats, rest: Floats, enough: Enough, holding_cost: npt.ArrayLike = 0.0, cost: npt.ArrayLike = 0.0
) -> LostSalesReview:
    """The least level from which on `enough` holds, by halving."""
    low, high = np.full(len(lead), -1.0), np.full(len(lead), 1.0)
    while not (done := enough(lost_sales_review(lead, rest, high, holding_cost, cost))).all():
        low, high = np.where(done, low, high), np.where(done, high, 2 * high)
    while (high - low > 1).any():
        middle = np.maximum(np.floor((low + high) / 2), 0.0)
        done = enough(lost_sales_review(lead, rest, middle, holding_cost, cost))
        low, high = np.where(done, low, middle), np.where(done, middle, high)
    return lost_sales_review(lead, rest, high, holding_cost, cost)


@njit(cache=True)
def _chains(lead: Floats, rest: Floats, level: Ints) -> Floats:
    """(n, 5): mean stock at a look and before the order comes, pieces lost, share of good periods, demand a period."""
    found = np.zeros((len(level), 5))
    for at in range(len(level)):
        first, second, top = lead[at], rest[at], level[at]
        stock = np.zeros(top + 1)
        stock[top] = 1.0
        for _ in range(MOST_ROUNDS):
            moved = _period(stock, first, second, found[at])
            change = np.abs(moved - stock).max()
            if change <= STILL:
                break
            # Halfway: a chain that goes to and fro settles, too, and its end is the same.
            stock = (stock + moved) / 2
    return found


@njit(cache=True)
def _period(stock: Floats, lead: Floats, rest: Floats, told: Floats) -> Floats:
    """Distribution of the stock at the next look; `told` gets what this period comes to."""
    top, moved = len(stock) - 1, np.zeros(len(stock))
    # Stock after the order came, where nothing was lost before it (0) and where something was (1).
    after = np.zeros((2, top + 1))
    told[:] = 0.0
    for x in range(top + 1):
        if stock[x] < NOTHING:
            continue
        told[0] += stock[x] * x
        for pieces in range(len(lead)):
            chance, left = stock[x] * lead[pieces], max(x - pieces, 0)
            told[1] += chance * left
            told[2] += chance * (pieces - x + left)
            told[4] += chance * pieces
            after[1 if pieces > x else 0, left + top - x] += chance
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
    return moved
