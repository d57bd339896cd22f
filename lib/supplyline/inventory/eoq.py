"""How much to order at a time when demand is steady: the economic order quantity and its relatives.

Arguments broadcast over SKUs. `fixed_cost` is currency per order, `demand` pieces per unit time, `holding_cost`
currency per piece and unit time, costs are per unit time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplyline.errors import InventoryError
from supplyline.inventory.arrays import Floats, numbers


@dataclass(frozen=True)
class OrderQuantity:
    """`quantity` pieces an order and `cost` currency per unit time, (n,)."""

    quantity: Floats
    cost: Floats


@dataclass(frozen=True)
class OrderQuantityWithBackorders(OrderQuantity):
    """`waiting`: the share of demand that waits."""

    waiting: Floats


@dataclass(frozen=True)
class DiscountedQuantity(OrderQuantity):
    """`step`: the price that holds at this quantity, counted from 0."""

    step: npt.NDArray[np.int64]


def eoq(fixed_cost: npt.ArrayLike, holding_cost: npt.ArrayLike, demand: npt.ArrayLike) -> OrderQuantity:
    """Q = √(2 K λ / h), cost √(2 K λ h) for orders and holding, without the goods.

    (Harris 1913; Snyder and Shen, section 3.2; Silver, Pyke and Thomas, on the economic order quantity.)
    """
    k, rate = numbers(least=0.0, fixed_cost=fixed_cost, demand=demand)
    (h,) = numbers(above=0.0, holding_cost=holding_cost)
    return OrderQuantity(np.asarray(np.sqrt(2 * k * rate / h)), np.asarray(np.sqrt(2 * k * rate * h)))


def eoq_cost(
    quantity: npt.ArrayLike, fixed_cost: npt.ArrayLike, holding_cost: npt.ArrayLike, demand: npt.ArrayLike
) -> Floats:
    """K λ / Q + h Q / 2: cost per unit time of ordering any Q > 0 (Snyder and Shen, section 3.2)."""
    (q, h) = numbers(above=0.0, quantity=quantity, holding_cost=holding_cost)
    k, rate = numbers(least=0.0, fixed_cost=fixed_cost, demand=demand)
    return np.asarray(k * rate / q + h * q / 2)


def eoq_with_backorders(
    fixed_cost: npt.ArrayLike, holding_cost: npt.ArrayLike, shortage_cost: npt.ArrayLike, demand: npt.ArrayLike
) -> OrderQuantityWithBackorders:
    """Q = √(2 K λ (h + p) / (h p)), a share h / (h + p) of demand waits at p currency per piece and unit time.

    Cost √(2 K λ h p / (h + p)). (Snyder and Shen, section 3.5; Zipkin, chapter 3.)
    """
    k, rate = numbers(least=0.0, fixed_cost=fixed_cost, demand=demand)
    h, p = numbers(above=0.0, holding_cost=holding_cost, shortage_cost=shortage_cost)
    quantity, cost = np.sqrt(2 * k * rate * (h + p) / (h * p)), np.sqrt(2 * k * rate * h * p / (h + p))
    return OrderQuantityWithBackorders(np.asarray(quantity), np.asarray(cost), np.asarray(h / (h + p)))


def economic_production_quantity(
    fixed_cost: npt.ArrayLike, holding_cost: npt.ArrayLike, demand: npt.ArrayLike, production: npt.ArrayLike
) -> OrderQuantity:
    """Q = √(2 K λ / (h (1 - λ/μ))) where goods arrive at `production` μ > λ a unit time (Snyder and Shen, 3.6)."""
    rate, speed = numbers(least=0.0, demand=demand, production=production)
    if (speed <= rate).any():
        raise InventoryError("production not faster than demand", where="production", fix="raise it")
    (h,) = numbers(above=0.0, holding_cost=holding_cost)
    return eoq(fixed_cost, h * (1 - rate / speed), rate)


def eoq_all_units(
    fixed_cost: npt.ArrayLike, holding_rate: npt.ArrayLike, demand: npt.ArrayLike, breaks: npt.ArrayLike,
    prices: npt.ArrayLike,
) -> DiscountedQuantity:  # fmt: skip
    """The best quantity where from breaks_j pieces on *all* pieces of an order cost prices_j.

    `breaks` (n, j) or (j,) rise from 0, `prices` currency a piece, `holding_rate` i a share of the price per unit time.
    cost_j(Q) = c_j λ + K λ / Q + i c_j Q / 2: of each price the EOQ, or its break where the EOQ lies below it; the
    cheapest of those that their own price holds for. Cost includes the goods.
    (Snyder and Shen, section 3.4; Silver, Pyke and Thomas, on quantity discounts.)
    """
    k, rate, i, start, price = _discounts(fixed_cost, holding_rate, demand, breaks, prices)
    end = np.concatenate([start[..., 1:], np.full_like(start[..., :1], np.inf)], axis=-1)
    quantity = np.maximum(np.sqrt(2 * k * rate / (i * price)), start)
    # An EOQ beyond its price's range is beaten by the lower price that holds there.
    with np.errstate(divide="ignore", invalid="ignore"):
        orders = np.where(rate > 0, k * rate / quantity, 0.0)
    cost = np.where(quantity < end, price * rate + orders + i * price * quantity / 2, np.inf)
    return _cheapest(quantity, cost)


def eoq_incremental(
    fixed_cost: npt.ArrayLike, holding_rate: npt.ArrayLike, demand: npt.ArrayLike, breaks: npt.ArrayLike,
    prices: npt.ArrayLike,
) -> DiscountedQuantity:  # fmt: skip
    """The best quantity where only the pieces from breaks_j on cost prices_j; arguments as of `eoq_all_units`.

    An order costs c̄_j + c_j Q in step j with c̄_j = Σ_{l<j} c_l (b_{l+1} - b_l) - c_j b_j, so Q_j = √(2 (K + c̄_j) λ /
    (i c_j)) and cost_j = c_j λ + i c̄_j / 2 + (K + c̄_j) λ / Q + i c_j Q / 2; the cheapest Q_j within its own step.
    (Snyder and Shen, section 3.4.)
    """
    k, rate, i, start, price = _discounts(fixed_cost, holding_rate, demand, breaks, prices)
    end = np.concatenate([start[..., 1:], np.full_like(start[..., :1], np.inf)], axis=-1)
    paid = np.cumsum(price[..., :-1] * np.diff(start, axis=-1), axis=-1)
    offset = np.concatenate([np.zeros_like(start[..., :1]), paid], axis=-1) - price * start
    quantity = np.sqrt(2 * (k + offset) * rate / (i * price))
    with np.errstate(divide="ignore", invalid="ignore"):
        orders = np.where(rate > 0, (k + offset) * rate / quantity, 0.0)
    cost = price * rate + i * offset / 2 + orders + i * price * quantity / 2
    return _cheapest(quantity, np.where((quantity >= start) & (quantity < end), cost, np.inf))


def _discounts(*given: npt.ArrayLike) -> list[Floats]:
    """Arguments with a last axis of prices. Raises InventoryError for breaks that don't rise from 0."""
    fixed, rate, demand, breaks, prices = given
    k, d, start = numbers(least=0.0, fixed_cost=fixed, demand=demand, breaks=breaks)
    i, price = numbers(above=0.0, holding_rate=rate, prices=prices)
    if start.shape[-1:] != price.shape[-1:] or (start[..., 0] != 0).any() or (np.diff(start, axis=-1) <= 0).any():
        raise InventoryError("breaks don't rise from 0, one a price", where="breaks", fix="give 0 first, then rising")
    start, price = np.broadcast_arrays(start, price)
    skus = np.broadcast_shapes(k.shape, d.shape, i.shape, start.shape[:-1])
    shape = (*skus, start.shape[-1])
    return [
        *(np.broadcast_to(each[..., None], shape) for each in (k, d, i)),
        *(np.broadcast_to(each, shape) for each in (start, price)),
    ]


def _cheapest(quantity: Floats, cost: Floats) -> DiscountedQuantity:
    step = np.argmin(cost, axis=-1)
    best, least = (np.take_along_axis(each, step[..., None], axis=-1)[..., 0] for each in (quantity, cost))
    return DiscountedQuantity(best, least, step=np.asarray(step, dtype=np.int64))
