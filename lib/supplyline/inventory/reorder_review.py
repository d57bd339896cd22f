"""(R, s, S) with service targets: at a look the stock is ordered up to S where it is at or below s.

`protection` is demand over review period and lead time R + L, `lead` that over L, `period` that over R; `quantity` is
S - s. Stock is found below s by the undershoot U of renewal theory, and what is short when the order comes is short of
s - U. Summed over U, P(U = u) = P(D_R > u) / E[D_R], everything is loss functions of D_{R+L} and D_L (Tijms and
Groenevelt, European Journal of Operational Research 17, 1984; Silver, Pyke and Thomas, on (R, s, S)). What is taken for
granted: at most one order is on the way, and for the cycles that S - s is not small beside a period's demand. Any
`Demand` will do: Normal, gamma, negative binomial, forecast paths, random lead times as mixtures. Arguments broadcast
over SKUs; results (n,).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from supplyline.inventory.arrays import Floats, least_whole, numbers, root_of_falling
from supplyline.inventory.continuous_review import Unmet
from supplyline.inventory.distributions import Demand
from supplyline.inventory.periodic_review import undershoot


def short_cycles(protection: Demand, lead: Demand, point: npt.ArrayLike) -> Floats:
    """Share of order cycles with a shortage, P(D_L > s - U) = [n over R+L (s) - n over L (s)] / E[D_R].

    For whole pieces the losses are those of s + 1.
    """
    s = np.asarray(point, dtype=np.float64) + (1.0 if protection.discrete else 0.0)
    return np.asarray((protection.loss(s) - lead.loss(s)) / (protection.mean - lead.mean))


def short_pieces(protection: Demand, lead: Demand, point: npt.ArrayLike) -> Floats:
    """Pieces short in an order cycle, E[(D_L - s + U)⁺] = [n₂ over R+L (s) - n₂ over L (s)] / E[D_R]."""
    s = np.asarray(point, dtype=np.float64)
    return np.asarray((protection.second_loss(s) - lead.second_loss(s)) / (protection.mean - lead.mean))


def reorder_fill_rate(
    protection: Demand, lead: Demand, period: Demand, point: npt.ArrayLike, quantity: npt.ArrayLike,
    unmet: Unmet = "backorder",
) -> Floats:  # fmt: skip
    """Share of demand served from the shelf: a cycle orders Q + E[U], Q = S - s.

    Positions after a look are S, or spread evenly over those above s: short is what `short_pieces` has at s over that
    at S, and E[U] / E[D_R] times what S itself is short of, [n over R+L (S) - n over L (S)]. With Q = 0 that is the (R,
    S) of `periodic_review`. Waiting: 1 - short / (Q + E[U]); lost: (Q + E[U]) / (Q + E[U] + short), as a cycle then
    also loses what is short.
    """
    (q,) = numbers(least=0.0, quantity=quantity)
    under, top = undershoot(period)[0], np.asarray(point, dtype=np.float64) + q
    ordered, at_top = q + under, (protection.loss(top) - lead.loss(top)) / (protection.mean - lead.mean)
    short = short_pieces(protection, lead, point) - short_pieces(protection, lead, top) + under * at_top
    return np.asarray(ordered / (ordered + short) if unmet == "lost" else 1.0 - short / ordered)


def reorder_point_for_cycle_service(protection: Demand, lead: Demand, level: npt.ArrayLike) -> Floats:
    """Least s, whole for whole pieces, with no more than 1 - `level` of the order cycles short."""
    (wanted,) = numbers(above=0.0, below=1.0, level=level)
    return _least(protection, lead, wanted, lambda s: np.asarray(short_cycles(protection, lead, s) - (1.0 - wanted)))


def reorder_point_for_fill_rate(
    protection: Demand, lead: Demand, period: Demand, quantity: npt.ArrayLike, rate: npt.ArrayLike,
    unmet: Unmet = "backorder",
) -> Floats:  # fmt: skip
    """Least s, whole for whole pieces, with `reorder_fill_rate` of at least `rate`."""
    (wanted,) = numbers(above=0.0, below=1.0, rate=rate)
    (q,) = numbers(least=0.0, quantity=quantity)

    def missing(s: Floats) -> Floats:
        return np.asarray(wanted - reorder_fill_rate(protection, lead, period, s, q, unmet))

    return _least(protection, lead, np.asarray(wanted + 0 * q), missing)


def _least(protection: Demand, lead: Demand, like: Floats, falling: Callable[[Floats], Floats]) -> Floats:
    find = least_whole if protection.discrete else root_of_falling
    shape = np.broadcast_shapes(like.shape, np.shape(protection.mean), np.shape(lead.mean))
    high = protection.mean + 3 * np.sqrt(protection.variance)
    return find(falling, np.broadcast_to(lead.mean, shape), np.broadcast_to(high, shape))
