"""(R, S) and (R, s, S): the stock is looked at every R; what is on the shelf has to last review period plus lead time.

`protection` is demand over R + L, `lead` that over the lead time L; build them with `Demand.over`, `over_random_time`
or `from_paths`. Arguments broadcast over SKUs; results are (n,).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplyline.inventory.arrays import Floats, least_whole, numbers, root_of_falling
from supplyline.inventory.continuous_review import Unmet
from supplyline.inventory.distributions import Demand
from supplyline.inventory.newsvendor import NewsvendorPlan, newsvendor


@dataclass(frozen=True)
class PeriodicReview:
    """At a look, order up to `order_up_to` pieces if the stock is at or below `reorder_point`; (n,)."""

    reorder_point: Floats
    order_up_to: Floats


def order_up_to_for_cycle_service(protection: Demand, level: npt.ArrayLike) -> Floats:
    """S with P(no shortage in a cycle) = P(D over R + L ≤ S) ≥ `level`.

    (Silver, Pyke and Thomas, on (R, S) systems: those of (s, Q) with R + L for L.)
    """
    (wanted,) = numbers(above=0.0, below=1.0, level=level)
    return protection.quantile(wanted)


def review_fill_rate(
    protection: Demand, lead: Demand, order_up_to: npt.ArrayLike, unmet: Unmet = "backorder"
) -> Floats:
    """Share of demand served from the shelf; a cycle is short of n over R+L (S) - n over L (S), E[D over R] is asked.

    Waiting: 1 - short / E[D_R], exact: a cycle's shortage is that at its end less that which was there at its start.
    (Zipkin, chapter 6; Silver, Pyke and Thomas leave the second term out.) Lost: E[D_R] / (E[D_R] + short), near it
    where shortages are few, as `fill_rate` of (s, Q) has it; `lost_sales_review` is exact for whole pieces and L ≤ R.
    """
    level = np.asarray(order_up_to, dtype=np.float64)
    short, asked = protection.loss(level) - lead.loss(level), protection.mean - lead.mean
    return np.asarray(asked / (asked + short) if unmet == "lost" else 1.0 - short / asked)


def order_up_to_for_fill_rate(
    protection: Demand, lead: Demand, rate: npt.ArrayLike, unmet: Unmet = "backorder"
) -> Floats:
    """Least S, whole for whole pieces, with `review_fill_rate` of at least `rate`."""
    (wanted,) = numbers(above=0.0, below=1.0, rate=rate)

    def missing(level: Floats) -> Floats:
        return np.asarray(wanted - review_fill_rate(protection, lead, level, unmet))

    find = least_whole if protection.discrete else root_of_falling
    shape = np.broadcast_shapes(wanted.shape, np.shape(protection.mean), np.shape(lead.mean))
    low = np.broadcast_to(np.minimum(lead.mean, protection.mean), shape)
    high = np.broadcast_to(protection.mean + 3 * np.sqrt(protection.variance), shape)
    return find(missing, low, high)


def order_up_to_for_cost(protection: Demand, holding_cost: npt.ArrayLike, cost: npt.ArrayLike) -> NewsvendorPlan:
    """S of least cost where stock and shortage at the end of a review period cost h and p a piece: F(S) = p / (p + h).

    (Snyder and Shen, section 4.3.4, with a lead time: demand over R + L; Zipkin, chapter 9.)
    """
    return newsvendor(protection, holding_cost, cost)


def undershoot(period: Demand) -> tuple[Floats, Floats]:
    """Mean and variance of the pieces by which the stock is below s when a look finds it at or below.

    E = E[D²] / (2 E[D]) - ½ for whole pieces, else without the half; Var = E[D³] / (3 E[D]) - E² with the third moment
    of a gamma distribution, E[D³] = m³ (1 + c²)(1 + 2c²), c² = Var / m². (Renewal theory; Silver, Pyke and Thomas, on
    (R, s, S).)
    """
    mean, square = period.mean, period.variance / period.mean**2
    first = mean * (1 + square) / 2
    third = mean**2 * (1 + square) * (1 + 2 * square) / 3
    return np.asarray(first - (0.5 if period.discrete else 0.0)), np.asarray(np.maximum(third - first**2, 0.0))


def power_approximation(
    mean: npt.ArrayLike, variance: npt.ArrayLike, lead: npt.ArrayLike, fixed_cost: npt.ArrayLike,
    holding_cost: npt.ArrayLike, cost: npt.ArrayLike,
) -> PeriodicReview:  # fmt: skip
    """(R, s, S) near the least cost: the revised power approximation of Ehrhardt and Mosier.

    Q = 1.30 μ^.494 (K/h)^.506 (1 + σ_L²/μ²)^.116, z = √(Q h / (σ_L p)), s = .973 μ_L + σ_L (.183/z + 1.063 - 2.192 z),
    S = s + Q. `mean` μ and `variance` of one review period's demand, μ_L and σ_L² those of `lead` + 1 periods, h and p
    per piece and period. (Management Science 30, 1984; Snyder and Shen, section 4.4.)
    """
    m, v, k, h, p = numbers(
        above=0.0, mean=mean, variance=variance, fixed_cost=fixed_cost, holding_cost=holding_cost, cost=cost
    )
    (periods,) = numbers(least=0.0, lead=lead)
    total, spread = m * (periods + 1), np.sqrt(v * (periods + 1))
    quantity = 1.30 * m**0.494 * (k / h) ** 0.506 * (1 + (spread / m) ** 2) ** 0.116
    z = np.sqrt(quantity * h / (spread * p))
    point = 0.973 * total + spread * (0.183 / z + 1.063 - 2.192 * z)
    return PeriodicReview(np.asarray(point), np.asarray(point + quantity))
