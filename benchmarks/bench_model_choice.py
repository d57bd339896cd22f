"""The model chosen by replayed cost against the one chosen by sMAPE, on held-out weeks of Online Retail II.

Each model's forecasts are replayed through the same policy at every weekly look of two spans of 2011. On the first each
product takes the model with the least sMAPE, or one that costs the shop surely less (`choose_by_cost`), or simply its
own cheapest; the second, unseen, tells what each costs.
Options: the number of products, default 100. Prints the costs and the 90 % bootstrap interval of their difference,
products drawn anew in pairs, and writes them to benchmarks/results/model_choice.json.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench_replay import shop_data

from supplyline.config import Settings
from supplyline.forecasting import TOTAL_QUANTILES, Plan, forecast_and_score
from supplyline.inventory.assumed import stock_costs, terms_of
from supplyline.inventory.comparison import paired_interval
from supplyline.inventory.model_choice import choose_by_cost, with_chosen
from supplyline.inventory.replay import Period, forecast_policy, make_replay, rolling_forecasts

MODELS = ("moving_average", "sba", "seasonal_naive", "simple_smoothing", "theta", "tsb")
PAST = Period(dt.date(2011, 4, 4), dt.date(2011, 8, 7), warm_up=28, cool_down=7)
HELD_OUT = Period(dt.date(2011, 8, 8), dt.date(2011, 12, 9), warm_up=28, cool_down=7)
RESULT = Path(__file__).with_name("results") / "model_choice.json"

Forecasts = Mapping[str, Mapping[dt.date, pd.DataFrame]]


def main() -> None:
    """Replay both spans, choose on the first, print and write what the second says."""
    history, prices = shop_data(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    past = {model: forecasts_of(model, history, PAST) for model in MODELS}
    costs = replayed(history, prices, PAST, past)
    smape = choose_by_smape(history, past)
    chosen = {"cost": choose_by_cost(costs, smape), "smape": smape, "cheapest": cheapest_of_each(costs)}
    held = replayed(history, prices, HELD_OUT, {model: forecasts_of(model, history, HELD_OUT) for model in MODELS})
    told = {name: with_chosen(held, models, name).set_index("sku")["total_cost"] for name, models in chosen.items()}
    both = pd.concat(told, axis=1).dropna()
    low, high = paired_interval(
        lambda ours, theirs: float(ours.sum() / theirs.sum()), both["cost"].to_numpy(), both["smape"].to_numpy()
    )
    result = {
        "products": len(both),
        "cost of the choice by cost": both["cost"].sum(),
        "cost of the choice by sMAPE": both["smape"].sum(),
        "cost of each product's cheapest": both["cheapest"].sum(),
        "models of the choice by cost": chosen["cost"].value_counts().to_dict(),
        "ratio": both["cost"].sum() / both["smape"].sum(),
        "interval of the ratio": [low, high],
        "cost of each model alone": held.groupby("policy")["total_cost"].sum().to_dict(),
    }
    print(json.dumps(result, indent=1))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1), encoding="utf-8")


def forecasts_of(model: str, history: pd.DataFrame, period: Period) -> dict[dt.date, pd.DataFrame]:
    """One model's forecasts at every look, from the days before it."""
    plan = Plan(models=(model,), total_quantiles=TOTAL_QUANTILES)
    looks = period.looks(7)
    return rolling_forecasts(history, looks, lambda rows, day: forecast_and_score(rows, plan, as_of=day)[0])


def replayed(history: pd.DataFrame, prices: pd.Series, period: Period, forecasts: Forecasts) -> pd.DataFrame:
    """What the reorder policy costs with each model's forecasts."""
    settings = Settings().inventory
    replay = make_replay(history, prices, period, terms_of(settings), stock_costs(settings))
    return pd.concat([replay.of(model, forecast_policy(made, terms_of(settings))) for model, made in forecasts.items()])


def cheapest_of_each(costs: pd.DataFrame) -> pd.Series:
    """The model that cost each SKU the least, however little that says."""
    good = costs[costs["status"] == "ok"]
    return good.pivot(index="sku", columns="policy", values="total_cost").idxmin(axis=1)


def choose_by_smape(history: pd.DataFrame, forecasts: Forecasts) -> pd.Series:
    """The model of each SKU with the least mean sMAPE of the daily forecasts, of days that came by the end of PAST."""
    demand = history.set_index(["sku", "date"])["quantity"]
    scores = {}
    for model, made in forecasts.items():
        rows = pd.concat([frame[frame["date"] <= pd.Timestamp(PAST.end)] for frame in made.values()])
        actual = demand.reindex(pd.MultiIndex.from_frame(rows[["sku", "date"]]), fill_value=0).to_numpy(dtype=float)
        size = np.abs(actual) + rows["mean"].abs().to_numpy()
        error = np.where(size > 0, 200 * np.abs(actual - rows["mean"].to_numpy()) / np.where(size > 0, size, 1.0), 0.0)
        scores[model] = pd.Series(error).groupby(rows["sku"].to_numpy()).mean()
    return pd.DataFrame(scores).idxmin(axis=1)


if __name__ == "__main__":
    main()
