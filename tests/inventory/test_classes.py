"""ABC and XYZ classes: hand-made examples and what holds for any shop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from supplyline.errors import InventoryError
from supplyline.inventory.classes import abc_classes, abc_xyz, xyz_classes


def test_products_are_a_until_80_percent_and_b_until_95() -> None:
    assert abc_classes([5, 50, 30, 10, 3, 2, 0]).tolist() == ["B", "A", "A", "B", "C", "C", "C"]


def test_even_demand_is_x_and_rare_demand_z() -> None:
    demand = np.array([[4.0, 5, 6, 5], [0, 5, 10, 5], [0, 0, 0, 9], [0, 0, 0, 0], [np.nan, 5, 5, np.nan]])
    assert xyz_classes(demand).tolist() == ["X", "Y", "Z", "Z", "X"]
    assert abc_xyz([9, 1, 0, 0, 90], demand).tolist() == ["BX", "CY", "CZ", "CZ", "AX"]


@given(arrays.arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 1e9)))
def test_a_product_that_brings_more_is_never_in_a_lower_class(revenue: np.ndarray) -> None:
    classes = abc_classes(revenue)
    assert (np.diff(np.array([ord(name) for name in classes[np.argsort(-revenue, kind="stable")]])) >= 0).all()
    held_by_a = revenue[classes == "A"].sum()
    assert held_by_a >= 0.8 * revenue.sum() * (1 - 1e-9)
    assert revenue.max() == 0 or classes[np.argmax(revenue)] == "A"


def test_numbers_that_are_no_revenue_are_refused() -> None:
    for call in (lambda: abc_classes([-1.0]), lambda: abc_classes([1.0], 0.9, 0.8), lambda: xyz_classes(np.ones(3))):
        with pytest.raises(InventoryError):
            call()
