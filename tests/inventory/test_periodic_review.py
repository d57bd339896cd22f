"""(R, S), (R, s, S) and base stock: textbook examples, every level tried, and a simulated shelf."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from supplyline.errors import InventoryError
from supplyline.inventory.base_stock import (
    base_stock,
    base_stock_for_fill_rate,
    base_stock_lost_sales,
    erlang_loss,
)
from supplyline.inventory.counts import negative_binomial, poisson
from supplyline.inventory.distributions import gamma, normal
from supplyline.inventory.exact_review import chances, exact_policy
from supplyline.inventory.newsvendor import newsvendor_cost
from supplyline.inventory.periodic_review import (
    order_up_to_for_cost,
    order_up_to_for_cycle_service,
    order_up_to_for_fill_rate,
    power_approximation,
    review_fill_rate,
    undershoot,
)


def test_example_4_7_of_snyder_and_shen() -> None:
    """Exact: Poisson(6), K 5, h 1, p 4 gives (4, 10) at 8.034111561471642; as in stockpyl 1.0.2, ss.py."""
    demand = chances(poisson(np.array([6.0])))
    policy, cost = exact_policy(demand, demand, 5, 1, 4)
    assert (policy.reorder_point[0], policy.order_up_to[0], cost[0]) == pytest.approx((4, 10, 8.034111561471642))


def test_the_power_approximations_example() -> None:
    """K 2.5, h .18, p .70, Normal(50, 8): stockpyl 1.0.2, ss.py."""
    policy = power_approximation(50, 64, 0, 2.5, 0.18, 0.70)
    found = float(policy.reorder_point), float(policy.order_up_to)
    assert found == pytest.approx((40.19461695647407, 74.29017010980579))


def cost_of_policy(
    point: int, level: int, period: np.ndarray, protection: np.ndarray, fixed: float, h: float, p: float
) -> float:
    """Mean cost from the stationary chances of the stock after ordering, by solving the Markov chain."""
    states = list(range(point + 1, level + 1))
    moves = np.zeros((len(states), len(states)))
    for at, stock in enumerate(states):
        for pieces, chance in enumerate(period):
            after = stock - pieces
            moves[at, len(states) - 1 if after <= point else after - point - 1] += chance
    moves[:, -1] += 1 - moves.sum(axis=1)
    balance = np.vstack([moves.T - np.eye(len(states)), np.ones(len(states))])
    share = np.linalg.lstsq(balance, np.array([0.0] * len(states) + [1.0]), rcond=None)[0]
    left = [sum(q * (h * max(y - d, 0) + p * max(d - y, 0)) for d, q in enumerate(protection)) for y in states]
    orders = sum(share[at] * period[stock - point :].sum() for at, stock in enumerate(states))
    return float(share @ np.array(left) + fixed * orders)


@pytest.mark.parametrize(
    ("mean", "sd", "lead", "costs"),
    [(0.4, 1.2, 1, (8.0, 1.0, 15.0)), (3.0, 2.5, 0, (12.0, 1.0, 5.0)), (2.0, 2.0, 2, (1.0, 2.0, 9.0))],
)
def test_no_policy_tried_is_cheaper(mean: float, sd: float, lead: int, costs: tuple[float, float, float]) -> None:
    one = negative_binomial(np.array([mean]), np.array([sd]))
    period, protection = chances(one), chances(one.over(lead + 1))
    policy, cost = exact_policy(period, protection, *costs)
    tried = {
        (point, level): cost_of_policy(point, level, period[0], protection[0], *costs)
        for point in range(-3, 14)
        for level in range(point + 1, 22)
    }
    assert cost[0] == pytest.approx(min(tried.values()), rel=1e-6)
    found = int(policy.reorder_point[0]), int(policy.order_up_to[0])
    assert tried[found] == pytest.approx(cost[0], rel=1e-6)


def test_large_orders_need_more_room_and_still_come_out() -> None:
    demand = chances(poisson(np.array([5.0, 6.0])))
    policy, cost = exact_policy(demand, demand, np.array([5000.0, 5.0]), 1.0, 4.0)
    assert policy.order_up_to[0] - policy.reorder_point[0] > 128
    assert cost[0] == pytest.approx(math.sqrt(2 * 5000 * 5 * 4 / 5), rel=0.01)
    assert policy.order_up_to[1] == 10


def test_fill_rate_and_cycle_service_levels_are_reached_and_not_by_less() -> None:
    for one in (poisson(4.0), negative_binomial(4.0, 3.0), gamma(4.0, 3.0), normal(4.0, 1.5)):
        lead, protection = one.over(2.0), one.over(5.0)
        level = order_up_to_for_fill_rate(protection, lead, 0.97)
        less = level - (1.0 if one.discrete else 0.01)
        assert (
            review_fill_rate(protection, lead, level) >= 0.97 - 1e-9 > review_fill_rate(protection, lead, less) - 1e-6
        )
        assert protection.cdf(order_up_to_for_cycle_service(protection, 0.9)) >= 0.9 - 1e-9
        assert order_up_to_for_cost(protection, 1.0, 9.0).quantity == order_up_to_for_cycle_service(protection, 0.9)


def looked_at(level: int, mean: float, review: int, lead: int, looks: int) -> float:
    """Share of demand served at once where every `review` days the position is lifted to `level`."""
    daily = np.random.default_rng(4).poisson(mean, looks * review)
    ordered, net, asked, served = np.zeros(looks * review + lead + 1), float(level), 0.0, 0.0
    position = net
    for day, pieces in enumerate(daily):
        net += ordered[day]
        if day % review == 0 and position < level:
            ordered[day + lead] += level - position
            net += ordered[day] if lead == 0 else 0.0
            position = level
        asked, served = asked + pieces, served + min(max(net, 0.0), pieces)
        net, position = net - pieces, position - pieces
    return served / asked


def test_a_simulated_shelf_that_is_looked_at_serves_as_expected() -> None:
    one = poisson(3.0)
    expected = float(review_fill_rate(one.over(9.0), one.over(4.0), 26.0))
    assert looked_at(26, 3.0, 5, 4, 40_000) == pytest.approx(expected, abs=0.004)


def test_undershoot_is_what_a_simulation_shows() -> None:
    rng = np.random.default_rng(6)
    below = []
    for _ in range(20_000):
        stock = 200.0
        while stock > 0:
            stock -= rng.gamma(4.0, 2.5)
        below.append(-stock)
    mean, variance = undershoot(gamma(10.0, 5.0))
    assert (np.mean(below), np.var(below)) == pytest.approx((float(mean), float(variance)), rel=0.04)


def test_the_base_stock_of_example_4_6_and_what_it_leads_to() -> None:
    found = base_stock(poisson(6.0), 1.0, 4.0)
    assert (float(found.level), float(found.cost)) == pytest.approx((8, 3.570106945770946))
    assert float(found.fill_rate) == pytest.approx(stats.poisson(6).cdf(7))
    assert float(found.stock - found.short) == pytest.approx(8 - 6)
    assert float(found.cost) == pytest.approx(float(newsvendor_cost(poisson(6.0), 8.0, 1.0, 4.0)))
    assert base_stock_for_fill_rate(poisson(6.0), 0.74) == 8
    assert base_stock_for_fill_rate(poisson(6.0), 0.75) == 9


def test_erlangs_loss_formula() -> None:
    """B(1, 1) = 1/2, B(2, 1) = 1/5, B(5, 3) = .1101 (tables of Erlang B)."""
    np.testing.assert_allclose(erlang_loss([0, 1, 2, 5], [1.0, 1.0, 1.0, 3.0]), [1, 0.5, 0.2, 0.11005], rtol=1e-4)


def test_no_base_stock_tried_is_cheaper_where_sales_are_lost() -> None:
    rate, cost = np.array([0.05, 2.0, 30.0, 0.0]), np.array([200.0, 9.0, 5.0, 9.0])
    found = base_stock_lost_sales(rate, 1.5, 1.0, cost)
    for level in range(80):
        lost = erlang_loss(float(level), rate * 1.5)
        assert (found.cost <= level - rate * 1.5 * (1 - lost) + cost * rate * lost + 1e-9).all()
    assert found.level[3] == 0


def test_no_demand_at_all_has_no_policy() -> None:
    with pytest.raises(InventoryError, match="no demand at all"):
        exact_policy(np.array([[1.0]]), np.array([[1.0]]), 1, 1, 1)
