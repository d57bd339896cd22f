"""An order in words and in a small chart: from the forecast to the pieces and the money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supplyline.inventory.lines import PARTS

Row = Mapping[str, Any]

# What adds up to a line of `purchase_plan`, with its sign.
PLAN_PARTS = {
    "forecast_demand": 1, "safety_stock": 1, "on_hand": -1, "on_order": -1, "planned_before": -1, "lost_sales": -1,
    "pack_rounding": 1, "adjustment": 1,
}  # fmt: skip
NAMES = {
    "for_lead_time": "demand until the next order arrives", "for_safety": "safety stock",
    "for_cycle": "demand of the order cycle", "on_hand": "on hand", "on_order": "on order",
    "not_due": "above the reorder point", "pack_rounding": "whole packs", "limit_change": "order limits",
    "forecast_demand": "forecast demand", "safety_stock": "safety stock", "planned_before": "planned to arrive before",
    "lost_sales": "demand that finds an empty shelf", "adjustment": "limits and costs",
}  # fmt: skip
ALWAYS_SHOWN = {"for_lead_time", "for_safety", "forecast_demand", "on_hand"}
BAR_WIDTH = 30


@dataclass(frozen=True)
class Explanation:
    """Sentences, and the signed parts whose sum is the order, in pieces."""

    title: str
    sentences: tuple[str, ...]
    parts: tuple[tuple[str, float], ...]
    quantity: float | None

    def lines(self) -> list[str]:
        """The text, with the chart under it."""
        return [self.title, *(f"  {sentence}" for sentence in self.sentences), *chart(self.parts, self.quantity)]


def explain_policy(row: Row, currency: str) -> Explanation:
    """A row of `reorder_policy`."""
    title = f"{row['sku']} in {row['warehouse']}, reorder policy of {row['as_of']}"
    if row["status"] != "ok":
        return Explanation(title, (f"Not planned: {row['error']}.",), (), None)
    sentences = (
        _forecast(row),
        _safety(row),
        *_service(row),
        _decision(row),
        *_bound(row),
        *_money(row, currency),
        *_excess(row, currency),
    )
    return Explanation(title, sentences, _parts(row, PARTS), float(row["order_quantity"]))


def explain_plan_line(row: Row, currency: str) -> Explanation:
    """A row of `purchase_plan`."""
    title = f"{row['sku']} in {row['warehouse']}, purchase plan of {row['as_of']}, line {row['line']}"
    if row["status"] != "ok":
        return Explanation(title, (f"Not planned: {row['error']}.",), (), None)
    arrives = f"arrives {row['arrival_date']}, lasts until {row['covers_until']}"
    sentences = [f"Order {_n(row['quantity'])} pieces from {row['supplier']} on {row['order_date']}: {arrives}."]
    if row["limits"]:
        sentences.append(f"Bound by: {row['limits']}.")
    sentences.append(f"{_n(row['quantity'])} x {row['unit_cost']:,.2f} = {row['cost']:,.2f} {currency} at cost.")
    return Explanation(title, tuple(sentences), _parts(row, PLAN_PARTS), float(row["quantity"]))


def chart(parts: Sequence[tuple[str, float]], total: float | None) -> list[str]:
    """A waterfall: each part's bar begins where the one before ended."""
    if total is None:
        return []
    ends = [0.0]
    for _, pieces in parts:
        ends.append(ends[-1] + pieces)
    low, high = min(ends), max(*ends, total)
    scale = BAR_WIDTH / (high - low) if high > low else 0.0
    width = max(len(name) for name, _ in (*parts, ("order", 0.0)))
    rows = [
        _bar(name, f"{pieces:+,.0f}", (begin - low) * scale, (end - low) * scale, width)
        for (name, pieces), begin, end in zip(parts, ends, ends[1:], strict=False)
    ]
    return [*rows, _bar("order", f"{total:,.0f}", -low * scale, (total - low) * scale, width)]


def _bar(name: str, value: str, begin: float, end: float, width: int) -> str:
    left, right = sorted((round(begin), round(end)))
    filled = max(right - left, 1 if value.strip("+-0") else 0)
    return f"  {name:<{width}} {value:>10}  {' ' * left}{'█' * filled}".rstrip()


def _parts(row: Row, signs: Mapping[str, int]) -> tuple[tuple[str, float], ...]:
    """The signed parts, without those that are nothing."""
    signed = ((name, sign * float(row[name] or 0)) for name, sign in signs.items())
    return tuple((NAMES[name], pieces) for name, pieces in signed if pieces or name in ALWAYS_SHOWN)


def _forecast(row: Row) -> str:
    days = row["review_days"] + row["lead_time_days"]
    return (
        f"{row['model']} expects {_n(row['daily_demand'])} pieces a day, {_n(row['lead_time_demand'])} over the "
        f"{_n(days)} days until the order of the next look arrives ({row['review_days']} to it, lead time "
        f"{_n(row['lead_time_days'])} ± {_n(row['lead_time_sd_days'])})."
    )


def _safety(row: Row) -> str:
    chance = 100 * (1 - row["service_level"])
    return (
        f"With a chance of {_n(chance)} % it is more than {_n(row['lead_time_demand_quantile'])}: the reorder point is "
        f"{_n(row['reorder_point'])}, {_n(row['safety_stock'])} of it safety stock ({row['method']})."
    )


def _service(row: Row) -> list[str]:
    """The share served from the shelf; a policy of an older table knows none."""
    expected, aimed = row.get("expected_fill_rate"), row.get("fill_rate")
    if expected is None:
        return []
    target = "" if aimed is None else f"; aimed at are {_n(100 * aimed)} %"
    return [f"So {_n(100 * expected)} % of what is asked for should be served from the shelf{target}."]


def _decision(row: Row) -> str:
    position = row["on_hand"] + row["on_order"]
    stock = f"{_n(row['on_hand'])} on hand and {_n(row['on_order'])} on order"
    if position > row["reorder_point"]:
        return f"{stock} are above the reorder point: nothing is due."
    if not row["order_quantity"]:
        return f"{stock}, and no demand to order for."
    cycle = f"{_n(row['order_cycle_days'])} days of demand more"
    return f"{stock} are not above it: order up to {_n(row['order_up_to_level'])}, {cycle}."


def _bound(row: Row) -> list[str]:
    if not row["bound_by"]:
        return []
    limit = {"minimum order": "min_order", "maximum order": "max_order", "pack size": "pack_size"}[row["bound_by"]]
    return [f"The {row['bound_by']} of {_n(row[limit])} decides the quantity: {_n(row['order_quantity'])}."]


def _money(row: Row, currency: str) -> list[str]:
    if not row["order_quantity"] or row["unit_price"] is None:
        return []
    price, value = f"{row['unit_price']:,.2f}", f"{row['order_value']:,.2f}"
    return [f"{_n(row['order_quantity'])} x {price} = {value} {currency} at sales prices."]


def _excess(row: Row, currency: str) -> list[str]:
    if not row["excess_quantity"]:
        return []
    idle = f"no demand for {row['days_without_demand']} days"
    why = idle if row["excess_reason"] == "dead" else "more than will be asked for"
    cost = "" if row["carrying_cost"] is None else f", {row['carrying_cost']:,.2f} {currency} a year to keep"
    return [f"{_n(row['excess_quantity'])} pieces are too many ({why}){cost}."]


def _n(value: float) -> str:
    """A number with as many decimals as it deserves."""
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:,.3g}"
