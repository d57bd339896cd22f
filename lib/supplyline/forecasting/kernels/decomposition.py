"""Seasons too long for a model to carry, compiled: trend and season estimated in turn, as STL does, in passes over n.

Cleveland, Cleveland, McRae and Terpenning, STL: a seasonal-trend decomposition procedure based on loess, 1990, is the
idea; here the trend is a moving average around a line and the season is the same in every cycle. A season seen only a
few times is smoothed over its neighbours by as much as generalised cross-validation (Craven and Wahba 1979) asks for.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.arrays import Bools, Floats, Ints
from supplyline.forecasting.kernels.seasonal import moving_average, phase_means

ROUNDS = 2
WIDTHS = np.array([0, 1, 2, 4, 8, 16], dtype=np.int64)
LEAST_FACTOR = 0.01


@njit(cache=True)
def smooth_shape(left: Floats, m: int, neutral: float, shape: Floats) -> None:
    """The season by phase t mod m of a series without trend, smoothed around the cycle; all `neutral` if that is best.

    The score of a smoother is its squared error over (1 - its parameters / days)², its parameters the trace of the hat
    matrix; weights are Cleveland's tricube.
    """
    totals, counts, trial = np.empty(m), np.empty(m), np.empty(m)
    phase_means(left, m, neutral, totals, counts)
    known, least = 0.0, 0.0
    for t in range(left.size):
        if left[t] == left[t]:
            known += 1.0
            least += (left[t] - neutral) ** 2
    least /= max(known, 1.0)
    shape[:] = neutral
    for width in WIDTHS:
        if 2 * width >= m:
            break
        trace = 0.0
        for k in range(m):
            total, weight = 0.0, 0.0
            for j in range(-width, width + 1):
                own = (1.0 - abs(j / (width + 1.0)) ** 3) ** 3
                total += own * totals[(k + j) % m]
                weight += own * counts[(k + j) % m]
            trial[k] = total / weight
            trace += counts[k] / weight
        score = 0.0
        for t in range(left.size):
            if left[t] == left[t]:
                score += (left[t] - trial[t % m]) ** 2
        free = 1.0 - trace / max(known, 1.0)
        if free > 0.0 and score / max(known, 1.0) / (free * free) < least:
            least = score / max(known, 1.0) / (free * free)
            shape[:] = trial


@njit(cache=True)
def line_through(y: Floats) -> tuple[float, float]:
    """Value on day 0 and slope of the least-squares line through the days known."""
    n, st, sy, stt, sty = 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(y.size):
        if y[t] == y[t]:
            n, st, sy, stt, sty = n + 1.0, st + t, sy + y[t], stt + t * t, sty + t * y[t]
    below = n * stt - st * st
    slope = (n * sty - st * sy) / below if below > 0.0 else 0.0
    return (sy - slope * st) / max(n, 1.0), slope


@njit(cache=True)
def smooth_trend(y: Floats, m: int, trend: Floats) -> None:
    """A line plus the mean of what deviates from it within half a cycle, fewer days at both ends."""
    start, slope = line_through(y)
    n, half = y.size, m // 2
    sums, counts = np.zeros(n + 1), np.zeros(n + 1)
    for t in range(n):
        known = y[t] == y[t]
        sums[t + 1] = sums[t] + (y[t] - start - slope * t if known else 0.0)
        counts[t + 1] = counts[t] + known
    for t in range(n):
        low, high = max(t - half, 0), min(t + half + 1, n)
        days = counts[high] - counts[low]
        trend[t] = start + slope * t + ((sums[high] - sums[low]) / days if days > 0.0 else 0.0)


@njit(cache=True)
def long_season(y: Floats, m: int, multiplicative: bool, shape: Floats) -> None:
    """The season of one cycle (m) into `shape`, of mean 1 or 0; neutral for a history of less than two cycles."""
    neutral = 1.0 if multiplicative else 0.0
    shape[:] = neutral
    if y.size < 2 * m or m < 2:
        return
    trend, left = np.empty(y.size), np.empty(y.size)
    moving_average(y, m, trend)
    for turn in range(ROUNDS + 1):
        if turn > 0:
            for t in range(y.size):
                left[t] = y[t] / shape[t % m] if multiplicative else y[t] - shape[t % m]
            smooth_trend(left, m, trend)
        for t in range(y.size):
            if multiplicative:
                left[t] = y[t] / trend[t] if trend[t] > 0.0 else np.nan
            else:
                left[t] = y[t] - trend[t]
        smooth_shape(left, m, neutral, shape)
        mean = np.sum(shape) / m
        for k in range(m):
            shape[k] = max(shape[k] / mean, LEAST_FACTOR) if multiplicative else shape[k] - mean


@njit(cache=True)
def adjust_panel(values: Floats, starts: Ints, cycles: Ints, adjusted: Floats, shapes: Floats) -> Bools:
    """Panel without its seasons into `adjusted`, the seasons by phase since the start into `shapes` (n, sum of cycles).

    Shorter cycles first, then each again without the others. Seasons multiply (n, returned) where every day known is
    positive, else they add.
    """
    multiply = np.ones(values.shape[0], dtype=np.bool_)
    for i in range(values.shape[0]):
        first = min(starts[i], values.shape[1])
        y = adjusted[i, first:]
        for value in values[i, first:]:
            multiply[i] &= not value <= 0.0
        shapes[i] = 1.0 if multiply[i] else 0.0
        for _ in range(ROUNDS if cycles.size > 1 else 1):
            at = 0
            for m in cycles:
                rest = values[i, first:].copy()
                take_out(rest, cycles, shapes[i], multiply[i], at)
                long_season(rest, m, multiply[i], shapes[i, at : at + m])
                at += m
        y[:] = values[i, first:]
        take_out(y, cycles, shapes[i], multiply[i], -1)
    return multiply


@njit(cache=True)
def take_out(y: Floats, cycles: Ints, shape: Floats, multiplicative: bool, kept: int) -> None:
    """Removes the seasons from y, but for the one that begins at `kept` in `shape`."""
    at = 0
    for m in cycles:
        for t in range(y.size if at != kept else 0):
            if multiplicative:
                y[t] /= shape[at + t % m]
            else:
                y[t] -= shape[at + t % m]
        at += m


@njit(cache=True)
def put_back(
    expected: Floats, starts: Ints, cycles: Ints, shapes: Floats, multiply: Bools, origins: Ints
) -> None:  # fmt: skip
    """Seasons of the days after each origin onto `expected` (n, origins, horizon), in place."""
    for i in range(expected.shape[0]):
        for j in range(origins.size):
            for h in range(expected.shape[2]):
                at, day = 0, origins[j] + 1 + h - starts[i]
                for m in cycles:
                    if multiply[i]:
                        expected[i, j, h] *= shapes[i, at + day % m]
                    else:
                        expected[i, j, h] += shapes[i, at + day % m]
                    at += m
