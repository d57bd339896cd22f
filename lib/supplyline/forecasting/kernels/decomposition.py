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
def smoothed_around(totals: Floats, counts: Floats, base: Floats, width: int, trial: Floats) -> float:
    """`trial` (m): `base` plus what the sums have beside it, smoothed around the cycle; returns the trace of the hat.

    Weights are Cleveland's tricube.
    """
    m, trace = trial.size, 0.0
    for k in range(m):
        total, weight = 0.0, 0.0
        for j in range(-width, width + 1):
            at = (k + j) % m
            own = (1.0 - abs(j / (width + 1.0)) ** 3) ** 3
            total += own * (totals[at] - counts[at] * base[at])
            weight += own * counts[at]
        trial[k] = total / weight + base[k]
        trace += counts[k] / weight
    return trace


@njit(cache=True)
def validation_error(left: Floats, trial: Floats, trace: float, known: float) -> float:
    """Generalised cross-validation: squared error of the season over (1 - its parameters / days)²."""
    free = 1.0 - trace / known
    if not free > 0.0:
        return np.inf
    score = 0.0
    for t in range(left.size):
        if left[t] == left[t]:
            score += (left[t] - trial[t % trial.size]) ** 2
    return score / known / (free * free)


@njit(cache=True)
def block_means(totals: Floats, counts: Floats, block: int, base: Floats) -> float:
    """`base` (m): the mean of each `block` of the cycle, such as each day of an hourly week; returns how many."""
    for first in range(0, base.size, block):
        part = slice(first, min(first + block, base.size))
        base[part] = np.sum(totals[part]) / np.sum(counts[part])
    return np.ceil(base.size / block)


@njit(cache=True)
def smooth_shape(left: Floats, m: int, neutral: float, block: int, shape: Floats) -> None:
    """The season by phase t mod m of a series without trend: all `neutral`, or as smooth around the cycle as is best.

    With a `block`, the length of a shorter season that m is a multiple of, also the mean of each block, and that plus
    what is smooth beside it. The best has the least error by generalised cross-validation.
    """
    totals, counts, trial, base = np.empty(m), np.empty(m), np.empty(m), np.zeros(m)
    phase_means(left, m, neutral, totals, counts)
    known, least = 0.0, 0.0
    for t in range(left.size):
        if left[t] == left[t]:
            known += 1.0
            least += (left[t] - neutral) ** 2
    known = max(known, 1.0)
    least /= known
    shape[:] = neutral
    for blocks in range(2 if block > 1 else 1):
        already = 0.0
        if blocks > 0:
            already = block_means(totals, counts, block, base)
            score = validation_error(left, base, already, known)
            if score < least:
                least = score
                shape[:] = base
        for width in WIDTHS:
            if 2 * width >= m:
                break
            trace = already + smoothed_around(totals, counts, base, width, trial)
            score = validation_error(left, trial, trace, known)
            if score < least:
                least = score
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
def long_season(y: Floats, m: int, multiplicative: bool, block: int, shape: Floats) -> None:
    """The season of one cycle (m) into `shape`, of mean 1 or 0; neutral for a history of less than two cycles.

    `block` as in `smooth_shape`.
    """
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
        smooth_shape(left, m, neutral, block, shape)
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
            at, block = 0, 0
            for m in cycles:
                rest = values[i, first:].copy()
                take_out(rest, cycles, shapes[i], multiply[i], at)
                long_season(rest, m, multiply[i], block if block > 0 and m % block == 0 else 0, shapes[i, at : at + m])
                at, block = at + m, m
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
