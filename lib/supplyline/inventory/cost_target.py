"""Service levels and order cycles of least expected cost, product by product, from what keeping and missing cost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from supplyline.inventory.arrays import Floats
from supplyline.inventory.demand import LEAST_DEMAND
from supplyline.inventory.simulation import Costs

LONGEST = 365.0  # days that an order may last, and a piece is thought to wait
LEAST_LEVEL, MOST_LEVEL = 0.01, 0.9999


def least_cost_terms(
    terms: pd.DataFrame,
    daily_demand: Floats,
    unit_price: Floats,
    costs: Costs,
    daily_variance: Floats | None = None,
) -> pd.DataFrame:
    """The terms with the service level and order cycle that cost the least; a product without demand keeps its own.

    Order cycle: the square root formula less the review that comes anyway, max(√(2 K / (h d)) - R, 0) days. One more
    piece of safety costs h T a cycle and saves b where demand passes it, so that P(demand over R + L ≤ s) = b / (b + h
    T) (Silver, Pyke and Thomas, on B2 with lost sales, with d T for Q). An order lifts the stock by the demand of the
    cycle and by what the position is below s already (`undershoot`), and lasts as long as that: T = cycle +
    undershoot / d days, never less than R + L or than a piece. Where orders overlap, a day of much demand lies in the R
    + L days of several of them but is missed once: counted at every look, as if shortages of one order and the next
    were two, it asks for too high a level (on counting twice what is short: Hadley and Whitin, Analysis of Inventory
    Systems, on periodic review). d pieces a day with a variance, K an order, h a piece and day, b a piece missed.
    `terms` as in `reorder_policy`, arrays (n,); no variance counts as 0, a price that is not known as 1. Where neither
    keeping nor missing costs, nothing changes.
    """
    known = np.isfinite(daily_demand) & (daily_demand > 0)
    d = np.maximum(np.where(known, daily_demand, 1.0), LEAST_DEMAND)
    h, b, order = costs.of(np.where(np.isfinite(unit_price) & (unit_price > 0), unit_price, 1.0)).T
    known &= (h > 0) & (b > 0)
    review = terms["review_days"].to_numpy(dtype=float)
    # Where keeping costs next to nothing the root would be beyond all numbers; so dear is a piece for `LONGEST` days.
    holding = np.maximum(np.where(known, h, 1.0) * d, np.maximum(2 * order / LONGEST**2, np.finfo(float).tiny))
    cycle = np.clip(np.sqrt(2 * order / holding), review, LONGEST) - review
    variance = np.zeros_like(d) if daily_variance is None else np.nan_to_num(daily_variance)
    lasting = cycle + undershoot(d * review, variance * review) / d
    lasting = np.maximum(lasting, np.maximum(review + terms["lead_time_days"].to_numpy(dtype=float), 1 / d))
    level = b / np.where(known, b + h * np.minimum(lasting, LONGEST), 1.0)
    own = terms[["service_level", "order_cycle_days"]].to_numpy(dtype=float)
    return terms.assign(
        service_level=np.where(known, np.clip(level, LEAST_LEVEL, MOST_LEVEL), own[:, 0]),
        order_cycle_days=np.where(known, cycle, own[:, 1]),
    )


def undershoot(mean: Floats, variance: Floats) -> Floats:
    """Pieces (n,) that the position is below the reorder point, on average, when a look finds it there.

    `mean` > 0 and `variance` of the demand D between two looks: E[D²] / (2 E[D]) - 1/2, the mean excess of a renewal
    process in whole pieces (Tijms and Groenevelt, EJOR 17, 1984), and at least the E[D] / 2 of an even demand.
    """
    return np.asarray(np.maximum((variance / mean + mean) / 2 - 0.5, mean / 2))
