"""(R, S) with lost sales: against an equation solved outright, the books of a simulated stock, and the newsvendor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyline.errors import InventoryError
from supplyline.inventory.counts import negative_binomial, poisson
from supplyline.inventory.exact_review import chances
from supplyline.inventory.ledger import ENTRIES, keep_books
from supplyline.inventory.lost_sales_review import (
    lost_sales_level_for_cost,
    lost_sales_level_for_cycle_service,
    lost_sales_level_for_fill_rate,
    lost_sales_review,
)
from supplyline.inventory.newsvendor import newsvendor
from supplyline.inventory.periodic_review import order_up_to_for_fill_rate, review_fill_rate

NONE = np.ones((1, 1))
TRACE = np.zeros((4, 0, 0), dtype=np.int64)


def solved(lead: np.ndarray, rest: np.ndarray, level: int) -> tuple[float, float, float]:
    """Mean stock at a look, pieces lost a period and share of good periods, by the chain's linear equations."""
    move, lost, good = np.zeros((level + 1, level + 1)), np.zeros(level + 1), np.zeros(level + 1)
    for x in range(level + 1):
        for d, p in enumerate(lead):
            up = max(x - d, 0) + level - x
            for e, q in enumerate(rest):
                move[x, max(up - e, 0)] += p * q
                lost[x] += p * q * (max(d - x, 0) + max(e - up, 0))
                good[x] += p * q * (d <= x and e <= up)
    equations = np.vstack([move.T - np.eye(level + 1), np.ones(level + 1)])
    stock = np.linalg.lstsq(equations, np.append(np.zeros(level + 1), 1.0), rcond=None)[0]
    return float(stock @ np.arange(level + 1)), float(stock @ lost), float(stock @ good)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0.01, 1), min_size=1, max_size=5),
    st.lists(st.floats(0.01, 1), min_size=2, max_size=5),
    st.integers(0, 9),
)
def test_every_figure_solves_the_chains_equations(lead: list[float], rest: list[float], level: int) -> None:
    first, second = np.array([lead]) / sum(lead), np.array([rest]) / sum(rest)
    found = lost_sales_review(first, second, level)
    told = found.at_look[0], found.lost[0], found.cycle_service[0]
    assert told == pytest.approx(solved(first[0], second[0], level), abs=1e-8)


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
