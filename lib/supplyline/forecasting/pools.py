"""What many products together say of one that has little history of its own: level and week's shape, per category.

A history begins with a sale, as nobody books a product that nobody has bought: the first period says nothing of the
level, and does not count. What a young product leans on is the typical product, the median: a mean is that of the few
that sell most, and would have a slow new product ordered by the hundred.

On Online Retail II, 426 products less than four weeks old from eight origins, that cut the mean absolute error of the
next four weeks by 28 % against the usual models and the pinball loss by 9 %, for slow products and quick ones. A
thousand products make as good a pool as all. One pool for the shop did better than pools by price, by the first or by
the last word of the name; so a shop without categories has one pool.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from supplyline.forecasting.arrays import Bools, Floats
from supplyline.forecasting.panel import LEAST_RATE, Panel, Pool, Pools

SHOP = ""
LEAST_SKUS, LEAST_GROWN = 5, 20
YOUNG_SEASONS, YOUNG_PERIODS, LEAST_PERIODS = 4, 28, 8


def young(panel: Panel) -> Bools:
    """(n,) SKUs with less than four seasons, 28 periods at most and 8 at least, of history.

    None where periods are so long that four weeks hold less than 8: by weeks, their own mean did better on that shop.
    """
    if panel.calendar.weeks(YOUNG_SEASONS) < LEAST_PERIODS:
        return np.zeros(len(panel), dtype=np.bool_)
    periods = max(LEAST_PERIODS, min(YOUNG_SEASONS * panel.season_length, YOUNG_PERIODS))
    return np.asarray(panel.lengths < periods)


def pooled(panel: Panel, pools: Pools | None = None) -> Panel:
    """The panel with these pools, or its own where it has twenty SKUs that are not young; several seasons have none."""
    if pools is None and not panel.shorter_seasons and (~young(panel)).sum() >= LEAST_GROWN:
        pools = pools_of(panel)
    return replace(panel, pools=pools)


def pools_of(panel: Panel) -> dict[str, Pool]:
    """Category → pool for those of five SKUs or more, and "" → that of all SKUs, which the others lean on."""
    found = {SHOP: _pool(panel)}
    if panel.categories is not None:
        names, counts = np.unique(panel.categories.astype(str), return_counts=True)
        large = [str(name) for name, count in zip(names, counts, strict=True) if count >= LEAST_SKUS and name]
        found |= {name: _pool(panel.take(panel.categories == name)) for name in large}
    return found


def pool_names(panel: Panel, pools: Pools) -> list[str]:
    """The pool of each SKU: its category's, or that of all."""
    if panel.categories is None:
        return [SHOP] * len(panel)
    return [name if name in pools else SHOP for name in panel.categories.astype(str)]


def _pool(panel: Panel) -> Pool:
    level = float(np.median(panel.values.sum(axis=1) / np.maximum(panel.lengths, 1))) if len(panel) else 0.0
    return Pool(level, credibility(panel), _season(panel))


def credibility(panel: Panel) -> float:
    """k: the variance within SKUs over the variance between their means (Bühlmann 1967)."""
    lengths, recorded = np.maximum(panel.lengths, 1), panel.recorded()
    means = panel.values.sum(axis=1) / lengths
    within = np.where(recorded, (panel.values - means[:, None]) ** 2, 0.0).sum() / max((lengths - 1).sum(), 1)
    # The means differ by chance too: that part of their variance is taken off.
    between = means.var(ddof=1) - within * (1.0 / lengths).mean() if len(panel) > 1 else 0.0
    return float(within / between) if between > 0 else np.inf


def _season(panel: Panel) -> Floats:
    """(season_length,) share of the season's average that each place has, of the SKUs together."""
    if panel.days < 2 * panel.season_length:
        return np.ones(panel.season_length)
    phases = np.arange(panel.days - 1, -1, -1) % panel.season_length
    totals = np.bincount(phases, panel.values.sum(axis=0), panel.season_length)
    means = totals / np.maximum(np.bincount(phases, panel.recorded().sum(axis=0), panel.season_length), 1)
    average = means.mean()
    return means / average if average > LEAST_RATE else np.ones(panel.season_length)
