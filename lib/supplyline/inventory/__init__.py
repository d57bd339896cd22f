"""Stock decisions from demand forecasts: plain frames in and out, no engine."""

from supplyline.inventory.policy import Terms, reorder_policy

__all__ = ["Terms", "reorder_policy"]
