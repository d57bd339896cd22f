"""A mixed-integer program put together row by row and solved by HiGHS, in the version that scipy brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from supplyline.errors import InventoryError
from supplyline.inventory.arrays import Floats

OPTIMAL, LIMIT, INFEASIBLE = 0, 1, 2  # status codes of scipy.optimize.milp


@dataclass(frozen=True)
class Solution:
    """`status` is optimal, limit or infeasible; `bound` is what no plan can cost less than."""

    status: str
    values: Floats
    cost: float
    bound: float


@dataclass
class Program:
    """Minimise cost · values with low ≤ values ≤ high and row limits. Columns are numbered as they are added."""

    cost: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    rows: list[tuple[Mapping[int, float], float, float]] = field(default_factory=list)

    def column(self, cost: float = 0.0, high: float = np.inf, *, whole: bool = False) -> int:
        """A value from 0 to `high`; returns its number."""
        self.cost.append(cost)
        self.low.append(0.0)
        self.high.append(high)
        self.whole.append(whole)
        return len(self.cost) - 1

    def row(self, terms: Mapping[int, float], low: float = -np.inf, high: float = np.inf) -> None:
        """low ≤ Σ factor · value ≤ high."""
        self.rows.append((terms, low, high))

    def solve(self, *, time_limit: float, gap: float = 0.0) -> Solution:
        """The best values found. Raises InventoryError where HiGHS gives up for another reason than a limit."""
        limits = [LinearConstraint(self._matrix(), self._sides(1), self._sides(2))] if self.rows else []
        bounds = Bounds(np.array(self.low), np.array(self.high))
        options = {"time_limit": time_limit, "mip_rel_gap": gap}
        found = milp(
            np.array(self.cost), constraints=limits, bounds=bounds, integrality=np.array(self.whole), options=options
        )
        if found.status == INFEASIBLE:
            return Solution("infeasible", np.empty(0), np.inf, np.inf)
        if found.status not in (OPTIMAL, LIMIT):
            raise InventoryError(f"HiGHS: {found.message}", where="purchase plan", fix="check the size of the numbers")
        bound = -np.inf if found.mip_dual_bound is None else float(found.mip_dual_bound)
        if found.x is None:
            return Solution("limit", np.empty(0), np.inf, bound)
        return Solution("optimal" if found.status == OPTIMAL else "limit", found.x, float(found.fun), bound)

    def _sides(self, side: int) -> Floats:
        return np.array([row[side] for row in self.rows])

    def _matrix(self) -> sparse.csr_array:
        counts = [len(row[0]) for row in self.rows]
        columns = [number for row in self.rows for number in row[0]]
        factors = [factor for row in self.rows for factor in row[0].values()]
        places = (np.repeat(np.arange(len(self.rows)), counts), np.array(columns, dtype=np.int64))
        return sparse.csr_array((np.array(factors), places), shape=(len(self.rows), len(self.cost)))
