"""The forecast model that costs each product less, from policies replayed with several; the usual one unless sure.

The cost of one product over one span is ruled by single days: of several models the cheapest in one span is no better
than chance in the next. What persists is a model's cost over the shop and, weaker, over a product's own spans. So a
product's own costs are drawn towards the shop's, as far as its spans disagree among themselves (Efron and Morris, JASA
70, 1975), and a model is left only for one that is surely cheaper.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplyline.inventory.simulation import Floats, Ints

SURE = 1.645  # standard errors: the 90 % interval of the saving lies above zero
LEAST_SPREAD = 1e-9


@dataclass(frozen=True)
class Expected:
    """Costs to come of n SKUs with m models, each over the mean of the SKU's models, and how sure they are.

    `own_error` (n,) is the standard error of one model's share of one SKU, `shop` (m, m) the covariance of the shop's
    shares, `weight` (n,) what the SKU's own costs count beside the shop's.
    """

    shares: pd.DataFrame
    weight: Floats
    own_error: Floats
    shop: Floats

    def saved(self, usual: Ints, best: Ints) -> tuple[Floats, Floats]:
        """(n,) share saved by the best models instead of the usual ones (n,) (places), and its standard error."""
        shares, rows = self.shares.to_numpy(), np.arange(len(self.shares))
        shop = self.shop[usual, usual] + self.shop[best, best] - 2 * self.shop[usual, best]
        error = np.sqrt(2 * self.own_error**2 + (1 - self.weight) ** 2 * np.maximum(shop, 0.0))
        return shares[rows, usual] - shares[rows, best], np.where(usual == best, 0.0, error)


def choose_by_cost(rows: pd.DataFrame, usual: pd.Series) -> pd.Series:
    """The model of each SKU (index sku): its `usual` one (index sku), or the one that surely costs less.

    `rows` are those of `Replay` with `span`, one policy a model (its name in `policy`) and several spans of time, the
    more the better. The least of `expected_shares` takes the place of the usual model where the 90 % interval of the
    saving lies above zero. A SKU that a model failed on, or that no replay cost anything, keeps its usual one; with no
    SKU in two spans all do, as nothing tells chance from what persists.
    """
    good = rows[rows["status"] == "ok"]
    costs = good.pivot(index=["sku", "span"], columns="policy", values="total_cost").dropna()
    costs = costs[costs.sum(axis=1) > 0]
    chosen = usual.copy().rename("model")
    if not costs.groupby("sku").size().gt(1).any():
        return chosen
    expected = expected_shares(costs)
    names, own = expected.shares.columns, usual.reindex(expected.shares.index)
    known = own.isin(names).to_numpy()
    place = np.where(known, names.get_indexer(pd.Index(own)), 0).astype(np.int64)
    best = expected.shares.to_numpy().argmin(axis=1).astype(np.int64)
    saving, error = expected.saved(place, best)
    surely = known & (saving > SURE * error)
    chosen.update(pd.Series(names.to_numpy()[best], index=own.index)[surely])
    return chosen


def expected_shares(costs: pd.DataFrame) -> Expected:
    """What each model will cost a SKU, over the mean of its models: empirical Bayes from `costs` (index sku and span).

    A share of a SKU in a span varies about the SKU's own by σ², that about the shop's by τ² (both by the analysis of
    variance over all SKUs and models). Of n spans the own share counts w = n / (n + σ²/τ²), the shop's 1 - w, with
    variance τ² (1 - w). Shares of money, not means of shares: dear products count as they cost.
    """
    within, between = spreads(costs.div(costs.mean(axis=1), axis=0))
    spans = costs.groupby("sku").size()
    own = costs.groupby("sku").sum()
    size = own.mean(axis=1)
    shop = own.sum() / size.sum()
    weight = (spans / (spans + within / between)).to_numpy(dtype=np.float64)
    left = own.to_numpy() - np.outer(size, shop)
    shares = own.div(size, axis=0).mul(weight, axis=0) + np.outer(1 - weight, shop)
    own_error = np.sqrt(between * (1 - weight))
    return Expected(shares, weight, own_error, left.T @ left / float(size.sum()) ** 2)


def spreads(shares: pd.DataFrame) -> tuple[float, float]:
    """σ² of the spans of a SKU about its mean, and τ² of the SKUs about theirs, over the models (index sku, span)."""
    groups = shares.groupby("sku")
    mean, spans = groups.mean(), groups.size()
    about = (shares - mean.reindex(shares.index.get_level_values("sku")).to_numpy()).to_numpy()
    models = shares.shape[1]
    within = float((about**2).sum()) / (float((spans - 1).sum()) * models)
    apart = float(((mean - mean.mean()).to_numpy() ** 2).sum()) / (max(len(mean) - 1, 1) * models)
    return within, max(apart - within * float((1 / spans).mean()), LEAST_SPREAD)


def with_chosen(rows: pd.DataFrame, chosen: pd.Series, name: str) -> pd.DataFrame:
    """The rows of each SKU's chosen model, as one policy of this name."""
    picked = rows[rows["policy"] == rows["sku"].map(chosen)]
    return picked.assign(policy=name)
