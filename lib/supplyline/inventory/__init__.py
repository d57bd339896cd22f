"""Stock decisions from demand forecasts: plain frames in and out, no engine."""

from supplyline.inventory.excess import ExcessRule
from supplyline.inventory.order_plan import plan_orders
from supplyline.inventory.policy import reorder_policy
from supplyline.inventory.purchase_plan import plan_purchases
from supplyline.inventory.simulation import Costs, simulate_policy
from supplyline.inventory.terms import Terms

__all__ = ["Costs", "ExcessRule", "Terms", "plan_orders", "plan_purchases", "reorder_policy", "simulate_policy"]
