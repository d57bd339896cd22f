"""Quantiles of single days out of past errors, and the ranks of what came among them, over many SKUs.

Shapes as in `kernels.paths`. An error is taken as many times as large as what is expected now is of what was expected
then: a day without demand stays one, where error and mean added up would make a little demand of it.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.arrays import Bools, Floats, Ints
from supplyline.forecasting.kernels.paths import level_of, path_quantile, put_in_order, rank_of, ratio_of, tail_of


@njit(cache=True)
def past_days(
    values: Floats, expected: Floats, origins: Ints, taken: Bools, ratios: Floats, first: int, until: int, step: int,
    mean: float, whole: bool, sample: Floats,
) -> int:  # fmt: skip
    """Fill `sample` with the demand of the day `step` after each origin `taken`, as if `mean` were expected; how many.

    Only origins from column `first` on, and days up to the column `until`; `ratios` are those of `ratio_of`.
    """
    count = 0
    for at in range(len(origins)):
        if origins[at] < first:
            break
        day = origins[at] + 1 + step
        if taken[at] and day <= until:
            demand = mean + (values[day] - max(expected[at, step], 0.0)) * ratios[at]
            if np.isfinite(demand):
                sample[count] = np.floor(max(demand, 0.0) + 0.5) if whole else max(demand, 0.0)
                count += 1
    return count


@njit(cache=True)
def day_quantiles(
    values: Floats, starts: Ints, expected: Floats, origins: Ints, aligned: Bools, mean: Floats, whole: Bools,
    levels: Floats, group: Ints, least: int, enough: int,
) -> Floats:  # fmt: skip
    """(n, h, q) quantiles of each day's demand; NaN for a day of which less than `least` were forecast before.

    From the origins `aligned`, a whole number of seasons back, and from all where fewer than `enough` of these count.
    `levels` (groups, h, q) are the levels wanted of the SKUs of each `group` (n,).
    """
    n, horizon = mean.shape
    result = np.full((n, horizon, levels.shape[2]), np.nan)
    sample, ratios, everyone = np.empty(len(origins)), np.empty(len(origins)), np.ones(len(origins), dtype=np.bool_)
    until = values.shape[1] - 1
    for row in range(n):
        level = level_of(mean[row])
        for at in range(len(origins)):
            ratios[at] = ratio_of(level, level_of(expected[row, at]))
        for step in range(horizon):
            count = past_days(
                values[row], expected[row], origins, aligned, ratios, starts[row], until, step, mean[row, step],
                whole[row], sample,
            )  # fmt: skip
            if count < enough:
                count = past_days(
                    values[row], expected[row], origins, everyone, ratios, starts[row], until, step, mean[row, step],
                    whole[row], sample,
                )  # fmt: skip
            if count >= least:
                ordered = put_in_order(sample[:count])
                tail = tail_of(ordered)
                for q in range(levels.shape[2]):
                    result[row, step, q] = path_quantile(ordered, tail, levels[group[row], step, q], whole[row])
    return result


@njit(cache=True)
def day_ranks(
    values: Floats, starts: Ints, expected: Floats, origins: Ints, aligned: Bools, held: Ints, whole: Bools,
    chance: Floats, least: int,
) -> Floats:  # fmt: skip
    """(n, held, h) randomised rank of each day after the origins `held` (places) among the days forecast before.

    Uniform, as `chance` is, if the forecasts are right; NaN with less than `least` days, and where none had demand.
    """
    ranks = np.full(chance.shape, np.nan)
    sample, levels, ratios = np.empty(len(origins)), np.empty(len(origins)), np.empty(len(origins))
    for row in range(values.shape[0]):
        for at in range(len(origins)):
            levels[at] = level_of(expected[row, at])
        for k in range(len(held)):
            now = origins[held[k]]
            if now < starts[row]:
                break
            earlier = slice(held[k] + 1, len(origins))
            for at in range(held[k] + 1, len(origins)):
                ratios[at] = ratio_of(levels[held[k]], levels[at])
            for step in range(min(expected.shape[2], values.shape[1] - 1 - now)):
                came, mean = values[row, now + 1 + step], max(expected[row, held[k], step], 0.0)
                count = past_days(
                    values[row], expected[row, earlier], origins[earlier], aligned[earlier], ratios[earlier],
                    starts[row], now, step, mean, whole[row], sample,
                )  # fmt: skip
                known = sample[:count]
                if count >= least and known.max() > 0 and np.isfinite(came) and np.isfinite(mean):
                    ranks[row, k, step] = rank_of(known, came, whole[row], chance[row, k, step])
    return ranks
