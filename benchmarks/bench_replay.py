"""Stock policies replayed on Online Retail II, strictly out of sample: ours against a rule of thumb and AutoETS.

At each weekly look of nine months of 2011 every policy knows the days before it alone: the shop's rule of thumb (weeks
of cover), statsforecast's AutoETS with Normal safety stock, our forecast quantiles at one service level for all and
with the money spread over the products, and a buyer who knows the future. Each is run at many levels, which draws the
trade-off. Prices of one shop, costs assumed (settings); what is replayed is what was sold, as nobody knows what empty
shelves hid.

Options: the number of products, default 200. Prints the tables and writes them to benchmarks/results/replay.json.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from supplyline.config import Settings
from supplyline.inventory.allocation import Aim, allocated_policy, reorder_points
from supplyline.inventory.assumed import costs_of, terms_of
from supplyline.inventory.autoets import autoets_forecasts
from supplyline.inventory.comparison import compared, distance_covered
from supplyline.inventory.replay import (
    Period,
    Replay,
    critical_ratio,
    forecast_policy,
    make_replay,
    money_in_stock,
    normal_policy,
    rolling_forecasts,
    rule_of_thumb,
)
from supplyline.inventory.shop_replay import shop_forecaster
from tests.support.online_retail import order_lines, raw_file

PERIOD = Period(dt.date(2011, 4, 4), dt.date(2011, 12, 9), warm_up=28, cool_down=14)
MEASURED = len(PERIOD.days) - PERIOD.warm_up - PERIOD.cool_down
# Two orders that their customer cancelled within minutes; `demand_daily` leaves them out, too.
CANCELLED = (80995, 74215)
COVERS = (2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
LEVELS = (0.8, 0.9, 0.95, 0.98, 0.99)
RESULT = Path(__file__).with_name("results") / "replay.json"
SHOWN = ["policy", "fill_rate", "cycle_service", "short_days", "stock_value", "turnover", "total_cost"]


def main() -> None:
    """Replay, print and write."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    history, prices = shop_data(count)
    settings = Settings()
    terms, costs = terms_of(settings.inventory), costs_of(settings.inventory)
    looks, began = PERIOD.looks(terms.review_days), time.process_time()
    ours = rolling_forecasts(history, looks, shop_forecaster(settings))
    told = {"ours": time.process_time() - began}
    theirs = autoets_forecasts(history, looks)
    told["autoets"] = time.process_time() - began - told["ours"]
    replay = make_replay(history, prices, PERIOD, terms, costs)
    best = round(critical_ratio(costs, terms.review_days), 4)
    points = {day: reorder_points(made, terms) for day, made in ours.items()}
    rows = [replay.clairvoyant()]
    for level in (*LEVELS, best):
        at = dataclasses.replace(terms, service_level=level)
        rows += [replay.of(f"autoets {level}", normal_policy(theirs, at))]
        rows += [replay.of(f"ours {level}", forecast_policy(ours, at))]
    for weeks in COVERS:
        thumb = rule_of_thumb(history, looks, weeks, terms)
        rows.append(replay.of(f"rule {weeks}", thumb))
        for aim in Aim:
            spread = allocated_policy(points, prices, money_in_stock(thumb, prices), aim)
            rows.append(replay.of(f"spread {aim} {weeks}", spread))
    report(pd.concat(rows), replay, best, told)


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


def report(rows: pd.DataFrame, replay: Replay, best: float, seconds: dict[str, float]) -> None:
    """Print the trade-off, the distance covered and what the same stock and the same fill rate come to."""
    table = compared(rows, MEASURED)
    print(table[SHOWN].round(3).to_string(index=False))
    covered = {level: distance_covered(rows, f"autoets {level}", f"ours {level}") for level in (*LEVELS, best)}
    for level, (share, low, high) in covered.items():
        print(f"service {level}: {share:.0%} of the distance from AutoETS to the clairvoyant ({low:.0%} to {high:.0%})")
    against = [against_rule(table, weeks) for weeks in COVERS]
    print(pd.DataFrame(against).round(3).to_string(index=False))
    print(f"CPU seconds: {seconds}; {len(replay.scene.skus)} products")
    RESULT.parent.mkdir(exist_ok=True)
    result = {"table": table.to_dict("records"), "covered": {str(k): v for k, v in covered.items()}, "rule": against}
    RESULT.write_text(json.dumps(result, indent=1), encoding="utf-8")


def against_rule(table: pd.DataFrame, weeks: float) -> dict[str, float]:
    """Ours against the rule: stock-outs at its average stock and turnover at its fill rate, read off our curves.

    Between two runs of a curve the straight line; NaN where the curve does not reach.
    """
    rule = table[table["policy"] == f"rule {weeks}"].iloc[0]
    told = {"weeks": weeks}
    for name in ("ours", "spread stock_outs", "spread pieces"):
        curve = table[table["policy"].str.startswith(f"{name} ")]
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
