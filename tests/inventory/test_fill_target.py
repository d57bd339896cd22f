"""Fill rates as a target: losses against integrals, targets met by a simulated stock, rows that say what they reach."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from supplyline.config import load_settings
from supplyline.errors import ConfigError, InventoryError
from supplyline.inventory import Terms, reorder_policy, simulate_policy
from supplyline.inventory.explanation import explain_policy
from supplyline.inventory.mixture import distribution
from supplyline.inventory.shelf_service import _losses, point_for_fill_rate, shelf_service
from tests.inventory.test_policy import normal_rows, stock_of

LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99])
NAMES = [f"total_q{round(100 * level):02d}" for level in LEVELS]
DAYS = 40_000


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=10, max_size=10).map(sorted), st.floats(0, 60))
def test_losses_are_the_integrals_over_the_lines_and_the_tail(values: list[int], x: float) -> None:
    known = np.array(values, dtype=float)
    top = known[-1] + 40 * max(known[-1] - known[-2], 1.0)
    line, tail = np.linspace(x, max(known[-1], x), 500), np.linspace(max(known[-1], x), max(top, x), 4000)
    grid = np.unique(np.concatenate([line, known[known > x], tail]))
    left = np.array([1 - distribution(known, LEVELS, float(point)) for point in (grid[1:] + grid[:-1]) / 2])
    width = np.diff(grid)
    first = float((left * width).sum())
    second = float((left * width * ((grid[1:] + grid[:-1]) / 2 - x)).sum())
    assert _losses(known, LEVELS, x) == pytest.approx((first, second), rel=0.02, abs=0.02)


def test_losses_of_a_gamma_are_near_its_own() -> None:
    each = stats.gamma(2, scale=5)
    found = _losses(each.ppf(LEVELS), LEVELS, 12.0)
    exact = integrate.quad(each.sf, 12, 300)[0], integrate.quad(lambda y: (y - 12) * each.sf(y), 12, 300)[0]
    assert found == pytest.approx(exact, rel=0.05)


@pytest.mark.parametrize(("lead", "cycle"), [((3.0, 0.0), 0.0), ((3.0, 0.0), 14.0), ((7.0, 2.0), 14.0)])
@pytest.mark.parametrize("mean", [0.5, 30.0])
def test_points_reach_the_fill_rate_in_a_long_simulated_stock(
    lead: tuple[float, float], cycle: float, mean: float
) -> None:
    size = 1.5
    chance = size / (size + mean)
    demand = np.random.default_rng(1).negative_binomial(size, chance, DAYS)
    sums = np.array([[[mean * d, *stats.nbinom.ppf(LEVELS, size * d, chance)] for d in range(1, 29)]])
    quantity = np.ceil(np.array([mean * cycle]))
    inputs = sums, LEVELS, np.array([7]), (np.array([lead[0]]), np.array([lead[1]]))
    point = np.ceil(point_for_fill_rate(*inputs, quantity, np.array([0.97])))
    told = shelf_service(*inputs, point, quantity)[0][0]
    history = pd.DataFrame({"sku": "A", "date": pd.date_range("1900-01-01", periods=DAYS), "quantity": demand})
    levels = pd.DataFrame({"sku": ["A"], "reorder_point": point, "order_up_to_level": point + quantity})
    terms = Terms(lead_time_days=lead[0], lead_time_sd_days=lead[1])
    found = simulate_policy(history, levels, terms).iloc[0]["fill_rate"]
    assert told >= 0.97
    assert found == pytest.approx(told, abs=0.012)


def with_sums(sku: str, mean: float, size: float) -> pd.DataFrame:
    rows = normal_rows(sku, mean, mean / 3)
    chance = size / (size + mean)
    sums = np.array([stats.nbinom.ppf(LEVELS, size * d, chance) for d in range(1, len(rows) + 1)])
    return rows.assign(total_mean=mean * rows["horizon"], **dict(zip(NAMES, sums.T, strict=True)))


def test_a_row_that_aims_at_a_fill_rate_says_what_it_reaches_with_the_least_point() -> None:
    rows, stock = with_sums("A", 5.0, 1.5), stock_of(A=10)
    plain = reorder_policy(rows, stock, Terms()).iloc[0]
    row = reorder_policy(rows, stock, Terms(fill_rate=0.98)).iloc[0]
    assert row["fill_rate"] == 0.98
    assert row["expected_fill_rate"] >= 0.98
    assert row["order_up_to_level"] - row["reorder_point"] == plain["order_up_to_level"] - plain["reorder_point"]
    same = reorder_policy(rows, stock, Terms(service_level=float(row["service_level"]))).iloc[0]
    assert abs(int(same["reorder_point"]) - int(row["reorder_point"])) <= 1
    less = reorder_policy(rows, stock, Terms(fill_rate=0.9)).iloc[0]
    assert less["reorder_point"] < row["reorder_point"]
    assert np.isnan(plain["fill_rate"])
    assert 0.9 < plain["expected_fill_rate"] < 1


def test_products_may_aim_at_different_things_and_one_without_demand_needs_nothing() -> None:
    rows = pd.concat([with_sums("A", 5.0, 1.5), with_sums("B", 5.0, 1.5), with_sums("C", 1e-12, 1.5)])
    terms = pd.DataFrame({"sku": ["A", "B", "C"], "fill_rate": [0.99, np.nan, 0.99]})
    policy = reorder_policy(rows, stock_of(A=0, B=0, C=0), terms).set_index("sku")
    assert policy.loc["B", "service_level"] == Terms().service_level
    assert policy.loc["A", "service_level"] != Terms().service_level
    assert policy.loc["C", "reorder_point"] == 0
    assert (policy["status"] == "ok").all()


def test_a_forecast_without_sums_reaches_its_target_by_its_moments() -> None:
    """A lead time of 0 and an order a review: 1 - n(S) / (7 · 10) over a week of Normal-like demand."""
    terms = Terms(lead_time_days=0, lead_time_sd_days=0, order_cycle_days=0, fill_rate=0.97)
    row = reorder_policy(normal_rows("A", 10.0, 4.0), stock_of(A=0), terms).iloc[0]
    week = stats.gamma(70**2 / (7 * 16), scale=7 * 16 / 70)
    short = integrate.quad(week.sf, float(row["reorder_point"]), 400)[0]
    assert 70 / (70 + short) == pytest.approx(0.97, abs=0.01)
    assert row["method"] == "moments"


def test_the_explanation_tells_aim_and_expectation() -> None:
    row = reorder_policy(with_sums("A", 5.0, 1.5), stock_of(A=10), Terms(fill_rate=0.98)).iloc[0].to_dict()
    told = explain_policy({name: None if value != value else value for name, value in row.items()}, "GBP")
    assert any("should be served from the shelf; aimed at are 98 %." in sentence for sentence in told.sentences)
    assert sum(pieces for _, pieces in told.parts) == row["order_quantity"]


def test_a_fill_rate_that_cannot_be_is_refused_and_two_targets_at_once_too() -> None:
    with pytest.raises(InventoryError, match="fill rate is not between 0 and 1"):
        Terms(fill_rate=1.0)
    with pytest.raises(ConfigError, match="can't both be aimed at"):
        load_settings(inventory={"least_cost": True, "fill_rate": 0.9})
