"""Whole courses of single products, and what each takes of the limits that products share."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from supplyline.inventory.arrays import Floats, Ints
from supplyline.inventory.purchase_plan.item import Prices
from supplyline.inventory.purchase_plan.problem import Problem, course, own_cost, pack_cost

Use = dict[int, float]  # row of a limit → how much of it


@dataclass(frozen=True)
class Column:
    """One course of one item: its own cost and what it takes of every shared limit."""

    item: int
    packs: Ints
    cost: float
    use: Use

    @property
    def key(self) -> tuple[int, bytes]:
        """Equal for equal orders of the same item."""
        return self.item, self.packs.tobytes()


@dataclass
class Master:
    """Shared limits as rows: Σ use of courses + Σ use of suppliers' orders ≤ limit. `placed`: the orders' cost, use."""

    problem: Problem
    chosen: tuple[int, ...]
    limits: list[float] = field(default_factory=list)
    budget: dict[int, int] = field(default_factory=dict)
    volume: dict[int, int] = field(default_factory=dict)
    pieces: dict[int, int] = field(default_factory=dict)
    lines: dict[tuple[int, int], int] = field(default_factory=dict)
    value: dict[tuple[int, int], int] = field(default_factory=dict)
    placed: list[tuple[float, Use]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Numbers the rows."""
        limits, offers = self.problem.limits, [o for at in self.chosen for o in self.problem.items[at].offers]
        for at, (_, amount) in enumerate(limits.budgets):
            self._row(self.budget, at, amount)
        for rows, room in ((self.volume, limits.volume), (self.pieces, limits.pieces)):
            for period, most in enumerate(room):
                self._row(rows, period, float(most))
        for supplier in sorted({offer.supplier for offer in offers}):
            if any(offer.supplier == supplier and self.problem.couples(offer) for offer in offers):
                for period in range(self.problem.periods):
                    self._supplier(supplier, period, sum(offer.supplier == supplier for offer in offers))

    def _row(self, rows: dict[int, int], key: int, limit: float) -> None:
        if np.isfinite(limit):
            rows[key] = len(self.limits)
            self.limits.append(limit)

    def _supplier(self, supplier: int, period: int, most_lines: int) -> None:
        """lines - most_lines · placed ≤ 0 and minimum · placed - value ≤ 0."""
        terms, row = self.problem.suppliers[supplier], len(self.limits)
        self.lines[supplier, period], use = row, {row: -float(most_lines)}
        if terms.minimum_value > 0:
            self.value[supplier, period] = row + 1
            use[row + 1] = terms.minimum_value
        self.limits += [0.0] * len(use)
        self.placed.append((terms.order_cost, use))

    def column(self, at: int, packs: Ints) -> Column:
        """The column of an item's orders."""
        item = self.problem.items[at]
        held = course(item, packs, self.problem.shortage).stock
        use = {row: item.volume * float(held[period]) for period, row in self.volume.items()}
        use |= {row: float(held[period]) for period, row in self.pieces.items()}
        for number, period in np.argwhere(packs > 0):
            offer, n = item.offers[number], int(packs[number, period])
            for row, amount in self._order_use(offer.supplier, int(period), pack_cost(offer, n) * n).items():
                use[row] = use.get(row, 0.0) + amount
        return Column(at, packs, own_cost(item, packs, self.problem.shortage), use)

    def _order_use(self, supplier: int, period: int, value: float) -> Use:
        budgets = self.problem.limits.budgets
        use = {row: value for at, row in self.budget.items() if period in budgets[at][0]}
        if (supplier, period) in self.lines:
            use[self.lines[supplier, period]] = 1.0
        if (supplier, period) in self.value:
            use[self.value[supplier, period]] = -value
        return use

    def prices(self, worth: Floats, placed: Floats) -> Prices:
        """Prices of the limits (rows,), each ≥ 0, as single products meet them; an order not placed takes no line."""
        prices = Prices.none(self.problem)
        for at, row in self.budget.items():
            prices.value[:, list(self.problem.limits.budgets[at][0])] += worth[row]
        for key, row in self.value.items():
            prices.value[key] -= worth[row]
        for key, row in self.lines.items():
            prices.line[key] += worth[row]
        for key, given in zip(self.lines, placed, strict=True):
            if given == 0:
                prices.line[key] = np.inf
        for rows, side in ((self.volume, prices.volume), (self.pieces, prices.pieces)):
            for period, row in rows.items():
                side[period] = worth[row]
        return prices

    def bound(self, worth: Floats, best: float, placed: Floats) -> float:
        """What no plan can cost less than: `best`, the sum of the items' priced optima, and orders, less the limits."""
        orders = 0.0
        for (cost, use), given in zip(self.placed, placed, strict=True):
            priced = cost + sum(worth[row] * amount for row, amount in use.items())
            orders += min(priced, 0.0) if np.isnan(given) else priced * given
        return best + orders - float(worth @ np.array(self.limits))

    def matrix(self, columns: list[Column]) -> sparse.csc_array:
        """Use of every limit (rows, courses then orders)."""
        uses = [column.use for column in columns] + [use for _, use in self.placed]
        at = np.repeat(np.arange(len(uses)), [len(use) for use in uses])
        rows = np.array([row for use in uses for row in use], dtype=np.int64)
        amounts = np.array([amount for use in uses for amount in use.values()])
        return sparse.csc_array((amounts, (rows, at)), shape=(len(self.limits), len(uses)))
