"""The best (s, S) for demand in whole pieces: Zheng and Federgruen, Operations Research 39 (1991).

Each period: order, receive, sell; what is short waits. An order costs K whatever its size, stock and shortage at the
end of a period h and p a piece.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from supplyline.errors import InventoryError
from supplyline.inventory.arrays import Floats, numbers
from supplyline.inventory.distributions import Demand
from supplyline.inventory.periodic_review import PeriodicReview

TAIL = 1e-12  # probability of larger demand that is left out


def chances(demand: Demand) -> Floats:
    """P(D = 0), P(D = 1), … (n, m) of demand in whole pieces with parameters (n,), up to where 1e-12 is left."""
    most = int(np.max(demand.quantile(1.0 - TAIL)))
    below = np.stack([demand.cdf(float(pieces)) for pieces in range(most + 1)], axis=-1)
    return np.ascontiguousarray(np.diff(below, axis=-1, prepend=0.0))


def exact_policy(
    period: Floats, protection: Floats, fixed_cost: npt.ArrayLike, holding_cost: npt.ArrayLike, cost: npt.ArrayLike
) -> tuple[PeriodicReview, Floats]:
    """The (s, S) of least mean cost a period, and that cost, (n,).

    `period` (n, m) has the probabilities of 0, 1, … pieces in one period, `protection` (n, m') those in lead time + 1
    periods: see `chances`. cost(s, S) = [K + Σ_{j<S-s} m(j) g(S - j)] / M(S - s), m the renewal density of demand, M
    its sum, g the newsvendor's cost over `protection`. Raises InventoryError where there is never any demand.
    (Snyder and Shen, section 4.4.3.)
    """
    (k,) = numbers(least=0.0, fixed_cost=fixed_cost)
    h, p = numbers(above=0.0, holding_cost=holding_cost, cost=cost)
    if (period[:, 0] >= 1.0 - TAIL).any():
        raise InventoryError("no demand at all", where="period", fix="leave these SKUs out")
    costs = np.ascontiguousarray(np.broadcast_to(np.stack(np.broadcast_arrays(k, h, p), axis=-1), (len(period), 3)))
    found = _search(np.ascontiguousarray(period), np.ascontiguousarray(protection), costs)
    return PeriodicReview(found[:, 0].copy(), found[:, 1].copy()), found[:, 2].copy()


@njit(cache=True)
def _search(period: Floats, protection: Floats, costs: Floats) -> Floats:
    """s, S, cost (n, 3); the room for S - s is doubled until it is enough."""
    found = np.empty((len(period), 3))
    for at in range(len(period)):
        room = 64
        while not _best(period[at], protection[at], costs[at], _renewal(period[at], room), found[at]):
            room *= 2
    return found


@njit(cache=True)
def _renewal(chance: Floats, room: int) -> Floats:
    """m(0) … m(room - 1): m(0) = 1 / (1 - p(0)), m(j) = m(0) Σ_{l=1..j} p(l) m(j - l)."""
    density = np.zeros(room)
    density[0] = 1.0 / (1.0 - chance[0])
    for j in range(1, room):
        total = 0.0
        for size in range(1, min(j, len(chance) - 1) + 1):
            total += chance[size] * density[j - size]
        density[j] = density[0] * total
    return density


@njit(cache=True)
def _one_period(level: int, chance: Floats, costs: Floats) -> float:
    """g(level) = h E[(level - D)⁺] + p E[(D - level)⁺]."""
    total = 0.0
    for pieces in range(len(chance)):
        left = level - pieces
        total += chance[pieces] * (costs[1] * left if left > 0 else -costs[2] * left)
    return total


@njit(cache=True)
def _mean_cost(point: int, level: int, chance: Floats, costs: Floats, density: Floats) -> float:
    total, periods = costs[0], 0.0
    for j in range(level - point):
        total += density[j] * _one_period(level - j, chance, costs)
        periods += density[j]
    return total / periods


@njit(cache=True)
def _best(period: Floats, chance: Floats, costs: Floats, density: Floats, found: Floats) -> bool:
    """Fills s, S, cost; False where S - s outgrows the density's room."""
    level = 0
    while _one_period(level + 1, chance, costs) < _one_period(level, chance, costs):
        level += 1
    point = level - 1
    while _mean_cost(point, level, chance, costs, density) > _one_period(point, chance, costs):
        point -= 1
        if level - point > len(density):
            return False
    best, trial = _mean_cost(point, level, chance, costs, density), level + 1
    while _one_period(trial, chance, costs) <= best:
        if trial - point > len(density):
            return False
        if _mean_cost(point, trial, chance, costs, density) < best:
            level = trial
            while _mean_cost(point, level, chance, costs, density) <= _one_period(point + 1, chance, costs):
                point += 1
            best = _mean_cost(point, level, chance, costs, density)
        trial += 1
    found[0], found[1], found[2] = point, level, best
    return True
