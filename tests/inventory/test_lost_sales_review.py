"""(R, S) with lost sales: against an equation solved outright, the books of a simulated stock, and the newsvendor."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyline.errors import InventoryError
from supplyline.inventory.counts import negative_binomial, poisson
from supplyline.inventory.exact_review import chances
from supplyline.inventory.ledger import ENTRIES, keep_books
from supplyline.inventory.lost_sales_review import (
    PeriodCosts,
    lost_sales_level_for_cost,
    lost_sales_level_for_cycle_service,
    lost_sales_level_for_fill_rate,
    lost_sales_policy_for_cost,
    lost_sales_reorder,
    lost_sales_review,
)
from supplyline.inventory.newsvendor import newsvendor
from supplyline.inventory.periodic_review import order_up_to_for_fill_rate, review_fill_rate

NONE = np.ones((1, 1))
TRACE = np.zeros((4, 0, 0), dtype=np.int64)


def solved(times: list[tuple[float, np.ndarray, np.ndarray]], point: int, level: int) -> tuple[float, float, float]:
    """Mean stock at a look, pieces lost a period and share of good periods, by the chain's linear equations.

    `times`: chance of each lead time, chances of demand over it and over the rest of the period.
    """
    move, lost, good = np.zeros((level + 1, level + 1)), np.zeros(level + 1), np.zeros(level + 1)
    for x, (chance, lead, rest) in itertools.product(range(level + 1), times):
        for (d, p), (e, q) in itertools.product(enumerate(lead), enumerate(rest)):
            up, weight = max(x - d, 0) + (level - x if x <= point else 0), chance * p * q
            move[x, max(up - e, 0)] += weight
            lost[x] += weight * (max(d - x, 0) + max(e - up, 0))
            good[x] += weight * (d <= x and e <= up)
    equations = np.vstack([move.T - np.eye(level + 1), np.ones(level + 1)])
    stock = np.linalg.lstsq(equations, np.append(np.zeros(level + 1), 1.0), rcond=None)[0]
    return float(stock @ np.arange(level + 1)), float(stock @ lost), float(stock @ good)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0.01, 1), min_size=3, max_size=3),
    st.lists(st.floats(0.01, 1), min_size=4, max_size=4),
    st.floats(0.05, 0.95),
    st.integers(-1, 8),
    st.integers(1, 6),
)
def test_every_figure_solves_the_chains_equations(
    lead: list[float], rest: list[float], chance: float, point: int, more: int
) -> None:
    """A lead time of either none or some days, drawn anew for each order."""
    first, second = np.array(lead) / sum(lead), np.array(rest) / sum(rest)
    times = [(chance, first, second), (1 - chance, np.eye(3)[0], second)]
    weights = np.array([[chance, 1 - chance]])
    both = np.array([[first, np.eye(3)[0]]]), np.array([[second, second]])
    found = lost_sales_reorder(*both, point, point + more, PeriodCosts(), weights)
    told = found.at_look[0], found.lost[0], found.cycle_service[0]
    assert told == pytest.approx(solved(times, point, point + more), abs=1e-8)


def test_a_lead_time_that_is_certain_is_the_same_with_weights_and_without() -> None:
    lead, rest = chances(poisson(np.array([2.0, 4.0]))), chances(poisson(np.array([1.0, 3.0])))
    plain = lost_sales_review(lead, rest, 9.0)
    found = lost_sales_review(lead[:, None], rest[:, None], 9.0, weights=np.ones((2, 1)))
    assert found.lost.tolist() == plain.lost.tolist()


@pytest.mark.parametrize(("mean", "order", "missed"), [(1.0, 5.0, 9.0), (2.5, 20.0, 30.0), (0.6, 1.0, 3.0)])
def test_the_cheapest_point_and_level_are_the_least_of_the_whole_grid(mean: float, order: float, missed: float) -> None:
    day = negative_binomial(np.array([mean]), np.sqrt(np.array([2 * mean])))
    demand, costs = (chances(day), chances(day.over(2.0))), PeriodCosts(1.0, missed, order)
    found = lost_sales_policy_for_cost(*demand, costs)
    point, level = np.array([(s, up) for up in range(1, 36) for s in range(-1, up)], dtype=float).T
    everywhere = (np.repeat(each, len(point), axis=0) for each in demand)
    assert found.cost[0] == pytest.approx(lost_sales_reorder(*everywhere, point, level, costs).cost.min(), rel=1e-9)
    free = lost_sales_policy_for_cost(*demand, PeriodCosts(1.0, missed, 1e-9))
    assert free.level[0] == lost_sales_level_for_cost(*demand, 1.0, missed).level[0]


def test_it_is_what_a_long_simulated_stock_does() -> None:
    """Reviews of 5 days, lead time 2, in the books of the simulator: 200,000 days."""
    rng, days, level = np.random.default_rng(5), 200_000, 14
    demand = rng.negative_binomial(1.5, 0.5, days).astype(np.int64)[None]
    looks = np.full((1, -(-days // 5)), 2, dtype=np.int64)
    levels, rules = np.array([[[level, level]]]), np.array([[5, 0, -1, 1]])
    args = (np.zeros(days, dtype=np.int64), np.zeros((0, 0), dtype=np.int64), looks, rules, np.array([level]))
    books = dict(zip(ENTRIES, keep_books(demand, levels, *args, (0, days), False, TRACE)[0], strict=True))
    # What is ordered in the evening after a look of day 0 comes before the demand of day 3.
    day = negative_binomial(np.array([1.5]), np.sqrt(np.array([3.0])))
    found = lost_sales_review(chances(day.over(2.0)), chances(day.over(3.0)), level)
    assert found.fill_rate[0] == pytest.approx(1 - books["missed"] / books["demand"], abs=0.003)
    assert found.at_look[0] == pytest.approx(looked_at(demand[0], level).mean(), abs=0.05)


def looked_at(demand: np.ndarray, level: int) -> np.ndarray:
    """Stock at each look, by a plain loop: two days until the order comes, three more until the next look."""
    stock, seen = level, []
    for day in range(0, len(demand) - 4, 5):
        seen.append(stock)
        left = max(stock - demand[day : day + 2].sum(), 0)
        stock = max(left + level - stock - demand[day + 2 : day + 5].sum(), 0)
    return np.array(seen)


def test_without_a_lead_time_the_cheapest_level_is_the_newsvendors() -> None:
    demand = poisson(np.array([3.0, 12.0]))
    none = np.ones((2, 1))
    found = lost_sales_level_for_cost(none, chances(demand), 1.0, 7.0)
    assert found.level.tolist() == newsvendor(demand, 1.0, 7.0).quantity.tolist()


def test_levels_are_the_least_that_reach_their_target() -> None:
    lead, rest = chances(poisson(np.array([4.0, 9.0]))), chances(poisson(np.array([2.0, 5.0])))
    rate = lost_sales_level_for_fill_rate(lead, rest, 0.97)
    level = lost_sales_level_for_cycle_service(lead, rest, 0.9)
    cheap = lost_sales_level_for_cost(lead, rest, 1.0, 9.0)
    for found, name, least in ((rate, "fill_rate", 0.97), (level, "cycle_service", 0.9)):
        below = lost_sales_review(lead, rest, found.level - 1)
        assert (getattr(found, name) >= least).all()
        assert (getattr(below, name) < least).all()
    every = [lost_sales_review(lead, rest, each, 1.0, 9.0).cost for each in range(60)]
    assert cheap.cost == pytest.approx(np.min(every, axis=0))


def test_the_approximation_of_any_demand_is_near_where_shortages_are_few() -> None:
    lead, protection = poisson(np.array([4.0])), poisson(np.array([11.0]))
    level = order_up_to_for_fill_rate(protection, lead, 0.98, "lost")
    exact = lost_sales_review(chances(lead), chances(poisson(np.array([3.0]))), level)
    assert review_fill_rate(protection, lead, level, "lost")[0] == pytest.approx(exact.fill_rate[0], abs=0.004)
    assert review_fill_rate(protection, lead, level, "lost")[0] > review_fill_rate(protection, lead, level)[0]


def test_a_level_that_is_not_whole_is_refused() -> None:
    with pytest.raises(InventoryError, match="whole"):
        lost_sales_review(NONE, NONE, 2.5)
