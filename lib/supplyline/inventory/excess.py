"""Pieces on the shelf that nobody is going to ask for soon, and what it costs to keep them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplyline.errors import InventoryError

EXCESS, DEAD = "excess", "dead"


@dataclass(frozen=True)
class ExcessRule:
    """What counts as too much, in days; the cost is `holding_rate` a year of the pieces' cost.

    `unit_cost_share` is the share of the sales price that a piece has cost, where no cost is known.
    """

    cover_days: float = 180.0
    dead_days: int = 180
    holding_rate: float = 0.25
    unit_cost_share: float = 0.5

    def __post_init__(self) -> None:
        """Raises InventoryError for a number below zero."""
        if min(self.cover_days, self.dead_days, self.holding_rate, self.unit_cost_share) < 0:
            raise InventoryError("a number below zero", where="ExcessRule", fix="raise it")


def excess_stock(policy: pd.DataFrame, rule: ExcessRule) -> pd.DataFrame:
    """excess_quantity (pieces), excess_reason and carrying_cost (a year, currency) of each row.

    `policy` has on_hand, daily_demand, order_up_to_level, unit_price and days_without_demand (NaN if unknown).
    Dead: no demand for `dead_days`, then every piece is too many. Else pieces above both the demand of `cover_days`
    and the order-up-to level are. carrying_cost = excess · unit_price · unit_cost_share · holding_rate.
    """
    on_hand = policy["on_hand"].astype(float).clip(lower=0.0)
    needed = np.ceil(np.maximum(policy["daily_demand"] * rule.cover_days, policy["order_up_to_level"]))
    dead = (policy["days_without_demand"] >= rule.dead_days) & (on_hand > 0)
    pieces = (on_hand - needed).clip(lower=0.0).where(~dead, on_hand)
    reason = np.select([dead, pieces > 0], [DEAD, EXCESS], default="")
    cost = pieces * policy["unit_price"] * rule.unit_cost_share * rule.holding_rate
    frame = {"excess_quantity": pieces, "excess_reason": reason, "carrying_cost": cost}
    return pd.DataFrame(frame, index=policy.index)
