"""Orders of one product over known demand: the least stock that capacity and floor allow, exactly, without a solver."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplyline.errors import InventoryError
from supplyline.inventory.arrays import Floats, floats

ROUNDING = 1e-9  # of the largest number in play: what sums of floats may be off by


@dataclass(frozen=True)
class OrderPlan:
    """Holding cost, orders (periods,) and stock at the end of each period (periods,), pieces."""

    cost: float
    orders: tuple[float, ...]
    stock: tuple[float, ...]


class InfeasibleOrdersError(InventoryError):
    """Demand that no orders within capacity can meet.

    `period` is the first, counted from 1, that ends below its floor however much is ordered before. Each of the others
    alone is the least change that makes a plan possible: pieces more of opening stock, pieces more of capacity in every
    period, pieces off the floor.
    """

    def __init__(self, period: int, opening_stock: float, capacity: float, floor: float) -> None:
        self.period, self.opening_stock, self.capacity, self.floor = period, opening_stock, capacity, floor
        changes = [f"opening_stock by {opening_stock:g}", f"order_capacity by {capacity:g} in every period"]
        fix = f"raise {' or '.join(changes)}, or lower minimum_stock by {floor:g}"
        super().__init__("no orders within capacity keep the minimum stock", where=f"period {period}", fix=fix)


def plan_orders(
    demand: npt.ArrayLike,
    opening_stock: float,
    order_capacity: npt.ArrayLike,
    holding_cost: npt.ArrayLike,
    *,
    minimum_stock: npt.ArrayLike = 0.0,
) -> OrderPlan:
    """The cheapest orders: min Σ h_t x_t with x_t = x_{t-1} + q_t - d_t, 0 ≤ q_t ≤ capacity_t, x_t ≥ minimum_t.

    `demand` (periods,) pieces; capacity, holding cost (currency per piece held at the end of a period) and minimum
    stock are one number or one a period; an order arrives in its own period. Solved by looking backward: a period must
    end with need_t = max(minimum_t, need_{t+1} + d_{t+1} - capacity_{t+1}), and ending with no more than that (or than
    is left of the stock before) is the least stock in every period at once, so no cost h ≥ 0 prefers another plan.
    (The linear program is that of Silver, Pyke and Thomas on lot sizing with capacities, without set-up costs.)
    Raises InfeasibleOrdersError, and InventoryError for numbers that are no plan's.
    """
    demand = _numbers("demand", demand)
    capacity, cost, floor = (
        np.broadcast_to(_numbers(name, values, periods=len(demand)), demand.shape)
        for name, values in (
            ("order_capacity", order_capacity),
            ("holding_cost", holding_cost),
            ("minimum_stock", minimum_stock),
        )
    )
    opening = float(_numbers("opening_stock", opening_stock, periods=1)[0])
    _refuse_impossible(demand, opening, capacity, floor)
    need = _needs(demand, capacity, floor)
    orders, stock, held = [], [], opening
    for wanted, sold in zip(need, demand, strict=True):
        orders.append(float(max(wanted - (held - sold), 0.0)))
        held = float(max(held - sold, wanted))
        stock.append(held)
    return OrderPlan(math.fsum(cost * np.array(stock)), tuple(orders), tuple(stock))


def _numbers(name: str, values: npt.ArrayLike, periods: int | None = None) -> Floats:
    """Finite numbers ≥ 0, one or `periods` of them."""
    numbers = np.atleast_1d(floats(name, values))
    if numbers.ndim != 1 or (periods is not None and len(numbers) not in (1, periods)):
        raise InventoryError(f"shape {numbers.shape}", where=name, fix="give one number, or one a period")
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        raise InventoryError("a number below zero, or none", where=name, fix="give finite numbers from 0")
    return numbers


def _needs(demand: Floats, capacity: Floats, floor: Floats) -> Floats:
    need = floor.copy()
    for period in range(len(demand) - 2, -1, -1):
        need[period] = max(need[period], need[period + 1] + demand[period + 1] - capacity[period + 1])
    return need


def _refuse_impossible(demand: Floats, opening: float, capacity: Floats, floor: Floats) -> None:
    """With all capacity used from the start a period still ends short: that is the proof that no plan exists."""
    short = floor + np.cumsum(demand) - opening - np.cumsum(capacity)
    if not len(short) or short.max() <= ROUNDING * (opening + demand.sum() + capacity.sum() + floor.max()):
        return
    first = int(np.argmax(short > 0)) + 1
    per_period = short / np.arange(1, len(short) + 1)
    most = float(short.max())
    raise InfeasibleOrdersError(first, opening_stock=most, capacity=float(per_period.max()), floor=most)
