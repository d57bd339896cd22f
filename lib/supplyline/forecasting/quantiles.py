"""From past forecast errors to quantiles of single days, calibrated on origins held out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from supplyline.forecasting.calibration import moved_day_levels
from supplyline.forecasting.kernels import days as kernels
from supplyline.forecasting.panel import Bools, Floats, Ints, Panel
from supplyline.forecasting.paths import LEAST_SAMPLES, SEED, Outlook, whole_pieces
from supplyline.forecasting.patterns import PATTERNS

PAST_ORIGINS = 52
ENOUGH_ALIGNED = 12
HELD_OUT = 8
NEIGHBOURS = 20


def season_step(panel: Panel, horizon: int) -> int:
    """Periods between origins whose errors fall on the same places of the season.

    The longest season of which the panel holds twelve beside the horizon; 1 where it does so of none.
    """
    room = panel.days - 1 - horizon
    return next((season for season in reversed(panel.seasons) if room // season >= ENOUGH_ALIGNED), 1)


def aligned_back(panel: Panel, horizon: int) -> Ints:
    """Columns of up to 52 past origins whole seasons before the end, latest first."""
    step, last = season_step(panel, horizon), panel.days - 1
    return np.asarray(last - step * np.arange(1, min(PAST_ORIGINS, last // step) + 1, dtype=np.int64))


def day_origins(panel: Panel, horizon: int) -> Ints:
    """Past origins that quantiles of days are made of: those whole seasons back, and each of the last two horizons.

    The latter are for SKUs too young for twelve of the former.
    """
    recent = panel.days - 2 - np.arange(min(panel.days - 1, 2 * horizon), dtype=np.int64)
    return np.asarray(np.union1d(aligned_back(panel, horizon), recent)[::-1])


def plain_quantiles(outlook: Outlook, levels: Sequence[float]) -> Floats:
    """(n, h, q) quantiles of each day's demand by past errors as they are, the history's spread where these are few."""
    size = (len(PATTERNS), outlook.horizon, len(levels))
    table = np.ascontiguousarray(np.broadcast_to(np.asarray(levels, dtype=np.float64), size))
    result = _quantiles(outlook, table, np.zeros(len(outlook.panel), dtype=np.int64))
    few = np.isnan(result).any(axis=(1, 2)) & np.isfinite(outlook.mean).all(axis=1)
    if few.any():
        result[few] = _by_history(outlook.panel.take(few), outlook.mean[few], levels)
    return np.asarray(np.maximum.accumulate(result, axis=2))


def day_quantiles(outlook: Outlook, patterns: npt.NDArray[np.str_], levels: Sequence[float]) -> Floats:
    """(n, h, q) quantiles of each day's demand, at levels moved so that they cover on origins held out.

    A SKU with too short a past takes the quantiles of the twenty SKUs that sell most nearly as much, over their means,
    times its own; where there are no such, the spread of its history. NaN where the mean is.
    """
    ranks = _held_out_ranks(outlook)
    moved, group = moved_day_levels(ranks, patterns, np.asarray(levels, dtype=np.float64), outlook.horizon)
    result = _quantiles(outlook, moved, group)
    known = np.isfinite(outlook.mean).all(axis=1)
    few = np.isnan(result).any(axis=(1, 2)) & known
    if few.any():
        lenders = known & ~few & (outlook.mean.sum(axis=1) > 0)
        if lenders.sum() >= NEIGHBOURS:
            result[few] = _borrowed(outlook, result, lenders, few)
        else:
            result[few] = _by_history(outlook.panel.take(few), outlook.mean[few], levels)
    return np.asarray(np.maximum.accumulate(result, axis=2))


def _quantiles(outlook: Outlook, levels: Floats, group: Ints) -> Floats:
    return kernels.day_quantiles(
        outlook.panel.values, outlook.starts, outlook.expected, outlook.origins, _aligned(outlook), outlook.mean,
        whole_pieces(outlook.panel), levels, group, LEAST_SAMPLES, ENOUGH_ALIGNED,
    )  # fmt: skip


def _aligned(outlook: Outlook) -> Bools:
    return np.isin(outlook.origins, aligned_back(outlook.panel, outlook.horizon))


def _held_out_ranks(outlook: Outlook) -> Floats:
    """(n, held, h) ranks of what came after the last origins known, about a quarter of a horizon apart."""
    panel, step = outlook.panel, season_step(outlook.panel, outlook.horizon)
    apart = step * max(-(-outlook.horizon // (4 * step)), 1)
    held = np.flatnonzero(np.isin(outlook.origins, panel.days - 1 - apart * np.arange(1, HELD_OUT + 1)))
    chance = np.random.default_rng(SEED).random((len(panel), len(held), outlook.horizon))
    return kernels.day_ranks(
        panel.values, outlook.starts, outlook.expected, outlook.origins, _aligned(outlook), held, whole_pieces(panel),
        chance, LEAST_SAMPLES,
    )  # fmt: skip


def _borrowed(outlook: Outlook, quantiles: Floats, lenders: Bools, few: Bools) -> Floats:
    """(k, h, q) of the SKUs with `few` errors: quantile over level of their neighbours in the mean, times their own."""
    level = outlook.mean.mean(axis=1)
    rows = np.flatnonzero(lenders)
    relative = quantiles[rows] / level[rows, None, None]
    apart = np.abs(np.log(level[rows]) - np.log(np.maximum(level[few], level[rows].min()))[:, None])
    nearest = np.argsort(apart, axis=1, kind="stable")[:, :NEIGHBOURS]
    result = relative[nearest].mean(axis=1) * level[few, None, None]
    return np.where(whole_pieces(outlook.panel)[few, None, None], np.floor(result + 0.5), result)


def _by_history(panel: Panel, mean: Floats, levels: Sequence[float]) -> Floats:
    """(n, h, q): `mean` plus the quantiles of the history less its own mean, never below 0."""
    own = panel.values.sum(axis=1) / np.maximum(panel.lengths, 1)
    spread = sample_quantiles(np.where(panel.recorded(), panel.values - own[:, None], np.nan), levels)
    return np.asarray(np.maximum(mean[..., None] + spread[:, None, :], 0.0))


def sample_quantiles(samples: Floats, quantiles: Sequence[float]) -> Floats:
    """Quantiles (…, q) of `samples` (…, s) over the last axis, NaN entries left out; NaN where all are.

    Definition 6 of Hyndman and Fan (1996): position p (s + 1), held within the sample. It is the one whose tail
    probabilities are right on average for small samples.
    """
    ordered = np.sort(samples, axis=-1)
    count = np.isfinite(samples).sum(axis=-1)[..., None]
    position = np.clip(np.asarray(quantiles) * (count + 1) - 1, 0, np.maximum(count - 1, 0))
    below = np.floor(position).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    low, high = np.take_along_axis(ordered, below, axis=-1), np.take_along_axis(ordered, above, axis=-1)
    return np.asarray(low + (position - below) * (high - low))
