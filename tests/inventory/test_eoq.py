"""Economic order quantities: textbook examples, and the least of all quantities tried."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyline.errors import InventoryError
from supplyline.inventory.eoq import (
    economic_production_quantity,
    eoq,
    eoq_all_units,
    eoq_cost,
    eoq_incremental,
    eoq_with_backorders,
)  # fmt: skip


def test_examples_3_1_and_3_9_of_snyder_and_shen() -> None:
    """As in the doctests of stockpyl 1.0.2: eoq.py."""
    found = eoq(8, 0.225, 1300)
    assert (found.quantity, found.cost) == pytest.approx((304.0467800264368, 68.41052550594829))
    waiting = eoq_with_backorders(8, 0.225, 5, 1300)
    assert (waiting.quantity, waiting.waiting) == pytest.approx((310.81255515896464, 0.0430622009569378))
    assert waiting.cost == pytest.approx(66.92136355097325)
    assert economic_production_quantity(8, 0.225, 1300, 1700).quantity == pytest.approx(626.8084945889684)


def test_all_units_discount_example_of_stockpyl() -> None:
    found = eoq_all_units(200, 0.20, 1000, [0, 200, 500], [500, 475, 450])
    assert (found.quantity, found.step, found.cost) == (500, 2, 472_900)


def test_incremental_discount_example_of_stockpyl() -> None:
    found = eoq_incremental(150, 0.25, 2400, [0, 300, 600], [100, 90, 80])
    assert (found.quantity, found.step, found.cost) == pytest.approx((1481.8906842274164, 2, 222762.8136845483))


prices = st.lists(st.floats(0.5, 20), min_size=1, max_size=4).map(lambda each: sorted(each, reverse=True))


@settings(max_examples=60, deadline=None)
@given(
    fixed=st.floats(0.5, 500),
    rate=st.floats(0.05, 0.5),
    demand=st.floats(1, 5000),
    price=prices,
    width=st.floats(1, 300),
)
def test_no_quantity_tried_is_cheaper_under_discounts(
    fixed: float, rate: float, demand: float, price: list[float], width: float
) -> None:
    breaks, costs = np.arange(len(price)) * width, np.array(price)
    tried = np.concatenate([np.geomspace(0.01, 1e5, 4000), breaks[1:]])
    step = np.searchsorted(breaks, tried, side="right") - 1
    plain = costs[step] * demand + fixed * demand / tried + rate * costs[step] * tried / 2
    assert eoq_all_units(fixed, rate, demand, breaks, costs).cost <= plain.min() * (1 + 1e-9)
    assert eoq_all_units(fixed, rate, demand, breaks, costs).cost >= plain.min() * (1 - 1e-4)
    paid = np.concatenate([[0.0], np.cumsum(costs[:-1] * np.diff(breaks))])[step] + costs[step] * (tried - breaks[step])
    growing = (fixed + paid) * demand / tried + rate * paid / 2
    found = eoq_incremental(fixed, rate, demand, breaks, costs).cost
    assert growing.min() * (1 - 1e-4) <= found <= growing.min() * (1 + 1e-9)


def test_many_skus_at_once_are_each_as_alone() -> None:
    fixed, demand = np.array([5.0, 8.0, 1.0]), np.array([10.0, 1300.0, 0.0])
    together = eoq_all_units(fixed, 0.2, demand, [[0, 50], [0, 200], [0, 5]], [[5.0, 4.0], [3.0, 2.9], [1.0, 0.5]])
    alone = [
        eoq_all_units(fixed[0], 0.2, demand[0], [0, 50], [5.0, 4.0]),
        eoq_all_units(fixed[1], 0.2, demand[1], [0, 200], [3.0, 2.9]),
    ]
    assert together.cost[:2].tolist() == [float(each.cost) for each in alone]
    assert eoq_cost(together.quantity[0], fixed[0], 1.0, 10.0) > 0
    assert together.cost[2] == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: eoq(-1, 1, 1), "fixed_cost is -1 at position 0"),
        (lambda: eoq([1, 2], [1, 0], 1), "holding_cost is 0 at position 1"),
        (lambda: eoq_all_units(1, 0.1, 1, [0, 5, 5], [3, 2, 1]), "rise from 0"),
        (lambda: economic_production_quantity(1, 1, 5, 5), "faster than demand"),
    ],
)
def test_numbers_outside_their_range_are_named(call: object, message: str) -> None:
    with pytest.raises(InventoryError, match=message):
        call()  # type: ignore[operator]
