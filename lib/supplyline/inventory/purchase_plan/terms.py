"""Suppliers' terms and the shop's limits from conf/suppliers.yaml, as frames for a purchase plan."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from pydantic import Field, model_validator

from supplyline.config import conf_text
from supplyline.config.yaml_model import YamlPart, located, model_from_yaml

FILE = "suppliers.yaml"


class PriceBreak(YamlPart):
    """From so many pieces of a line on, each costs `discount` (a share) less."""

    from_quantity: float = Field(gt=0)
    discount: float = Field(ge=0, lt=1)


class LineTerms(YamlPart):
    """Terms of one order line; what is left out is as for all of the supplier's products."""

    lead_time_days: float | None = Field(None, ge=0)
    pack_size: int | None = Field(None, ge=1)
    minimum_quantity: float | None = Field(None, ge=0)
    maximum_quantity: float | None = Field(None, ge=1)
    line_cost: float | None = Field(None, ge=0)
    price_breaks: tuple[PriceBreak, ...] | None = None


class OfferTerms(LineTerms):
    """One product's own terms."""

    sku: str
    unit_cost: float | None = Field(None, ge=0)


class SupplierTerms(LineTerms):
    """One supplier."""

    name: str = Field(min_length=1)
    order_cost: float = Field(0.0, ge=0)
    minimum_order_value: float = Field(0.0, ge=0)
    currency: str = Field("", pattern="^([A-Z]{3})?$")
    unit_cost_share: float | None = Field(None, ge=0)
    offers: tuple[OfferTerms, ...] = ()


class ShopLimits(YamlPart):
    """What all orders share; a list gives one number for each period."""

    budget: float | tuple[float, ...] = math.inf
    warehouse_volume: float | tuple[float, ...] = math.inf
    warehouse_pieces: float | tuple[float, ...] = math.inf


class PurchaseTerms(YamlPart):
    """The whole file."""

    suppliers: tuple[SupplierTerms, ...] = Field(min_length=1)
    rates: dict[str, float] = {}
    limits: ShopLimits = ShopLimits()

    @model_validator(mode="after")
    def _consistent(self) -> PurchaseTerms:
        names = [supplier.name for supplier in self.suppliers]
        for at, supplier in enumerate(self.suppliers):
            if names.index(supplier.name) < at:
                raise located(f"supplier {supplier.name} is there twice", "suppliers", at, "name")
            if supplier.currency and supplier.currency not in self.rates:
                raise located(f"no rate for {supplier.currency}; add it to rates", "suppliers", at, "currency")
        return self


def purchase_terms() -> PurchaseTerms:
    """conf/suppliers.yaml, the user's or the shipped one. Raises ConfigError naming line and key."""
    return model_from_yaml(PurchaseTerms, conf_text(FILE), FILE)


def supplier_frame(terms: PurchaseTerms) -> pd.DataFrame:
    """supplier, order_cost, minimum_order_value, currency."""
    names = ("order_cost", "minimum_order_value", "currency")
    rows = [{"supplier": each.name} | {name: getattr(each, name) for name in names} for each in terms.suppliers]
    return pd.DataFrame(rows)


def offer_frame(
    products: pd.DataFrame, terms: PurchaseTerms, *, unit_cost_share: float, line_cost: float, period_days: int
) -> pd.DataFrame:
    """Offers of `products` (sku, supplier, unit_price): one row a price break, lead times in whole periods and days.

    A supplier that the terms don't know keeps its name, and the plan says so.
    """
    known = {each.name: each for each in terms.suppliers}
    own = {(each.name, offer.sku): offer for each in terms.suppliers for offer in each.offers}
    standard = LineTerms(lead_time_days=0, pack_size=1, minimum_quantity=1, line_cost=line_cost, price_breaks=())
    rows: list[dict[str, Any]] = []
    for sku, named, price in products[["sku", "supplier", "unit_price"]].itertuples(index=False):
        name = named if isinstance(named, str) and named else terms.suppliers[0].name
        supplier = known.get(name, terms.suppliers[0])
        offer = own.get((name, sku), OfferTerms(sku=sku))
        share = unit_cost_share if supplier.unit_cost_share is None else supplier.unit_cost_share
        rate = terms.rates.get(supplier.currency, 1.0)
        cost = price * share / rate if offer.unit_cost is None else offer.unit_cost
        rows += _breaks(sku, name, cost, [offer, supplier, standard], period_days)
    return pd.DataFrame(rows)


def _breaks(sku: str, supplier: str, cost: float, terms: list[LineTerms], period_days: int) -> list[dict[str, Any]]:
    """The offer's rows; each term is the first one given."""
    given = {name: _first(terms, name) for name in LineTerms.model_fields}
    breaks = given.pop("price_breaks")
    days = given.pop("lead_time_days")
    row = {"sku": sku, "supplier": supplier, "lead_time": math.ceil(days / period_days), "lead_time_days": days} | given
    steps = [(1.0, 0.0), *((each.from_quantity, each.discount) for each in breaks)]
    return [row | {"from_quantity": start, "unit_cost": cost * (1 - discount)} for start, discount in steps]


def _first(terms: list[LineTerms], name: str) -> Any:
    return next((value for each in terms if (value := getattr(each, name)) is not None), None)
