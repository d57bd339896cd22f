"""Paths of demand from past errors, and quantiles of their running totals, over many SKUs."""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.panel import Floats, Ints


@njit(cache=True)
def sorted_quantile(ordered: Floats, count: int, level: float) -> float:
    """Quantile of the first `count` of `ordered`, rising: position p (count + 1), held within the sample."""
    position = min(max(level * (count + 1) - 1.0, 0.0), count - 1.0)
    below = int(position)
    above = min(below + 1, count - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


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
def trajectory_totals(values: Floats, expected: Floats, mean: Floats, origin: int, whole: bool, totals: Floats) -> int:
    """Fill `totals` (h,) with the path that the errors after one past origin make of `mean` (h,); days that it has.

    `values` (days,) is the history, `expected` (h,) what was forecast from the origin. A missing day ends the path.
    """
    days = min(len(mean), len(values) - 1 - origin)
    for step in range(days):
        totals[step] = mean[step] + values[origin + 1 + step] - max(expected[step], 0.0)
        if not np.isfinite(totals[step]):
            days = step
            break
    running_totals(totals[:days], whole)
    return days


@njit(cache=True)
def total_quantiles(
    values: Floats, starts: Ints, expected: Floats, origins: Ints, mean: Floats, whole: Ints, levels: Floats, least: int
) -> Floats:
    """(n, h, q) quantiles of the demand of days 1 … h, over the paths of the past origins; NaN with less than `least`.

    `values` (n, days), `expected` (n, origins, h) forecasts from the columns `origins`, `mean` (n, h) of what comes.
    An origin before a SKU's start is left out.
    """
    n, horizon = mean.shape
    result = np.full((n, horizon, len(levels)), np.nan)
    samples = np.empty((horizon, len(origins)))
    totals = np.empty(horizon)
    counts = np.zeros(horizon, dtype=np.int64)
    for row in range(n):
        counts[:] = 0
        for at in range(len(origins)):
            if origins[at] < starts[row]:
                continue
            days = trajectory_totals(values[row], expected[row, at], mean[row], origins[at], whole[row] > 0, totals)
            for step in range(days):
                samples[step, counts[step]] = totals[step]
                counts[step] += 1
        for step in range(horizon):
            if counts[step] >= least:
                ordered = np.sort(samples[step, : counts[step]])
                for level in range(len(levels)):
                    result[row, step, level] = sorted_quantile(ordered, counts[step], levels[level])
    return result
