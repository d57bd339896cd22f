"""Money in stock spread over SKUs: the budget holds, the best of all spreads is found, and cheap pieces go first."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from supplyline.errors import InventoryError
from supplyline.forecasting import TOTAL_QUANTILES, Plan, forecast_and_score
from supplyline.inventory import Terms, reorder_policy
from supplyline.inventory.allocation import (
    SERVICE_GRID,
    Aim,
    Points,
    allocate,
    allocated_policy,
    expected_loss,
    money_in_stock,
    reorder_points,
)
from tests.support.demand_histories import END, history, shop

PLAN = Plan(models=("moving_average",), total_quantiles=TOTAL_QUANTILES)


def gamma_points(*shapes: float) -> np.ndarray:
    return np.array([stats.gamma(shape, scale=10 / shape).ppf(SERVICE_GRID) for shape in shapes])


@settings(max_examples=30, deadline=None)
@given(
    shapes=st.lists(st.floats(0.3, 20), min_size=3, max_size=3),
    price=st.lists(st.floats(0.5, 50), min_size=3, max_size=3),
    share=st.floats(0.1, 0.9),
    aim=st.sampled_from(list(Aim)),
)
def test_no_spread_of_the_money_that_was_spent_loses_less(
    shapes: list[float], price: list[float], share: float, aim: Aim
) -> None:
    """Brute force over every triple of levels."""
    points, worth = gamma_points(*shapes), np.array(price)
    cost, loss = points * worth[:, None], expected_loss(points, aim)
    budget = float(cost[:, 0].sum() + share * (cost[:, -1] - cost[:, 0]).sum())
    level, rows = allocate(points, worth, loss, budget), np.arange(3)
    spent = cost[rows, level].sum()
    assert spent <= budget
    every = itertools.product(range(len(SERVICE_GRID)), repeat=3)
    best = min(loss[rows, pick].sum() for pick in map(list, every) if cost[rows, pick].sum() <= spent + 1e-9)
    assert loss[rows, level].sum() == pytest.approx(best, abs=1e-9)


def test_a_cheap_product_is_served_better_than_a_dear_one_of_the_same_demand() -> None:
    points = gamma_points(2.0, 2.0)
    level = allocate(points, np.array([1.0, 20.0]), expected_loss(points, Aim.STOCK_OUTS), 300.0)
    assert SERVICE_GRID[level[0]] > SERVICE_GRID[level[1]]


def test_pieces_missed_are_the_area_above_the_distribution() -> None:
    """Exponential demand of mean 10: E max(D - s, 0) = 10 exp(-s / 10) = 10 (1 - F(s)), to the grid's last level."""
    points = stats.expon(scale=10).ppf(SERVICE_GRID)[None]
    lost = expected_loss(points, Aim.PIECES)[0]
    assert lost + 10 * (1 - SERVICE_GRID[-1]) == pytest.approx(10 * (1 - SERVICE_GRID), rel=0.12)


def test_what_is_left_over_is_the_area_below_the_distribution() -> None:
    """Exponential demand of mean 10: E max(s - D, 0) = s - 10 F(s)."""
    points = stats.expon(scale=10).ppf(SERVICE_GRID)[None]
    left = Points(np.array(["A"], dtype=object), points, np.zeros(1)).left_over[0]
    assert left == pytest.approx(points[0] - 10 * SERVICE_GRID, rel=0.12, abs=0.02)


def test_the_reorder_point_is_that_of_the_reorder_policy_at_the_level_chosen() -> None:
    forecasts = forecast_and_score(history(**shop()), PLAN, as_of=END)[0]
    price = pd.Series(3.0, index=sorted(shop()))
    points = {END: reorder_points(forecasts, Terms())}
    made = allocated_policy(points, price, {END: 3500.0})
    assert 3000 < money_in_stock(points, made, price)[END] <= 3500 + 3 * len(made)
    stock = pd.DataFrame({"sku": made["sku"], "on_hand": 0})
    own = reorder_policy(forecasts, stock, made[["sku", "service_level"]])
    pd.testing.assert_series_equal(
        made.sort_values("sku", ignore_index=True)["reorder_point"], own["reorder_point"].astype(float)
    )


def test_forecasts_without_sums_are_refused() -> None:
    forecasts = forecast_and_score(history(**shop()), Plan(models=("moving_average",)), as_of=END)[0]
    with pytest.raises(InventoryError, match="forecasts lack the sums of days"):
        reorder_points(forecasts, Terms())
