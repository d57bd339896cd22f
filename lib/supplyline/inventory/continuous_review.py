"""(s, Q): stock is known all the time; at or below s an order of Q pieces is placed.

`demand` is that over the lead time. The stock position after a moment's wait is uniform on (s, s + Q] (on s + 1 … s + Q
for whole pieces), whatever the demand, so everything follows from the loss functions of lead-time demand.
Arguments broadcast over SKUs; results are (n,).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from supplyline.inventory.arrays import Floats, least_whole, numbers, root_of_falling
from supplyline.inventory.distributions import Demand, Normal
from supplyline.inventory.eoq import eoq, eoq_with_backorders
from supplyline.inventory.newsvendor import newsvendor_cost
from supplyline.inventory.normal_roots import points_at_difference, points_at_loss, turns

Unmet = Literal["backorder", "lost"]
LEAST_LEVEL = 1e-12


@dataclass(frozen=True)
class ContinuousReview:
    """Order `quantity` pieces at or below `reorder_point` pieces; (n,)."""

    reorder_point: Floats
    quantity: Floats


def reorder_point_for_cycle_service(demand: Demand, level: npt.ArrayLike) -> Floats:
    """s with P(no shortage before an order arrives) = P(D ≤ s) ≥ `level`, type 1 service.

    (Silver, Pyke and Thomas, on P1; Snyder and Shen, section 5.3.2.)
    """
    (wanted,) = numbers(above=0.0, below=1.0, level=level)
    return demand.quantile(wanted)


def fill_rate(
    demand: Demand, reorder_point: npt.ArrayLike, quantity: npt.ArrayLike, unmet: Unmet = "backorder"
) -> Floats:
    """Share of demand served from the shelf, type 2 service.

    Waiting: 1 - [n(s) - n(s + Q)] / Q, exact. Lost: a cycle serves Q and loses n(s): Q / (Q + n(s)), taking it that
    at most one order is on the way. (Silver, Pyke and Thomas, on P2, who leave n(s + Q) out; Zipkin, chapter 6.)
    """
    (q,) = numbers(above=0.0, quantity=quantity)
    s = np.asarray(reorder_point, dtype=np.float64)
    if unmet == "lost":
        return np.asarray(q / (q + demand.loss(s)))
    return np.asarray(1.0 - (demand.loss(s) - demand.loss(s + q)) / q)


def reorder_point_for_fill_rate(
    demand: Demand, quantity: npt.ArrayLike, rate: npt.ArrayLike, unmet: Unmet = "backorder"
) -> Floats:
    """Least s, whole for whole pieces, with `fill_rate` of at least `rate`."""
    (q,) = numbers(above=0.0, quantity=quantity)
    (wanted,) = numbers(above=0.0, below=1.0, rate=rate)
    if isinstance(demand, Normal) and unmet == "backorder":
        return _at_difference(demand, q, np.asarray(1.0 - wanted))
    return _least(demand, q, lambda s: np.asarray(wanted - fill_rate(demand, s, q, unmet)))


def reorder_point_for_textbook_fill_rate(demand: Normal, quantity: npt.ArrayLike, rate: npt.ArrayLike) -> Floats:
    """s = x + k σ with σ G(k) = Q (1 - P2): Silver, Pyke and Thomas's rule, which counts no shortage above s + Q."""
    (q,) = numbers(above=0.0, quantity=quantity)
    (wanted,) = numbers(above=0.0, below=1.0, rate=rate)
    (point,) = _each(lambda short: points_at_loss(short)[:, None], q * (1.0 - wanted) / demand.sd)
    return np.asarray(demand.mean + point * demand.sd)


def _at_loss(demand: Demand, quantity: Floats, short: Floats) -> Floats:
    return _least(demand, quantity, lambda s: np.asarray(demand.loss(s) - short))


def _at_difference(demand: Normal, quantity: Floats, share: Floats) -> Floats:
    """s with n(s) - n(s + Q) = share · Q."""
    high = special.ndtri(1.0 - share)
    (point,) = _each(lambda *given: points_at_difference(*given)[:, None], quantity / demand.sd, high, share)
    return np.asarray(demand.mean + point * demand.sd)


def _each(compiled: Callable[..., Floats], *given: Floats) -> list[Floats]:
    """Columns of what a compiled function of (n,) arrays gives, in the shape that the arguments broadcast to."""
    arrays = np.broadcast_arrays(*given)
    found = compiled(*(np.ascontiguousarray(each, dtype=np.float64).ravel() for each in arrays))
    return [np.asarray(column.reshape(arrays[0].shape)) for column in found.T]


def _least(demand: Demand, quantity: Floats, falling: Callable[[Floats], Floats]) -> Floats:
    """Least s at which the function is no longer above zero."""
    low, high = demand.mean - quantity, demand.mean + 3 * np.sqrt(demand.variance) + 0 * quantity
    shape = np.broadcast_shapes(low.shape, falling(low).shape)
    find = least_whole if demand.discrete else root_of_falling
    return find(falling, np.broadcast_to(low, shape), np.broadcast_to(high, shape))


def reorder_point_for_occasion_cost(
    demand: Normal, quantity: npt.ArrayLike, holding_cost: npt.ArrayLike, rate: npt.ArrayLike, cost: npt.ArrayLike
) -> Floats:
    """s = x + k σ, k = √(2 ln(D B1 / (√(2π) Q h σ))) where each shortage costs B1 whatever its size.

    `rate` D pieces per unit time, `holding_cost` h per piece and unit time. Where the logarithm is below 0, k is 0:
    shortages are then too cheap for a safety stock. (Silver, Pyke and Thomas, on B1.)
    """
    q, h, d, b = numbers(above=0.0, quantity=quantity, holding_cost=holding_cost, rate=rate, cost=cost)
    ratio = d * b / (np.sqrt(2 * np.pi) * q * h * demand.sd)
    return np.asarray(demand.mean + demand.sd * np.sqrt(2 * np.log(np.maximum(ratio, 1.0))))


def reorder_point_for_piece_cost(
    demand: Demand, quantity: npt.ArrayLike, holding_cost: npt.ArrayLike, rate: npt.ArrayLike, cost: npt.ArrayLike,
    unmet: Unmet = "backorder",
) -> Floats:  # fmt: skip
    """s with P(D > s) = Q h / (B2 λ) where each piece short costs B2 once; Q h / (B2 λ + Q h) where it is lost.

    `rate` λ pieces per unit time. A ratio of 1 or more means that no stock is worth its holding: the least quantile.
    (Silver, Pyke and Thomas, on B2; Hadley and Whitin 1963 for lost sales.)
    """
    q, h, d, b = numbers(above=0.0, quantity=quantity, holding_cost=holding_cost, rate=rate, cost=cost)
    paid = d * b + (q * h if unmet == "lost" else 0.0)
    return demand.quantile(np.clip(1.0 - q * h / paid, LEAST_LEVEL, 1.0 - LEAST_LEVEL))


def reorder_point_for_time_cost(
    demand: Demand, quantity: npt.ArrayLike, holding_cost: npt.ArrayLike, cost: npt.ArrayLike
) -> Floats:
    """The best s for this Q where a piece short costs `cost` p per unit time: g(s) = g(s + Q), g the newsvendor's cost.

    For whole pieces the least s with g(s + 1 + Q) ≥ g(s + 1). (Snyder and Shen, section 5.2; Zheng 1992; Federgruen and
    Zheng 1992.)
    """
    q, h, p = numbers(above=0.0, quantity=quantity, holding_cost=holding_cost, cost=cost)
    if isinstance(demand, Normal):
        return _at_difference(demand, q, np.asarray(h / (h + p)))
    step = 1.0 if demand.discrete else 0.0

    def falling(s: Floats) -> Floats:
        here, there = (newsvendor_cost(demand, s + more, h, p) for more in (step, step + q))
        return np.asarray(here - there)

    return _least(demand, q, falling)


def review_cost(
    demand: Demand, policy: ContinuousReview, fixed_cost: npt.ArrayLike, holding_cost: npt.ArrayLike,
    cost: npt.ArrayLike, rate: npt.ArrayLike,
) -> Floats:  # fmt: skip
    """Exact cost per unit time: [K λ + ∫ from s to s+Q of g(y) dy] / Q, a sum over s+1 … s+Q for whole pieces.

    (Snyder and Shen, section 5.2; for Poisson demand section 5.5.)
    """
    k, h, p, d = numbers(least=0.0, fixed_cost=fixed_cost, holding_cost=holding_cost, cost=cost, rate=rate)
    s, q = policy.reorder_point, policy.quantity
    between = demand.second_loss(s) - demand.second_loss(s + q)
    middle = s + (q + 1) / 2 if demand.discrete else s + q / 2
    return np.asarray((k * d + (h + p) * between) / q + h * (middle - demand.mean))


def policy_with_eoq(
    demand: Demand, fixed_cost: npt.ArrayLike, holding_cost: npt.ArrayLike, cost: npt.ArrayLike, rate: npt.ArrayLike
) -> ContinuousReview:
    """EOQ, and s as if every order were a newsvendor's: F(s) = p / (p + h) (Snyder and Shen, section 5.3.1)."""
    h, p = numbers(above=0.0, holding_cost=holding_cost, cost=cost)
    quantity = eoq(fixed_cost, h, rate).quantity
    return ContinuousReview(demand.quantile(p / (p + h)), np.ceil(quantity) if demand.discrete else quantity)


def policy_with_backorder_eoq(
    demand: Demand, fixed_cost: npt.ArrayLike, holding_cost: npt.ArrayLike, cost: npt.ArrayLike, rate: npt.ArrayLike
) -> ContinuousReview:
    """The EOQ with backorders, and the best s for it: within 1/8 of the least cost (Zheng, Man. Sci. 38, 1992)."""
    quantity = eoq_with_backorders(fixed_cost, holding_cost, cost, rate).quantity
    quantity = np.maximum(np.round(quantity), 1.0) if demand.discrete else quantity
    return ContinuousReview(reorder_point_for_time_cost(demand, quantity, holding_cost, cost), quantity)


def policy_with_loss_functions(
    demand: Demand, fixed_cost: npt.ArrayLike, holding_cost: npt.ArrayLike, cost: npt.ArrayLike, rate: npt.ArrayLike
) -> ContinuousReview:
    """Hadley and Whitin's turns: n(s) = h Q / (h + p), Q = √(2 [K λ + (h + p) n₂(s)] / h) until nothing moves.

    For continuous demand. (Hadley and Whitin 1963; Snyder and Shen, section 5.3.4.)
    """
    k, d = numbers(least=0.0, fixed_cost=fixed_cost, rate=rate)
    h, p = numbers(above=0.0, holding_cost=holding_cost, cost=cost)
    quantity, moved = eoq(k, h, d).quantity, True
    if isinstance(demand, Normal):
        sd = demand.sd
        point, quantity = _each(turns, quantity / sd, h / (h + p), k * d / (h * sd * sd))
        return ContinuousReview(np.asarray(demand.mean + point * sd), np.asarray(quantity * sd))
    while moved:
        short, before = h * quantity / (h + p), quantity
        point = _at_loss(demand, quantity, short)
        quantity = np.asarray(np.sqrt(2 * (k * d + (h + p) * demand.second_loss(point)) / h))
        moved = bool(np.any(np.abs(quantity - before) > 1e-9 * np.maximum(quantity, 1.0)))
    return ContinuousReview(point, quantity)
