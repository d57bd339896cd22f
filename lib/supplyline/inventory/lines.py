"""From a wanted stock level to an order, every step kept in whole pieces so that they add up exactly."""

from __future__ import annotations

import numpy as np
import pandas as pd

# What adds up to `order_quantity`, with the sign it is taken with, in the order in which it is told.
PARTS = {
    "for_lead_time": 1, "for_safety": 1, "for_cycle": 1, "on_hand": -1, "on_order": -1,
    "not_due": 1, "pack_rounding": 1, "limit_change": 1,
}  # fmt: skip


def order_lines(policy: pd.DataFrame) -> pd.DataFrame:
    """The parts of each order and the order, pieces, NaN where a number is missing.

    `policy` has lead_time_demand, reorder_point, order_up_to_level, on_hand, on_order, min_order, max_order, pack_size.
    Ordered is what lifts the inventory position (on hand + on order) to the order-up-to level, where it is at or below
    the reorder point; then at least `min_order`, in whole packs, at most `max_order`.
    """
    position = policy["on_hand"] + policy["on_order"]
    wanted = policy["order_up_to_level"] - position
    due = (position <= policy["reorder_point"]) & (wanted > 0)
    base = wanted.where(due, 0.0).where(wanted.notna())
    least = base.clip(lower=policy["min_order"]).where(base > 0, base)
    packed = np.ceil(least / policy["pack_size"]) * policy["pack_size"]
    ordered = np.minimum(packed, np.floor(policy["max_order"] / policy["pack_size"]) * policy["pack_size"])
    ordered = ordered.where(base > 0, base)
    lines = _needs(policy)
    lines["not_due"] = base - wanted
    lines["pack_rounding"] = packed - least
    lines["limit_change"] = (least - base) + (ordered - packed)
    lines["order_quantity"] = ordered
    lines["bound_by"] = _bound(base, least, packed, ordered)
    return lines


def _needs(policy: pd.DataFrame) -> pd.DataFrame:
    """The order-up-to level taken apart; safety is below zero where the level aimed at is under the mean."""
    expected = np.minimum(np.round(policy["lead_time_demand"]), policy["order_up_to_level"])
    return pd.DataFrame(
        {
            "for_lead_time": expected,
            "for_safety": policy["reorder_point"] - expected,
            "for_cycle": policy["order_up_to_level"] - policy["reorder_point"],
        }
    )


def _bound(base: pd.Series, least: pd.Series, packed: pd.Series, ordered: pd.Series) -> pd.Series:
    """The limit that decided the quantity, "" where none did."""
    names = np.select(
        [ordered < packed, least > base, packed > least], ["maximum order", "minimum order", "pack size"], ""
    )
    return pd.Series(names, index=base.index, dtype=object)
