"""Orders of a buyer who knows every coming demand and lead time: the bound that no policy can pass."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@njit(cache=True)
def clairvoyant_orders(
    demand: Ints, lead: Ints, review: Ints, opening: Ints, costs: Floats
) -> Ints:  # pragma: no cover - compiled
    """(n, looks) pieces to order at each look, so that holding, ordering and lost sales cost the least.

    `demand` (n, days), `lead` (n, looks) days, no order overtaking another, `review` (n,), `opening` (n,) pieces,
    `costs` (n, 3): holding a piece and day, a piece lost, an order. The dynamic programme of Wagner and Whitin
    (Management Science 5, 1958) over the looks: an order serves the days from its arrival to that of the next one; a
    stretch of days is also left unserved where that costs less than an order. Minimum, maximum and packs of an order
    are not kept.
    """
    n, days = demand.shape
    orders = np.zeros(lead.shape, dtype=np.int64)
    for row in range(n):
        looks = (days + review[row] - 1) // review[row]
        open_demand = demand[row].copy()
        left = opening[row]
        for day in range(days):
            served = min(left, open_demand[day])
            open_demand[day] -= served
            left -= served
        arrival = np.empty(looks + 1, dtype=np.int64)
        for look in range(looks):
            arrival[look] = min(look * review[row] + 1 + lead[row, look], days)
        arrival[looks] = days
        _plan(open_demand, arrival, costs[row], orders[row])
    return orders


@njit(cache=True)
def _plan(demand: Ints, arrival: Ints, costs: Floats, orders: Ints) -> None:  # pragma: no cover - compiled
    """Fill in one SKU's orders: `best` is the least cost up to an arrival, `from_` the order that serves up to it."""
    looks = len(arrival) - 1
    best = np.full(looks + 1, np.inf)
    from_ = np.full(looks + 1, -1, dtype=np.int64)
    best[0] = 0.0
    for first in range(looks):
        lost = demand[arrival[first] : arrival[first + 1]].sum() * costs[1]
        if best[first] + lost < best[first + 1]:
            best[first + 1], from_[first + 1] = best[first] + lost, -1
        cost = best[first] + costs[2]
        for last in range(first, looks):
            for day in range(arrival[last], arrival[last + 1]):
                cost += costs[0] * demand[day] * (day - arrival[first])
            if cost < best[last + 1]:
                best[last + 1], from_[last + 1] = cost, first
    end = looks
    while end > 0:
        start = from_[end]
        if start >= 0:
            orders[start] = demand[arrival[start] : arrival[end]].sum()
        end = start if start >= 0 else end - 1
