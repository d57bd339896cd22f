"""The model chosen by replayed cost against the one chosen by sMAPE, on held-out quarters of Online Retail II.

Each model's forecasts are replayed through the same policy at every weekly look of six quarters. At the start of each
of the last three a product takes the model with the least sMAPE so far, or one that surely costs less
(`choose_by_cost` over all quarters before); the quarter, unseen, tells what each costs. Both ways of replaying are
told: at the levels and cycles of least cost, and at the one level of the settings. Options: the number of products,
default 1000: those after the first 600 of the draw of bench_replay.py, on 350 of which the rule was settled.

Prints the costs and the 90 % bootstrap interval of their ratio, products drawn anew with all their quarters, and writes
them to benchmarks/results/model_choice.json.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench_replay import shop_data

from supplyline.config import InventorySettings, Settings
from supplyline.inventory.assumed import stock_costs, terms_of
from supplyline.inventory.comparison import paired_interval
from supplyline.inventory.model_choice import choose_by_cost
from supplyline.inventory.model_replay import WARM_UP_DAYS, shop_forecaster, span_costs
from supplyline.inventory.replay import Period, forecast_policy, rolling_forecasts

MODELS = ("moving_average", "sba", "seasonal_naive", "simple_smoothing", "theta", "tsb")
SETTLED = 600
STARTS = [dt.date(2010, 7, 5), dt.date(2010, 10, 4), dt.date(2011, 1, 3), dt.date(2011, 4, 4), dt.date(2011, 7, 4),
          dt.date(2011, 10, 3), dt.date(2011, 12, 5)]  # fmt: skip
WARM_UP = dt.timedelta(days=WARM_UP_DAYS)
QUARTERS = [
    Period(first - WARM_UP, after - dt.timedelta(days=1), WARM_UP_DAYS, 0)
    for first, after in itertools.pairwise(STARTS)
]
HELD_OUT = (3, 4, 5)
RESULT = Path(__file__).with_name("results") / "model_choice.json"

Forecasts = Mapping[dt.date, pd.DataFrame]


def main() -> None:
    """Replay all quarters with each model, choose before each held-out one, print and write what that says."""
    history, prices = shop_data(SETTLED + (int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
    prices = prices[SETTLED:]
    history = history[history["sku"].isin(prices.index)]
    began = time.process_time()
    rows, smape = replayed(history, prices)
    result = {way: compared(own, smape) for way, own in rows.items()}
    print(json.dumps(result, indent=1), f"\nCPU seconds: {time.process_time() - began:.0f}")
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1), encoding="utf-8")


def replayed(history: pd.DataFrame, prices: pd.Series) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """What each model costs in each quarter, in both ways, and its sMAPE of each look (sku, model, day, smape)."""
    settings = Settings()
    looks = sorted({day for quarter in QUARTERS for day in quarter.looks(settings.inventory.review_days)})
    demand = history.assign(quantity=history["quantity"].clip(lower=0)).set_index(["sku", "date"])["quantity"]
    rows: dict[str, list[pd.DataFrame]] = {"least cost": [], "one level": []}
    scores = []
    for model in MODELS:
        made = rolling_forecasts(history, looks, shop_forecaster(settings, model))
        for way, policy in policies(made, prices, settings.inventory).items():
            rows[way].append(span_costs(model, policy, history, prices, QUARTERS, settings.inventory))
        scores += [smape_of(frame, demand).assign(model=model, day=day) for day, frame in made.items()]
    return {way: pd.concat(found) for way, found in rows.items()}, pd.concat(scores)


def policies(made: Forecasts, prices: pd.Series, settings: InventorySettings) -> dict[str, pd.DataFrame]:
    """Levels of each look, both ways."""
    terms = terms_of(settings)
    at_cost = forecast_policy(made, terms, prices=prices, costs=stock_costs(settings))
    return {"least cost": at_cost, "one level": forecast_policy(made, terms)}


def smape_of(frame: pd.DataFrame, demand: pd.Series) -> pd.DataFrame:
    """Mean sMAPE of each SKU's daily forecasts, of days that the data hold."""
    rows = frame[frame["mean"].notna() & (pd.to_datetime(frame["date"]) <= pd.Timestamp(QUARTERS[-1].end))]
    days = pd.MultiIndex.from_arrays([rows["sku"], pd.to_datetime(rows["date"])])
    actual, mean = demand.reindex(days, fill_value=0).to_numpy(dtype=float), rows["mean"].to_numpy(dtype=float)
    size = np.abs(actual) + np.abs(mean)
    error = np.where(size > 0, 200 * np.abs(actual - mean) / np.where(size > 0, size, 1.0), 0.0)
    return pd.Series(error, name="smape").groupby(rows["sku"].to_numpy()).mean().rename_axis("sku").reset_index()


def compared(rows: pd.DataFrame, smape: pd.DataFrame) -> dict[str, object]:
    """Costs of both choices over the held-out quarters, and of each model alone."""
    costs = rows[rows["status"] == "ok"].pivot(index=["sku", "span"], columns="policy", values="total_cost").dropna()
    told, left = [], {}
    for quarter in HELD_OUT:
        usual = least_smape(smape, QUARTERS[quarter].start).reindex(costs.xs(quarter, level="span").index).dropna()
        chosen = choose_by_cost(rows[rows["span"] < quarter], usual)
        left[str(QUARTERS[quarter].end)] = chosen[chosen != usual].value_counts().to_dict()
        own = costs.xs(quarter, level="span").loc[usual.index]
        picked = {
            "cost": chosen,
            "smape": usual,
            "cheapest": cheapest(costs, quarter).reindex(usual.index).fillna(usual),
        }
        told.append(own.assign(**{name: own.to_numpy()[range(len(own)), own.columns.get_indexer(models)]
                                  for name, models in picked.items()}))  # fmt: skip
    total = pd.concat(told).groupby("sku").sum()
    ratios = {name: ratio(total[name], total["smape"]) for name in ("cost", "cheapest", *MODELS)}
    return {"products": len(total), "cost of the choice by sMAPE": total["smape"].sum(), "ratio to it": ratios,
            "left the choice by sMAPE": left}  # fmt: skip


def least_smape(smape: pd.DataFrame, until: dt.date) -> pd.Series:
    """The model of each SKU with the least mean sMAPE of the looks whose days had all come."""
    known = smape[pd.to_datetime(smape["day"]) <= pd.Timestamp(until)]
    return known.groupby(["sku", "model"])["smape"].mean().unstack().dropna().idxmin(axis=1)


def cheapest(costs: pd.DataFrame, quarter: int) -> pd.Series:
    """The model that cost each SKU the least before, however little that says."""
    before = costs[costs.index.get_level_values("span") < quarter]
    return before.groupby("sku").sum().idxmin(axis=1)


def ratio(ours: pd.Series, theirs: pd.Series) -> dict[str, float]:
    """Cost over that of the choice by sMAPE, and its interval."""
    pair = ours.to_numpy(dtype=float), theirs.to_numpy(dtype=float)
    low, high = paired_interval(lambda one, other: float(one.sum() / other.sum()), *pair)
    return {"ratio": float(pair[0].sum() / pair[1].sum()), "low": low, "high": high}


if __name__ == "__main__":
    main()
