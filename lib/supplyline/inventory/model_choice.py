"""The forecast model that would have cost the least, from policies replayed with each."""

from __future__ import annotations

import pandas as pd

# Replays of one product are few and noisy: what a model costs over all products counts this much beside its own.
SHARED = 1.0


def choose_by_cost(rows: pd.DataFrame) -> pd.Series:
    """The model of each SKU (index sku): the least cost relative to the SKU's mean cost over models.

    `rows` are those of `Replay`, one policy a model (its name in `policy`). To a SKU's own relative cost that of the
    model over all SKUs is added, so that a product with little to tell takes what serves the shop. A model that failed
    on a SKU is out; ties go to the first by name.
    """
    cost = rows[rows["status"] == "ok"].pivot(index="sku", columns="policy", values="total_cost")
    own = cost.div(cost.mean(axis=1).where(lambda mean: mean > 0), axis=0)
    shop = cost.sum() / cost.sum().mean()
    score = own.fillna(1.0).where(cost.notna()) + SHARED * shop
    return score.idxmin(axis=1).rename("model")


def with_chosen(rows: pd.DataFrame, chosen: pd.Series, name: str) -> pd.DataFrame:
    """The rows of each SKU's chosen model, as one policy of this name."""
    picked = rows[rows["policy"] == rows["sku"].map(chosen)]
    return picked.assign(policy=name)
