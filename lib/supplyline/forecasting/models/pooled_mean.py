"""The mean demand of a young SKU, leaning on its category as long as it has little history of its own."""

from __future__ import annotations

import numpy as np

from supplyline.forecasting.arrays import Floats
from supplyline.forecasting.panel import Panel, Pool
from supplyline.forecasting.pools import pool_names, pools_of
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import LevelPath


class PooledMean(Model):
    """Credibility: Z times the SKU's own mean and 1 - Z times its category's level, Z = n / (n + k) after n periods.

    k is the variance within SKUs over the variance between their means (Bühlmann 1967; Bühlmann and Gisler, A Course in
    Credibility Theory, 2005, chapter 3). The first period, which is there because of its sale, is left out. The week's
    shape is the category's. SKUs without a category, or in one of less than five, lean on all. The automatic choice
    takes it for young SKUs (`pools.young`) and tries it on no other.
    """

    name = "pooled_mean"
    patterns = frozenset()

    def fit(self, panel: Panel) -> State:
        """The leaning mean after each period, by the panel's pools, or those of its own SKUs."""
        pools = pools_of(panel) if panel.pools is None else panel.pools
        level, factors = np.empty_like(panel.values), np.ones((len(panel), panel.season_length))
        names = np.array(pool_names(panel, pools), dtype=object)
        for name in sorted(set(names)):
            rows, pool = names == name, pools[name]
            level[rows] = _levels(panel.take(rows), pool)
            factors[rows] = pool.season
        return LevelPath(panel, level, factors)


def _levels(panel: Panel, pool: Pool) -> Floats:
    """(n, periods) the leaning mean after each."""
    age = np.maximum(np.arange(panel.days) - panel.starts[:, None], 0).astype(np.float64)
    later = np.where(age > 0, panel.values, 0.0)
    weight = pool.weight(age)
    return np.asarray(weight * np.cumsum(later, axis=1) / np.maximum(age, 1) + (1.0 - weight) * pool.level)


MODEL = PooledMean()
