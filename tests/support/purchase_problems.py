"""Small random purchase problems, and the cheapest plan found by trying every one: slow and obvious."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from supplyline.inventory.purchase_plan.problem import Item, Limits, Offer, Problem, Step, Supplier

MOST = 3  # packs of an order
Orders = dict[tuple[int, int, int], int]  # item, offer, period → packs


def small_problem(rng: np.random.Generator) -> Problem:
    """Two or three periods, up to two products and suppliers, and any mixture of limits."""
    periods, products, sellers = (int(rng.integers(low, high)) for low, high in ((2, 4), (1, 3), (1, 3)))
    suppliers = tuple(
        Supplier(f"S{at}", float(rng.choice([0, 0, 7, 15])), float(rng.choice([0, 0, 20, 60]))) for at in range(sellers)
    )
    offers = 2 if products * periods == 2 else 1
    items = tuple(_item(rng, at, periods, sellers, offers) for at in range(products))
    return Problem(periods, items, suppliers, _limits(rng, periods), str(rng.choice(["lost", "backorder"])))  # type: ignore[arg-type]


def _item(rng: np.random.Generator, at: int, periods: int, sellers: int, offers: int) -> Item:
    demand = np.round(rng.gamma(2, 2.5, periods), 1)
    floor = np.where(rng.random(periods) < 0.5, rng.integers(0, 5, periods), 0).astype(float)
    arriving = np.where(rng.random(periods) < 0.2, 3.0, 0.0)
    holding, shortage = float(rng.choice([0.1, 0.5, 1])), float(rng.choice([5, 12, 20]))
    floor_cost = rng.choice([0.5, 2, 30, math.inf]) + np.where(np.arange(periods) == periods - 1, rng.choice([0, 4]), 0)
    volume = float(rng.choice([1, 2.5]))
    terms = tuple(_offer(rng, int(rng.integers(0, sellers))) for _ in range(offers))
    return Item(
        f"I{at}", float(rng.integers(0, 8)), demand, arriving, floor, holding, shortage, floor_cost, volume, terms
    )


def _offer(rng: np.random.Generator, supplier: int) -> Offer:
    pack, least = int(rng.integers(1, 6)), int(rng.integers(1, 3))
    cost, cheaper = float(rng.integers(2, 9)) * pack, int(rng.integers(least, MOST + 1))
    steps: tuple[Step, ...] = (Step(least, MOST, cost),)
    if cheaper > least and rng.random() < 0.6:
        steps = (Step(least, cheaper - 1, cost), Step(cheaper, MOST, 0.8 * cost))
    return Offer(supplier, int(rng.integers(0, 2)), pack, float(rng.choice([0, 3])), steps)


def _limits(rng: np.random.Generator, periods: int) -> Limits:
    budgets = []
    if rng.random() < 0.5:
        budgets.append((tuple(range(periods)), float(rng.integers(10, 120))))
    if rng.random() < 0.2:
        budgets.append(((0,), float(rng.integers(5, 60))))
    volume, pieces = np.full(periods, np.inf), np.full(periods, np.inf)
    if rng.random() < 0.3:
        volume[:] = rng.integers(15, 40)
    if rng.random() < 0.2:
        pieces[-1] = rng.integers(8, 20)
    return Limits(tuple(budgets), volume, pieces)


def cheapest(problem: Problem) -> float:
    """Cost of the best of all plans; infinite where none keeps the limits."""
    return min((cost(problem, orders) for orders in _all_orders(problem)), default=math.inf)


def _all_orders(problem: Problem) -> Iterator[Orders]:
    slots = [
        (at, number, period)
        for at, item in enumerate(problem.items)
        for number, offer in enumerate(item.offers)
        for period in range(problem.periods - offer.lead)
    ]
    for packs in itertools.product(range(MOST + 1), repeat=len(slots)):
        yield {slot: n for slot, n in zip(slots, packs, strict=True) if n}


def cost(problem: Problem, orders: Orders) -> float:
    """Cost of a plan by its definition, infinite where it breaks a limit."""
    total, value, volume, pieces = 0.0, {}, np.zeros(problem.periods), np.zeros(problem.periods)
    for (at, number, period), n in orders.items():
        offer = problem.items[at].offers[number]
        step = [step for step in offer.steps if step.low <= n <= step.high]
        if not step:
            return math.inf
        value[offer.supplier, period] = value.get((offer.supplier, period), 0.0) + n * step[0].cost
        total += offer.line_cost + n * step[0].cost
    for at, item in enumerate(problem.items):
        stock, paid = _followed(problem, at, orders)
        total += paid
        volume, pieces = volume + item.volume * stock, pieces + stock
    for (supplier, _), bought in value.items():
        total += problem.suppliers[supplier].order_cost
        if bought < problem.suppliers[supplier].minimum_value - 1e-9:
            return math.inf
    for periods, amount in problem.limits.budgets:
        if sum(bought for (_, period), bought in value.items() if period in periods) > amount + 1e-9:
            return math.inf
    fits = (volume <= problem.limits.volume + 1e-9).all() and (pieces <= problem.limits.pieces + 1e-9).all()
    return total if fits else math.inf


def _followed(problem: Problem, at: int, orders: Orders) -> tuple[np.ndarray, float]:
    """Stock at the end of each period, and what holding, shortage and the floor cost, period by period."""
    item, level, paid, stock = problem.items[at], problem.items[at].on_hand, 0.0, []
    for period in range(problem.periods):
        level += item.arriving[period]
        for number, offer in enumerate(item.offers):
            level += offer.pack * orders.get((at, number, period - offer.lead), 0)
        level -= item.demand[period]
        short, held = max(-level, 0.0), max(level, 0.0)
        under = max(item.floor[period] - held, 0.0)
        paid += item.holding * held + item.shortage * short + (item.floor_cost[period] * under if under > 1e-9 else 0.0)
        level = held if problem.shortage == "lost" else level
        stock.append(held)
    return np.array(stock), paid
