"""The forecast model that costs less, from policies replayed with each; the usual one unless that is sure."""

from __future__ import annotations

import pandas as pd

from supplyline.inventory.comparison import paired_interval
from supplyline.inventory.simulation import Floats


def choose_by_cost(rows: pd.DataFrame, usual: pd.Series) -> pd.Series:
    """The model of each SKU (index sku): its `usual` one (index sku), or the model that costs the shop surely less.

    `rows` are those of `Replay`, one policy a model (its name in `policy`). Replays of one product are few and ruled by
    single days, so that the cheapest of several models in one is no better than chance in the next; what a model costs
    over all products says more. One takes the place of the usual models if the 90 % bootstrap interval of the
    difference in cost, products drawn anew in pairs, lies wholly below zero; of several the cheapest does, ties to the
    first by name. A SKU that it failed on keeps its usual one.
    """
    cost = rows[rows["status"] == "ok"].pivot(index="sku", columns="policy", values="total_cost")
    own = with_chosen(rows[rows["status"] == "ok"], usual, "usual").set_index("sku")["total_cost"].reindex(cost.index)
    saved = {name: saving for name in cost.columns if (saving := _sure_saving(cost[name], own)) > 0}
    chosen = usual.reindex(cost.index).rename("model")
    if not saved:
        return chosen
    best = max(saved, key=lambda name: saved[name])
    return chosen.where(cost[best].isna(), best)


def _sure_saving(cost: pd.Series, usual: pd.Series) -> float:
    """Currency saved over the products that both could be replayed for; 0 where it may be none."""
    both = pd.concat([cost, usual], axis=1).dropna().to_numpy(dtype=float)

    def saving(model: Floats, other: Floats) -> float:
        return float(other.sum() - model.sum())

    low, _ = paired_interval(saving, both[:, 0], both[:, 1])
    return saving(both[:, 0], both[:, 1]) if low > 0 else 0.0


def with_chosen(rows: pd.DataFrame, chosen: pd.Series, name: str) -> pd.DataFrame:
    """The rows of each SKU's chosen model, as one policy of this name."""
    picked = rows[rows["policy"] == rows["sku"].map(chosen)]
    return picked.assign(policy=name)
