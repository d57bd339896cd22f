"""The mean demand of a young SKU, leaning on its category as long as it has little history of its own."""

from __future__ import annotations

import numpy as np

from supplyline.forecasting.arrays import Floats
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import LevelPath

LEAST_SKUS = 5
LEAST_RATE = 1e-9


class PooledMean(Model):
    """Credibility: Z times the SKU's own mean and 1 - Z times its category's, Z = n / (n + k) after n periods.

    k is the variance within SKUs over the variance between their means (Bühlmann 1967; Bühlmann and Gisler, A Course in
    Credibility Theory, 2005, chapter 3), each relative to the mean. The week's shape is the category's. SKUs without a
    category, or in one of less than five, lean on all of the panel, which is a bad guess where a few best sellers make
    its mean. So the automatic choice leaves it alone: it is taken by name, for histories with a category.
    """

    name = "pooled_mean"
    patterns = frozenset()

    def fit(self, panel: Panel) -> State:
        """The leaning mean after each period."""
        level, factors = np.empty_like(panel.values), np.ones((len(panel), panel.season_length))
        for rows in groups(panel):
            part = panel.take(rows)
            level[rows], factors[rows] = _levels(part), _season(part)
        return LevelPath(panel, level, factors)


def groups(panel: Panel) -> list[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Masks (n,) of the SKUs of each category with five or more, and of all the others together."""
    if panel.categories is None:
        return [np.ones(len(panel), dtype=np.bool_)]
    names, codes, counts = np.unique(panel.categories.astype(str), return_inverse=True, return_counts=True)
    large = (counts >= LEAST_SKUS) & (names != "")
    masks = [codes == code for code in np.flatnonzero(large)] + [~large[codes]]
    return [mask for mask in masks if mask.any()]


def credibility(panel: Panel) -> float:
    """k, periods: how much history of its own is worth as much as the category's mean; infinite if all are alike."""
    lengths, recorded = np.maximum(panel.lengths, 1), panel.recorded()
    means = panel.values.sum(axis=1) / lengths
    within = np.where(recorded, (panel.values - means[:, None]) ** 2, 0.0).sum() / max((lengths - 1).sum(), 1)
    # The means differ by chance too: that part of their variance is taken off.
    between = means.var(ddof=1) - within * (1.0 / lengths).mean() if len(panel) > 1 else 0.0
    return float(within / between) if between > 0 else np.inf


def _levels(panel: Panel) -> Floats:
    """(n, periods) the leaning mean after each."""
    age = np.maximum(np.arange(panel.days) - panel.starts[:, None] + 1, 0)
    own = np.cumsum(panel.values, axis=1) / np.maximum(age, 1)
    pool = (panel.values.sum(axis=1) / np.maximum(panel.lengths, 1)).mean()
    own_weight = age / (age + credibility(panel))
    return np.asarray(own_weight * own + (1.0 - own_weight) * pool)


def _season(panel: Panel) -> Floats:
    """(season_length,) share of the season's average that each place has, of the SKUs together."""
    phases = np.arange(panel.days - 1, -1, -1) % panel.season_length
    totals = np.bincount(phases, panel.values.sum(axis=0), panel.season_length)
    means = totals / np.maximum(np.bincount(phases, panel.recorded().sum(axis=0), panel.season_length), 1)
    average = means.mean()
    return means / average if average > LEAST_RATE else np.ones(panel.season_length)


MODEL = PooledMean()
