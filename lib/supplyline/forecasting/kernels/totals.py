"""Totals of the coming days: their quantiles, how far past ones missed, and the paths behind them, over many SKUs.

Shapes as in `kernels.paths`; `units` (n,) is the size of a usual demand of each SKU.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.arrays import Bools, Floats, Ints
from supplyline.forecasting.kernels.paths import (
    LARGEST_LEVEL,
    level_of,
    path_after,
    put_in_order,
    rank_of,
    running_totals,
    sample_quantile,
    scale_of,
    tail_of,
    total_after,
)

MOST_RANKED = 160
LEAST = 1e-6


@njit(cache=True)
def total_level(ordered: Floats, tail: tuple[float, float, float], level: float, whole: bool) -> float:
    """x with P(D <= x) = `level` over the totals `ordered`; for whole pieces P(D - 1 + U <= x), U uniform on (0, 1).

    The latter is continuous where D is not, its ceiling is the quantile of D, and between two whole numbers it still
    tells how near the level is to the next one (the uniform transform of counts: Czado, Gneiting and Held, 2009).
    """
    if level > tail[1]:
        value = tail[0] + tail[2] * np.log((1.0 - tail[1]) / (1.0 - min(level, LARGEST_LEVEL)))
        return value - 0.5 if whole else value
    if not whole:
        return float(sample_quantile(ordered, level))
    position = level * (len(ordered) + 1) - 0.5
    value = ordered[min(max(int(position), 0), len(ordered) - 1)]
    below, most = np.searchsorted(ordered, value, side="left"), np.searchsorted(ordered, value, side="right")
    return float(value - 1.0 + min(max((position - below) / (most - below), 0.0), 1.0))


@njit(cache=True)
def place_of(ordered: Floats, total: float, whole: bool) -> float:
    """Share of `ordered` at or below the `total` that `total_level` may return: its inverse within the sample."""
    if whole:
        value = np.ceil(total)
        below, most = np.searchsorted(ordered, value, side="left"), np.searchsorted(ordered, value, side="right")
        return float(below + (total - value + 1.0) * (most - below)) / len(ordered)
    after = np.searchsorted(ordered, total, side="right")
    if after == 0 or after == len(ordered):
        return float(after) / len(ordered)
    return float(after - 0.5 + (total - ordered[after - 1]) / (ordered[after] - ordered[after - 1])) / len(ordered)


@njit(cache=True)
def spread_of(total: float, unit: float) -> float:
    """Standard deviation of a `total` to be expected that comes in demands of the size `unit`, at random, and one more.

    Of a compound Poisson sum: the root of size times total. What errors of products of any size are compared by.
    """
    return float(np.sqrt(unit * (unit + total)))


@njit(cache=True)
def total_levels(
    values: Floats, starts: Ints, expected: Floats, origins: Ints, mean: Floats, whole: Bools, units: Floats,
    levels: Floats, moved: Floats, shifts: Floats, group: Ints, least: int,
) -> Floats:  # fmt: skip
    """(n, h, q) `total_level` of days 1 … h over the paths, plus `shifts` (groups, h, q) times the spread.

    Above 0 where the level `moved` (groups, h, q) is, and only there. NaN where a SKU has less than `least` paths.
    """
    n, horizon = mean.shape
    result = np.full((n, horizon, len(levels)), np.nan)
    samples = np.empty((horizon, len(origins)))
    path = np.empty(horizon)
    counts = np.zeros(horizon, dtype=np.int64)
    for row in range(n):
        counts[:] = 0
        level, total = level_of(mean[row]), 0.0
        for at in range(len(origins)):
            if origins[at] < starts[row]:
                break
            past, scale = expected[row, at], scale_of(level, level_of(expected[row, at]))
            days = path_after(values[row], past, mean[row], origins[at], values.shape[1] - 1, scale, path)
            running_totals(path[:days], whole[row])
            for step in range(days):
                samples[step, counts[step]] = path[step]
                counts[step] += 1
        for step in range(horizon):
            total += mean[row, step]
            if counts[step] >= least:
                ordered = put_in_order(samples[step, : counts[step]])
                tail, spread = tail_of(ordered), spread_of(total, units[row])
                for q in range(len(levels)):
                    value = total_level(ordered, tail, levels[q], whole[row]) + shifts[group[row], step, q] * spread
                    sells = total_level(ordered, tail, moved[group[row], step, q], whole[row]) > 0
                    result[row, step, q] = max(value, LEAST) if sells else min(value, 0.0)
    return result


@njit(cache=True)
def growths(starts: Ints, expected: Floats, origins: Ints, mean: Floats) -> tuple[Floats, Floats]:
    """How many times as much is expected as was on average before: now (n,), and from each origin (n, origins).

    1 where nothing was expected before, or nothing is known of it.
    """
    n, count = expected.shape[:2]
    now, then = np.ones(n), np.ones((n, count))
    for row in range(n):
        total, known = 0.0, 0
        for at in range(count - 1, -1, -1):
            level = level_of(expected[row, at])
            if origins[at] < starts[row] or not np.isfinite(level):
                continue
            if total > 0:
                then[row, at] = level * known / total
            total, known = total + level, known + 1
        if total > 0:
            now[row] = level_of(mean[row]) * known / total
    return now, then


@njit(cache=True)
def held_out_misses(
    values: Floats, starts: Ints, expected: Floats, origins: Ints, whole: Bools, units: Floats, held: Ints,
    lengths: Ints, levels: Floats, chance: Floats, least: int,
) -> tuple[Floats, Floats]:  # fmt: skip
    """(n, lengths, held, q) what came less what `total_level` said then, over the spread; and its rank `rank_of`.

    A miss is NaN where the level was 0 or less: what mostly sells nothing is told by its ranks (n, lengths, held).
    Where nothing came it is a spread or more: a quantile above 0 covers that however much is taken off.

    `held` (lengths, k) are places in `origins`, after which the days 1 … `lengths[i]` are added up; only errors of days
    up to that origin count. For whole pieces what came is D - 1 + `chance` (n, lengths, k). Of many paths every second
    or third is taken, as neighbours share most of their days. NaN with less than `least` paths.
    """
    misses = np.full((*chance.shape, len(levels)), np.nan)
    ranks = np.full(chance.shape, np.nan)
    sums, scales = np.empty(len(origins)), np.empty(len(origins))
    for row in range(values.shape[0]):
        for at in range(len(origins)):
            scales[at] = level_of(expected[row, at])
        for i in range(len(lengths)):
            for k in range(held.shape[1]):
                at, paths = held[i, k], 0
                if at < 0 or origins[at] < starts[row]:
                    continue
                now = origins[at]
                mean = np.maximum(expected[row, at, : lengths[i]], 0.0)
                for past in range(at + 1, len(origins), 1 + (len(origins) - at) // MOST_RANKED):
                    if origins[past] < starts[row]:
                        break
                    scale = scale_of(scales[at], scales[past])
                    total = total_after(values[row], expected[row, past], mean, origins[past], now, scale, whole[row])
                    if np.isfinite(total):
                        sums[paths] = total
                        paths += 1
                came = values[row, now + 1 : now + 1 + lengths[i]].sum()
                if paths >= least and np.isfinite(came):
                    ordered = put_in_order(sums[:paths])
                    tail, spread = tail_of(ordered), spread_of(mean.sum(), units[row])
                    ranks[row, i, k] = rank_of(ordered, came, whole[row], chance[row, i, k])
                    came -= whole[row] * (1.0 - chance[row, i, k])
                    for q in range(len(levels)):
                        value = total_level(ordered, tail, levels[q], whole[row])
                        if value > 0:
                            miss = (came - value) / spread
                            misses[row, i, k, q] = miss if came > 0 else min(miss, -1.0)
    return misses, ranks


@njit(cache=True)
def chosen_paths(
    values: Floats, starts: Ints, expected: Floats, origins: Ints, mean: Floats, whole: Bools, totals: Floats,
    least: int,
) -> Floats:  # fmt: skip
    """(n, paths, h) demand of each day of the paths whose totals are nearest to `totals` (n, paths).

    Only origins whose h days are all known count; NaN where a SKU has less than `least` of them.
    """
    n, horizon = mean.shape
    result = np.full((n, totals.shape[1], horizon), np.nan)
    paths = np.empty((len(origins), horizon))
    for row in range(n):
        count, level = 0, level_of(mean[row])
        for at in range(len(origins)):
            if origins[at] < starts[row]:
                break
            path, past = paths[count], expected[row, at]
            scale = scale_of(level, level_of(past))
            days = path_after(values[row], past, mean[row], origins[at], values.shape[1] - 1, scale, path)
            if days == horizon:
                running_totals(path, whole[row])
                count += 1
        if count >= least:
            order = np.argsort(paths[:count, horizon - 1], kind="mergesort")
            ordered = paths[:count, horizon - 1][order]
            for k in range(totals.shape[1]):
                place = place_of(ordered, totals[row, k], whole[row])
                path = paths[order[min(max(int(place * count), 0), count - 1)]]
                result[row, k, 0] = path[0]
                for day in range(1, horizon):
                    result[row, k, day] = path[day] - path[day - 1]
    return result
