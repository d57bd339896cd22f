"""(s, Q): textbook examples, exact identities, and a simulated shelf."""

from __future__ import annotations

import numpy as np
import pytest

from supplyline.errors import InventoryError
from supplyline.inventory.continuous_review import (
    ContinuousReview,
    fill_rate,
    policy_with_backorder_eoq,
    policy_with_eoq,
    policy_with_loss_functions,
    reorder_point_for_cycle_service,
    reorder_point_for_fill_rate,
    reorder_point_for_occasion_cost,
    reorder_point_for_piece_cost,
    reorder_point_for_textbook_fill_rate,
    reorder_point_for_time_cost,
    review_cost,
)
from supplyline.inventory.counts import negative_binomial, poisson
from supplyline.inventory.distributions import Demand, gamma, normal
from supplyline.inventory.poisson_review import exact_poisson_policy

LEAD = normal(1300 / 12, 150 / np.sqrt(12))  # the joint example of Snyder and Shen, chapter 5: λ 1300, τ 150, L 1/12
COSTS = {"fixed_cost": 8, "holding_cost": 0.225, "cost": 7.5, "rate": 1300}


def both(policy: ContinuousReview) -> tuple[float, float]:
    return float(policy.reorder_point), float(policy.quantity)


def test_examples_5_2_5_5_and_5_6_of_snyder_and_shen() -> None:
    """As in the doctests of stockpyl 1.0.2, rq.py."""
    assert float(reorder_point_for_time_cost(LEAD, 300, 0.225, 7.5)) == pytest.approx(129.4272799263067, abs=1e-4)
    assert both(policy_with_backorder_eoq(LEAD, **COSTS)) == pytest.approx((128.63781442427097, 308.5737801203754))
    assert both(policy_with_eoq(LEAD, **COSTS)) == pytest.approx((190.3369965715624, 304.0467800264368))
    assert both(policy_with_loss_functions(LEAD, **COSTS)) == pytest.approx((126.8670634479628, 328.4491421980451))


def test_example_5_8_of_snyder_and_shen() -> None:
    """Poisson: h 20, p 150, K 100, λ 1.5, L 2 gives (3, 5) at 107.92358063314975."""
    policy, cost = exact_poisson_policy(3.0, 100, 20, 150, 1.5)
    assert (*both(policy), float(cost)) == pytest.approx((3, 5, 107.92358063314975))
    assert float(review_cost(poisson(3.0), policy, 100, 20, 150, 1.5)) == pytest.approx(107.92358063314975)


def test_the_textbooks_fill_rate_factor() -> None:
    """σ G(k) = Q (1 - P2): with Q = σ and P2 = .9, G(k) = .1 and k = .902 by the tables of the unit Normal."""
    assert float(reorder_point_for_textbook_fill_rate(normal(0.0, 50.0), 50, 0.9)) == pytest.approx(
        0.902 * 50, abs=0.05
    )


def test_the_textbooks_shortage_cost_factors() -> None:
    """B1: k = √(2 ln(D B1 / (√(2π) Q h σ))); B2: the tail is Q h / (D B2)."""
    found = reorder_point_for_occasion_cost(normal(50.0, 21.0), 129.0, 0.75 * 0.2, 200.0, 15.0)
    assert float(found) == pytest.approx(
        50 + 21 * np.sqrt(2 * np.log(200 * 15 / (np.sqrt(2 * np.pi) * 129 * 0.15 * 21)))
    )
    found = reorder_point_for_piece_cost(normal(50.0, 21.0), 129.0, 0.15, 200.0, 3.0)
    assert 1 - float(normal(50.0, 21.0).cdf(found)) == pytest.approx(129 * 0.15 / (200 * 3.0))


@pytest.mark.parametrize(
    ("mean", "costs"), [(0.3, (5.0, 1.0, 9.0)), (6.0, (20.0, 0.5, 30.0)), (40.0, (90.0, 2.0, 11.0))]
)
def test_no_whole_policy_tried_is_cheaper_under_poisson_demand(mean: float, costs: tuple[float, float, float]) -> None:
    fixed, holding, shortage = costs
    best = float(exact_poisson_policy(mean, fixed, holding, shortage, mean)[1])
    points, quantities = np.meshgrid(np.arange(-20.0, 90.0), np.arange(1.0, 120.0))
    tried = review_cost(poisson(mean), ContinuousReview(points, quantities), fixed, holding, shortage, mean)
    assert best == pytest.approx(float(tried.min()), rel=1e-9)


def test_many_skus_at_once_are_each_as_alone() -> None:
    mean, fixed = np.array([0.01, 3.0, 900.0]), np.array([1.0, 50.0, 400.0])
    policy, cost = exact_poisson_policy(mean, fixed, 2.0, 9.0, mean)
    for at in range(3):
        alone, paid = exact_poisson_policy(mean[at], fixed[at], 2.0, 9.0, mean[at])
        assert (policy.reorder_point[at], policy.quantity[at], cost[at]) == (*both(alone), float(paid))


@pytest.mark.parametrize("demand", [LEAD, gamma(20.0, 15.0), poisson(20.0), negative_binomial(20.0, 15.0)])
@pytest.mark.parametrize("rate", [0.5, 0.9, 0.99])
def test_the_reorder_point_is_the_least_that_reaches_the_fill_rate(demand: Demand, rate: float) -> None:
    for unmet in ("backorder", "lost"):
        point = reorder_point_for_fill_rate(demand, 30.0, rate, unmet)  # type: ignore[arg-type]
        assert fill_rate(demand, point, 30.0, unmet) >= rate - 1e-9  # type: ignore[arg-type]
        less = point - (1.0 if demand.discrete else 0.01)
        assert fill_rate(demand, less, 30.0, unmet) < rate  # type: ignore[arg-type]


def shelf(point: int, quantity: int, mean: float, lead: int, days: int, *, lost: bool) -> float:
    """Share of single pieces, asked for at random, that a watched shelf has at once; small steps of time."""
    rng, steps = np.random.default_rng(8), 200
    arrivals, stock, position, asked, served = [], point + quantity, point + quantity, 0, 0
    sales = rng.random(days * steps) < mean / steps
    for now in np.flatnonzero(sales):
        while arrivals and arrivals[0] <= now:
            stock += quantity
            arrivals.pop(0)
        asked += 1
        served += stock > 0
        if stock > 0 or not lost:
            stock, position = stock - 1, position - 1
        if position <= point:
            position += quantity
            arrivals.append(now + lead * steps)
    return served / asked


def test_a_simulated_shelf_serves_as_expected() -> None:
    expected = float(fill_rate(poisson(6.0), 6, 10, "backorder"))
    assert shelf(6, 10, 3.0, 2, 20_000, lost=False) == pytest.approx(expected, abs=0.005)
    expected = float(fill_rate(poisson(6.0), 6, 30, "lost"))
    assert shelf(6, 30, 3.0, 2, 20_000, lost=True) == pytest.approx(expected, abs=0.005)


def test_service_of_nothing_or_everything_is_refused() -> None:
    for level in (0.0, 1.0, 1.5):
        with pytest.raises(InventoryError, match="level is"):
            reorder_point_for_cycle_service(LEAD, level)
        with pytest.raises(InventoryError, match="rate is"):
            reorder_point_for_fill_rate(LEAD, 10, level)


@pytest.mark.parametrize("unknown", [np.nan, 1e300])
def test_what_can_not_be_counted_is_nan_and_leaves_the_others_alone(unknown: float) -> None:
    policy, cost = exact_poisson_policy(3.0, np.array([100.0, unknown]), 20, 150, 1.5)
    assert (policy.quantity[0], cost[0]) == pytest.approx((5.0, 107.92358063314975))
    assert np.isnan([policy.reorder_point[1], policy.quantity[1], cost[1]]).all()


def test_what_is_no_number_is_named() -> None:
    with pytest.raises(InventoryError, match=r"no numbers.*\(rate\)"):
        exact_poisson_policy(3.0, 100, 20, 150, "often")
