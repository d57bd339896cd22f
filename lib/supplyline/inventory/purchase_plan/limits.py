"""Which limits contradict each other, and the least that each of them has to give."""

from __future__ import annotations

from dataclasses import dataclass

from supplyline.errors import InventoryError
from supplyline.inventory.purchase_plan.model import build
from supplyline.inventory.purchase_plan.problem import Problem

FAMILIES = {
    "budget": "currency",
    "warehouse volume": "of volume",
    "warehouse pieces": "pieces",
    "minimum stock": "pieces",
    "maximum quantity": "packs",
    "minimum order value": "currency",
    "demand": "pieces short",
}
MOST_NAMED = 3


@dataclass(frozen=True)
class Relaxation:
    """How much a family of limits has to give in all, and where: place → amount."""

    limit: str
    amount: float
    places: dict[str, float]

    def __str__(self) -> str:
        named = [f"{place}: {amount:g}" for place, amount in list(self.places.items())[:MOST_NAMED]]
        more = ", …" if len(self.places) > MOST_NAMED else ""
        return f"{self.limit} by {self.amount:g} {FAMILIES[self.limit]} ({'; '.join(named)}{more})"


class InfeasiblePlanError(InventoryError):
    """Limits that can't be kept together.

    `alone`: each of these, relaxed so far and no other, makes a plan possible, so all of them are in every conflict.
    `together`: the least relaxation where no single family of limits is enough.
    """

    def __init__(self, alone: tuple[Relaxation, ...], together: tuple[Relaxation, ...], where: str) -> None:
        self.alone, self.together = alone, together
        names = " and ".join(relaxation.limit for relaxation in alone or together) or "limits"
        fix = " or ".join(map(str, alone)) if alone else " and ".join(map(str, together))
        super().__init__(f"no plan keeps {names}", where=where, fix=f"relax {fix or 'a limit'}")


def conflict(problem: Problem, part: tuple[int, ...], time_limit: float) -> InfeasiblePlanError:
    """The error for a part without a plan, from elastic programs: limits may be overstepped, and only that costs."""
    alone = [
        relaxed
        for family in FAMILIES
        if (relaxed := _relaxed(problem, part, frozenset([family]), time_limit)) is not None
    ]
    together = () if alone else _relaxed(problem, part, frozenset(FAMILIES), time_limit) or ()
    skus = [problem.items[at].sku for at in part[:MOST_NAMED]] + ["…"] * (len(part) > MOST_NAMED)
    singles = tuple(relaxation for relaxed in alone for relaxation in relaxed)
    return InfeasiblePlanError(singles, tuple(together), where=f"products {', '.join(skus)}")


def _relaxed(
    problem: Problem, part: tuple[int, ...], families: frozenset[str], time_limit: float
) -> tuple[Relaxation, ...] | None:
    """The least relaxation, weighed by each limit's size; None where these families giving way is not enough."""
    model = build(problem, part, families)
    solved = model.program.solve(time_limit=time_limit)
    if not len(solved.values):
        return None
    made = []
    for family, columns in model.slacks.items():
        places: dict[str, float] = {}
        for column in columns:
            if solved.values[column] > 1e-6:
                place = model.places[column]
                places[place] = places.get(place, 0.0) + float(solved.values[column])
        if places:
            made.append(Relaxation(family, sum(places.values()), places))
    return tuple(made)
