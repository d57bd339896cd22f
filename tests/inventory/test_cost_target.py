"""Levels and cycles of least cost: the formulas, their edges, terms that can be kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from supplyline.inventory import Costs, Terms, reorder_policy
from supplyline.inventory.cost_target import LONGEST, least_cost_terms, undershoot
from supplyline.inventory.demand import daily_variance
from supplyline.inventory.terms import terms_errors, terms_of_skus

TERMS = Terms(lead_time_days=5, lead_time_sd_days=1, review_days=7)


def own(count: int = 1) -> pd.DataFrame:
    return terms_of_skus(pd.DataFrame({"sku": range(count)}), TERMS)


def test_level_and_cycle_are_those_of_the_formula() -> None:
    """Price 8: h = 8 · 0.5 · 0.25 / 365 a day, b = 4, K = 1, 2 a day: EOQ lasts √(2 / (2 h)) = 19.1 days.

    An order is the demand of 19.1 - 7 days and, of an even demand, half a look's: it lasts 3.5 days more.
    """
    found = least_cost_terms(own(), np.array([2.0]), np.array([8.0]), Costs()).iloc[0]
    h, lasting = 1 / 365, np.sqrt(365)
    assert found["order_cycle_days"] == pytest.approx(lasting - 7)
    assert found["service_level"] == pytest.approx(4 / (4 + h * (lasting - 3.5)))


def test_clumped_demand_has_longer_cycles_and_lower_levels() -> None:
    even, clumped = (
        least_cost_terms(own(), np.array([2.0]), np.array([8.0]), Costs(), np.array([variance])).iloc[0]
        for variance in (0.0, 100.0)
    )
    below = (700 / 14 + 14) / 2 - 0.5
    assert clumped["order_cycle_days"] == even["order_cycle_days"]
    assert clumped["service_level"] == pytest.approx(4 / (4 + (np.sqrt(365) - 7 + below / 2) / 365))


def test_undershoot_is_that_of_a_stock_counted_down() -> None:
    """Demands of 1 or 12 pieces: what the total is above every thousandth piece when it first reaches that."""
    total = np.cumsum(np.random.default_rng(3).choice([1.0, 12.0], 4_000_000, p=[0.8, 0.2]))
    marks = np.arange(1000.0, total[-1], 1000.0)
    above = total[np.searchsorted(total, marks)] - marks
    mean, variance = 0.8 + 0.2 * 12, 0.8 + 0.2 * 144 - 3.2**2
    assert undershoot(np.array([mean]), np.array([variance]))[0] == pytest.approx(above.mean(), rel=0.03)


def test_a_fast_dear_product_is_ordered_at_every_look() -> None:
    found = least_cost_terms(own(), np.array([1000.0]), np.array([80.0]), Costs()).iloc[0]
    assert found["order_cycle_days"] == 0
    assert found["service_level"] == pytest.approx(40 / (40 + 10 / 365 * 12))


def test_without_demand_or_costs_the_terms_stay() -> None:
    none = np.array([0.0, np.nan])
    pd.testing.assert_frame_equal(least_cost_terms(own(2), none, np.ones(2), Costs()), own(2))
    free = Costs(shortage_cost_share=0.0)
    pd.testing.assert_frame_equal(least_cost_terms(own(1), np.ones(1), np.ones(1), free), own(1))


@settings(max_examples=60, deadline=None)
@example(1.0, 1e-6, 1e-300, 1.0, 0.0)
@given(st.floats(1e-300, 1e9), st.floats(1e-6, 1e6), st.floats(0, 100), st.floats(0, 100), st.floats(0, 1e18))
@pytest.mark.filterwarnings("error")
def test_they_are_terms_that_can_be_kept(
    daily: float, price: float, rate: float, order: float, variance: float
) -> None:
    costs = Costs(holding_rate=rate, ordering_cost=order)
    found = least_cost_terms(own(), np.array([daily]), np.array([price]), costs, np.array([variance]))
    assert terms_errors(found).tolist() == [""]
    assert found["order_cycle_days"].iloc[0] <= LONGEST


def test_a_policy_with_costs_says_the_level_and_cycle_it_was_made_with() -> None:
    days = pd.DataFrame({"sku": "A", "horizon": range(1, 29), "model": "x", "mean": 2.0, "status": "ok", "error": None})
    forecasts = days.assign(q50=2.0, q95=5.0)
    stock = pd.DataFrame({"sku": ["A"], "on_hand": [0], "unit_price": [8.0]})
    row = reorder_policy(forecasts, stock, TERMS, costs=Costs()).iloc[0]
    variance = daily_variance(np.array([2.0]), np.array([[2.0, 5.0]]), np.array([0.5, 0.95]))
    terms = least_cost_terms(own(), np.array([2.0]), np.array([8.0]), Costs(), variance).iloc[0]
    assert row["service_level"] == terms["service_level"]
    assert row["order_up_to_level"] - row["reorder_point"] == np.ceil(2 * terms["order_cycle_days"])
    fixed = reorder_policy(forecasts, stock, Terms(**(terms.to_dict() | {"review_days": 7}))).iloc[0]
    assert row["reorder_point"] == fixed["reorder_point"]
