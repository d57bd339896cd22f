"""The purchase problem taken apart: products that share no limit are planned alone, the others together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from supplyline.inventory.arrays import Ints
from supplyline.inventory.purchase_plan.decomposition import plan_by_columns
from supplyline.inventory.purchase_plan.item import MOST_STATES, Prices, best_orders, states_of
from supplyline.inventory.purchase_plan.model import build
from supplyline.inventory.purchase_plan.problem import Problem, own_cost

MOST_EXACT = 150  # offers × periods that are solved as one program


@dataclass(frozen=True)
class Effort:
    """When to stop: `gap` is the share of the cost that may be left, `time_limit` seconds for each part."""

    gap: float = 1e-3
    time_limit: float = 60.0


@dataclass(frozen=True)
class Planned:
    """Orders of some items (offers, periods), their cost and its lower bound; `status` optimal, gap or time limit."""

    packs: dict[int, Ints]
    cost: float
    bound: float
    status: str


@dataclass(frozen=True)
class Part:
    """Items that share limits, directly or through others; `shares` is False for one that no shared limit touches."""

    items: tuple[int, ...]
    shares: bool


def parts_of(problem: Problem) -> list[Part]:
    """Every item in one part, the items and the parts in order."""
    parent = list(range(len(problem.items)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    groups = _sharing(problem)
    for group in groups:
        for at in group[1:]:
            parent[max(root(at), root(group[0]))] = min(root(at), root(group[0]))
    parts: dict[int, list[int]] = {}
    for at in range(len(problem.items)):
        parts.setdefault(root(at), []).append(at)
    sharing = {at for group in groups for at in group}
    return [Part(tuple(part), part[0] in sharing) for part in parts.values()]


def _sharing(problem: Problem) -> list[list[int]]:
    """Groups of items with a limit or an order's cost in common."""
    limits, everyone = problem.limits, list(range(len(problem.items)))
    groups = [everyone] if np.isfinite(limits.volume).any() or np.isfinite(limits.pieces).any() else []
    buying = [at for at in everyone if problem.items[at].offers]
    if any(math.isfinite(amount) for _, amount in limits.budgets):
        groups.append(buying)
    by_supplier: dict[int, list[int]] = {}
    for at in buying:
        for supplier in {offer.supplier for offer in problem.items[at].offers if problem.couples(offer)}:
            by_supplier.setdefault(supplier, []).append(at)
    return [group for group in [*groups, *by_supplier.values()] if group]


def plan_alone(problem: Problem, at: int, effort: Effort) -> Planned | None:
    """Best orders of one item without shared limits; None where its own limits can't be kept."""
    item = problem.items[at]
    if states_of(problem, item) > MOST_STATES:
        return plan_exactly(problem, (at,), effort)
    cost, packs = best_orders(problem, item, Prices.none(problem))
    return Planned({at: packs}, cost, cost, "optimal") if math.isfinite(cost) else None


def plan_exactly(problem: Problem, part: tuple[int, ...], effort: Effort) -> Planned | None:
    """The part as one mixed-integer program; None where its limits contradict each other."""
    model = build(problem, part)
    solved = model.program.solve(time_limit=effort.time_limit, gap=min(effort.gap, 1e-9))
    if solved.status == "infeasible":
        return None
    if not len(solved.values):
        return plan_apart(problem, part, effort)
    packs = dict(model.orders(solved))
    cost = cost_of(problem, packs)
    return Planned(packs, cost, min(solved.bound, cost), "optimal" if solved.status == "optimal" else "time limit")


def plan_apart(problem: Problem, part: tuple[int, ...], effort: Effort) -> Planned | None:
    """The part by decomposition; None where no plan within the limits was found."""
    choice, bound = plan_by_columns(problem, part, gap=effort.gap, time_limit=effort.time_limit)
    if choice.overstepped:
        return None
    packs = {column.item: column.packs for column in choice.columns}
    cost = cost_of(problem, packs)
    return Planned(packs, cost, min(bound, cost), "time limit" if choice.late else "gap")


def plan_part(problem: Problem, part: Part, effort: Effort) -> Planned | None:
    """Orders of a part by the method that suits its size; None where its limits can't be kept together."""
    if not part.shares:
        return plan_alone(problem, part.items[0], effort)
    whole = sum(len(problem.items[at].offers) for at in part.items) * problem.periods
    return (plan_exactly if whole <= MOST_EXACT else plan_apart)(problem, part.items, effort)


def cost_of(problem: Problem, packs: dict[int, Ints]) -> float:
    """Currency for everything, orders of suppliers included."""
    own = math.fsum(own_cost(problem.items[at], made, problem.shortage) for at, made in packs.items())
    orders = {
        (problem.items[at].offers[number].supplier, int(period))
        for at, made in packs.items()
        for number, period in np.argwhere(made > 0)
    }
    return own + math.fsum(problem.suppliers[supplier].order_cost for supplier, _ in sorted(orders))
