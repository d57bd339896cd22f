"""Paths of demand made of past errors: running totals, the quantiles of a sample and the ranks in it.

Shapes: `values` (n, days) is the history; `expected` (n, origins, h) what was forecast from the columns `origins`,
latest first, NaN where nothing was; `starts` (n,) the first origin of each SKU that counts; `mean` (n, h) what comes.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.arrays import Floats

TAIL_FROM = 0.9
LARGEST_LEVEL = 0.9995
LARGEST_RATIO = 6.0
LARGEST_GROWTH = 2.0
ROUNDING = 1e-9
SHORT = 64


@njit(cache=True)
def sample_quantile(ordered: Floats, level: float) -> float:
    """Quantile of `ordered`, rising: position p (count + 1), held within the sample.

    Definition 6 of Hyndman and Fan, Sample quantiles in statistical packages, The American Statistician 50, 1996.
    """
    count = len(ordered)
    position = min(max(level * (count + 1) - 1.0, 0.0), count - 1.0)
    below = int(position)
    above = min(below + 1, count - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


@njit(cache=True)
def put_in_order(sample: Floats) -> Floats:
    """The sample, rising: in place, one after the other, where it is short. Half the time of `np.sort` at 52 values."""
    if len(sample) > SHORT:
        return np.sort(sample)
    for at in range(1, len(sample)):
        value, place = sample[at], at
        while place > 0 and sample[place - 1] > value:
            sample[place] = sample[place - 1]
            place -= 1
        sample[place] = value
    return sample


@njit(cache=True)
def tail_of(ordered: Floats) -> tuple[float, float, float]:
    """Where the upper tail begins (the last value at or below the 90 % quantile), its level, and the mean excess above.

    The tail is taken as exponential: sums of many days seldom repeat, so that a sample knows little of its last
    percents and nothing of what lies beyond its largest (peaks over threshold: Embrechts, Klüppelberg and Mikosch,
    Modelling Extremal Events, 1997, 6.5, with shape 0).
    """
    at = max(int(TAIL_FROM * (len(ordered) + 1)) - 1, 0)
    above = ordered[at + 1 :] - ordered[at]
    return ordered[at], (at + 1.0) / (len(ordered) + 1.0), above.sum() / max(len(above), 1)


@njit(cache=True)
def path_quantile(ordered: Floats, tail: tuple[float, float, float], level: float, whole: bool) -> float:
    """Quantile of `ordered`, from the `tail` where that has begun; of whole pieces the next whole number up."""
    if level <= tail[1]:
        value = sample_quantile(ordered, level)
    else:
        value = tail[0] + tail[2] * np.log((1.0 - tail[1]) / (1.0 - min(level, LARGEST_LEVEL)))
    return np.ceil(value - ROUNDING) + 0.0 if whole else value


@njit(cache=True)
def share_of(sample: Floats, demand: float, strictly: bool) -> float:
    """Probability of no more than `demand` (of less, if strictly): the inverse of `path_quantile`.

    The sample may come in any order, and is put in order only where `demand` is in the tail.
    """
    below, count = 0, len(sample)
    most = int(TAIL_FROM * (count + 1))
    for value in sample:
        below += value < demand
    if below >= max(most, 1):
        first, level, excess = tail_of(put_in_order(sample.copy()))
        beyond = (demand - first) / excess if excess > 0 else np.inf
        return float(1.0 - (1.0 - level) * np.exp(-beyond))
    if not strictly:
        below = 0
        for value in sample:
            below += value <= demand
    return float(min(below + 0.5, max(most, 1.0)) / (count + 1.0))


@njit(cache=True)
def rank_of(sample: Floats, demand: float, whole: bool, chance: float) -> float:
    """F(D -) + chance (F(D) - F(D -)) of `demand` in the sample; for whole pieces D - is D - 1."""
    below = 0.0
    if demand > 0:
        below = share_of(sample, demand - 1.0, False) if whole else share_of(sample, demand, True)
    return below + chance * (share_of(sample, demand, False) - below)


@njit(cache=True)
def running_totals(steps: Floats, whole: bool) -> None:
    """Steps (h,) become running totals in place: never falling, whole if asked.

    A step below 0 is no demand, and what it lacked is taken off the steps after it, so that totals stay unbiased.
    """
    total, highest = 0.0, 0.0
    for day in range(len(steps)):
        total += steps[day]
        highest = max(highest, total)
        steps[day] = np.floor(highest + 0.5) if whole else highest


@njit(cache=True)
def level_of(expected: Floats) -> float:
    """What a forecast (h,) expects in all, no day below 0."""
    total = 0.0
    for value in expected:
        total += max(value, 0.0)
    return total


@njit(cache=True)
def ratio_of(now: float, then: float) -> float:
    """How many times as much is expected `now` as was `then`: between a sixth and six times, 1 for none of both."""
    if not then > 0.0:
        return LARGEST_RATIO if now > 0.0 else 1.0
    return min(max(now / then, 1.0 / LARGEST_RATIO), LARGEST_RATIO)


@njit(cache=True)
def scale_of(now: float, then: float) -> float:
    """What an error of a time that expected `then` counts for now: the root of the ratio, of twice as much at most.

    What sells half as much as then errs by less, not by half. But a product that took off had its largest errors when
    nothing was expected of it: more than the root of two made the highest quantiles of the shop's sums 5 to 15 % worse
    (pinball loss at 95 and 98 %, from three days of 2010 and January 2011) and covered no better.
    """
    return float(np.sqrt(min(ratio_of(now, then), LARGEST_GROWTH)))


@njit(cache=True)
def path_after(
    values: Floats, expected: Floats, mean: Floats, origin: int, until: int, scale: float, path: Floats
) -> int:  # fmt: skip
    """Fill `path` (h,) with `mean` plus `scale` times the errors after `origin`, up to column `until`; how many days.

    A missing day, or one that nothing was expected of, ends the path.
    """
    days = min(len(mean), until - origin)
    for step in range(days):
        path[step] = mean[step] + scale * (values[origin + 1 + step] - max(expected[step], 0.0))
        if not np.isfinite(path[step]):
            return step
    return days


@njit(cache=True)
def total_after(
    values: Floats, expected: Floats, mean: Floats, origin: int, until: int, scale: float, whole: bool
) -> float:  # fmt: skip
    """The last of the `running_totals` of `path_after`; NaN where the path ends before `mean` does."""
    if until - origin < len(mean):
        return np.nan
    total, highest = 0.0, 0.0
    for step in range(len(mean)):
        total += mean[step] + scale * (values[origin + 1 + step] - max(expected[step], 0.0))
        highest = max(highest, total)
    if not np.isfinite(total):
        return np.nan
    return float(np.floor(highest + 0.5)) if whole else highest
