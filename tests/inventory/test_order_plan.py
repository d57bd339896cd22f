"""plan_orders: golden costs, a linear program's optimum, and what an impossible plan says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from supplyline.errors import InventoryError
from supplyline.inventory.order_plan import InfeasibleOrdersError, plan_orders

DEMAND = [110, 130, 160, 190, 210, 230, 260, 290, 310, 330]


def test_the_golden_orders_and_their_cost() -> None:
    """From the issue: x_0 = 200, at most 300 a period, 0.1 a piece held."""
    plan = plan_orders(DEMAND, opening_stock=200, order_capacity=300, holding_cost=0.1)
    assert plan.cost == 19.0
    assert plan.orders == (0, 40, 160, 190, 210, 230, 290, 300, 300, 300)
    assert plan_orders(DEMAND, 200, 300, 0.1, minimum_stock=50).cost == 64.0


def by_linear_program(
    demand: list[float], opening: float, capacity: list[float], cost: list[float], floor: float
) -> float:
    """Least cost, infinite where there is no plan; orders are the variables, stock follows."""
    n = len(demand)
    sums = np.tril(np.ones((n, n)))
    held = opening - np.cumsum(demand)
    found = linprog(sums.T @ cost, A_ub=-sums, b_ub=held - floor, bounds=[(0, most) for most in capacity])
    return float(found.fun + np.dot(cost, held)) if found.status == 0 else math.inf


sizes = st.integers(0, 400).map(float)


@settings(max_examples=80, deadline=None)
@given(
    periods=st.lists(st.tuples(sizes, sizes, st.floats(0, 5)), min_size=1, max_size=8),
    opening=sizes,
    floor=st.integers(0, 80),
)
def test_no_linear_program_finds_a_cheaper_plan(
    periods: list[tuple[float, float, float]], opening: float, floor: int
) -> None:
    demand, capacity, cost = (list(column) for column in zip(*periods, strict=True))
    least = by_linear_program(demand, opening, capacity, cost, floor)
    try:
        plan = plan_orders(demand, opening, capacity, cost, minimum_stock=floor)
    except InfeasibleOrdersError:
        assert least == math.inf
        return
    assert plan.cost == pytest.approx(least, rel=1e-6, abs=1e-6)
    np.testing.assert_allclose(np.diff([opening, *plan.stock]), np.array(plan.orders) - demand, atol=1e-9)
    assert min(plan.stock) >= floor
    assert all(0 <= order <= most for order, most in zip(plan.orders, capacity, strict=True))


@settings(max_examples=60, deadline=None)
@given(demand=st.lists(sizes, min_size=1, max_size=8), opening=sizes, capacity=sizes, floor=st.integers(100, 200))
def test_each_relaxation_alone_is_enough_and_not_a_piece_too_much(
    demand: list[float], opening: float, capacity: float, floor: int
) -> None:
    try:
        plan_orders(demand, opening, capacity, 0.1, minimum_stock=floor)
    except InfeasibleOrdersError as error:
        for share, enough in ((1.0, True), (0.99, False)):
            more, wider, lower = (share * each for each in (error.opening_stock, error.capacity, error.floor))
            assert possible(demand, opening + more, capacity, floor) is enough
            assert possible(demand, opening, capacity + wider, floor) is enough
            assert floor < lower or possible(demand, opening, capacity, floor - lower) is enough


def possible(demand: list[float], opening: float, capacity: float, floor: float) -> bool:
    try:
        plan_orders(demand, opening, capacity, 0.1, minimum_stock=floor)
    except InfeasibleOrdersError:
        return False
    return True


def test_an_impossible_plan_names_the_first_short_period() -> None:
    with pytest.raises(
        InfeasibleOrdersError, match=r"period 3.*raise opening_stock by 30 or order_capacity by 10"
    ) as caught:
        plan_orders([10, 10, 50, 0], opening_stock=10, order_capacity=10, holding_cost=1)
    assert caught.value.period == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"demand": [1.0, -1.0]}, "demand"),
        ({"demand": [1.0, math.nan]}, "demand"),
        ({"opening_stock": -1}, "opening_stock"),
        ({"order_capacity": [1.0] * 3}, "order_capacity"),
        ({"holding_cost": math.inf}, "holding_cost"),
        ({"minimum_stock": -5}, "minimum_stock"),
        ({"demand": ["many", "few"]}, "demand"),
    ],
)
def test_numbers_that_are_no_plans_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InventoryError, match=message):
        plan_orders(**({"demand": [1.0, 1.0], "opening_stock": 1, "order_capacity": 5, "holding_cost": 1} | changes))


def test_no_demand_needs_no_orders() -> None:
    assert plan_orders([], 5, 1, 1).cost == 0
