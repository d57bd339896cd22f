"""Levels moved so that quantiles cover as often as they say, learnt from origins whose outcome is known."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from supplyline.forecasting.panel import Floats, Ints
from supplyline.forecasting.patterns import PATTERNS

GRID = np.linspace(0.0, 1.0, 401)
LEAST_SKUS = 100
PRIOR_RANKS = 50.0


def moved_levels(
    ranks: Floats, lengths: Ints, patterns: npt.NDArray[np.str_], levels: Floats, horizon: int
) -> tuple[Floats, Ints]:
    """(groups, horizon, q) level to take for each level wanted, and the group (n,) of each SKU: its pattern.

    `ranks` (n, lengths, k) are those of what came among the paths of earlier origins, after `lengths` days. Where a
    share G(u) of them is u or less, the quantile of level u has covered G(u), so the one that covers p is that of level
    G⁻¹(p). G of a pattern leans on that of all SKUs as if it had 50 ranks more, and that on the diagonal. With fewer
    than 100 SKUs nothing is moved: so few say more about their luck than about the quantiles. Between the lengths
    levels are interpolated. (Kuleshov, Fenner and Ermon, Accurate uncertainties for deep learning using calibrated
    regression, ICML 2018; conformal prediction by ranks: Vovk, Gammerman and Shafer 2005.)
    """
    group = np.array([PATTERNS.index(name) for name in patterns], dtype=np.int64)
    table = np.broadcast_to(levels, (len(PATTERNS), horizon, len(levels)))
    if np.isfinite(ranks).any(axis=(1, 2)).sum() < LEAST_SKUS:
        return np.ascontiguousarray(table), group
    moved = np.empty((len(PATTERNS), len(lengths), len(levels)))
    for at in range(len(lengths)):
        everyone = _covered(ranks[:, at], GRID)
        for number in range(len(PATTERNS)):
            moved[number, at] = np.interp(levels, _covered(ranks[group == number, at], everyone), GRID)
    return _between(moved, lengths, horizon), group


def moved_day_levels(
    ranks: Floats, patterns: npt.NDArray[np.str_], levels: Floats, horizon: int
) -> tuple[Floats, Ints]:
    """The same for single days: `ranks` (n, k, horizon) are pooled over the days of a quarter, a half and the rest."""
    edges = np.unique([0, -(-horizon // 4), -(-horizon // 2), horizon])
    bands = [ranks[:, :, first:last].reshape(len(ranks), 1, -1) for first, last in itertools.pairwise(edges)]
    moved, group = [], np.zeros(0, dtype=np.int64)
    for band, days in zip(bands, np.diff(edges), strict=True):
        table, group = moved_levels(band, np.ones(1, dtype=np.int64), patterns, levels, int(days))
        moved.append(table)
    return np.ascontiguousarray(np.concatenate(moved, axis=1)), group


def _covered(ranks: Floats, prior: Floats) -> Floats:
    """Share of ranks at or below each point of the grid, with 50 more that are spread as `prior`."""
    known = np.sort(ranks[np.isfinite(ranks)])
    count = np.searchsorted(known, GRID, side="right")
    return np.asarray((count + PRIOR_RANKS * prior) / (len(known) + PRIOR_RANKS))


def _between(moved: Floats, lengths: Ints, horizon: int) -> Floats:
    """(groups, horizon, q) from (groups, lengths, q)."""
    days = np.arange(1, horizon + 1)
    at = np.clip(np.searchsorted(lengths, days, side="right") - 1, 0, max(len(lengths) - 2, 0))
    after = np.minimum(at + 1, len(lengths) - 1)
    gap = np.maximum(lengths[after] - lengths[at], 1)
    share = np.clip((days - lengths[at]) / gap, 0.0, 1.0)[:, None]
    return np.ascontiguousarray(moved[:, at] * (1 - share) + moved[:, after] * share)
