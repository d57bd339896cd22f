"""The best orders of one product at given prices, exactly, by dynamic programming.

Between two empty shelves the stock follows from what was ordered since the last one, so a state is (period of the last
empty shelf, units ordered since); where shortages wait instead of being lost there is only one such time. A price step
is affine in the packs, so the best order into every state is a sliding minimum: time grows with periods² · units.
(The recursion is Wagner and Whitin's, Management Science 5, 1958, with the stock as state because of packs, minima and
all-units breaks, under which orders no longer wait for an empty shelf.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from supplyline.inventory.arrays import Floats, Ints
from supplyline.inventory.purchase_plan.problem import DUST, Item, Problem, course, own_cost

MOST_STATES = 50_000_000  # four bytes each; larger products go to the solver


@dataclass(frozen=True)
class Prices:
    """What the shared limits ask on top: per unit of goods value (suppliers, periods), line and piece in stock."""

    value: Floats
    line: Floats
    volume: Floats
    pieces: Floats

    @classmethod
    def none(cls, problem: Problem) -> Prices:
        """No shared limit binds."""
        shape = (len(problem.suppliers), problem.periods)
        return cls(np.zeros(shape), np.zeros(shape), np.zeros(problem.periods), np.zeros(problem.periods))


def units_of(problem: Problem, item: Item) -> int:
    """Number of ordered amounts to tell apart, in the largest unit that all packs are multiples of."""
    if not item.offers:
        return 1
    unit = math.gcd(*(offer.pack for offer in item.offers))
    need = float(item.demand.sum()) + float(item.floor.max(initial=0.0))
    last = max(problem.most_packs(item, offer) * offer.pack for offer in item.offers)
    return math.ceil(need / unit) + last // unit + 1


def states_of(problem: Problem, item: Item) -> int:
    """Entries of the table of choices."""
    return units_of(problem, item) * problem.periods * (problem.periods + 1) * max(len(item.offers), 1)


def best_orders(problem: Problem, item: Item, prices: Prices) -> tuple[float, Ints]:
    """Least priced cost and the packs (offers, periods) that reach it; infinite where the floor can't be kept."""
    if not item.offers:
        return _no_offers(problem, item, prices), np.zeros((0, problem.periods), dtype=np.int64)
    unit = math.gcd(*(offer.pack for offer in item.offers))
    holding = item.holding + prices.volume * item.volume + prices.pieces
    lost = float(problem.shortage == "lost")
    terms = np.array([item.on_hand, item.shortage, float(unit), lost])
    leads = np.array([[offer.lead, offer.pack // unit] for offer in item.offers], dtype=np.int64)
    ranges, cost, fixed = _steps(problem, item, prices)
    flow = np.stack([item.arriving, item.demand, item.floor, holding, item.floor_cost])
    total, packs = _best(terms, flow, leads, ranges, cost, fixed, units_of(problem, item))
    return float(total), packs


def _no_offers(problem: Problem, item: Item, prices: Prices) -> float:
    none = np.zeros((0, problem.periods), dtype=np.int64)
    held = course(item, none, problem.shortage).stock
    return own_cost(item, none, problem.shortage) + float((prices.volume * item.volume + prices.pieces) @ held)


def _steps(problem: Problem, item: Item, prices: Prices) -> tuple[Ints, Floats, Floats]:
    """Packs from, to (offers, steps, 2); priced cost of a pack (offers, periods, steps), a line (offers, periods)."""
    width = max(len(offer.steps) for offer in item.offers)
    ranges = np.tile(np.array([1, 0], dtype=np.int64), (len(item.offers), width, 1))  # a step that nothing fits into
    cost = np.zeros((len(item.offers), problem.periods, width))
    fixed = np.zeros((len(item.offers), problem.periods))
    for at, offer in enumerate(item.offers):
        most = problem.most_packs(item, offer)
        fixed[at] = offer.line_cost + prices.line[offer.supplier]
        for number, step in enumerate(offer.steps):
            ranges[at, number] = step.low, min(step.high, most)
            cost[at, :, number] = step.cost * (1.0 + prices.value[offer.supplier])
    return ranges, cost, fixed


@njit(cache=True)
def _best(
    terms: Floats, flow: Floats, leads: Ints, ranges: Ints, cost: Floats, fixed: Floats, units: int
) -> tuple[float, Ints]:
    """Forward over periods: first what arrives, then what is asked for; then back along the choices.

    `terms`: on hand, shortage cost, pieces a unit, 1 where shortages are lost. `flow` (5, periods): arriving, demand,
    floor, holding cost, cost of a piece under the floor. `leads` (offers, 2): lead time, units a pack.
    """
    offers, periods = fixed.shape
    value = np.full((periods + 1, units), np.inf)
    value[0, 0] = 0.0
    choice = np.zeros((periods, offers, periods + 1, units), dtype=np.int32)
    emptied = np.zeros((periods, 2), dtype=np.int64)
    base = np.zeros(periods + 1)
    base[0] = terms[0]
    for t in range(periods):
        for o in range(offers):
            at = t - leads[o, 0]
            if at >= 0:
                for start in range(t + 1):
                    _arrive(value[start], choice[t, o, start], leads[o, 1], ranges[o], cost[o, at], fixed[o, at])
        base += flow[0, t] - flow[1, t]
        _sell(value, base, emptied[t], t, terms, flow[2:, t])
        base[t + 1] = 0.0
    start, k = divmod(int(np.argmin(value)), units)
    total = value[start, k]
    packs = np.zeros((offers, periods), dtype=np.int64)
    for t in range(periods - 1, -1, -1):
        if start == t + 1:
            start, k = emptied[t, 0], emptied[t, 1]
        for o in range(offers - 1, -1, -1):
            if t >= leads[o, 0]:
                packs[o, t - leads[o, 0]] = choice[t, o, start, k]
                k -= choice[t, o, start, k] * leads[o, 1]
    return total, packs


@njit(cache=True)
def _arrive(value: Floats, choice: npt.NDArray[np.int32], pack: int, ranges: Ints, cost: Floats, fixed: float) -> None:
    """value[k] ← min over n of value[k - n·pack] + cost of n packs, with the best n in `choice`.

    A step's candidates are a window that moves with k; `queue` keeps those that may still become the least.
    """
    before = value.copy()
    queue = np.empty(len(value) // pack + 1, dtype=np.int64)
    for step in range(len(ranges)):
        low, high, each = ranges[step, 0], ranges[step, 1], cost[step]
        for rest in range(min(pack, len(value))):
            head, tail = 0, 0
            for m in range((len(value) - rest - 1) // pack + 1):
                enter = m - low
                if enter >= 0:
                    new = before[rest + enter * pack] - each * enter
                    while tail > head and new <= before[rest + queue[tail - 1] * pack] - each * queue[tail - 1]:
                        tail -= 1
                    queue[tail] = enter
                    tail += 1
                while head < tail and queue[head] < m - high:
                    head += 1
                if head < tail:
                    k, n = rest + m * pack, m - queue[head]
                    total = before[rest + queue[head] * pack] + each * n + fixed
                    if total < value[k]:
                        value[k], choice[k] = total, n


@njit(cache=True)
def _sell(value: Floats, base: Floats, emptied: Ints, t: int, terms: Floats, period: Floats) -> None:
    """Adds the period's costs; states that sell out while shortages are lost become the one empty shelf of period t."""
    floor, holding, floor_cost = period
    best = np.inf
    for start in range(t + 1):
        for k in range(value.shape[1]):
            if value[start, k] == np.inf:
                continue
            stock = base[start] + terms[2] * k
            short, under = max(-stock, 0.0), max(floor - max(stock, 0.0), 0.0)
            total = value[start, k] + holding * max(stock, 0.0)
            if short > DUST:
                total += terms[1] * short
            if under > DUST:
                total += floor_cost * under
            value[start, k] = total
            if terms[3] > 0 and stock <= 0.0:
                value[start, k] = np.inf
                if total < best:
                    best = total
                    emptied[0], emptied[1] = start, k
    value[t + 1, 0] = best
