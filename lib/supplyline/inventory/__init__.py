"""Stock decisions from demand forecasts: plain frames in and out, no engine."""

from supplyline.inventory.excess import ExcessRule
from supplyline.inventory.policy import reorder_policy
from supplyline.inventory.terms import Terms

__all__ = ["ExcessRule", "Terms", "reorder_policy"]
