"""Newsvendor: textbook examples, and the least of all quantities tried under every distribution."""

from __future__ import annotations

import numpy as np
import pytest

from supplyline.errors import InventoryError
from supplyline.inventory.counts import negative_binomial, poisson
from supplyline.inventory.distributions import Demand, gamma, lognormal, normal
from supplyline.inventory.empirical import from_paths
from supplyline.inventory.newsvendor import newsvendor, newsvendor_cost


def test_example_4_3_of_snyder_and_shen() -> None:
    """Normal(50, 8), h = .18, p = .70: 56.6 pieces at 1.9976; as in the doctest of stockpyl 1.0.2."""
    found = newsvendor(normal(50, 8), 0.18, 0.70)
    assert (found.quantity, found.cost) == pytest.approx((56.60395592743389, 1.997605193176645))


def test_example_4_6_of_snyder_and_shen() -> None:
    """Poisson(6), h = 1, p = 4: 8 pieces at 3.570106945770946."""
    found = newsvendor(poisson(6), 1, 4)
    assert (found.quantity, found.cost) == pytest.approx((8, 3.570106945770946))


DEMANDS = [
    normal(30.0, 9.0),
    gamma(30.0, 20.0),
    lognormal(30.0, 20.0),
    poisson(30.0),
    negative_binomial(30.0, 20.0),
    from_paths(np.random.default_rng(0).gamma(2, 15, (1, 500, 1)), 1),
]


@pytest.mark.parametrize("demand", DEMANDS, ids=lambda demand: type(demand).__name__)
@pytest.mark.parametrize("costs", [(1.0, 4.0), (3.0, 1.0), (1.0, 99.0)])
def test_no_quantity_tried_is_cheaper(demand: Demand, costs: tuple[float, float]) -> None:
    tried = np.arange(0.0, 200.0) if demand.discrete else np.arange(0.0, 200.0, 0.25)
    costs_tried = [float(np.ravel(newsvendor_cost(demand, quantity, *costs))[0]) for quantity in tried]
    assert float(np.ravel(newsvendor(demand, *costs).cost)[0]) <= min(costs_tried) + 1e-9


def test_a_simulated_season_costs_what_is_expected() -> None:
    demand, rng = negative_binomial(12.0, 8.0), np.random.default_rng(5)
    found = newsvendor(demand, 2.0, 7.0)
    p = 12.0 / 64.0
    drawn = rng.negative_binomial(12.0 * p / (1 - p), p, 400_000)
    paid = 2.0 * np.maximum(found.quantity - drawn, 0) + 7.0 * np.maximum(drawn - found.quantity, 0)
    assert paid.mean() == pytest.approx(float(found.cost), rel=0.01)


def test_free_shortages_or_stock_are_refused() -> None:
    for costs in ((0.0, 1.0), (1.0, 0.0), (1.0, -1.0)):
        with pytest.raises(InventoryError, match="erage is"):
            newsvendor(normal(5, 1), *costs)
