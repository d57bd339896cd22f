"""The purchase plan's cost: what trying every plan finds, what the bound promises, and the same from every method."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from supplyline.inventory.purchase_plan.item import Prices, best_orders
from supplyline.inventory.purchase_plan.model import build
from supplyline.inventory.purchase_plan.parts import Effort, parts_of, plan_apart, plan_exactly, plan_part
from supplyline.inventory.purchase_plan.problem import Limits, Packs, Problem, Supplier
from tests.support.purchase_problems import cheapest, cost, small_problem

EXACT = Effort(gap=0.0)


def problems(seed: int, count: int) -> list[Problem]:
    rng = np.random.default_rng(seed)
    return [small_problem(rng) for _ in range(count)]


def checked_cost(problem: Problem, packs: Packs) -> float:
    orders = {
        (at, int(number), int(period)): int(made[number, period])
        for at, made in packs.items()
        for number, period in np.argwhere(made > 0)
    }
    return cost(problem, orders)


def planned(problem: Problem) -> float:
    """Cost of the plan, by the slow and obvious reckoning; infinite where the planner finds none."""
    parts = [plan_part(problem, part, EXACT) for part in parts_of(problem)]
    if any(part is None for part in parts):
        return math.inf
    return checked_cost(problem, {at: packs for part in parts if part for at, packs in part.packs.items()})


@pytest.mark.parametrize("seed", range(4))
def test_no_plan_of_200_small_problems_is_cheaper(seed: int) -> None:
    for number, problem in enumerate(problems(seed, 50)):
        assert planned(problem) == pytest.approx(cheapest(problem), abs=1e-6), f"problem {number} of seed {seed}"


def without_shared_limits(problem: Problem) -> Problem:
    free = np.full(problem.periods, np.inf)
    return dataclasses.replace(problem, suppliers=(Supplier("S0"), Supplier("S1")), limits=Limits((), free, free))


def test_the_recursion_for_one_product_finds_what_the_solver_finds() -> None:
    for problem in map(without_shared_limits, problems(4, 80)):
        for at, item in enumerate(problem.items):
            ours, _ = best_orders(problem, item, Prices.none(problem))
            theirs = build(problem, (at,)).program.solve(time_limit=10)
            assert ours == pytest.approx(theirs.cost, rel=1e-5, abs=1e-5)


def test_the_decomposition_keeps_the_limits_and_its_bound_is_below_every_plan() -> None:
    compared = 0
    for problem in problems(5, 25):
        for part in parts_of(problem):
            exact = plan_exactly(problem, part.items, EXACT) if part.shares else None
            apart = plan_apart(problem, part.items, EXACT) if exact else None
            if exact and apart:
                compared += 1
                assert apart.bound <= exact.cost + 1e-6 <= apart.cost + 2e-6
                idle = {at: packs for at, packs in apart.packs.items() if packs.any()}
                assert math.isfinite(checked_cost(problem, idle)) or len(part.items) < len(problem.items)
    assert compared > 8


def test_the_same_problem_gives_the_same_orders() -> None:
    for problem in problems(6, 10):
        for part in parts_of(problem):
            first, second = (plan_part(problem, part, EXACT) for _ in range(2))
            assert (first is None) == (second is None)
            if first and second:
                assert all((first.packs[at] == second.packs[at]).all() for at in first.packs)
