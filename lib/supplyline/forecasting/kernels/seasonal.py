"""Classical decomposition, compiled: a centred moving average, and the mean of what is left by phase of the season.

Hyndman and Athanasopoulos, Forecasting: principles and practice, 3.4. NaN is a missing day and counts nowhere.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from supplyline.forecasting.arrays import Floats, Ints

NINETY = 1.6448536269514722
LEAST_CYCLE = 4
LEAST_FACTOR = 0.01
SHRINKAGE_DEMANDS = 1.0
LARGEST_SHARE = 0.9


@njit(cache=True)
def sizes(y: Floats) -> tuple[float, float, int]:
    """Mean absolute value (1 where all is 0), mean, and number of the days known."""
    size, total, count = 0.0, 0.0, 0
    for value in y:
        if value == value:
            size += abs(value)
            total += value
            count += 1
    return (size / count if size > 0.0 else 1.0), total / max(count, 1), count


@njit(cache=True, fastmath={"reassoc", "contract"})
def lagged(gaps: Floats, lag: int) -> float:
    """Sum of products of values `lag` days apart."""
    total = 0.0
    for t in range(lag, gaps.size):
        total += gaps[t] * gaps[t - lag]
    return total


@njit(cache=True)
def is_seasonal(y: Floats, m: int) -> bool:
    """The test of the M3 Theta method: autocorrelation at lag m beyond 1.645 standard errors (Bartlett's).

    False for cycles below 4 and for less than two of them.
    """
    if m < LEAST_CYCLE or y.size < 2 * m:
        return False
    _, mean, count = sizes(y)
    gaps = np.empty(y.size)
    for t in range(y.size):
        gaps[t] = y[t] - mean if y[t] == y[t] else 0.0
    variance = lagged(gaps, 0)
    if not variance > 0.0:
        return False
    earlier = 0.0
    for lag in range(1, m):
        earlier += (lagged(gaps, lag) / variance) ** 2
    return abs(lagged(gaps, m) / variance) > NINETY * math.sqrt((1.0 + 2.0 * earlier) / count)


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
    for t in range(y.size):
        trend[t] = y[t] / trend[t] if multiplicative else y[t] - trend[t]
    phase_means(trend, m, 1.0 if multiplicative else 0.0, shape, counts)
    mean = 0.0
    for k in range(m):
        shape[k] /= counts[k]
        mean += shape[k] / m
    for k in range(m):
        shape[k] = shape[k] / mean if multiplicative else shape[k] - mean


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


@njit(cache=True)
def cap_of(y: Floats) -> float:
    """90 % quantile of the days with demand; infinite where there is none."""
    positive, count = np.empty(y.size), 0
    for value in y:
        if value > 0.0:
            positive[count] = value
            count += 1
    if count == 0:
        return np.inf
    at = math.ceil(LARGEST_SHARE * count) - 1
    return float(np.partition(positive[:count], at)[at])


@njit(cache=True)
def week_factors(values: Floats, starts: Ints, m: int) -> Floats:
    """(n, m) mean demand by days before the end mod m, over the mean of all; see `seasonality.seasonal_factors`."""
    n, days = values.shape
    factors = np.ones((n, m))
    totals, counts = np.empty(m), np.empty(m)
    for i in range(n):
        y = values[i, min(starts[i], days) :]
        cap, demands = cap_of(y), 0
        totals[:] = 0.0
        counts[:] = 0.0
        for t in range(y.size):
            if y[t] == y[t]:
                phase = (y.size - 1 - t) % m
                totals[phase] += min(y[t], cap)
                counts[phase] += 1.0
                demands += y[t] > 0.0
        size = np.sum(totals) / max(demands, 1)
        average = 0.0
        for k in range(m):
            factors[i, k] = (totals[k] + SHRINKAGE_DEMANDS * size) / max(counts[k], 1.0)
            average += factors[i, k] / m
        for k in range(m):
            factors[i, k] = factors[i, k] / average if average > 0.0 else 1.0
    return factors
