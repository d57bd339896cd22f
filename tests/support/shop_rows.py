"""Rows of a small shop: what it sold, and the stock behind it. Twelve products over a hundred days."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

Row = dict[str, Any]

FIRST_DAY = dt.date(2011, 9, 1)
AS_OF = dt.date(2011, 11, 11)
LAST_DAY = dt.date(2011, 12, 9)
HOSTILE = '</script><script>alert("x")</script><b>[red]'
DESCRIPTIONS = (
    "WHITE HANGING HEART T-LIGHT HOLDER", "REGENCY CAKESTAND 3 TIER", "JUMBO BAG RED RETROSPOT", "PARTY BUNTING",
    "ASSORTED COLOUR BIRD ORNAMENT", "LUNCH BAG RED RETROSPOT", "SET OF 3 CAKE TINS PANTRY DESIGN",
    "PACK OF 72 RETROSPOT CAKE CASES", "PAPER CHAIN KIT 50'S CHRISTMAS", "NATURAL SLATE HEART CHALKBOARD",
    "JUMBO STORAGE BAG SUKI", HOSTILE,
)  # fmt: skip
SKUS = tuple(f"{22312 + 111 * number}" for number in range(len(DESCRIPTIONS)))


def trading_days() -> list[dt.date]:
    """The shop is closed on Saturdays."""
    days = (FIRST_DAY + dt.timedelta(number) for number in range((LAST_DAY - FIRST_DAY).days + 1))
    return [day for day in days if day.weekday() != 5]


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=dt.UTC)


def order_lines(chance: random.Random) -> list[Row]:
    lines: list[Row] = []
    for day_number, day in enumerate(trading_days()):
        for number, sku in enumerate(SKUS):
            for order in range(chance.choice((0, 1, 1, 2, 3)) if number % 4 else chance.choice((0, 0, 1))):
                quantity = chance.randint(1, 12) + day_number // 12
                lines.append(_line(day, sku, f"5{day_number:03}{order:02}", quantity, 1.25 + number, 9 + 3 * order))
            if chance.random() < 0.02:
                lines.append(_line(day, sku, f"C5{day_number:03}", -chance.randint(1, 3), 1.25 + number, 17))
    lines.append(_line(FIRST_DAY, "POST", "500000", 1, 18.0, 10) | {"line_type": "charge"})
    return [line | {"order_line_id": f"l{number:06}", "source_line": number + 2} for number, line in enumerate(lines)]


def _line(day: dt.date, sku: str, order_id: str, quantity: int, price: float, hour: int) -> Row:
    return {
        "order_id": order_id,
        "line_type": "sale" if quantity > 0 else "return",
        "sku": sku,
        "description": DESCRIPTIONS[SKUS.index(sku)] if sku in SKUS else "POSTAGE",
        "customer_id": f"1{hour:02}{day.day % 9}" if day.day % 4 else None,
        "order_time": at(day, hour, 20),
        "order_date": day,
        "quantity": quantity,
        "unit_price": price,
        "amount": quantity * price,
        "currency": "GBP",
        "country": "United Kingdom",
        "warehouse": "main",
        "source": "online_retail_ii",
        "source_file": "online_retail_II.csv.xz",
    }


def sales_daily(lines: list[Row]) -> list[Row]:
    groups: dict[tuple[str, dt.date], list[Row]] = defaultdict(list)
    for line in lines:
        if line["line_type"] in {"sale", "return"}:
            groups[line["sku"], line["order_date"]].append(line)
    return [_sales_row(sku, day, group) for (sku, day), group in sorted(groups.items())]


def _sales_row(sku: str, day: dt.date, group: list[Row]) -> Row:
    sold = [line for line in group if line["line_type"] == "sale"]
    units, revenue = sum(line["quantity"] for line in sold), sum(line["amount"] for line in sold)
    return {
        "sku": sku,
        "date": day,
        "units_sold": units,
        "units_returned": -sum(line["quantity"] for line in group if line["line_type"] == "return"),
        "orders": len({line["order_id"] for line in sold}),
        "customers": len({line["customer_id"] for line in sold} - {None}),
        "revenue": revenue,
        "average_price": revenue / units if units else None,
        "net_demand": units,
    }


def products(sales: list[Row]) -> list[Row]:
    return [
        {
            "sku": sku,
            "description": DESCRIPTIONS[number],
            "category": None,
            "unit_price": 1.25 + number,
            "currency": "GBP",
            "first_sold_on": min(row["date"] for row in sales if row["sku"] == sku and row["units_sold"]),
            "last_sold_on": max(row["date"] for row in sales if row["sku"] == sku and row["units_sold"]),
            "source": "online_retail_ii",
        }
        for number, sku in enumerate(SKUS)
    ]


def customers(lines: list[Row]) -> list[Row]:
    days: dict[str, list[dt.date]] = defaultdict(list)
    for line in lines:
        if line["customer_id"]:
            days[line["customer_id"]].append(line["order_date"])
    country = {"country": "United Kingdom", "source": "online_retail_ii"}
    return [
        {"customer_id": customer, "first_order_on": min(days[customer]), "last_order_on": max(days[customer])} | country
        for customer in sorted(days)
    ]


def stock(sales: list[Row]) -> tuple[list[Row], list[Row]]:
    """Movements and daily levels: an order of 60 arrives in the morning after a day that closed below 20 pieces."""
    by_key = {(row["sku"], row["date"]): row for row in sales}
    movements: list[Row] = []
    inventory: list[Row] = []
    for sku in SKUS:
        level, due = 80, 0
        for number in range((LAST_DAY - FIRST_DAY).days + 1):
            day = FIRST_DAY + dt.timedelta(number)
            row = by_key.get((sku, day), {"units_sold": 0, "units_returned": 0})
            # Stock can't be negative: a shortage is met by a receipt of just the missing pieces.
            received = due + max(0, row["units_sold"] - level - due)
            moves = {"receipt": received, "sale": -row["units_sold"], "return": row["units_returned"]}
            movements += [_movement(sku, day, kind, quantity) for kind, quantity in moves.items() if quantity]
            closing = level + sum(moves.values())
            inventory.append(_level(sku, day, level, moves, closing))
            level, due = closing, 60 if closing < 20 and number % 5 == 0 else 0
    return movements, inventory


def _movement(sku: str, day: dt.date, kind: str, quantity: int) -> Row:
    origin = "simulated" if kind == "receipt" else "observed"
    return {
        "movement_id": f"{sku}-{day}-{kind}",
        "movement_time": at(day, {"receipt": 7, "sale": 12, "return": 16}[kind]),
        "movement_date": day,
        "warehouse": "main",
        "sku": sku,
        "movement_type": kind,
        "quantity": quantity,
        "origin": origin,
        "source": "synthetic" if origin == "simulated" else "online_retail_ii",
    }


def _level(sku: str, day: dt.date, opening: int, moves: Mapping[str, int], closing: int) -> Row:
    return {
        "warehouse": "main",
        "sku": sku,
        "date": day,
        "opening": opening,
        "received": moves["receipt"],
        "sold": -moves["sale"],
        "returned": moves["return"],
        "adjusted": 0,
        "closing": closing,
        "stock_out": closing == 0,
        "origin": "simulated",
    }


def quarantine() -> list[Row]:
    reasons = [("quantity_is_long", "quantity is no whole number: 'ten'")] * 3 + [
        ("order_time_is_timestamp", "impossible date")
    ]
    head = {"source": "online_retail_ii", "input": "order_lines", "source_file": "online_retail_II.csv.xz"}
    return [
        head | {"quarantine_id": f"q{number}", "source_line": number, "rule": rule, "reason": reason, "raw": "a,b,<c>"}
        for number, (rule, reason) in enumerate(reasons)
    ]


def ingest_log(lines: list[Row]) -> list[Row]:
    counts = {kind: sum(line["line_type"] == kind for line in lines) for kind in ("sale", "return", "charge")}
    counts |= {"duplicate": 7, "quarantined": len(quarantine())}
    counts = {"read": sum(counts.values())} | counts
    head = {"source": "online_retail_ii", "input": "order_lines"}
    return [head | {"outcome": outcome, "rows": rows} for outcome, rows in counts.items()]
