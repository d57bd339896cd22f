"""Exact (s, Q) for single pieces asked for at random: Federgruen and Zheng, Operations Research 40 (1992)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from supplyline.inventory.arrays import Floats, numbers
from supplyline.inventory.continuous_review import ContinuousReview
from supplyline.inventory.counts import poisson

MOST_LEVELS = 1e7


def exact_poisson_policy(
    lead_demand: npt.ArrayLike, fixed_cost: npt.ArrayLike, holding_cost: npt.ArrayLike, cost: npt.ArrayLike,
    rate: npt.ArrayLike,
) -> tuple[ContinuousReview, Floats]:  # fmt: skip
    """The best (s, Q) and its cost per unit time, for Poisson demand of mean `lead_demand` over the lead time.

    cost(s, Q) = [K λ + Σ over y = s+1 … s+Q of g(y)] / Q, g(y) = h E[(y - D)⁺] + p E[(D - y)⁺]. g is convex: the best
    Q + 1 levels are the best Q and the cheaper neighbour; levels join until one would raise the mean. `rate` λ > 0.
    NaN where an argument is not finite, or Q would pass ten million: that is a task for `eoq`.
    (Snyder and Shen, section 5.5.)
    """
    mean, k = numbers(least=0.0, lead_demand=lead_demand, fixed_cost=fixed_cost)
    h, p, d = numbers(above=0.0, holding_cost=holding_cost, cost=cost, rate=rate)
    demand = poisson(mean)
    start = demand.quantile(p / (p + h))
    below = demand.cdf(start)
    given = np.broadcast_arrays(mean, k * d, h, p, start, below, below - demand.cdf(start - 1))
    found = _join(np.ascontiguousarray(np.stack(given, axis=-1)).reshape(-1, len(given)))
    point, quantity, total = (found[:, column].reshape(given[0].shape) for column in range(3))
    return ContinuousReview(point, quantity), total


@njit(cache=True)
def _join(given: Floats) -> Floats:
    """(n, 3) s, Q and cost: levels join from the best one outwards, the cheaper side first.

    `given` (n, 7): mean, fixed cost per unit time, holding, shortage, best level, P(D ≤ level), P(D = level). What lies
    left over at a level moves on as E[(y + 1 - D)⁺] = E[(y - D)⁺] + P(D ≤ y).
    """
    found = np.empty((len(given), 3))
    for at in range(len(given)):
        mean, setup, h, p, level, cdf, mass = given[at]
        found[at] = np.nan
        if not np.isfinite(given[at]).all():
            continue
        left = level * cdf - mean * (cdf - mass)
        low, low_cdf, low_mass, low_left = level - 1, cdf - mass, mass * level / max(mean, 1e-300), left - cdf + mass
        high, high_mass, high_left = level + 1, mass * mean / (level + 1), left + cdf
        high_cdf, total, count = cdf + high_mass, setup + h * left + p * (mean - level + left), 1.0
        while count < MOST_LEVELS:
            low_left = max(low_left, 0.0) if low > 0 else 0.0
            down, up = h * low_left + p * (mean - low + low_left), h * high_left + p * (mean - high + high_left)
            if min(down, up) >= total / count:
                found[at] = low, count, total / count
                break
            count += 1.0
            if down <= up:
                total, low = total + down, low - 1
                low_cdf, low_mass = low_cdf - low_mass, low_mass * max(low + 1, 0.0) / max(mean, 1e-300)
                low_left -= low_cdf
            else:
                total, high, high_left = total + up, high + 1, high_left + high_cdf
                high_mass *= mean / high
                high_cdf += high_mass
    return found
