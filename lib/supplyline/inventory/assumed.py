"""Terms and costs of the shop as its settings have them, for what the sources don't know."""

from __future__ import annotations

import math

from supplyline.config import InventorySettings
from supplyline.inventory.excess import ExcessRule
from supplyline.inventory.simulation import Costs
from supplyline.inventory.terms import Terms


def terms_of(settings: InventorySettings) -> Terms:
    """What is agreed with suppliers and aimed at."""
    return Terms(
        lead_time_days=settings.lead_time_days,
        lead_time_sd_days=settings.lead_time_sd_days,
        review_days=settings.review_days,
        order_cycle_days=settings.order_cycle_days,
        service_level=settings.service_level,
        min_order=settings.min_order,
        pack_size=settings.pack_size,
        fill_rate=math.nan if settings.fill_rate is None else settings.fill_rate,
    )


def excess_of(settings: InventorySettings) -> ExcessRule:
    """What counts as too much, and what keeping it costs."""
    return ExcessRule(
        cover_days=settings.excess_cover_days,
        dead_days=settings.dead_days,
        holding_rate=settings.holding_rate,
        unit_cost_share=settings.unit_cost_share,
    )


def stock_costs(settings: InventorySettings) -> Costs:
    """What keeping, missing and ordering cost."""
    return Costs(
        holding_rate=settings.holding_rate,
        unit_cost_share=settings.unit_cost_share,
        shortage_cost_share=settings.shortage_cost_share,
        ordering_cost=settings.ordering_cost,
    )
