"""Classical decomposition, compiled: a centred moving average, and the mean of what is left by phase of the season.

Hyndman and Athanasopoulos, Forecasting: principles and practice, 3.4. NaN is a missing day and counts nowhere.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from supplyline.forecasting.arrays import Floats

NINETY = 1.6448536269514722
LEAST_CYCLE = 4
LEAST_FACTOR = 0.01


@njit(cache=True)
def is_seasonal(y: Floats, m: int) -> bool:
    """The test of the M3 Theta method: autocorrelation at lag m beyond 1.645 standard errors (Bartlett's).

    False for cycles below 4 and for less than two of them.
    """
    if m < LEAST_CYCLE or y.size < 2 * m:
        return False
    mean, count = 0.0, 0
    for value in y:
        if value == value:
            mean += value
            count += 1
    gaps = np.where(np.isnan(y), 0.0, y - mean / max(count, 1))
    variance = np.sum(gaps * gaps)
    if not variance > 0.0:
        return False
    earlier = 0.0
    for lag in range(1, m):
        r = np.sum(gaps[lag:] * gaps[: y.size - lag]) / variance
        earlier += r * r
    last = np.sum(gaps[m:] * gaps[: y.size - m]) / variance
    return abs(last) > NINETY * math.sqrt((1.0 + 2.0 * earlier) / count)


@njit(cache=True)
def moving_average(y: Floats, m: int, trend: Floats) -> None:
    """Centred average over a cycle, both ends at half weight where m is even; NaN within half a cycle of an end."""
    trend[:] = np.nan
    half, total, weight = m // 2, 0.0, 0.0
    for t in range(min(m, y.size)):
        if y[t] == y[t]:
            total += y[t]
            weight += 1.0
    # The sum over m days from t - half on; where m is even, the first of them counts half and the day after them too.
    for t in range(half, y.size - half):
        first, after = y[t - half], y[t + half]
        whole, part = total, weight
        if m % 2 == 0:
            if first == first:
                whole, part = whole - 0.5 * first, part - 0.5
            if after == after:
                whole, part = whole + 0.5 * after, part + 0.5
        if part > 0.0:
            trend[t] = whole / part
        new = t - half + m
        if first == first:
            total, weight = total - first, weight - 1.0
        if new < y.size and y[new] == y[new]:
            total, weight = total + y[new], weight + 1.0


@njit(cache=True)
def phase_means(detrended: Floats, m: int, neutral: float, totals: Floats, counts: Floats) -> None:
    """Sums and counts of the days known by phase t mod m."""
    totals[:] = 0.0
    counts[:] = 0.0
    for t in range(detrended.size):
        if detrended[t] == detrended[t]:
            totals[t % m] += detrended[t]
            counts[t % m] += 1.0
    for k in range(m):
        if counts[k] == 0.0:
            totals[k], counts[k] = neutral, 1.0


@njit(cache=True)
def classical(y: Floats, m: int, multiplicative: bool, shape: Floats) -> None:
    """The season by phase (m) into `shape`: factors of mean 1, or additions of mean 0."""
    trend, counts = np.empty(y.size), np.empty(m)
    moving_average(y, m, trend)
    left = y / trend if multiplicative else y - trend
    phase_means(left, m, 1.0 if multiplicative else 0.0, shape, counts)
    shape /= counts
    if multiplicative:
        shape /= shape.mean()
    else:
        shape -= shape.mean()


@njit(cache=True)
def seasonal_adjustment(y: Floats, m: int, shape: Floats, adjusted: Floats) -> bool:
    """The season by phase (m) where the test finds one, else none; `adjusted` (n) without it; whether it multiplies.

    Factors, unless a day is not positive or a factor falls below 0.01.
    """
    multiplicative = True
    for value in y:
        multiplicative &= not value <= 0.0
    if not is_seasonal(y, m):
        shape[:] = 1.0
        adjusted[:] = y
        return True
    classical(y, m, multiplicative, shape)
    if multiplicative and shape.min() < LEAST_FACTOR:
        multiplicative = False
        classical(y, m, multiplicative, shape)
    for t in range(y.size):
        adjusted[t] = y[t] / shape[t % m] if multiplicative else y[t] - shape[t % m]
    return multiplicative
