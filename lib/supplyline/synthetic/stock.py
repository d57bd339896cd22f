"""Orders that a buyer with an (s, S) policy would have placed, given the real sales, returns and adjustments."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from supplyline.config import SyntheticSettings
from supplyline.synthetic import ORIGIN, SOURCE, draws

Pieces = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# What of the movements the simulation reads.
COLUMNS = ("warehouse", "sku", "movement_time", "movement_date", "movement_type", "quantity")
# The streams of random numbers an item has.
SUPPLIER, LEAD_TIME, REVIEW_DAY, OPENING = range(4)
SPIKE = 6.0
KNOWN_AFTER_DAYS = 28
EPOCH = dt.date(1970, 1, 1)


def simulate_orders(movements: pd.DataFrame, settings: SyntheticSettings, *, until: dt.date) -> pd.DataFrame:
    """Order lines for each (warehouse, sku) of the observed movements, as rows of `purchase_orders`, up to day `until`.

    `movements` has warehouse, sku, movement_time, movement_date, movement_type and quantity (pieces, signed) in any
    order. With what is received on the morning of each `received_date` stock never falls below zero, whichever order
    movements of the same moment are taken in. Items with an observed receipt keep their own and get none.
    """
    flow = daily_flow(without_own_receipts(movements), until)
    return orders_table(flow, orders(flow, settings))


def without_own_receipts(movements: pd.DataFrame) -> pd.DataFrame:
    """Movements of the items whose receipts the source does not know."""
    item = movements["warehouse"] + "\0" + movements["sku"]
    return movements[~item.isin(item[movements["movement_type"] == "receipt"])]


@dataclass(frozen=True)
class DailyFlow:
    """Observed movements of `items` (warehouse, sku) as arrays of days × items, in pieces."""

    items: pd.DataFrame
    start: int  # the first day, in days since 1970-01-01
    first: Pieces  # row of an item's first movement
    net: Pieces  # change of stock over the day
    lowest: Pieces  # lowest change since the morning, never above 0

    @property
    def days(self) -> int:
        return len(self.net)


def daily_flow(movements: pd.DataFrame, until: dt.date) -> DailyFlow:
    """Movements up to `until` by day and item, with the lowest point within the day.

    Movements of one moment are taken with the largest decrease first, so that the lowest point bounds every order.
    """
    days = movements["movement_date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    seen = movements[days <= (until - EPOCH).days]
    days = days[days <= (until - EPOCH).days]
    groups = seen.groupby(["warehouse", "sku"], sort=True)
    item, items = groups.ngroup().to_numpy(), groups.size().index.to_frame(index=False)
    start = int(days.min(initial=(until - EPOCH).days))
    shape = ((until - EPOCH).days - start + 1, len(items))
    cell = (days - start) * shape[1] + item
    net, lowest = _net_and_lowest(cell, seen, shape)
    first = np.full(shape[1], shape[0], dtype=np.int64)
    np.minimum.at(first, item, days - start)
    return DailyFlow(items, start, first, net, lowest)


def _net_and_lowest(cell: Pieces, movements: pd.DataFrame, shape: tuple[int, int]) -> tuple[Pieces, Pieces]:
    quantity = movements["quantity"].to_numpy(np.int64)
    order = np.lexsort((quantity, movements["movement_time"].to_numpy(), cell))
    cell, running = cell[order], np.cumsum(quantity[order])
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    sizes = np.diff(starts, append=len(cell))
    since_morning = running - np.repeat((running - quantity[order])[starts], sizes)
    net, lowest = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    if len(cell):
        net.flat[cell[starts]] = since_morning[starts + sizes - 1]
        lowest.flat[cell[starts]] = np.minimum(np.minimum.reduceat(since_morning, starts), 0)
    return net, lowest


@dataclass(frozen=True)
class Orders:
    """Order lines as arrays (n,): column of the item, days of the flow, pieces; `received` may lie after its end."""

    item: Pieces
    ordered: Pieces
    expected: Pieces
    received: Pieces
    quantity: Pieces


def orders(flow: DailyFlow, settings: SyntheticSettings) -> Orders:
    """What was ordered: by the buyer's policy, and at once what there was no time to wait for.

    At once come an item's opening stock, on the morning of its first movement, and what a day would lack, exactly, so
    that such a day can close with nothing.
    """
    buyer = Buyer(flow, settings)
    on_hand = np.zeros(len(flow.items), dtype=np.int64)
    for day in range(flow.days):
        on_hand += buyer.take_in(day)
        on_hand += buyer.expedite(day, on_hand) + flow.net[day]
        buyer.learn(day)
        buyer.order(day, on_hand)
    days, item = np.nonzero(buyer.at_once)
    placed = [Orders(item, days, days, days, buyer.at_once[days, item]), *buyer.placed]
    return Orders(*(np.concatenate([getattr(part, each.name) for part in placed]) for each in fields(Orders)))


class Buyer:
    """Orders of a periodic-review (s, S) policy for many items at once; knows the days up to now and no later one.

    On an item's review day, if the inventory position (on hand + on order) is at or below s, it is lifted to S:
    s = rate (L + R) + z sd sqrt(L + R) and S = s + rate C, with rate and sd of a day's demand in pieces, L the mean
    lead time, R the review period and C the days an order shall last. Silver, Pyke, Thomas, "Inventory and production
    management in supply chains", 4th ed. 2017, section 6.
    """

    def __init__(self, flow: DailyFlow, settings: SyntheticSettings) -> None:
        names = flow.items["warehouse"] + "/" + flow.items["sku"]
        self.keys = draws.keys(settings.seed, names)
        self.flow, self.settings = flow, settings
        self.rate, self.variance = np.zeros(len(names)), np.zeros(len(names))
        self.arriving, self.at_once = np.zeros_like(flow.net), np.zeros_like(flow.net)
        self.on_order = np.zeros(len(names), dtype=np.int64)
        self.placed: list[Orders] = []
        self.at_once[flow.first, np.arange(len(names))] = self._opening_stock()
        spread = settings.lead_time_spread_days * (2 * draws.uniform(self.keys, SUPPLIER) - 1)
        self.lead_time = settings.lead_time_days + spread
        self.review_day = np.floor(settings.stock_review_days * draws.uniform(self.keys, REVIEW_DAY)).astype(np.int64)

    def _opening_stock(self) -> Pieces:
        """Log-normal: the buyer knows nothing of the item yet."""
        deviate = self.settings.opening_stock_log_sd * ndtri(draws.uniform(self.keys, OPENING))
        return np.asarray(np.rint(self.settings.opening_stock * np.exp(deviate)), dtype=np.int64)

    def take_in(self, day: int) -> Pieces:
        """Pieces that arrive on the morning of `day`."""
        arrived: Pieces = self.arriving[day]
        self.on_order -= arrived
        return np.asarray(arrived + self.at_once[day])

    def expedite(self, day: int, on_hand: Pieces) -> Pieces:
        """Pieces that the day would lack: ordered and there on its morning."""
        lacking = np.maximum(-(on_hand + self.flow.lowest[day]), 0)
        self.at_once[day] += lacking
        return lacking

    def learn(self, day: int) -> None:
        """Exponentially weighted mean and variance of the daily net outflow; plain ones until the memory is full.

        Once an item is known for four weeks, one huge order counts as SPIKE standard deviations and no more: a buyer
        does not stock up for an order of 9,000 pieces that came once.
        """
        seen = np.maximum(day - self.flow.first + 1, 1)
        weight = np.where(day >= self.flow.first, np.maximum(1 / seen, 1 / self.settings.demand_memory_days), 0.0)
        error = np.maximum(-self.flow.net[day], 0) - self.rate
        error = np.where(seen > KNOWN_AFTER_DAYS, np.minimum(error, SPIKE * np.sqrt(self.variance)), error)
        self.rate += weight * error
        self.variance = (1 - weight) * (self.variance + weight * error**2)

    def order(self, day: int, on_hand: Pieces) -> None:
        """Place the evening's orders; what would arrive after the last day stays on order."""
        cycle = self.lead_time + self.settings.stock_review_days
        point = self.rate * cycle + ndtri(self.settings.stock_service_level) * np.sqrt(self.variance * cycle)
        position = on_hand + self.on_order
        reviewed = (day + self.flow.start + self.review_day) % self.settings.stock_review_days == 0
        due = reviewed & (day >= self.flow.first) & (position <= point)
        level = point + self.rate * self.settings.order_cover_days
        quantity = np.where(due, np.ceil(level - position), 0).astype(np.int64)
        self.on_order += quantity
        item, arrival = np.flatnonzero(quantity), day + self._lead_times(day)
        inside = item[arrival[item] < self.flow.days]
        self.arriving[arrival[inside], inside] += quantity[inside]
        expected = day + np.maximum(np.rint(self.lead_time[item]), 1).astype(np.int64)
        self.placed.append(Orders(item, np.full(len(item), day), expected, arrival[item], quantity[item]))

    def _lead_times(self, day: int) -> Pieces:
        deviate = ndtri(draws.uniform(self.keys, LEAD_TIME, day + self.flow.start))
        days = np.rint(self.lead_time + self.settings.lead_time_sd_days * deviate)
        return np.asarray(np.maximum(days, 1), dtype=np.int64)


def orders_table(flow: DailyFlow, placed: Orders) -> pd.DataFrame:
    """Order lines as rows of `purchase_orders`; one that has not come by the flow's last day is open."""
    rows = flow.items.iloc[placed.item].reset_index(drop=True)
    ordered, expected, received = (_dates(flow, days) for days in (placed.ordered, placed.expected, placed.received))
    kind = pd.Series(np.where(placed.received > placed.ordered, "order/", "at-once/"), dtype=object)
    day = pd.Series(ordered, dtype=object).astype(str)
    return pd.DataFrame(
        {
            "purchase_order_line_id": kind + rows["warehouse"] + "/" + rows["sku"] + "/" + day,
            "warehouse": rows["warehouse"],
            "sku": rows["sku"],
            "ordered_date": ordered,
            "expected_date": expected,
            "received_date": pd.Series(received, dtype=object).where(placed.received < flow.days, None),
            "quantity": placed.quantity,
            "origin": ORIGIN,
            "source": SOURCE,
        }
    )


def _dates(flow: DailyFlow, days: Pieces) -> npt.NDArray[np.object_]:
    return np.asarray((days + flow.start).astype("datetime64[D]").astype(object))
