"""Rows made from a small shop's sales: forecasts, reorder policy, visits and alerts."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict

from tests.support.shop_rows import AS_OF, SKUS, Row, at, trading_days

TOTALS = {
    "q05": 0.6,
    "q10": 0.7,
    "q25": 0.85,
    "q50": 1.0,
    "q75": 1.15,
    "q80": 1.2,
    "q90": 1.35,
    "q95": 1.5,
    "q98": 1.65,
    "q99": 1.8,
}
QUANTILES = {"q05": 0.3, "q10": 0.4, "q25": 0.7, "q50": 0.95, "q75": 1.3, "q90": 1.7, "q95": 2.0}


def demand_daily(sales: list[Row], inventory: list[Row]) -> list[Row]:
    sold = {(row["sku"], row["date"]): row["net_demand"] for row in sales}
    rows = []
    for row in (row for row in inventory if row["date"].weekday() != 5):
        pieces = float(sold.get((row["sku"], row["date"]), 0))
        key = {"sku": row["sku"], "date": row["date"], "stock_out": row["stock_out"]}
        seen = {"quantity": pieces, "sales": pieces, "expected": pieces, "origin": "observed", "status": "ok"}
        rows.append(key | seen)
    return rows


def _mean_demand(sales: list[Row], sku: str) -> float:
    before = [row["net_demand"] for row in sales if row["sku"] == sku and row["date"] <= AS_OF]
    return sum(before) / len([day for day in trading_days() if day <= AS_OF])


def forecasts(sales: list[Row]) -> list[Row]:
    rows: list[Row] = []
    for sku in SKUS:
        mean = _mean_demand(sales, sku)
        for horizon in range(1, 29):
            day = AS_OF + dt.timedelta(horizon)
            level = 0.1 if day.weekday() == 5 else mean * (1 + 0.1 * (day.weekday() % 3))
            quantiles = {name: factor * level for name, factor in QUANTILES.items()}
            head = {"as_of": AS_OF, "sku": sku, "horizon": horizon, "date": day, "model": "theta", "mean": level}
            totals = {f"total_{name}": factor * mean * horizon for name, factor in TOTALS.items()}
            rows.append(head | quantiles | totals | {"total_mean": mean * horizon, "status": "ok"})
    failed = dict.fromkeys(["mean", *QUANTILES, "total_mean", *(f"total_{name}" for name in TOTALS)]) | {
        "model": None,
        "status": "failed",
        "error": "ForecastError: no sales",
    }
    return rows + [row | failed | {"sku": "99999"} for row in rows[:28]]


def forecast_scores(chance: random.Random) -> list[Row]:
    rows: list[Row] = []
    for number, sku in enumerate(SKUS):
        pattern = ("smooth", "erratic", "intermittent", "lumpy")[number % 4]
        for days_back in (28, 56):
            for model, level in (("seasonal_naive", 1.0), ("theta", 0.8), ("croston", 0.9)):
                error = level * chance.uniform(0.9, 1.1)
                origin = AS_OF - dt.timedelta(days_back)
                head = {"as_of": AS_OF, "sku": sku, "model": model, "origin": origin, "pattern": pattern}
                head |= {"days_ahead": "all", "purpose": "choice"}
                scores = {"mase": error, "rmsse": error, "smape": 60 * error, "pinball": 2 * error, "bias": 0.1}
                rows.append(head | scores | {"coverage_90": 0.9, "selected": model == "theta", "status": "ok"})
    return rows


def reorder_policy(sales: list[Row], inventory: list[Row]) -> list[Row]:
    on_hand = {row["sku"]: row["closing"] for row in inventory if row["date"] == AS_OF}
    rows: list[Row] = []
    for number, sku in enumerate(SKUS):
        daily = _mean_demand(sales, sku)
        point, level = round(daily * 7 * 1.4), round(daily * 14 * 1.4)
        quantity = level - on_hand[sku] if on_hand[sku] <= point else 0
        numbers = {"daily_demand": daily, "daily_demand_q95": daily * 2.4, "lead_time_demand": daily * 7}
        rows.append(
            numbers
            | {"as_of": AS_OF, "warehouse": "main", "sku": sku, "model": "theta", "lead_time_days": 7.0}
            | {"review_days": 7, "service_level": 0.95, "lead_time_demand_quantile": daily * 9.8}
            | {"safety_stock": daily * 2.8, "reorder_point": point, "order_up_to_level": level}
            | {"on_hand": on_hand[sku], "days_of_cover": on_hand[sku] / daily, "order_quantity": quantity}
            | {"unit_price": 1.25 + number, "order_value": quantity * (1.25 + number), "status": "ok"}
            | {"lead_time_sd_days": 2.0, "order_cycle_days": 7.0, "min_order": 0, "pack_size": 1, "method": "paths"}
            | {"on_order": 0, "for_lead_time": round(daily * 7), "for_safety": point - round(daily * 7)}
            | {"for_cycle": level - point, "not_due": quantity - (level - on_hand[sku])}
            | {"pack_rounding": 0, "limit_change": 0, "days_without_demand": 0, "excess_quantity": 0}
            | {"carrying_cost": 0.0, "expected_fill_rate": 0.985}
        )
    return rows


def window_metrics(sales: list[Row], inventory: list[Row]) -> list[Row]:
    closing = {(row["sku"], row["date"]): row["closing"] for row in inventory}
    return [
        {
            "window_id": f"main|{row['sku']}|{row['date']}",
            "warehouse": "main",
            "sku": row["sku"],
            "window_start": at(row["date"], 12),
            "window_end": at(row["date"], 13),
            "events": max(1, row["orders"]),
            "units_sold": row["units_sold"],
            "orders": row["orders"],
            "revenue": row["revenue"],
            "lowest_stock": closing[row["sku"], row["date"]],
            "last_stock": closing[row["sku"], row["date"]],
        }
        for row in sales
        if row["date"] > AS_OF
    ]


def alert_events(inventory: list[Row], policy: list[Row]) -> list[Row]:
    """A warning opens when the stock falls to the reorder point, turns critical when empty, ends above the point."""
    points = {row["sku"]: row["reorder_point"] for row in policy}
    state = dict.fromkeys(SKUS, "")
    events: list[Row] = []
    for row in sorted((row for row in inventory if row["date"] > AS_OF), key=lambda row: (row["date"], row["sku"])):
        below, before = row["closing"] <= points[row["sku"]], state[row["sku"]]
        after = "critical" if row["closing"] == 0 else ("warning" if below else "")
        if after == before or (before == "critical" and after):
            continue
        transition = "resolved" if not after else ("escalated" if before else "opened")
        earlier = sum(event["sku"] == row["sku"] for event in events)
        event = _alert_event(row, transition, after or before, points[row["sku"]])
        events.append(event | {"sequence": earlier + 1, "notice": True})
        state[row["sku"]] = after
    return events


def _alert_event(row: Row, transition: str, severity: str, threshold: int) -> Row:
    fingerprint = f"below_reorder_point|main|{row['sku']}"
    return {
        "alert_event_id": f"{fingerprint}|{transition}|{row['date']}",
        "fingerprint": fingerprint,
        "rule": "below_reorder_point",
        "severity": severity,
        "warehouse": "main",
        "sku": row["sku"],
        "transition": transition,
        "event_time": at(row["date"], 13),
        "value": float(row["closing"]),
        "threshold": float(threshold),
        "description": f"Stock {row['closing']} at or below reorder point {threshold}",
    }


def alerts(events: list[Row]) -> list[Row]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for event in events:
        groups[event["fingerprint"]].append(event)
    rows: list[Row] = []
    for fingerprint, group in sorted(groups.items()):
        last, opened = group[-1], [event for event in group if event["transition"] == "opened"]
        resolved = last["transition"] == "resolved"
        rows.append(
            {key: last[key] for key in ("rule", "severity", "warehouse", "sku", "value", "threshold", "description")}
            | {"fingerprint": fingerprint, "state": "resolved" if resolved else "open", "occurrences": len(opened)}
            | {"opened_at": opened[-1]["event_time"], "updated_at": last["event_time"]}
            | {"changed_at": last["event_time"], "transitions": len(group)}
            | {"resolved_at": last["event_time"] if resolved else None}
        )
    return rows


def behaviour_events(lines: list[Row], chance: random.Random) -> list[Row]:
    """A few visits a sale: views, a cart now and then, the purchase itself."""
    events: list[Row] = []
    for line in (line for line in lines if line["line_type"] == "sale" and line["order_date"] > AS_OF):
        for visit in range(3):
            steps = ["view", "cart", "purchase"] if visit == 0 else ["view", *(["cart"] * (chance.random() < 0.3))]
            for step, kind in enumerate(steps):
                time = line["order_time"] - dt.timedelta(minutes=10 - 2 * step, hours=visit)
                events.append(_behaviour_event(line, f"v{line['order_line_id']}{visit}", kind, time))
    return events


def _behaviour_event(line: Row, visitor: str, kind: str, time: dt.datetime) -> Row:
    return {
        "event_id": f"{visitor}-{kind}",
        "event_time": time,
        "event_date": line["order_date"],
        "visitor_id": visitor,
        "event_type": kind,
        "sku": line["sku"],
        "origin": "simulated",
        "source": "synthetic",
    }


def behaviour_daily(events: list[Row]) -> list[Row]:
    groups: dict[tuple[str, dt.date], list[Row]] = defaultdict(list)
    for event in events:
        groups[event["sku"], event["event_date"]].append(event)
    return [
        {"sku": sku, "date": day, "origin": "simulated", "visitors": len({event["visitor_id"] for event in group})}
        | {f"{kind}s": sum(event["event_type"] == kind for event in group) for kind in ("view", "cart", "purchase")}
        | {"dwell_seconds": 120.0 * len(group)}
        for (sku, day), group in sorted(groups.items())
    ]


def sessions(events: list[Row]) -> list[Row]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for event in events:
        groups[event["visitor_id"]].append(event)
    rows: list[Row] = []
    for visitor, group in sorted(groups.items()):
        kinds = [event["event_type"] for event in group]
        counts = {f"{kind}s": kinds.count(kind) for kind in ("view", "cart", "purchase")}
        started, ended = group[0]["event_time"], group[-1]["event_time"]
        rows.append(
            counts
            | {"session_id": f"{visitor}-s", "visitor_id": visitor, "started_at": started, "ended_at": ended}
            | {"date": group[0]["event_date"], "events": len(group), "origin": "simulated"}
            | {"dwell_seconds": (ended - started).total_seconds()}
            | {"abandoned_cart": counts["carts"] > 0 and not counts["purchases"]}
        )
    return rows
