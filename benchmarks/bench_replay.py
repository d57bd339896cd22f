"""Stock policies replayed on Online Retail II, strictly out of sample: ours against a rule of thumb and AutoETS.

At each weekly look of nine months of 2011 every policy knows the days before it alone: the shop's rule of thumb (weeks
of cover), statsforecast's AutoETS with Normal safety stock, our forecast quantiles, and a buyer who knows the future.
AutoETS and ours are run at one service level for all products and, both, at the levels and order cycles that cost least
at each product's price (`least_cost_terms`); with the costs assumed and with stock twelve times as dear. Ours are also
run with an order cycle of least cost and one level, and with the money spread over the products, which draws curves
against the rule's. Prices of one shop, costs assumed (settings); what is replayed is what was sold, as nobody knows
what empty shelves hid. How upper quantiles lean on those of like products, and how many days a piece of safety is kept
for at levels of least cost, was chosen on products 251 to 600 of the same draw and on other ones before March 2011.

Options: the number of products, default 250. Prints the tables and writes them to benchmarks/results/replay.json.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from supplyline.config import Settings
from supplyline.inventory.allocation import SERVICE_GRID, Aim, Points, allocated_policy, money_in_stock, reorder_points
from supplyline.inventory.assumed import stock_costs, terms_of
from supplyline.inventory.autoets import autoets_forecasts
from supplyline.inventory.comparison import compared, distance_covered
from supplyline.inventory.model_replay import shop_forecaster
from supplyline.inventory.replay import (
    Period,
    Replay,
    forecast_policy,
    make_replay,
    normal_policy,
    rolling_forecasts,
    rule_of_thumb,
)
from supplyline.inventory.terms import Terms
from tests.support.online_retail import order_lines, raw_file

PERIOD = Period(dt.date(2011, 4, 4), dt.date(2011, 12, 9), warm_up=28, cool_down=14)
MEASURED = len(PERIOD.days) - PERIOD.warm_up - PERIOD.cool_down
# Two orders that their customer cancelled within minutes; `demand_daily` leaves them out, too.
CANCELLED = (80995, 74215)
COVERS = (2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0)
LEVELS = (0.8, 0.9, 0.95, 0.98, 0.99)
CYCLE_LEVELS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
DEARER = 12  # times the holding cost
RESULT = Path(__file__).with_name("results") / "replay.json"
AT_COST = ("autoets least cost", "ours least cost")
Rows = pd.DataFrame
Forecasts = Mapping[dt.date, pd.DataFrame]
SHOWN = ["policy", "fill_rate", "cycle_service", "short_days", "stock_value", "turnover", "total_cost"]


def main() -> None:
    """Replay, print and write."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 250
    history, prices = shop_data(count)
    settings = Settings()
    looks, began = PERIOD.looks(settings.inventory.review_days), time.process_time()
    ours = rolling_forecasts(history, looks, shop_forecaster(settings))
    told = {"ours": time.process_time() - began}
    theirs = autoets_forecasts(history, looks)
    told["autoets"] = time.process_time() - began - told["ours"]
    report(*replayed(history, prices, ours, theirs), told)


def replayed(history: pd.DataFrame, prices: pd.Series, ours: Forecasts, theirs: Forecasts) -> tuple[Rows, Rows]:
    """Rows of all policies, and those with dearer stock."""
    settings = Settings().inventory
    terms, costs = terms_of(settings), stock_costs(settings)
    replay = make_replay(history, prices, PERIOD, terms, costs)
    rows = [replay.clairvoyant()]
    for level in LEVELS:
        at = dataclasses.replace(terms, service_level=level)
        rows += [replay.of(f"autoets {level}", normal_policy(theirs, at))]
        rows += [replay.of(f"ours {level}", forecast_policy(ours, at))]
    rows += at_least_cost(replay, prices, ours, theirs, terms)
    rows += curves(replay, history, prices, ours, terms)
    dearer = replay.at(dataclasses.replace(costs, holding_rate=DEARER * costs.holding_rate))
    return pd.concat(rows), pd.concat([dearer.clairvoyant(), *at_least_cost(dearer, prices, ours, theirs, terms)])


def at_least_cost(replay: Replay, prices: pd.Series, ours: Forecasts, theirs: Forecasts, terms: Terms) -> list[Rows]:
    """AutoETS and ours at the levels and cycles of least cost."""
    known = {"prices": prices, "costs": replay.costs}
    peer = replay.of("autoets least cost", normal_policy(theirs, terms, **known))
    return [peer, replay.of("ours least cost", forecast_policy(ours, terms, **known))]


def curves(replay: Replay, history: pd.DataFrame, prices: pd.Series, ours: Forecasts, terms: Terms) -> list[Rows]:
    """The rule at several covers, ours at one level each and with the rule's money spread, in order cycles of least
    cost.
    """
    points = {day: reorder_points(made, terms, prices=prices, costs=replay.costs) for day, made in ours.items()}
    rows = [replay.of(f"cycle {level}", at_level(points, level)) for level in CYCLE_LEVELS]
    for weeks in COVERS:
        thumb = rule_of_thumb(history, list(points), weeks, terms)
        rows.append(replay.of(f"rule {weeks}", thumb))
        for aim in Aim:
            spread = allocated_policy(points, prices, money_in_stock(points, thumb, prices), aim)
            rows.append(replay.of(f"spread {aim} {weeks}", spread))
    return rows


def at_level(points: Mapping[dt.date, Points], level: float) -> pd.DataFrame:
    """One service level for all products."""
    column = int(np.searchsorted(SERVICE_GRID, level - 1e-9))
    frames = [
        pd.DataFrame({"sku": known.skus, "as_of": day, "reorder_point": np.ceil(np.round(known.values[:, column], 9))})
        .assign(order_up_to_level=lambda made, more=known.cycle: made["reorder_point"] + more)
        for day, known in points.items()
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def shop_data(count: int) -> tuple[pd.DataFrame, pd.Series]:
    """Daily sales of the products that sold in the half year before the replay, drawn by a hash, and their prices."""
    path = raw_file()
    if path is None:
        raise SystemExit("data/online_retail_II.csv.xz is not there")
    lines = order_lines(path)
    lines = lines[(lines["line_type"] == "sale") & ~lines["quantity"].isin(CANCELLED)]
    daily = lines.groupby(["sku", "order_date"], as_index=False)["quantity"].sum()
    daily = daily.rename(columns={"order_date": "date"}).assign(date=lambda rows: pd.to_datetime(rows["date"]))
    start = pd.Timestamp(PERIOD.start)
    alive = daily[(daily["date"] <= start) & (daily["date"] > start - pd.Timedelta(days=182))]["sku"].unique()
    drawn = sorted(alive, key=lambda sku: hashlib.md5(sku.encode(), usedforsecurity=False).hexdigest())[:count]
    prices = lines[lines["order_date"] < PERIOD.start].groupby("sku")["unit_price"].median()
    return daily[daily["sku"].isin(drawn)], prices.reindex(drawn)


def report(rows: Rows, dearer: Rows, seconds: dict[str, float]) -> None:
    """Print the trade-off, the distance covered and what the same stock and the same fill rate come to."""
    table, dear = compared(rows, MEASURED), compared(dearer, MEASURED)
    for each in (table, dear):
        print(each[SHOWN].round(3).to_string(index=False))
    pairs = {str(level): (rows, f"autoets {level}", f"ours {level}") for level in LEVELS}
    pairs |= {"least cost": (rows, *AT_COST), f"least cost, holding x {DEARER}": (dearer, *AT_COST)}
    covered = {name: distance_covered(*pair) for name, pair in pairs.items()}
    for name, (share, low, high) in covered.items():
        print(f"{name}: {share:.0%} of the distance from AutoETS to the clairvoyant ({low:.0%} to {high:.0%})")
    against = [against_rule(table, weeks) for weeks in COVERS]
    print(pd.DataFrame(against).round(3).to_string(index=False))
    print(f"CPU seconds: {seconds}; {rows['sku'].nunique()} products")
    RESULT.parent.mkdir(exist_ok=True)
    tables = {"table": table.to_dict("records"), "dearer": dear.to_dict("records")}
    RESULT.write_text(json.dumps({**tables, "covered": covered, "rule": against}, indent=1), encoding="utf-8")


def against_rule(table: pd.DataFrame, weeks: float) -> dict[str, float]:
    """Ours against the rule: stock-outs at its average stock and turnover at its fill rate, read off our curves.

    Between two runs of a curve the straight line; NaN where the curve does not reach.
    """
    rule = table[table["policy"] == f"rule {weeks}"].iloc[0]
    told = {"weeks": weeks}
    for name in ("ours", "cycle", "spread stock_outs", "spread pieces"):
        curve = table[table["policy"].str.fullmatch(f"{name} [0-9.]+")]
        short = read_off(curve, "stock_value", "short_days", rule["stock_value"])
        told[f"{name}: stock-outs"] = short / rule["short_days"]
        told[f"{name}: turnover"] = read_off(curve, "fill_rate", "turnover", rule["fill_rate"]) / rule["turnover"]
    return told


def read_off(curve: pd.DataFrame, along: str, wanted: str, at: float) -> float:
    """`wanted` where `along` is `at`."""
    ordered = curve.sort_values(along)
    return float(np.interp(at, ordered[along], ordered[wanted], left=np.nan, right=np.nan))


if __name__ == "__main__":
    main()
