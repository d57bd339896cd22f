"""Random shops against stockpyl, where `make bench` has installed it; its golden numbers are in the other tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from supplyline.inventory.continuous_review import (
    policy_with_backorder_eoq,
    policy_with_loss_functions,
    reorder_point_for_time_cost,
)
from supplyline.inventory.counts import negative_binomial, poisson
from supplyline.inventory.distributions import Demand, gamma, lognormal, normal
from supplyline.inventory.eoq import eoq_all_units, eoq_incremental
from supplyline.inventory.exact_review import chances, exact_policy
from supplyline.inventory.newsvendor import newsvendor
from supplyline.inventory.poisson_review import exact_poisson_policy

SEEDS = range(12)


def peer(module: str) -> Any:
    return pytest.importorskip(f"stockpyl.{module}", reason="stockpyl is not installed: `make bench` installs it")


def numbers(seed: int) -> tuple[float, float, float, float, float]:
    """Fixed, holding and shortage cost, mean and deviation of a year's demand."""
    rng = np.random.default_rng(seed)
    mean = float(rng.lognormal(6, 0.7))
    return float(rng.uniform(5, 60)), float(rng.uniform(0.1, 1)), float(rng.uniform(3, 30)), mean, mean * 0.2


@pytest.mark.parametrize("seed", SEEDS)
def test_continuous_review(seed: int) -> None:
    rq, (fixed, holding, shortage, mean, sd) = peer("rq"), numbers(seed)
    lead = normal(mean / 12, sd / np.sqrt(12))
    theirs = rq.r_q_optimal_r_for_q(mean / 5, holding, shortage, mean, sd, 1 / 12)
    assert float(reorder_point_for_time_cost(lead, mean / 5, holding, shortage)) == pytest.approx(theirs, rel=1e-4)
    for ours, function in (
        (policy_with_backorder_eoq, rq.r_q_eoqb_approximation),
        (policy_with_loss_functions, rq.r_q_loss_function_approximation),
    ):
        found = ours(lead, fixed, holding, shortage, mean)
        theirs = function(holding, shortage, fixed, mean, sd, 1 / 12)
        assert (float(found.reorder_point), float(found.quantity)) == pytest.approx(theirs, rel=1e-4)


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_exact_policies(seed: int) -> None:
    rq, ss, (fixed, holding, shortage, mean, _) = peer("rq"), peer("ss"), numbers(seed)
    rate = mean / 200
    policy, cost = exact_poisson_policy(rate * 2, fixed, holding, shortage, rate)
    theirs = rq.r_q_poisson_exact(holding, shortage, fixed, rate, 2)
    assert (float(policy.reorder_point), float(policy.quantity), float(cost)) == pytest.approx(theirs)
    demand = chances(poisson(np.array([rate])))
    policy, cost = exact_policy(demand, demand, fixed, holding, shortage)
    theirs = ss.s_s_discrete_exact(holding, shortage, fixed, True, rate)
    assert (policy.reorder_point[0], policy.order_up_to[0], cost[0]) == pytest.approx(theirs)


@pytest.mark.parametrize("seed", SEEDS)
def test_discounts(seed: int) -> None:
    peers, (fixed, _, shortage, mean, _) = peer("eoq"), numbers(seed)
    breaks, prices = [0, 300, 600], [shortage, 0.95 * shortage, 0.9 * shortage]
    for ours, theirs in (
        (eoq_all_units, peers.economic_order_quantity_with_all_units_discounts),
        (eoq_incremental, peers.economic_order_quantity_with_incremental_discounts),
    ):
        found = ours(fixed, 0.2, mean, breaks, prices)
        assert (float(found.quantity), int(found.step), float(found.cost)) == pytest.approx(
            theirs(fixed, 0.2, mean, breaks, prices)
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_newsvendors_and_loss_functions(seed: int) -> None:
    shops, losses, (_, holding, shortage, mean, _) = peer("newsvendor"), peer("loss_functions"), numbers(seed)
    m, sd = mean / 50, mean / 60
    for ours, theirs in (
        (newsvendor(normal(m, sd), holding, shortage), shops.newsvendor_normal(holding, shortage, m, sd)),
        (newsvendor(poisson(m), holding, shortage), shops.newsvendor_poisson(holding, shortage, m)),
    ):
        assert (float(ours.quantity), float(ours.cost)) == pytest.approx(theirs)
    x = float(np.round(1.2 * m))
    shape, spread = (m / sd) ** 2, np.sqrt(np.log1p((sd / m) ** 2))
    pairs: list[tuple[Demand, Any]] = [
        (normal(m, sd), losses.normal_loss(x, m, sd)),
        (gamma(m, sd), losses.gamma_loss(x, shape, m / shape)),
        (lognormal(m, sd), losses.lognormal_loss(x, np.log(m) - spread**2 / 2, spread)),
        (poisson(m), losses.poisson_loss(x, m)),
        (negative_binomial(m, np.sqrt(3 * m)), losses.negative_binomial_loss(x, mean=m, sd=np.sqrt(3 * m))),
    ]
    for demand, (short, _) in pairs:
        assert float(demand.loss(x)) == pytest.approx(short, rel=1e-6)
    second = losses.poisson_second_loss(x, m)[0]
    assert float(poisson(m).second_loss(x)) == pytest.approx(second, rel=1e-6)
    assert float(gamma(m, sd).second_loss(x)) == pytest.approx(
        losses.gamma_second_loss(x, shape, m / shape)[0], rel=1e-6
    )
