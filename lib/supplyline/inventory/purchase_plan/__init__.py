"""Purchase plan: dated orders for many products and suppliers within shared limits, each line explained."""

from supplyline.inventory.purchase_plan.limits import InfeasiblePlanError, Relaxation
from supplyline.inventory.purchase_plan.lines import Line
from supplyline.inventory.purchase_plan.parts import Effort
from supplyline.inventory.purchase_plan.plan import PurchasePlan, plan_purchases

__all__ = ["Effort", "InfeasiblePlanError", "Line", "PurchasePlan", "Relaxation", "plan_purchases"]
