"""Rows of the tables that decisions are made of: evaluation, purchase plan, replay, drivers, hidden demand, excess."""

from __future__ import annotations

import datetime as dt
import random

from tests.support.shop_rows import AS_OF, SKUS, Row
from tests.support.warehouse import warehouse_rows

PRICE, UNIT_COST = 4.0, 2.0
SUPPLIERS = ("Leeds Crafts", "Harbour & Sons")
# Policy → stock, missed sales and order lines of the first product; the others scale with their number.
PLAYED = {
    "rule_of_thumb": (90, 40, 8), "autoets_normal": (80, 25, 10), "forecast_quantiles": (70, 15, 10),
    "same_money": (90, 8, 10), "clairvoyant": (30, 0, 12),
}  # fmt: skip
REPLAYED_DAYS = 182


def decision_rows() -> dict[str, list[Row]]:
    """Table → rows."""
    rows = warehouse_rows()
    return {
        "forecast_scores": rows["forecast_scores"] + evaluation(),
        "reorder_policy": with_orders_and_excess(rows["reorder_policy"]),
        "purchase_plan": purchase_plan(),
        "policy_simulation": policy_simulation(),
        "demand_drivers": demand_drivers(),
        "demand_daily": with_hidden_demand(rows["demand_daily"]),
    }


def evaluation() -> list[Row]:
    """Four models from three origins; the loss grows with the days ahead, theta's is 0.8 of the naive's throughout."""
    chance, rows = random.Random(4), list[Row]()
    levels = {"seasonal_naive": 1.0, "theta": 0.8, "ets": 0.85, "croston": 0.95}
    bands = {"all": 1.0, "1-7": 0.9, "8-14": 1.0, "15-28": 1.1}
    for number, sku in enumerate(SKUS):
        groups = {
            "pattern": ("smooth", "erratic", "lumpy")[number % 3],
            "category": None,
            "abc_class": "ABC"[number // 4],
        }
        for back in (28, 35, 42):
            noise = chance.uniform(0.8, 1.2)
            for model, level in levels.items():
                for band, factor in bands.items():
                    loss = noise * level * factor
                    key = {"as_of": AS_OF, "sku": sku, "model": model, "origin": AS_OF - dt.timedelta(back)}
                    key |= {"days_ahead": band, "purpose": "evaluation", "selected": model == "theta", "status": "ok"}
                    scores = {"mase": loss, "rmsse": loss, "smape": 50.0, "pinball": 2 * loss, "bias": level - 0.9}
                    rows.append(key | groups | scores | {"coverage_90": 0.88, "stability": 0.2 if back < 42 else None})
    return rows


def with_orders_and_excess(policy: list[Row]) -> list[Row]:
    """The first half of the products is below its reorder point; the last two have too much, one of it dead."""
    rows = []
    for number, row in enumerate(policy):
        on_hand, level = row["on_hand"], row["order_up_to_level"]
        if number < len(policy) // 2:
            on_hand = min(on_hand, row["reorder_point"] // 2)
        if number >= len(policy) - 2:
            on_hand = 40 * level
        due = on_hand <= row["reorder_point"]
        packs = -(-(level - on_hand) // 6) * 6 if due else 0
        parts: Row = {
            "on_hand": on_hand,
            "order_quantity": packs,
            "order_value": packs * row["unit_price"],
            "pack_size": 6,
        }
        parts |= {"not_due": 0 if due else on_hand - level, "pack_rounding": packs - (level - on_hand) if due else 0}
        parts |= {"bound_by": "pack size" if parts["pack_rounding"] else None, "limit_change": 0}
        parts |= {"days_of_cover": on_hand / row["daily_demand"]}
        if number >= len(policy) - 2:
            dead = number == len(policy) - 1
            pieces = on_hand if dead else on_hand - 12 * level
            parts |= {"excess_quantity": pieces, "excess_reason": "dead" if dead else "excess"}
            parts |= {"days_without_demand": 200 if dead else 3, "carrying_cost": pieces * row["unit_price"] * 0.125}
        rows.append(row | parts)
    return rows


def purchase_plan() -> list[Row]:
    """An order of every product but the last in each of four weeks, from two suppliers."""
    rows: list[Row] = []
    for number, sku in enumerate(SKUS[:-1]):
        for line in range(1, 5):
            ordered = AS_OF + dt.timedelta(1 + 7 * (line - 1))
            before, demand, adjustment = 24 * (line - 1), 20.0 + 22.0 * line + number, 2.0 * (number % 3 - 1)
            need = demand + 10 - 25 - before + adjustment
            packs = int(-(-need // 6))
            quantity = 6 * packs
            key = {"as_of": AS_OF, "warehouse": "main", "sku": sku, "line": line, "supplier": SUPPLIERS[number % 2]}
            days = {"order_date": ordered, "arrival_date": ordered + dt.timedelta(7)}
            parts = {"forecast_demand": demand, "safety_stock": 10.0, "on_hand": 25.0, "on_order": 0.0}
            parts |= {"planned_before": before, "lost_sales": 0.0, "adjustment": adjustment}
            bound = ["pack size"] * (quantity > need) + ["budget"] * (adjustment < 0) + ["costs"] * (adjustment > 0)
            amounts: Row = {"quantity": quantity, "packs": packs, "pack_size": 6, "unit_cost": UNIT_COST}
            amounts |= {"cost": UNIT_COST * quantity, "pack_rounding": quantity - need, "limits": ", ".join(bound)}
            days |= {"covers_until": ordered + dt.timedelta(13)}
            rows.append(key | days | parts | amounts | {"plan_status": "gap 0.1 %", "status": "ok"})
    failed = {"as_of": AS_OF, "warehouse": "main", "sku": SKUS[-1], "line": 0, "plan_status": "gap 0.1 %"}
    return [*rows, failed | {"status": "failed", "error": "minimum quantity 500 is above maximum quantity 100"}]


def policy_simulation() -> list[Row]:
    """Five policies; the last product could not be replayed by one of them."""
    rows: list[Row] = []
    first, last = AS_OF - dt.timedelta(REPLAYED_DAYS + 13), AS_OF - dt.timedelta(14)
    for policy, (stock, missed, orders) in PLAYED.items():
        for number, sku in enumerate(SKUS, start=1):
            key = {"as_of": AS_OF, "sku": sku, "policy": policy, "first_date": first, "last_date": last}
            if number == len(SKUS) and policy == "forecast_quantiles":
                rows.append(key | {"status": "failed", "error": "no levels: its forecasts failed", "unit_price": PRICE})
                continue
            demand = 1000 + 100 * number
            costs = {"holding_cost": stock * number * 0.25, "shortage_cost": missed * number * 2.0}
            costs |= {"ordering_cost": float(orders)}
            sold = demand - missed * number
            counts: Row = {"opening": 50, "demand": demand, "received": sold, "sold": sold, "missed": missed * number}
            counts |= {"closing": 50, "orders": orders, "cycles": orders, "short_days": missed}
            counts |= {"short_cycles": min(orders, missed // 8), "average_stock": float(stock * number)}
            total: Row = {"total_cost": sum(costs.values()), "unit_price": PRICE, "status": "ok"}
            rows.append(key | counts | costs | total)
    return rows


def demand_drivers() -> list[Row]:
    """Two categories; of the second no promotion could be told."""
    effects = {"price": (-1.6, -1.9, -1.3), "promotion": (1.4, 1.25, 1.57), "holiday": (0.7, 0.55, 0.9)}
    plain = {"correlation": 0.3, "linear_regression": 0.4, "decision_tree": 0.25, "covariance": 0.1}
    rows: list[Row] = []
    for category, days in (("Gifts", 9000), ("Kitchen <b>", 4000)):
        head = {"as_of": AS_OF, "category": category, "n": days, "status": "ok"}
        for driver, (effect, low, high) in effects.items():
            interval: Row = {"effect": effect, "low": low, "high": high}
            if (category, driver) == ("Gifts", "price"):
                interval |= {"lowest": 0.8, "highest": 1.25}
            if (category, driver) == ("Kitchen <b>", "promotion"):
                interval = {"status": "failed", "error": "it never changes"}
            rows.append(head | {"method": "quasi_poisson", "driver": driver} | interval)
        for driver in ("price", "promotion", "holiday", "weekday", "month"):
            rows += [head | {"method": method, "driver": driver, "effect": value} for method, value in plain.items()]
        for method in ("linear_regression", "decision_tree"):
            rows.append(head | {"method": method, "driver": "all_drivers", "effect": 0.21})
    return rows


def with_hidden_demand(demand: list[Row]) -> list[Row]:
    """Every ninth day of a product closed empty and hid three pieces; the first of them could not be estimated."""
    rows = []
    for number, row in enumerate(demand):
        if number % 9:
            rows.append(row | {"stock_out": False})
            continue
        estimate = row["sales"] + (3.0 if number else 0.0)
        seen = {"stock_out": True, "origin": "estimated" if number else "lower_bound"}
        rows.append(row | seen | {"quantity": estimate, "expected": estimate})
    return rows
