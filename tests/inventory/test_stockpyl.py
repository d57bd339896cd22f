"""Random shops and documented instances against what stockpyl answered, and that against stockpyl where it is there."""

from __future__ import annotations

import json

import numpy as np
import pytest

from supplyline.inventory.clairvoyant import clairvoyant_orders
from supplyline.inventory.continuous_review import (
    policy_with_backorder_eoq,
    policy_with_loss_functions,
    reorder_point_for_time_cost,
)
from supplyline.inventory.counts import negative_binomial, poisson
from supplyline.inventory.distributions import gamma, lognormal, normal
from supplyline.inventory.eoq import eoq, eoq_all_units, eoq_incremental, eoq_with_backorders
from supplyline.inventory.exact_review import chances, exact_policy
from supplyline.inventory.newsvendor import newsvendor
from supplyline.inventory.periodic_review import order_up_to_for_cost
from supplyline.inventory.poisson_review import exact_poisson_policy
from tests.support.stockpyl_answers import FILE, Answers, answers, documented

FROZEN = json.loads(FILE.read_text(encoding="utf-8"))
SHOPS = [(shop["given"], shop["answers"]) for shop in FROZEN["shops"]]
Given = list[float]


def test_the_numbers_in_the_file_are_stockpyls() -> None:
    pytest.importorskip("stockpyl", reason="stockpyl is not installed: `make bench` installs it")
    told = documented()
    assert told.keys() == FROZEN["documented"].keys()
    for name, values in told.items():
        assert values == pytest.approx(FROZEN["documented"][name])
    for given, frozen in SHOPS[:4]:
        live = answers(given)
        assert live.keys() == frozen.keys()
        for name, values in live.items():
            assert values == pytest.approx(frozen[name])


@pytest.mark.parametrize(("given", "told"), SHOPS)
def test_continuous_review(given: Given, told: Answers) -> None:
    fixed, holding, shortage, mean, sd = given
    lead = normal(mean / 12, sd / np.sqrt(12))
    point = float(reorder_point_for_time_cost(lead, mean / 5, holding, shortage))
    assert [point] == pytest.approx(told["r_q_optimal_r_for_q"], rel=1e-4)
    for ours, name in (
        (policy_with_backorder_eoq, "r_q_eoqb_approximation"),
        (policy_with_loss_functions, "r_q_loss_function_approximation"),
    ):
        found = ours(lead, fixed, holding, shortage, mean)
        assert [float(found.reorder_point), float(found.quantity)] == pytest.approx(told[name], rel=1e-4)


@pytest.mark.parametrize(("given", "told"), [shop for shop in SHOPS if "r_q_poisson_exact" in shop[1]])
def test_exact_policies(given: Given, told: Answers) -> None:
    fixed, holding, shortage, mean, _ = given
    rate = mean / 200
    policy, cost = exact_poisson_policy(rate * 2, fixed, holding, shortage, rate)
    found = [float(policy.reorder_point), float(policy.quantity), float(cost)]
    assert found == pytest.approx(told["r_q_poisson_exact"])
    demand = chances(poisson(np.array([rate])))
    policy, cost = exact_policy(demand, demand, fixed, holding, shortage)
    found = [policy.reorder_point[0], policy.order_up_to[0], cost[0]]
    assert found == pytest.approx(told["s_s_discrete_exact"])


@pytest.mark.parametrize(("given", "told"), SHOPS)
def test_discounts(given: Given, told: Answers) -> None:
    fixed, _, shortage, mean, _ = given
    breaks, prices = [0, 300, 600], [shortage, 0.95 * shortage, 0.9 * shortage]
    for ours, name in ((eoq_all_units, "all_units_discounts"), (eoq_incremental, "incremental_discounts")):
        found = ours(fixed, 0.2, mean, breaks, prices)
        assert [float(found.quantity), int(found.step), float(found.cost)] == pytest.approx(told[name])


@pytest.mark.parametrize(("given", "told"), SHOPS)
def test_newsvendors_and_loss_functions(given: Given, told: Answers) -> None:
    _, holding, shortage, mean, _ = given
    m, sd = mean / 50, mean / 60
    demands = {
        "normal": normal(m, sd), "gamma": gamma(m, sd), "lognormal": lognormal(m, sd), "poisson": poisson(m),
        "negative_binomial": negative_binomial(m, np.sqrt(3 * m)),
    }  # fmt: skip
    for name in ("normal", "poisson"):
        found = newsvendor(demands[name], holding, shortage)
        assert [float(found.quantity), float(found.cost)] == pytest.approx(told[f"newsvendor_{name}"])
    x = float(np.round(1.2 * m))
    for name, demand in demands.items():
        assert [float(demand.loss(x))] == pytest.approx(told[f"{name}_loss"], rel=1e-6)
    for name in ("poisson", "gamma"):
        assert [float(demands[name].second_loss(x))] == pytest.approx(told[f"{name}_second_loss"], rel=1e-6)


def test_documented_instances_of_snyder_and_shen() -> None:
    """Example 3.9 is 500 an order, 2 a piece and period, demand 90, 120, 80, 70: orders of 210 and 150, 1380 in all."""
    told = FROZEN["documented"]
    assert told["example_3_9"] == [1380, 210, 0, 150, 0]
    demand, costs = np.array([[0, 90, 120, 80, 70]]), np.array([[2.0, 1e6, 500.0]])
    orders = clairvoyant_orders(demand, np.zeros((1, 5), dtype=np.int64), np.array([1]), np.array([0]), costs)
    assert orders[0, :4].tolist() == told["example_3_9"][1:]
    found = order_up_to_for_cost(normal(50.0, 8.0).over(5), 0.18, 0.70)
    assert [float(found.quantity), float(found.cost)] == pytest.approx(told["example_4_4"])
    plain, waiting = eoq(2250, 275, 182500), eoq_with_backorders(8, 0.225, 5, 1300)
    assert [float(plain.quantity), float(plain.cost)] == pytest.approx(told["problem_3_1"])
    assert float(waiting.quantity) == pytest.approx(told["example_3_8"][0])
    assert float(waiting.cost) == pytest.approx(told["example_3_8"][2])
