"""Service levels and order cycles of least expected cost, product by product, from what keeping and missing cost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from supplyline.inventory.arrays import Floats
from supplyline.inventory.simulation import Costs

LONGEST = 365.0  # days that an order may last, and a piece is thought to wait
LEAST_LEVEL, MOST_LEVEL = 0.01, 0.9999


def least_cost_terms(terms: pd.DataFrame, daily_demand: Floats, unit_price: Floats, costs: Costs) -> pd.DataFrame:
    """The terms with the service level and order cycle that cost the least; a product without demand keeps its own.

    Order cycle: the square root formula less the review that comes anyway, max(√(2 K / (h d)) - R, 0) days. An order
    then lasts T = max(order cycle + R, 1/d) days; one more piece of safety costs h T a cycle and saves b where demand
    passes it, so that P(demand over R + L ≤ s) = b / (b + h T) (Silver, Pyke and Thomas, on B2 with lost sales, with
    d T for Q). d pieces a day, K an order, h a piece and day, b a piece missed. `terms` as in `reorder_policy`, arrays
    (n,); a price that is not known counts as 1. Where neither keeping nor missing costs, nothing changes.
    """
    known = np.isfinite(daily_demand) & (daily_demand > 0)
    d = np.where(known, daily_demand, 1.0)
    h, b, order = costs.of(np.where(np.isfinite(unit_price) & (unit_price > 0), unit_price, 1.0)).T
    known &= (h > 0) & (b > 0)
    review = terms["review_days"].to_numpy(dtype=float)
    lasting = np.clip(np.sqrt(2 * order / (np.where(known, h, 1.0) * d)), review, LONGEST)
    level = b / np.where(known, b + h * np.minimum(np.maximum(lasting, 1 / d), LONGEST), 1.0)
    own = terms[["service_level", "order_cycle_days"]].to_numpy(dtype=float)
    return terms.assign(
        service_level=np.where(known, np.clip(level, LEAST_LEVEL, MOST_LEVEL), own[:, 0]),
        order_cycle_days=np.where(known, np.maximum(lasting - review, 0.0), own[:, 1]),
    )
