"""Plain frames → the purchase problem, every input checked; a product with a fault is left out, with the reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from supplyline.errors import InventoryError
from supplyline.inventory.arrays import Floats
from supplyline.inventory.purchase_plan.frames import MOST_PIECES, OFFERS, SKUS, SUPPLIERS, by_period, filled, records
from supplyline.inventory.purchase_plan.problem import Item, Offer, Step, Supplier

NO_MAXIMUM = 1_000_000_000  # packs


@dataclass(frozen=True)
class Inputs:
    """What can be planned, and why the rest can't: sku → reason."""

    items: tuple[Item, ...]
    suppliers: tuple[Supplier, ...]
    refused: dict[str, str]


def read_inputs(
    skus: pd.DataFrame,
    suppliers: pd.DataFrame,
    offers: pd.DataFrame,
    demand: pd.DataFrame,
    on_order: pd.DataFrame | None,
    *,
    rates: Mapping[str, float],
    periods: int,
) -> Inputs:
    """Products, their offers and suppliers. Raises InventoryError where a whole frame or a supplier can't be used."""
    products = filled(skus, "skus", ["sku"], SKUS)
    sellers, rate = read_suppliers(suppliers, rates)
    terms = _with_faults(filled(offers, "offers", ["sku", "supplier"], OFFERS), rate)
    wanted = by_period(demand, "demand", periods, math.nan)
    coming = by_period(on_order, "on_order", periods, 0.0) if on_order is not None else {}
    reasons = _reasons(products, terms, wanted, coming)
    offered = _offers(terms[~terms["sku"].isin(reasons.keys())], rate)
    items = [
        _item(row, wanted[row.sku], coming.get(row.sku, np.zeros(periods)), offered[row.sku])
        for row in records(products)
        if row.sku not in reasons
    ]
    return Inputs(tuple(items), sellers, dict(sorted(reasons.items())))


def read_suppliers(frame: pd.DataFrame, rates: Mapping[str, float]) -> tuple[tuple[Supplier, ...], dict[str, float]]:
    """Suppliers in the plan's currency, and each one's exchange rate: NaN where its currency is not known."""
    filled_in = filled(frame, "suppliers", ["supplier"], SUPPLIERS)
    bad = filled_in[(filled_in["fault"] != "") | filled_in["supplier"].duplicated()]
    if len(bad):
        what = bad["fault"].iloc[0] or "listed twice"
        raise InventoryError(what, where=f"supplier {bad['supplier'].iloc[0]}", fix="correct the suppliers")
    codes = frame["currency"].fillna("") if "currency" in frame else pd.Series("", index=frame.index)
    known = _rates(rates)
    rate = {name: 1.0 if code == "" else known.get(str(code), math.nan)
            for name, code in zip(filled_in["supplier"], codes, strict=True)}  # fmt: skip
    sellers = [
        Supplier(row.supplier, row.order_cost * rate[row.supplier], row.minimum_order_value * rate[row.supplier])
        if rate[row.supplier] == rate[row.supplier]
        else Supplier(row.supplier)
        for row in records(filled_in)
    ]
    return tuple(sellers), rate


def _rates(rates: Mapping[str, float]) -> dict[str, float]:
    """The exchange rates as numbers. Raises InventoryError where there is no mapping, or one is not above 0."""
    if not isinstance(rates, Mapping):
        raise InventoryError(f"rates is a {type(rates).__name__}", where="plan_purchases", fix="give {currency: rate}")
    for code, rate in rates.items():
        if not isinstance(rate, Real) or not 0 < rate < math.inf:
            raise InventoryError(f"rate is {rate!r}", where=f"currency {code}", fix="give what one unit is worth")
    return {str(code): float(rate) for code, rate in rates.items()}


def _with_faults(terms: pd.DataFrame, rate: Mapping[str, float]) -> pd.DataFrame:
    """Faults that one column alone does not show; those that one does come first."""
    known, supplier = terms["supplier"].isin(list(rate)), terms["supplier"]
    least = np.ceil(np.maximum(terms["minimum_quantity"], 1.0) / terms["pack_size"]) * terms["pack_size"]
    twice = terms.duplicated(["sku", "supplier", "from_quantity"], keep=False)
    conditions = [
        terms["fault"] != "",
        ~known,
        known & supplier.map(rate).isna(),
        least > terms["maximum_quantity"],
        terms["from_quantity"] > terms["maximum_quantity"],
        twice,
    ]
    words: list[Any] = [
        terms["fault"],
        "unknown supplier " + supplier,
        "unknown currency of supplier " + supplier,
        "minimum quantity (in whole packs) above maximum quantity",
        "price break above maximum quantity",
        "two prices from the same quantity of supplier " + supplier,
    ]
    return terms.assign(fault=np.select(conditions, words, default=""))


def _reasons(
    products: pd.DataFrame, terms: pd.DataFrame, wanted: Mapping[str, Floats], coming: Mapping[str, Floats]
) -> dict[str, str]:
    """Why products can't be planned: sku → the first reason."""
    listed, offered = set(products["sku"]), set(terms["sku"])
    reasons = {sku: "not in skus" for sku in [*terms["sku"], *wanted, *coming] if sku not in listed}
    for row in records(products[products["sku"].duplicated()]):
        reasons.setdefault(row.sku, "listed twice in skus")
    for row in [*records(products), *records(terms)]:
        if row.fault:
            reasons.setdefault(row.sku, row.fault)
    for sku in products["sku"]:
        reason = "no supplier offers it" if sku not in offered else _bad_series(wanted.get(sku), coming.get(sku))
        if reason:
            reasons.setdefault(sku, reason)
    return reasons


def _bad_series(wanted: Floats | None, coming: Floats | None) -> str:
    if wanted is None:
        return "no demand"
    for name, series in (("demand", wanted), ("on_order", coming)):
        bad = np.flatnonzero(~((series >= 0) & (series <= MOST_PIECES))) if series is not None else np.empty(0)
        if series is not None and len(bad):
            return f"{name} of period {bad[0] + 1} is {series[bad[0]]:g}"
    return ""


def _offers(terms: pd.DataFrame, rate: Mapping[str, float]) -> dict[str, tuple[Offer, ...]]:
    """sku → its offers; rows of one SKU and supplier are the price breaks of one offer."""
    position = {name: at for at, name in enumerate(rate)}
    breaks: dict[tuple[str, str], list[Any]] = {}
    for row in records(terms):
        breaks.setdefault((row.sku, row.supplier), []).append(row)
    made: dict[str, list[Offer]] = {}
    for (sku, supplier), rows in breaks.items():
        made.setdefault(sku, []).append(_offer(rows, position[supplier], rate[supplier]))
    return {sku: tuple(offers) for sku, offers in made.items()}


def _offer(rows: list[Any], supplier: int, rate: float) -> Offer:
    """One offer in packs; below the first price break its first price holds. Other terms are those of the first row."""
    first, pack = rows[0], int(rows[0].pack_size)
    least = max(math.ceil(first.minimum_quantity / pack), 1)
    most = NO_MAXIMUM if math.isinf(first.maximum_quantity) else int(first.maximum_quantity // pack)
    rows = sorted(rows, key=lambda row: row.from_quantity)
    starts = [least, *(max(math.ceil(row.from_quantity / pack), least) for row in rows[1:]), most + 1]
    steps = [
        Step(low, after - 1, row.unit_cost * pack * rate)
        for row, low, after in zip(rows, starts[:-1], starts[1:], strict=True)
        if low < after
    ]
    return Offer(supplier, int(first.lead_time), pack, first.line_cost * rate, tuple(steps))


def _item(row: Any, wanted: Floats, coming: Floats, offers: tuple[Offer, ...]) -> Item:
    """The floor holds from the first period on in which an order can arrive: before, nobody can keep it."""
    floor, floor_cost = np.full(len(wanted), row.minimum_stock), np.full(len(wanted), row.floor_cost)
    floor[: min(offer.lead for offer in offers)] = 0.0
    floor_cost[-1] += row.end_cost
    return Item(
        row.sku, row.on_hand, wanted, coming, floor, row.holding_cost, row.shortage_cost, floor_cost, row.volume,
        offers,
    )  # fmt: skip
