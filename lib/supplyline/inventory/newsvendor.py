"""One order for one season: what is left costs, what is short costs more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplyline.inventory.arrays import Floats, numbers
from supplyline.inventory.distributions import Demand


@dataclass(frozen=True)
class NewsvendorPlan:
    """`quantity` pieces to have, its expected `cost`, and the `level` b / (b + h) that it reaches; (n,)."""

    quantity: Floats
    cost: Floats
    level: Floats


def newsvendor(demand: Demand, overage: npt.ArrayLike, underage: npt.ArrayLike) -> NewsvendorPlan:
    """The quantity of least expected cost: F(Q) = b / (b + h), the least whole Q reaching it for whole pieces.

    `overage` h: currency per piece left (holding, or purchase cost less salvage); `underage` b: currency per piece
    short (lost margin). Any Demand will do: Normal, gamma, lognormal, Poisson, negative binomial, forecast paths.
    (Snyder and Shen, Fundamentals of Supply Chain Theory, section 4.3; Silver, Pyke and Thomas, on the newsvendor.)
    Raises InventoryError for costs that are not above zero.
    """
    h, b = numbers(above=0.0, overage=overage, underage=underage)
    level = np.asarray(b / (b + h))
    quantity = demand.quantile(level)
    return NewsvendorPlan(quantity, newsvendor_cost(demand, quantity, h, b), level)


def newsvendor_cost(
    demand: Demand, quantity: float | Floats, overage: float | Floats, underage: float | Floats
) -> Floats:
    """Expected cost (n,) of having `quantity` pieces: h E[(Q - D)⁺] + b E[(D - Q)⁺], (Q-D)⁺ = Q - E[D] + (D-Q)⁺."""
    short = demand.loss(quantity)
    return np.asarray(overage * (quantity - demand.mean + short) + underage * short)
