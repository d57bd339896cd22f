"""Totals of the coming days: their quantiles, those of past ones, and the paths behind them, over many SKUs.

Shapes as in `kernels.paths`.
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
def total_levels(
    values: Floats, starts: Ints, expected: Floats, origins: Ints, mean: Floats, whole: Bools, levels: Floats,
    moved: Floats, group: Ints, least: int,
) -> tuple[Floats, Floats, Bools]:  # fmt: skip
    """(n, h, q) `total_level` of days 1 … h over the paths, their medians (n, h), and whether anything sells.

    The latter tells whether the level `moved` (groups, h, q) is above 0. NaN where a SKU has less than `least` paths.
    """
    n, horizon = mean.shape
    result, medians = np.full((n, horizon, len(levels)), np.nan), np.full((n, horizon), np.nan)
    sells = np.zeros(result.shape, dtype=np.bool_)
    samples = np.empty((horizon, len(origins)))
    path = np.empty(horizon)
    counts = np.zeros(horizon, dtype=np.int64)
    for row in range(n):
        counts[:] = 0
        level = level_of(mean[row])
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
            if counts[step] >= least:
                ordered = put_in_order(samples[step, : counts[step]])
                tail = tail_of(ordered)
                medians[row, step] = total_level(ordered, tail, 0.5, whole[row])
                for q in range(len(levels)):
                    result[row, step, q] = total_level(ordered, tail, levels[q], whole[row])
                    sells[row, step, q] = total_level(ordered, tail, moved[group[row], step, q], whole[row]) > 0
    return result, medians, sells


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
def totals_before(
    values: Floats, expected: Floats, origins: Ints, first: int, at: int, mean: Floats, levels: Floats, whole: bool,
    sums: Floats,
) -> int:  # fmt: skip
    """Fill `sums` with the totals that paths known at the origin number `at` would have had; how many.

    Only errors of days up to that origin count, of origins from column `first` on; `levels` (origins,) are what was
    expected in all. Of many paths every second or third is taken, as neighbours share most of their days.
    """
    count = 0
    for past in range(at + 1, len(origins), 1 + (len(origins) - at) // MOST_RANKED):
        if origins[past] < first:
            break
        scale = scale_of(levels[at], levels[past])
        total = total_after(values, expected[past], mean, origins[past], origins[at], scale, whole)
        if np.isfinite(total):
            sums[count] = total
            count += 1
    return count


@njit(cache=True)
def held_out_levels(
    values: Floats, starts: Ints, expected: Floats, origins: Ints, whole: Bools, held: Ints, lengths: Ints,
    levels: Floats, chance: Floats, least: int,
) -> tuple[Floats, Floats, Floats, Floats]:  # fmt: skip
    """(n, lengths, held, q) what `total_level` said then; (n, lengths, held) its medians, what came and its ranks.

    `held` (lengths, k) are places in `origins`, after which the days 1 … `lengths[i]` are added up. Ranks are those of
    `rank_of`, randomised by `chance` (n, lengths, k). NaN with less than `least` paths, or where a day is missing.
    """
    own = np.full((*chance.shape, len(levels)), np.nan)
    medians, outcome, ranks = (
        np.full(chance.shape, np.nan),
        np.full(chance.shape, np.nan),
        np.full(chance.shape, np.nan),
    )
    sums, expects = np.empty(len(origins)), np.empty(len(origins))
    for row in range(values.shape[0]):
        for at in range(len(origins)):
            expects[at] = level_of(expected[row, at])
        for i in range(len(lengths)):
            for k in range(held.shape[1]):
                at = held[i, k]
                if at < 0 or origins[at] < starts[row]:
                    continue
                mean = np.maximum(expected[row, at, : lengths[i]], 0.0)
                count = totals_before(
                    values[row], expected[row], origins, starts[row], at, mean, expects, whole[row], sums
                )  # fmt: skip
                came = values[row, origins[at] + 1 : origins[at] + 1 + lengths[i]].sum()
                if count >= least and np.isfinite(came):
                    ordered = put_in_order(sums[:count])
                    tail = tail_of(ordered)
                    medians[row, i, k], outcome[row, i, k] = total_level(ordered, tail, 0.5, whole[row]), came
                    ranks[row, i, k] = rank_of(ordered, came, whole[row], chance[row, i, k])
                    for q in range(len(levels)):
                        own[row, i, k, q] = total_level(ordered, tail, levels[q], whole[row])
    return own, medians, outcome, ranks


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
