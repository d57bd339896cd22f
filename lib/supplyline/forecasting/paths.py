"""Paths of demand: the mean plus a whole trajectory of past errors, so that sums over days keep their correlation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from supplyline.forecasting.calibration import GROWTHS, growth_groups, moved_levels, shifts
from supplyline.forecasting.kernels import paths as samples
from supplyline.forecasting.kernels import totals as kernels
from supplyline.forecasting.panel import Bools, Floats, Ints, Panel

LEAST_SAMPLES, LEAST_AGE = 8, 14
MOST_BACK, MOST_ORIGINS = 364, 512
MOST_STEPS = 1 << 14
HELD_OUT = 8
RESAMPLED_PATHS = 400
SEED = 20111209
LEAST_ALIGNED = 30
ROUNDING = 1e-9
PATH_LEVELS = np.linspace(0.005, 0.995, 199)


@dataclass(frozen=True)
class Outlook:
    """What was and is expected of a panel: `mean` (n, h) of what comes, `expected` (n, origins, h) from `origins`.

    `origins` are columns of the panel, latest first.
    """

    panel: Panel
    mean: Floats
    expected: Floats
    origins: Ints

    @property
    def starts(self) -> Ints:
        """(n,) the first origin that counts, when models have seen something: a season after the start, or 14 days."""
        return np.asarray(self.panel.starts + min(self.panel.season_length, LEAST_AGE) - 1)

    @property
    def horizon(self) -> int:
        """Periods ahead."""
        return int(self.mean.shape[1])


def past_origins(panel: Panel, horizon: int) -> Ints:
    """Every column of the last 364 with a day after it, latest first; thinned evenly where they would be too many.

    What is further back is another product: one that has not sold for a year needs no stock for what it once did.
    Neighbours share most of their days and tell little more than every second or third.
    """
    last = min(panel.days - 1, MOST_BACK)
    most = max(min(MOST_ORIGINS, MOST_STEPS // horizon), 2 * LEAST_SAMPLES)
    return panel.days - 2 - np.arange(0, last, max(1, -(-last // most)), dtype=np.int64)


def total_quantiles(outlook: Outlook, levels: Sequence[float]) -> Floats:
    """(n, h, q) quantiles of the demand of the first 1 … h periods together, calibrated on origins held out.

    A SKU whose history is too short for past origins gets those of its days drawn anew.
    """
    wanted = np.asarray(levels, dtype=np.float64)
    whole = whole_pieces(outlook.panel)
    result = _calibrated_levels(outlook, wanted, calibrated_lengths(outlook.horizon))
    # 0 is added for that a ceiling just below it is -0.
    result = np.maximum(np.where(whole[:, None, None], np.ceil(result - ROUNDING), result), 0.0) + 0.0
    for row in np.flatnonzero(np.isnan(result).any(axis=(1, 2))):
        result[row] = _resampled(outlook.panel.history(row), outlook.mean[row], bool(whole[row]), wanted)
    return np.asarray(np.maximum.accumulate(np.maximum.accumulate(result, axis=2), axis=1))


def sampled_paths(outlook: Outlook, paths: int, seed: int) -> Floats:
    """(n, paths, h) simulated demand of each period: whole trajectories of past errors, drawn by their totals.

    The totals wanted are those of evenly spread levels, calibrated, so that the paths' sums over the horizon are
    distributed as `total_quantiles` says, up to the largest trajectory known: its tail beyond that is not simulated.
    A SKU whose history is too short for past origins has days drawn anew. Any `seed` gives the same paths twice.
    """
    chance = np.random.default_rng(seed)
    size = (len(outlook.panel), paths)
    even = (np.arange(paths) + chance.random(size)) / paths
    known = _calibrated_levels(outlook, PATH_LEVELS, np.array([outlook.horizon]))[:, -1]
    known = np.maximum.accumulate(known, axis=1)
    totals = np.array([np.interp(row, PATH_LEVELS, own) for row, own in zip(even, known, strict=True)])
    whole = whole_pieces(outlook.panel)
    result = kernels.chosen_paths(
        outlook.panel.values, outlook.starts, outlook.expected, outlook.origins, outlook.mean, whole,
        chance.permuted(totals.reshape(size), axis=1), LEAST_SAMPLES,
    )  # fmt: skip
    for row in np.flatnonzero(np.isnan(result).any(axis=(1, 2))):
        redrawn = _redrawn(outlook.panel.history(row), outlook.mean[row], bool(whole[row]), paths, chance)
        result[row] = np.diff(redrawn, axis=1, prepend=0.0)
    return result


def _calibrated_levels(outlook: Outlook, levels: Floats, lengths: Ints) -> Floats:
    """(n, h, q) totals at these levels before they are rounded, shifted by what was missed on origins held out."""
    panel = outlook.panel
    now, then = kernels.growths(outlook.starts, outlook.expected, outlook.origins, outlook.mean)
    misses, ranks, growth = held_out_misses(outlook, then, levels, lengths)
    groups, horizon = growth_groups(growth), outlook.horizon
    moved = moved_levels(ranks, groups, len(GROWTHS) + 1, lengths, levels, horizon)
    added = shifts(misses, groups, lengths, levels, horizon)
    return kernels.total_levels(
        panel.values, outlook.starts, outlook.expected, outlook.origins, outlook.mean, whole_pieces(panel),
        usual_sizes(panel), levels, moved, added, growth_groups(now), LEAST_SAMPLES,
    )  # fmt: skip


def aligned_origins(panel: Panel, horizon: int) -> Ints:
    """Origins whole seasons before the end, so that the errors of a path fall on the days of the week they come from.

    Every past origin where there are fewer than 30 such.
    """
    last = panel.days - 1
    aligned = np.arange(last - panel.season_length, -1, -panel.season_length, dtype=np.int64)[:MOST_ORIGINS]
    return aligned if (aligned <= last - horizon).sum() >= LEAST_ALIGNED else past_origins(panel, horizon)


def held_out_misses(outlook: Outlook, growth: Floats, levels: Floats, lengths: Ints) -> tuple[Floats, Floats, Floats]:
    """What came after the last origins known less what the levels would have been, and how much had grown till then.

    (n, lengths, k, q) over the spread to be expected, NaN where nothing is known or the level was 0; with (n, lengths,
    k) the rank of what came and of `growth` (n, origins). The k origins lie a quarter of a horizon apart.
    """
    panel = outlook.panel
    apart = max(outlook.horizon // 4, 1)
    back = lengths[:, None] + apart * np.arange(HELD_OUT)
    held = np.searchsorted(panel.days - 1 - outlook.origins, back)
    held = np.where(held < len(outlook.origins), held, -1)
    chance = np.random.default_rng(SEED).random((len(panel), len(lengths), HELD_OUT))
    misses, ranks = kernels.held_out_misses(
        panel.values, outlook.starts, outlook.expected, outlook.origins, whole_pieces(panel), usual_sizes(panel), held,
        lengths, levels, chance, LEAST_SAMPLES,
    )  # fmt: skip
    return misses, ranks, growth[:, held]


def calibrated_lengths(horizon: int) -> Ints:
    """Numbers of days over which sums are calibrated: about halving from the horizon down to 1."""
    halves = {max(round(horizon / 2**k), 1) for k in range(6)}
    return np.array(sorted(halves), dtype=np.int64)


def whole_pieces(panel: Panel) -> Bools:
    """(n,) true where all demand so far was in whole pieces."""
    return np.asarray((panel.values == np.floor(panel.values)).all(axis=1))


def usual_sizes(panel: Panel) -> Floats:
    """(n,) mean demand of the periods with demand; 1 without any."""
    sold = panel.values > 0
    total, count = np.where(sold, panel.values, 0.0).sum(axis=1), sold.sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), 1.0)


def _resampled(history: Floats, mean: Floats, whole: bool, levels: Floats) -> Floats:
    """(h, q) for a history too short for past origins."""
    totals = _redrawn(history, mean, whole, RESAMPLED_PATHS, np.random.default_rng(SEED))
    ordered = np.ascontiguousarray(np.sort(totals, axis=0).T)
    tails = [samples.tail_of(day) for day in ordered]
    return np.array(
        [[samples.path_quantile(day, tail, p, whole) for p in levels] for day, tail in zip(ordered, tails, strict=True)]
    )


def _redrawn(history: Floats, mean: Floats, whole: bool, paths: int, chance: np.random.Generator) -> Floats:
    """(paths, h) running totals of the days of the history, less their mean, drawn anew for each day."""
    spread = history - history.mean() if len(history) else np.zeros(1)
    steps = mean + chance.choice(spread, (paths, len(mean)))
    for path in steps:
        samples.running_totals(path, whole)
    return np.asarray(steps)
