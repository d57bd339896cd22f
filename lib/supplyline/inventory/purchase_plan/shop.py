"""The purchase plan of a shop from its tables: forecasts and reorder policy in, rows of purchase_plan out."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplyline.inventory.arrays import Floats
from supplyline.inventory.purchase_plan.parts import Effort
from supplyline.inventory.purchase_plan.plan import PurchasePlan, plan_purchases
from supplyline.inventory.purchase_plan.terms import PurchaseTerms, offer_frame, supplier_frame
from supplyline.tables import PURCHASE_PLAN
from supplyline.tables.frames import conform

YEAR = 365.0


@dataclass(frozen=True)
class ShopCosts:
    """Money and time: shares of the sales price, `holding_rate` a year, `line_cost` currency, periods of days.

    A piece that can't be sold costs its margin and, as it is not bought either, its purchase price: what the plan
    counts. A piece under the safety stock costs in a period what the service level implies for it,
    holding · level / (1 - level), the newsvendor's ratio turned round; at the end of the plan its purchase price
    besides, as the next plan has to buy it: a plan that ends with empty shelves has not saved their filling.
    """

    periods: int = 8
    period_days: int = 7
    unit_cost_share: float = 0.5
    holding_rate: float = 0.25
    shortage_cost_share: float = 0.5
    line_cost: float = 1.0


def plan_shop(
    forecasts: pd.DataFrame,
    policy: pd.DataFrame,
    products: pd.DataFrame,
    terms: PurchaseTerms,
    costs: ShopCosts,
    *,
    as_of: dt.date,
    open_orders: pd.DataFrame | None = None,
    effort: Effort | None = None,
) -> tuple[pd.DataFrame, PurchasePlan]:
    """Rows of the table purchase_plan, and the plan: one row an order line, one for each SKU that can't be planned.

    `forecasts`: sku, horizon, mean; `policy`: rows of reorder_policy; `products`: sku, supplier. Periods start on the
    day after `as_of`. `open_orders`: sku, expected_date, quantity of what is on order; an order that is overdue is
    taken to arrive in the first period, and without the frame the policy's `on_order` after a whole lead time. Raises
    as plan_purchases does.
    """
    known = policy[policy["status"] != "failed"].merge(products[["sku", "supplier"]], on="sku", how="left")
    offers = offer_frame(
        known, terms, unit_cost_share=costs.unit_cost_share, line_cost=costs.line_cost, period_days=costs.period_days
    )
    plan = plan_purchases(
        _skus(known, offers, costs), supplier_frame(terms), offers,
        _demand(forecasts[forecasts["sku"].isin(known["sku"])], costs),
        on_order=_on_order(known, offers, open_orders, costs, as_of),
        periods=costs.periods, rates=terms.rates, effort=effort,
        budget=terms.limits.budget, warehouse_volume=terms.limits.warehouse_volume,
        warehouse_pieces=terms.limits.warehouse_pieces,
    )  # fmt: skip
    lines = _dated(plan, offers, costs, as_of)
    failed = policy[policy["status"] == "failed"].set_index("sku")["error"].to_dict() | plan.failed
    reasons = pd.DataFrame({"sku": list(failed), "error": list(failed.values())}).assign(line=0, status="failed")
    rows = pd.concat([part for part in (lines, reasons) if len(part)] or [lines], ignore_index=True)
    rows = rows.merge(policy[["sku", "warehouse"]].drop_duplicates("sku"), on="sku", how="left")
    rows = rows.assign(as_of=as_of, plan_status=plan.status).reindex(columns=PURCHASE_PLAN.column_names)
    return conform(rows.sort_values(["warehouse", "sku", "line"], ignore_index=True), PURCHASE_PLAN), plan


def _skus(known: pd.DataFrame, offers: pd.DataFrame, costs: ShopCosts) -> pd.DataFrame:
    """Stock and costs of each SKU, at its first offer's cost."""
    unit = known["sku"].map(offers.drop_duplicates("sku").set_index("sku")["unit_cost"])
    holding = unit * costs.holding_rate * costs.period_days / YEAR
    level = known["service_level"]
    return pd.DataFrame({
        "sku": known["sku"], "on_hand": known["on_hand"].astype(float), "holding_cost": holding,
        "shortage_cost": unit + known["unit_price"] * costs.shortage_cost_share,
        "minimum_stock": known["safety_stock"].clip(lower=0.0), "floor_cost": holding * level / (1.0 - level),
        "end_cost": unit,
    })  # fmt: skip


def _demand(forecasts: pd.DataFrame, costs: ShopCosts) -> pd.DataFrame:
    """Mean demand of each SKU and period; after the last forecast day the average day goes on."""
    daily = forecasts.pivot(index="sku", columns="horizon", values="mean").sort_index(axis=1)
    means = daily.to_numpy(dtype=float)
    days = costs.periods * costs.period_days
    further = np.repeat(means.mean(axis=1, keepdims=True), max(days - means.shape[1], 0), axis=1)
    sums = _sums(np.hstack([means, further])[:, :days], costs)
    skus = np.repeat(daily.index.to_numpy(), costs.periods)
    periods = np.tile(np.arange(1, costs.periods + 1), len(daily))
    return pd.DataFrame({"sku": skus, "period": periods, "quantity": sums.ravel()})


def _sums(daily: Floats, costs: ShopCosts) -> Floats:
    return np.asarray(daily.reshape(len(daily), costs.periods, costs.period_days).sum(axis=2))


def _on_order(
    known: pd.DataFrame, offers: pd.DataFrame, open_orders: pd.DataFrame | None, costs: ShopCosts, as_of: dt.date
) -> pd.DataFrame:
    """sku, period and quantity of what is coming."""
    if open_orders is None:
        lead = known["sku"].map(offers.drop_duplicates("sku").set_index("sku")["lead_time"])
        coming = pd.DataFrame({"sku": known["sku"], "period": lead + 1, "quantity": known["on_order"].astype(float)})
    else:
        ours = open_orders[open_orders["sku"].isin(known["sku"])]
        days = (pd.to_datetime(ours["expected_date"]) - pd.Timestamp(as_of)).dt.days.clip(lower=1)
        coming = ours[["sku", "quantity"]].assign(period=np.ceil(days / costs.period_days))
    return coming[coming["quantity"] > 0]


def _dated(plan: PurchasePlan, offers: pd.DataFrame, costs: ShopCosts, as_of: dt.date) -> pd.DataFrame:
    """Order lines with days for periods, numbered within each SKU from 1."""
    terms = offers.drop_duplicates(["sku", "supplier"])[["sku", "supplier", "lead_time_days", "pack_size"]]
    lines = plan.lines.merge(terms, on=["sku", "supplier"], how="left")
    first = as_of + dt.timedelta(days=1)
    ordered = [first + dt.timedelta(days=(period - 1) * costs.period_days) for period in lines["order_period"]]
    days = [dt.timedelta(days=math.ceil(lead)) for lead in lines["lead_time_days"]]
    until = [as_of + dt.timedelta(days=period * costs.period_days) for period in lines["covers_until"]]
    return lines.assign(
        order_date=ordered,
        arrival_date=[day + lead for day, lead in zip(ordered, days, strict=True)],
        covers_until=until,
        line=lines.groupby("sku").cumcount() + 1,
        limits=[", ".join(names) for names in lines["limits"]],
        status="ok",
        error=None,
    )
