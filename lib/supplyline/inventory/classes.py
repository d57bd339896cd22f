"""ABC by what products bring in, XYZ by how evenly they are asked for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from supplyline.errors import InventoryError
from supplyline.inventory.arrays import Floats, numbers

Names = npt.NDArray[np.str_]

A_TO, B_TO = 0.80, 0.95  # shares of all revenue
X_TO, Y_TO = 0.5, 1.0  # coefficients of variation


def abc_classes(revenue: npt.ArrayLike, a_to: float = A_TO, b_to: float = B_TO) -> Names:
    """A, B or C (n,): with products in order of revenue, A while those before hold less than `a_to` of all of it.

    So the product that crosses the line is still A, and the largest always is; then B up to `b_to`; what brings nothing
    is C. Equal products stay in the order given. (Silver, Pyke and Thomas, on A-B-C classification.)
    """
    (amounts,) = numbers(least=0.0, revenue=revenue)
    if amounts.ndim != 1 or not 0 < a_to < b_to <= 1:
        raise InventoryError("not 0 < a_to < b_to ≤ 1, or no list", where="abc_classes", fix="correct it")
    known = np.nan_to_num(amounts)
    order = np.argsort(-known, kind="stable")
    before = np.empty_like(known)
    before[order] = np.concatenate([[0.0], np.cumsum(known[order])[:-1]]) if len(known) else []
    share = before / max(known.sum(), np.finfo(float).tiny)
    return np.where(known <= 0, "C", np.where(share < a_to, "A", np.where(share < b_to, "B", "C")))


def xyz_classes(demand: Floats, x_to: float = X_TO, y_to: float = Y_TO) -> Names:
    """X, Y or Z (n,) by the coefficient of variation sd / mean of `demand` (n, periods): X to `x_to`, Y to `y_to`.

    The deviation is that of the periods themselves (divided by their number); NaN periods are left out; without demand
    a product is Z. Which period is right (weeks, months) depends on how often is ordered.
    """
    (pieces,) = numbers(least=0.0, demand=demand)
    if pieces.ndim != 2 or not 0 < x_to < y_to:
        raise InventoryError("demand is no (n, periods), or not 0 < x_to < y_to", where="xyz_classes", fix="correct it")
    there = ~np.isnan(pieces)
    count = np.maximum(there.sum(axis=1), 1)
    mean = np.nansum(pieces, axis=1) / count
    square = np.nansum((pieces - mean[:, None]) ** 2, axis=1) / count
    variation = np.where(mean > 0, np.sqrt(square) / np.maximum(mean, np.finfo(float).tiny), np.inf)
    return np.where(variation <= x_to, "X", np.where(variation <= y_to, "Y", "Z"))


def abc_xyz(revenue: npt.ArrayLike, demand: Floats) -> Names:
    """AX … CZ (n,), with the usual lines."""
    return np.char.add(abc_classes(revenue), xyz_classes(demand))
