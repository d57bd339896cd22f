"""Purchase plan: dated orders for many products and suppliers within shared limits, each line explained."""

from supplyline.inventory.purchase_plan.limits import InfeasiblePlanError, Relaxation
from supplyline.inventory.purchase_plan.lines import Line
from supplyline.inventory.purchase_plan.parts import Effort
from supplyline.inventory.purchase_plan.plan import PurchasePlan, plan_purchases
from supplyline.inventory.purchase_plan.shop import ShopCosts, plan_shop
from supplyline.inventory.purchase_plan.terms import PurchaseTerms, purchase_terms

__all__ = [
    "Effort",
    "InfeasiblePlanError",
    "Line",
    "PurchasePlan",
    "PurchaseTerms",
    "Relaxation",
    "ShopCosts",
    "plan_purchases",
    "plan_shop",
    "purchase_terms",
]
