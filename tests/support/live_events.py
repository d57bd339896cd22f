"""Made-up live events with their trouble, and what a monitor must make of them, by plain loops."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from supplyline.alerts.conditions import evaluate
from supplyline.alerts.rules import Rule
from supplyline.tables import INVENTORY_EVENTS

START = dt.datetime(2011, 11, 12, 8)
HOUR = dt.timedelta(hours=1)
LATENESS = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class Event:
    """A stock movement and how long it took to arrive."""

    event_id: str
    event_time: dt.datetime
    sku: str
    movement_type: str
    quantity: int
    order_id: str | None
    unit_price: float | None
    stock_after: int
    delay: dt.timedelta = dt.timedelta(0)

    @property
    def line(self) -> str:
        """The record's text; of every other event in the contract's order, which the monitor reads in another way."""
        values = {name: value for name, value in vars(self).items() if name != "delay"}
        values |= {"warehouse": "main", "event_time": str(self.event_time)}
        names = INVENTORY_EVENTS.column_names if self.event_id[-1] in "02468" else values
        return json.dumps({name: values[name] for name in names})


def in_order_of_arrival(events: Iterable[Event]) -> list[Event]:
    """Events as they come, each after its delay."""
    return sorted(events, key=lambda event: event.event_time + event.delay)


def product_day(sku: str, *, hours: int, seed: int, max_delay: dt.timedelta = LATENESS) -> list[Event]:
    """One product's movements, the same for every `sku` but for the delays, which `seed` draws."""
    same, delays = random.Random(7), random.Random(seed)
    events, stock = [], 40
    for number in range(hours * 9):
        at = START + dt.timedelta(seconds=same.randrange(0, 3600) + 3600 * (number // 9))
        kind = same.choice(["sale"] * 6 + ["return", "adjustment", "receipt"])
        pieces = {"sale": -same.randint(1, 9), "return": 1, "adjustment": same.randint(-3, 3), "receipt": 30}[kind]
        events.append((at, number, kind, pieces, same.choice(["A", "B", "C", None]), round(same.uniform(0.1, 99), 2)))
    made = []
    for at, number, kind, pieces, order, price in sorted(events):
        stock = max(stock + pieces, 0)
        delay = dt.timedelta(seconds=delays.randrange(int(max_delay.total_seconds()) + 1))
        made.append(Event(f"{sku}-{number:03}", at, sku, kind, pieces, order, price, stock, delay))
    return made


def windows_of(events: Iterable[Event], length: dt.timedelta = HOUR) -> pd.DataFrame:
    """`window_metrics` without its id, ordered by product and time."""
    grouped: dict[tuple[str, dt.datetime], list[Event]] = defaultdict(list)
    for event in {event.event_id: event for event in events}.values():
        day = dt.datetime.combine(event.event_time.date(), dt.time())
        grouped[event.sku, event.event_time - (event.event_time - day) % length].append(event)
    rows = [_window(sku, start, found, length) for (sku, start), found in sorted(grouped.items())]
    return pd.DataFrame(rows)


def _window(sku: str, start: dt.datetime, events: Sequence[Event], length: dt.timedelta) -> dict[str, Any]:
    sales = [event for event in events if event.movement_type == "sale"]
    last = max(events, key=lambda event: (event.event_time, event.event_id))
    return {
        "warehouse": "main",
        "sku": sku,
        "window_start": start,
        "window_end": start + length,
        "events": len(events),
        "units_sold": sum(-event.quantity for event in sales),
        "orders": len({event.order_id for event in sales} - {None}),
        "revenue": sum(round(-event.quantity * (event.unit_price or 0) * 10000) for event in sales) / 10000,
        "lowest_stock": min(event.stock_after for event in events),
        "last_stock": last.stock_after,
    }


def signals_of(
    windows: pd.DataFrame, thresholds: Sequence[Mapping[str, Any]], rules: Sequence[Rule]
) -> list[tuple[str, str, dt.datetime, str, float | None, float | None]]:
    """(rule, sku, window end, signal, value, threshold) by a loop over each product's windows in time."""
    found = []
    judged = _with_thresholds(windows, thresholds)
    for rule in rules:
        columns = {"breach": rule.breach, "clear": rule.clear, "value": rule.value, "threshold": rule.threshold}
        values = pd.DataFrame({name: evaluate(term, judged) for name, term in columns.items()})
        state: dict[str, str] = {}
        for row, told in zip(judged.itertuples(), values.itertuples(), strict=True):
            said = "breach" if _is_true(told.breach) else "clear" if _is_true(told.clear) else None
            if said and said != state.get(row.sku, "clear"):
                found.append((rule.name, row.sku, row.window_end, said, _plain(told.value), _plain(told.threshold)))
            state[row.sku] = said or state.get(row.sku, "clear")
    return sorted(found)


def _with_thresholds(windows: pd.DataFrame, thresholds: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    rows = []
    for window in windows.sort_values(["sku", "window_end"]).to_dict("records"):
        day = (windows.sku == window["sku"]) & (windows.window_end <= window["window_end"])
        day &= windows.window_end > window["window_end"] - dt.timedelta(days=1)
        held = [t for t in thresholds if t["sku"] == window["sku"] and t["effective_from"] < str(window["window_end"])]
        newest = max(held, key=lambda t: t["effective_from"], default={})
        rows.append({**newest, **window, "units_sold_last_day": windows.units_sold[day].sum()})
    return pd.DataFrame(rows)


def _is_true(value: object) -> bool:
    return value is not pd.NA and bool(value)


def _plain(value: object) -> float | None:
    return None if pd.isna(value) else float(value)  # type: ignore[arg-type, call-overload]
