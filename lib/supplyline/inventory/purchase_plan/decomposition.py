"""Large parts of the purchase problem: courses of single products, priced and picked within the shared limits.

Dantzig and Wolfe's decomposition (Operations Research 8, 1960): a linear program mixes the courses known so far and so
prices the shared limits; at these prices every product has its best course, found exactly, which joins them. The
priced optima less what the limits are worth at these prices bound the cost of every plan from below (Lagrange), so the
gap is known. At the end a mixed-integer program picks one course a product.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from supplyline.errors import InventoryError
from supplyline.inventory.arrays import Floats
from supplyline.inventory.purchase_plan.columns import Column, Master
from supplyline.inventory.purchase_plan.item import Prices, best_orders
from supplyline.inventory.purchase_plan.problem import Problem
from supplyline.inventory.purchase_plan.solver import LIMIT

ROUNDS = 12
OLD_SHARE = 0.5  # prices move half-way from the last ones, or they swing (Wentges, ITOR 4, 1997)
TOO_DEAR = 100.0  # overstepping a limit costs so many times the dearest course, for its size
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Choice:
    """Courses of the items, which suppliers' orders are placed, and how much of which limit (row) they overstep.

    `late`: the time was up before the choice among the courses was proved to be the best.
    """

    columns: list[Column]
    placed: Floats
    cost: float
    overstepped: dict[int, float]
    late: bool


@dataclass
class _Search:
    """Courses found so far. `placed` fixes which suppliers' orders there are; NaN leaves it open."""

    master: Master
    columns: list[Column]
    worth: Floats
    placed: Floats

    def price(self, bound: float, gap: float) -> float:
        """Adds courses until the mixture's cost is within the gap of its bound, which is returned."""
        known = {column.key for column in self.columns}
        for _ in range(ROUNDS):
            cost, asked = _priced(self)
            if cost - bound <= gap * abs(cost):
                break
            self.worth = OLD_SHARE * self.worth + (1 - OLD_SHARE) * asked
            best, found = _best_courses(self)
            bound = max(bound, self.master.bound(self.worth, best, self.placed))
            # With an order closed a product may have no course that keeps its own limits; it keeps those it has.
            fresh = [column for column in found if column.key not in known and np.isfinite(column.cost)]
            known |= {column.key for column in fresh}
            self.columns += fresh
        return bound


def plan_by_columns(
    problem: Problem, chosen: tuple[int, ...], *, gap: float, time_limit: float
) -> tuple[Choice, float]:
    """Courses of the chosen items within their shared limits, and a bound on the cost of any.

    First with the suppliers' orders open; then, with those that were picked, anew, as half an order helps nobody.
    """
    master = Master(problem, chosen)
    columns = _first_columns(master)
    alone = sum(column.cost for column in columns[: len(chosen)])
    search = _Search(master, columns, np.zeros(len(master.limits)), np.full(len(master.placed), np.nan))
    bound = search.price(alone, gap / 2)
    first = _pick(search, gap=gap / 2, time_limit=time_limit)
    if first.cost - bound <= gap * first.cost:
        return first, bound
    search.placed = first.placed
    search.price(alone, gap / 2)
    return min(first, _pick(search, gap=gap / 2, time_limit=time_limit), key=lambda choice: choice.cost), bound


def _first_columns(master: Master) -> list[Column]:
    """What each item would do alone, then nothing at all where that is allowed."""
    free, items = Prices.none(master.problem), master.problem.items
    alone = [master.column(at, best_orders(master.problem, items[at], free)[1]) for at in master.chosen]
    idle = [master.column(column.item, np.zeros_like(column.packs)) for column in alone if column.packs.any()]
    return alone + [column for column in idle if np.isfinite(column.cost)]


def _best_courses(search: _Search) -> tuple[float, list[Column]]:
    master, total, columns = search.master, 0.0, []
    prices = master.prices(search.worth, search.placed)
    for at in master.chosen:
        cost, packs = best_orders(master.problem, master.problem.items[at], prices)
        total += cost
        columns.append(master.column(at, packs))
    return total, columns


@dataclass(frozen=True)
class _Program:
    """Courses, suppliers' orders and oversteps, in this order: cost, use of limits, one course an item, bounds."""

    cost: Floats
    use: sparse.csc_array
    one: sparse.csc_array
    low: Floats
    high: Floats


def _program(search: _Search) -> _Program:
    master, columns = search.master, search.columns
    costs, matrix = np.array([column.cost for column in columns]), master.matrix(columns)
    over = _oversteps(matrix, costs)
    position = {at: row for row, at in enumerate(master.chosen)}
    rows = np.array([position[column.item] for column in columns])
    shape = (len(position), len(columns) + len(master.placed) + len(over))
    one = sparse.csc_array((np.ones(len(columns)), (rows, np.arange(len(columns)))), shape)
    use = sparse.hstack([matrix, -sparse.eye_array(len(over))], format="csc")
    low = np.concatenate([np.zeros(len(columns)), np.nan_to_num(search.placed, nan=0.0), np.zeros_like(over)])
    high = [np.ones(len(columns)), np.nan_to_num(search.placed, nan=1.0), np.full(len(over), np.inf)]
    cost = np.concatenate([costs, [cost for cost, _ in master.placed], over])
    return _Program(cost, use, one, low, np.concatenate(high))


def _oversteps(matrix: sparse.csc_array, costs: Floats) -> Floats:
    """Price (rows,) of one more than each limit."""
    if not matrix.shape[0]:
        return np.zeros(0)
    largest = np.abs(matrix).max(axis=1).toarray().ravel()
    return np.asarray(TOO_DEAR * max(costs.max(), 1.0) / np.maximum(largest, TOLERANCE))


def _priced(search: _Search) -> tuple[float, Floats]:
    """Cost of the best mixture of courses, and what one more of each limit would save."""
    program = _program(search)
    found = linprog(
        program.cost, program.use, np.array(search.master.limits), program.one, np.ones(program.one.shape[0]),
        bounds=np.column_stack([program.low, program.high]), method="highs",
    )  # fmt: skip
    if found.status != 0:
        raise InventoryError(f"HiGHS: {found.message}", where="purchase plan", fix="check the size of the numbers")
    return float(found.fun), np.maximum(-np.asarray(found.ineqlin.marginals), 0.0)


def _pick(search: _Search, *, gap: float, time_limit: float) -> Choice:
    program, limits, courses = _program(search), np.array(search.master.limits), len(search.columns)
    found = milp(
        program.cost, bounds=Bounds(program.low, program.high), integrality=np.isfinite(program.high),
        constraints=[LinearConstraint(program.use, -np.inf, limits), LinearConstraint(program.one, 1.0, 1.0)],
        options={"time_limit": time_limit, "mip_rel_gap": gap},
    )  # fmt: skip
    if found.x is None:
        raise InventoryError(f"HiGHS: {found.message}", where="purchase plan", fix="raise the time limit")
    picked = [column for column, taken in zip(search.columns, found.x, strict=False) if taken > 0.5]
    placed, over = np.split(found.x[courses:], [len(search.master.placed)])
    wrong = np.flatnonzero(over > TOLERANCE * np.maximum(np.abs(limits), 1.0))
    overstepped = {int(row): float(over[row]) for row in wrong}
    return Choice(picked, np.round(placed), float(found.fun), overstepped, late=found.status == LIMIT)
