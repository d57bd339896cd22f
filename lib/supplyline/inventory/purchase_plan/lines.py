"""Every order line taken apart: the parts add up to its quantity exactly, and the limits that bound it are named."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from supplyline.inventory.arrays import Floats, Ints
from supplyline.inventory.purchase_plan.problem import Item, Offer, Problem, course, pack_cost

DIGITS = 6  # of a piece: parts are given so precisely, and `adjustment` takes what rounding leaves


@dataclass(frozen=True)
class Line:
    """One line of an order, in pieces; periods are counted from 1.

    quantity = forecast_demand + safety_stock - on_hand - on_order - planned_before - lost_sales + pack_rounding
    + adjustment. The first part reaches from the start of the plan to the end of `covers_until`, the last period before
    the product's next arrival (or the plan's end). Less than a pack, up or down, is rounding; the rest is `adjustment`.
    """

    sku: str
    supplier: str
    order_period: int
    arrival_period: int
    covers_until: int
    quantity: int
    packs: int
    unit_cost: float
    cost: float
    forecast_demand: float
    safety_stock: float
    on_hand: float
    on_order: float
    planned_before: int
    lost_sales: float
    pack_rounding: float
    adjustment: float
    limits: tuple[str, ...]


@dataclass(frozen=True)
class Shared:
    """What all orders together leave: money of each budget, value of each order, room at the end of each period."""

    budgets: tuple[float, ...]
    values: dict[tuple[int, int], float]
    volume: Floats
    pieces: Floats


def shared_rest(problem: Problem, packs: dict[int, Ints]) -> Shared:
    """What is left of the shared limits."""
    values: dict[tuple[int, int], float] = {}
    volume, pieces = problem.limits.volume.copy(), problem.limits.pieces.copy()
    for at, made in packs.items():
        item = problem.items[at]
        held = course(item, made, problem.shortage).stock
        volume -= held * item.volume
        pieces -= held
        for number, period in np.argwhere(made > 0):
            offer, n = item.offers[number], int(made[number, period])
            key = offer.supplier, int(period)
            values[key] = values.get(key, 0.0) + n * pack_cost(offer, n)
    spent = [sum(value for (_, at), value in values.items() if at in periods) for periods, _ in problem.limits.budgets]
    left = tuple(amount - used for (_, amount), used in zip(problem.limits.budgets, spent, strict=True))
    return Shared(left, values, volume, pieces)


def lines_of(problem: Problem, at: int, packs: Ints, shared: Shared) -> list[Line]:
    """The order lines of one item in order of arrival."""
    item = problem.items[at]
    placed = sorted(
        (int(period) + item.offers[number].lead, int(number), int(period)) for number, period in np.argwhere(packs > 0)
    )
    made, before = [], 0
    for position, (arrival, number, period) in enumerate(placed):
        later = [other for other, *_ in placed[position + 1 :]]
        until = max((later[0] if later else problem.periods) - 1, arrival)
        n = int(packs[number, period])
        made.append(_line(problem, item, item.offers[number], period, until, n, before, packs, shared))
        before += n * item.offers[number].pack
    return made


def _line(
    problem: Problem,
    item: Item,
    offer: Offer,
    period: int,
    until: int,
    n: int,
    before: int,
    packs: Ints,
    shared: Shared,
) -> Line:
    covered = slice(0, until + 1)
    lost = course(item, packs, problem.shortage).short[covered].sum() if problem.shortage == "lost" else 0.0
    parts = [item.demand[covered].sum(), item.floor[until], item.on_hand, item.arriving[covered].sum(), lost]
    forecast, safety, on_hand, coming, lost = (round(float(part), DIGITS) for part in parts)
    need = forecast + safety - on_hand - coming - before - lost
    rounding = _rounding(need, offer.pack, n)
    adjustment = round(n * offer.pack - need - rounding, DIGITS)
    unit = pack_cost(offer, n) / offer.pack
    return Line(
        item.sku, problem.suppliers[offer.supplier].name, period + 1, period + offer.lead + 1, until + 1,
        n * offer.pack, n, unit, pack_cost(offer, n) * n, forecast, safety, on_hand, coming, before, lost,
        rounding, adjustment,
        _limits(problem, item, offer, period, until, n, (min(rounding, 0.0) + adjustment, adjustment), shared),
    )  # fmt: skip


def _rounding(need: float, pack: int, packs: int) -> float:
    """Pieces that whole packs add to the need or take off it: to `packs` where that is nearer than a pack, else up."""
    if need <= 0:
        return 0.0
    given = packs if abs(packs * pack - need) < pack else math.ceil(round(need / pack, DIGITS))
    return round(given * pack - need, DIGITS)


def _limits(
    problem: Problem, item: Item, offer: Offer, period: int, until: int, n: int, off: tuple[float, float],
    shared: Shared,
) -> tuple[str, ...]:  # fmt: skip
    """Limits with no room for a pack more (or less, where the line is larger than it needs to be).

    `off`: the pieces that the line lacks, rounding down included, and its adjustment, which must have a reason.
    """
    step = next(step for step in offer.steps if step.low <= n <= step.high)
    lacking, adjustment = off
    first, more, less = step is offer.steps[0], lacking < 0, adjustment > 0
    value, minimum = shared.values[offer.supplier, period], problem.suppliers[offer.supplier].minimum_value
    money = [
        left for (periods, _), left in zip(problem.limits.budgets, shared.budgets, strict=True) if period in periods
    ]
    covered = slice(min(period + offer.lead, until), until + 1)
    bound = {
        "pack size": offer.pack > 1,
        "minimum quantity": n == step.low and first and n > 1 and less,
        "price break": n == step.low and not first and less,
        "maximum quantity": n == offer.steps[-1].high,
        "supplier minimum": minimum > 0 and value - step.cost < minimum and less,
        "budget": any(left < step.cost for left in money) and more,
        "warehouse volume": bool((shared.volume[covered] < offer.pack * item.volume).any()) and more,
        "warehouse pieces": bool((shared.pieces[covered] < offer.pack).any()) and more,
    }
    names = tuple(name for name, holds in bound.items() if holds)
    other = adjustment != 0 and set(names) <= {"pack size"}
    return (*names, "costs") if other else names
