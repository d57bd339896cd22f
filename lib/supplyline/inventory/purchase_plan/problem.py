"""The purchase problem as typed numbers: products, offers, suppliers and limits over periods 0 … periods - 1.

An order of period t is placed at its beginning and arrives at the beginning of period t + lead, before its demand.
Stock, minimum stock, shortage and warehouse limits hold at the end of a period.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from supplyline.inventory.arrays import Floats, Ints

DUST = 1e-9  # of a piece
Shortage = Literal["lost", "backorder"]


@dataclass(frozen=True)
class Step:
    """`low` to `high` packs of one order at `cost` currency a pack, all packs of the order at that cost."""

    low: int
    high: int
    cost: float


@dataclass(frozen=True)
class Offer:
    """What one supplier asks for one product: `supplier` is its position, `line_cost` is paid for each order line."""

    supplier: int
    lead: int
    pack: int
    line_cost: float
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Item:
    """One product. Arrays are (periods,), in pieces; costs are currency per piece and period.

    `shortage` is paid per piece lost, or per piece and period waited for; infinite means that none may be short.
    `floor_cost` (periods,) is paid per piece under `floor` in each period; infinite means that the floor must hold.
    """

    sku: str
    on_hand: float
    demand: Floats
    arriving: Floats
    floor: Floats
    holding: float
    shortage: float
    floor_cost: Floats
    volume: float
    offers: tuple[Offer, ...]


@dataclass(frozen=True)
class Supplier:
    """`order_cost` is paid for each order whatever it holds; an order is worth `minimum_value` at least."""

    name: str
    order_cost: float = 0.0
    minimum_value: float = 0.0


@dataclass(frozen=True)
class Limits:
    """What all products share: money for orders placed in some periods, room and pieces at the end of each period."""

    budgets: tuple[tuple[tuple[int, ...], float], ...]
    volume: Floats
    pieces: Floats


@dataclass(frozen=True)
class Problem:
    """A whole purchase problem."""

    periods: int
    items: tuple[Item, ...]
    suppliers: tuple[Supplier, ...]
    limits: Limits
    shortage: Shortage

    def couples(self, offer: Offer) -> bool:
        """True where lines of the offer's supplier share an order's cost or minimum."""
        supplier = self.suppliers[offer.supplier]
        return supplier.order_cost > 0 or supplier.minimum_value > 0

    def most_packs(self, item: Item, offer: Offer) -> int:
        """No order is ever larger: all demand and the highest floor, a price step or minimum, the order's minimum."""
        need = math.ceil((float(item.demand.sum()) + float(item.floor.max(initial=0.0))) / offer.pack)
        value = self.suppliers[offer.supplier].minimum_value
        for_value = math.ceil(value / offer.steps[-1].cost) if offer.steps[-1].cost > 0 else 0
        most = max(need, for_value if value > 0 else 0, *(step.low for step in offer.steps))
        return min(most, offer.steps[-1].high)


Packs = Mapping[int, Ints]  # item → (offers, periods) packs ordered


@dataclass(frozen=True)
class Course:
    """What one product's orders lead to; arrays are (periods,), in pieces."""

    stock: Floats
    short: Floats
    under_floor: Floats


def course(item: Item, packs: Ints, shortage: Shortage) -> Course:
    """Stock, shortage (lost, or waiting at the end of the period) and pieces under the floor, period by period."""
    arriving = item.arriving.copy()
    for offer, ordered in zip(item.offers, packs, strict=True):
        arriving[offer.lead :] += offer.pack * ordered[: len(ordered) - offer.lead]
    level, levels = item.on_hand, []
    for came, sold in zip(arriving, item.demand, strict=True):
        level = (max(level, 0.0) if shortage == "lost" else level) + came - sold
        levels.append(level)
    net = np.array(levels)
    stock = np.maximum(net, 0.0)
    return Course(stock, _real(-net), _real(item.floor - stock))


def _real(pieces: Floats) -> Floats:
    """Pieces above zero by more than sums of floats are off."""
    return np.where(pieces > DUST, pieces, 0.0)


def pack_cost(offer: Offer, packs: int) -> float:
    """Currency a pack of an order of so many packs."""
    return next((step.cost for step in offer.steps if step.low <= packs <= step.high), offer.steps[-1].cost)


def own_cost(item: Item, packs: Ints, shortage: Shortage) -> float:
    """Currency for goods, lines, holding, shortage and pieces under the floor of one product's orders."""
    made = course(item, packs, shortage)
    goods = sum(
        offer.line_cost + pack_cost(offer, int(n)) * int(n)
        for offer, ordered in zip(item.offers, packs, strict=True)
        for n in ordered[ordered > 0]
    )
    short, under = float(made.short.sum()), made.under_floor > 0
    penalty = (item.shortage * short if short else 0.0) + float(item.floor_cost[under] @ made.under_floor[under])
    return goods + item.holding * float(made.stock.sum()) + penalty
