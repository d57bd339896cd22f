"""The whole purchase problem as one mixed-integer program, for parts small enough to be solved to the end."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from supplyline.inventory.arrays import Ints
from supplyline.inventory.purchase_plan.problem import Item, Offer, Packs, Problem
from supplyline.inventory.purchase_plan.solver import Program, Solution


@dataclass
class Model:
    """A program and where in it things are. With `elastic`, only overstepping those families of limits costs."""

    problem: Problem
    chosen: tuple[int, ...]
    elastic: frozenset[str] = frozenset()
    program: Program = field(default_factory=Program)
    packs: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)  # item, offer, period → columns
    value: dict[tuple[int, int], dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    lines: dict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    stock: dict[int, list[int]] = field(default_factory=dict)
    slacks: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    places: dict[int, str] = field(default_factory=dict)

    def money(self, cost: float) -> float:
        """What is paid counts, unless it is the least relaxation that is looked for."""
        return 0.0 if self.elastic else cost

    def slack(self, family: str, place: str, scale: float) -> dict[int, float]:
        """A term that lets a limit of an elastic family give way, at a price relative to its size."""
        if family not in self.elastic:
            return {}
        column = self.program.column(1.0 / max(abs(scale), 1.0))
        self.slacks[family].append(column)
        self.places[column] = place
        return {column: 1.0}

    def orders(self, solution: Solution) -> Packs:
        """Packs of each chosen item, rounded from the solver's nearly whole numbers."""
        made: dict[int, Ints] = {}
        for at in self.chosen:
            made[at] = np.zeros((len(self.problem.items[at].offers), self.problem.periods), dtype=np.int64)
        for (at, offer, period), columns in self.packs.items():
            made[at][offer, period] = round(sum(solution.values[column] for column in columns))
        return made


def build(problem: Problem, chosen: tuple[int, ...], elastic: frozenset[str] = frozenset()) -> Model:
    """The program of some of the items with all limits; the others are taken not to be there."""
    model = Model(problem, chosen, elastic)
    for at in chosen:
        for number, offer in enumerate(problem.items[at].offers):
            for period in range(problem.periods - offer.lead):
                _order(model, at, number, offer, period)
        _balance(model, at)
    _supplier_orders(model)
    _budgets(model)
    _warehouse(model)
    return model


def _order(model: Model, at: int, number: int, offer: Offer, period: int) -> None:
    """Packs by price step, each with a yes or no; one step at most, and only in an order that is placed."""
    program, most = model.program, model.problem.most_packs(model.problem.items[at], offer)
    columns, chosen = [], []
    for step in offer.steps:
        high = min(step.high, most)
        if high < step.low:
            continue
        packs = program.column(model.money(step.cost), whole=True)
        line = program.column(model.money(offer.line_cost), 1.0, whole=True)
        program.row({packs: 1.0, line: -float(step.low)}, low=0.0)
        over = model.slack("maximum quantity", f"{model.problem.items[at].sku}, period {period + 1}", high)
        program.row({packs: 1.0, line: -float(high)} | dict.fromkeys(over, -1.0), high=0.0)
        model.value[offer.supplier, period][packs] = step.cost
        columns.append(packs)
        chosen.append(line)
    model.packs[at, number, period] = columns
    model.lines[offer.supplier, period] += chosen
    if len(chosen) > 1:
        program.row(dict.fromkeys(chosen, 1.0), high=1.0)


def _balance(model: Model, at: int) -> None:
    """stock_t - waiting_t = stock_{t-1} - waiting_{t-1} + arriving - demand; what is lost waits no longer."""
    item, program, lost = model.problem.items[at], model.program, model.problem.shortage == "lost"
    stock: list[int] = []
    before: dict[int, float] = {}
    for period in range(model.problem.periods):
        held = program.column(model.money(item.holding))
        short = _shortage(model, item, period, held)
        terms = {held: 1.0, short: -1.0} | before
        for number, offer in enumerate(item.offers):
            for column in model.packs.get((at, number, period - offer.lead), []):
                terms[column] = -float(offer.pack)
        level = float(item.arriving[period] - item.demand[period]) + (item.on_hand if period == 0 else 0.0)
        program.row(terms, level, level)
        _floor(model, item, period, held)
        before = {held: -1.0} if lost else {held: -1.0, short: 1.0}
        stock.append(held)
    model.stock[at] = stock


def _shortage(model: Model, item: Item, period: int, held: int) -> int:
    """Pieces short; where a floor could make it pay to keep stock from customers, one of the two must be zero."""
    program, forbidden = model.program, math.isinf(item.shortage)
    relaxed = "demand" in model.elastic and forbidden
    most = float(item.demand[period]) if model.problem.shortage == "lost" else np.inf
    high = 0.0 if forbidden and not relaxed else most
    short = program.column(0.0 if forbidden else model.money(item.shortage), high)
    if relaxed:
        program.cost[short] = 1.0 / max(float(item.demand.sum()), 1.0)
        model.slacks["demand"].append(short)
        model.places[short] = f"{item.sku}, period {period + 1}"
    if high > 0 and item.floor.any():
        empty, room = program.column(0.0, 1.0, whole=True), _most_stock(model.problem, item)
        program.row({short: 1.0, empty: -float(item.demand[: period + 1].sum())}, high=0.0)
        program.row({held: 1.0, empty: room}, high=room)
    return short


def _most_stock(problem: Problem, item: Item) -> float:
    ordered = sum(problem.most_packs(item, offer) * offer.pack * problem.periods for offer in item.offers)
    return item.on_hand + float(item.arriving.sum()) + ordered


def _floor(model: Model, item: Item, period: int, held: int) -> None:
    if item.floor[period] <= 0:
        return
    floor, place = float(item.floor[period]), f"{item.sku}, period {period + 1}"
    if math.isinf(item.floor_cost[period]):
        model.program.row({held: 1.0} | model.slack("minimum stock", place, floor), low=floor)
    else:
        under = model.program.column(model.money(float(item.floor_cost[period])))
        model.program.row({held: 1.0, under: 1.0}, low=floor)


def _supplier_orders(model: Model) -> None:
    """An order is paid for once, and is worth its supplier's minimum or is not placed."""
    for (supplier, period), lines in model.lines.items():
        terms = model.problem.suppliers[supplier]
        if not lines or not (terms.order_cost > 0 or terms.minimum_value > 0):
            continue
        placed = model.program.column(model.money(terms.order_cost), 1.0, whole=True)
        for line in lines:
            model.program.row({line: 1.0, placed: -1.0}, high=0.0)
        if terms.minimum_value > 0:
            given = model.slack("minimum order value", f"{terms.name}, period {period + 1}", terms.minimum_value)
            value = model.value[supplier, period] | {placed: -terms.minimum_value}
            model.program.row(value | given, low=0.0)


def _budgets(model: Model) -> None:
    for periods, amount in model.problem.limits.budgets:
        spent: dict[int, float] = {}
        for (_, period), value in model.value.items():
            if period in periods:
                spent |= value
        name = f"periods {periods[0] + 1} to {periods[-1] + 1}"
        given = dict.fromkeys(model.slack("budget", name, amount), -1.0)
        if spent and math.isfinite(amount):
            model.program.row(spent | given, high=amount)


def _warehouse(model: Model) -> None:
    limits = model.problem.limits
    for family, room, size in (
        ("warehouse volume", limits.volume, lambda item: item.volume),
        ("warehouse pieces", limits.pieces, lambda item: 1.0),
    ):
        for period in np.flatnonzero(np.isfinite(room)):
            terms = {columns[period]: size(model.problem.items[at]) for at, columns in model.stock.items()}
            given = dict.fromkeys(model.slack(family, f"period {period + 1}", float(room[period])), -1.0)
            model.program.row(terms | given, high=float(room[period]))
