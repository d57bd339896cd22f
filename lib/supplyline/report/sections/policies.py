"""Stock policies compared on the demand that came: what each would have cost, served and kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from supplyline.inventory.autoets import POLICY_AT_COST as AUTOETS_AT_COST
from supplyline.inventory.autoets import POLICY_NAME as AUTOETS
from supplyline.inventory.comparison import compared, complete, distance_covered
from supplyline.inventory.replay import (
    CLAIRVOYANT,
    LEAST_COST,
    MODELS_BY_COST,
    OURS,
    RULE_OF_THUMB,
    SAME_MONEY,
)
from supplyline.inventory.shop_replay import measured_days
from supplyline.report.context import Context
from supplyline.report.figures import AMBER, BLUE, RED, chart, figure, label_text
from supplyline.report.html import Html, counted, join, missing, number, paragraph, percent, table, tag
from supplyline.report.html import advice as advised
from supplyline.report.section import Section

ROWS = "SELECT * FROM policy_simulation WHERE as_of = $run ORDER BY policy, sku"
NAMES = {
    RULE_OF_THUMB: "rule of thumb", AUTOETS: "AutoETS, Normal", AUTOETS_AT_COST: "AutoETS, least cost", OURS: "ours",
    LEAST_COST: "ours, least cost", MODELS_BY_COST: "ours, models by cost", SAME_MONEY: "ours, same money",
    CLAIRVOYANT: "clairvoyant",
}  # fmt: skip
OWN = {OURS: "ours", LEAST_COST: "ours at least cost"}
COSTS = {"holding_cost": ("keeping", BLUE), "shortage_cost": ("missed sales", RED), "ordering_cost": ("orders", AMBER)}
HEAD = (
    "policy", "fill rate", "cycles without a gap", "days short", "average stock", "turnover", "keeping", "missed sales",
    "orders", "cost in all", "90 % interval",
)  # fmt: skip


def build(context: Context) -> Html:
    """A table and a chart of costs; what is assumed."""
    run = context.run_of("policy_simulation")
    rows = _rows(context, run) if run else pd.DataFrame()
    if rows.empty or complete(rows).empty:
        return missing(advised("no product was replayed: run `supplyline run simulate_policies`"))
    days = measured_days(rows)
    told = compared(rows, days)
    order = [*NAMES, *sorted(set(told["policy"]) - set(NAMES))]
    told = told.sort_values("policy", key=lambda names: names.map(order.index), ignore_index=True)
    return join([_said(rows, days), _chart(context, told), _table(context, told), _distance(rows), _assumed(context)])


def _rows(context: Context, run: dt.date) -> pd.DataFrame:
    return context.connection.sql(ROWS, {"run": run}).df()


def _said(rows: pd.DataFrame, days: int) -> Html:
    first, last = (pd.Timestamp(rows[name].iloc[0]).date() for name in ("first_date", "last_date"))
    left_out = rows["sku"].nunique() - complete(rows)["sku"].nunique()
    said = f"{counted(complete(rows)['sku'].nunique(), 'product')} over {days} days, {first} to {last}"
    return paragraph(f"{said}{f'; {left_out} more could not be replayed under every policy' if left_out else ''}.")


def _chart(context: Context, told: pd.DataFrame) -> Html:
    names = [label_text(NAMES.get(name, name)) for name in told["policy"]]
    bars = [
        go.Bar(y=names, x=told[column].tolist(), name=label, marker_color=colour, orientation="h")
        for column, (label, colour) in COSTS.items()
    ]
    made = figure(bars, height=44 * len(names) + 90, barmode="stack", bargap=0.35, hovermode="y unified")
    made.update_yaxes(autorange="reversed", showgrid=False)
    made.update_xaxes(title={"text": context.settings.shop.currency}, tickformat="~s")
    return chart("policies-costs", made)


def _table(context: Context, told: pd.DataFrame) -> Html:
    return table(HEAD, [_cells(context, row) for row in told.to_dict("records")], right=HEAD[1:])


def _cells(context: Context, row: dict[Hashable, Any]) -> tuple[object, ...]:
    name = NAMES.get(row["policy"], row["policy"])
    return (
        tag("strong", name) if row["policy"] == OURS else name,
        percent(row["fill_rate"], 1),
        percent(row["cycle_service"], 1),
        number(row["short_days"]),
        context.money(row["stock_value"]),
        number(row["turnover"] if pd.notna(row["turnover"]) else None, 1),
        *(context.money(row[column]) for column in (*COSTS, "total_cost")),
        f"{context.money(row['total_cost_low'])} – {context.money(row['total_cost_high'])}",
    )


def _distance(rows: pd.DataFrame) -> Html:
    """How much of what perfect knowledge would save is saved, against each policy that is not ours."""
    if CLAIRVOYANT not in set(rows["policy"]):
        return Html("")
    told = [f"{words} covers {', '.join(found)}" for own, words in OWN.items() if (found := _covered(rows, own))]
    if not told:
        return Html("")
    said = f"Of the distance in cost to the clairvoyant, {'; '.join(told)}"
    return paragraph(f"{said}. Intervals hold 90 %, products drawn anew.")


def _covered(rows: pd.DataFrame, own: str) -> list[str]:
    """What one of ours covers, from each of the others that were replayed."""
    present = set(rows["policy"])
    theirs = [name for name in (RULE_OF_THUMB, AUTOETS) if {name, own} <= present]
    found = [(name, *distance_covered(rows, name, own)) for name in theirs]
    return [
        f"{percent(share)} ({percent(low)} to {percent(high)}) of it from {NAMES[name]}"
        for name, share, low, high in found
        if pd.notna(share)
    ]


def _assumed(context: Context) -> Html:
    rules = context.settings.inventory
    return paragraph(
        tag("strong", "Assumed: "),
        f"a piece has cost {percent(rules.unit_cost_share)} of its sales price and keeping it costs "
        f"{percent(rules.holding_rate)} of that a year; a piece missed costs {percent(rules.shortage_cost_share)} of "
        f"its price and its sale is lost; an order line costs {context.money(rules.ordering_cost)}; lead times "
        f"are drawn around {number(rules.lead_time_days, 1)} ± {number(rules.lead_time_sd_days, 1)} days, the same for "
        f"every policy. The rule of thumb orders when less than {number(rules.cover_weeks, 1)} weeks of recent sales "
        "are left. What an empty shelf hid is replayed only as far as demand_daily estimates it. Each policy knew only "
        "the days before its look; the clairvoyant knows all and is the bound. At least cost each product has the "
        "service level and the order cycle that should cost the least by its forecast. With the same money, ours has "
        "in its reorder points what the rule of thumb has in its own, spread so that the fewest products run out. "
        "Stock and turnover are at sales prices.",
    )


POLICIES = Section(
    "policies",
    "Policies replayed",
    "What each way to order would have cost on the demand that came, strictly out of sample.",
    ("policy_simulation",),
    build,
)
