"""The Theta models as state space models, compiled: exact in level and theta, a search in one dimension over alpha.

Fiorucci, Pellegrini, Louzada, Petropoulos and Koehler, Models for optimising the theta method, IJF 32, 2016:

    forecast of day t:  l_{t-1} + (1 - 1/theta) (A_{t-1} k^(t-1) + B_{t-1} (1 - k^t) / alpha),  k = 1 - alpha
    l_t = alpha y_t + k l_{t-1}

A + B t is the least-squares line through all days (standard and optimised Theta) or through those before (dynamic). For
a given alpha the errors are linear in the first level and in c = 1 - 1/theta, which least squares gives exactly.
A missing day (NaN) is left out, as if the days before and after it were neighbours.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.arrays import Bools, Floats, Ints
from supplyline.forecasting.kernels.seasonal import seasonal_adjustment, sizes

LEAST_ALPHA, MOST_ALPHA = 0.1, 0.99
LEAST_DAYS = 4
SKIPPED = 3
GRID = 12
STANDARD = 0.5
GOLDEN = 0.6180339887498949
NARROW = 1e-5
TINY = 1e-12


@njit(cache=True)
def lines(y: Floats, dynamic: bool, starts: Floats, rises: Floats) -> None:
    """A and B before each day and after the last (n + 1): of all days, or of the days before."""
    n = 0
    mean, rise = 0.0, 0.0
    starts[0], rises[0] = 0.0, 0.0
    for t in range(y.size):
        if y[t] == y[t]:
            # Means and slope grow by a day at a time; missing days are left out of the count.
            n += 1
            before = mean
            mean += (y[t] - before) / n
            rise = 0.0 if n == 1 else ((n - 2) * rise + 6.0 * (y[t] - before) / n) / (n + 1)
        starts[t + 1], rises[t + 1] = mean - rise * (n + 1) / 2.0, rise
    for t in range(0 if dynamic else y.size):
        starts[t], rises[t] = starts[y.size], rises[y.size]


@njit(cache=True)
def squares_at(y: Floats, alpha: float, line: tuple[Floats, Floats], free: bool) -> tuple[float, float, float]:
    """Least sum of squared errors for this alpha without the first 3, and its first level and c = 1 - 1/theta.

    c is 1/2 unless `free`, then from [0, 1]. The errors are r - level K - c G; their six sums of products do.
    """
    k, power, level, n = 1.0 - alpha, 1.0, 0.0, 0
    rr = rk = rg = kk = kg = gg = 0.0
    starts, rises = line
    for t in range(y.size):
        if y[t] == y[t]:
            if n >= SKIPPED:
                r, g = y[t] - level, starts[t] * power + rises[t] * (1.0 - k * power) / alpha
                rr, rg, gg = rr + r * r, rg + r * g, gg + g * g
                if power > TINY:
                    rk, kk, kg = rk + r * power, kk + power * power, kg + power * g
            level = alpha * y[t] + k * level
            power *= k
            n += 1
    sure = kk > TINY
    share = STANDARD
    if free:
        above, below = rg - (rk * kg / kk if sure else 0.0), gg - (kg * kg / kk if sure else 0.0)
        share = min(max(above / below, 0.0), 1.0) if below > TINY else STANDARD
    first = (rk - share * kg) / kk if sure else 0.0
    rest = rr + first * first * kk + share * share * gg - 2.0 * (first * rk + share * rg - first * share * kg)
    return rest, first, share


@njit(cache=True)
def best_alpha(y: Floats, least: float, line: tuple[Floats, Floats], free: bool) -> float:
    """The alpha of least squared error: the best of a grid, golden sections around it, and a parabola at the end."""
    best, lowest, step = least, np.inf, (MOST_ALPHA - least) / (GRID - 1)
    for j in range(GRID):
        value = squares_at(y, least + j * step, line, free)[0]
        if value < lowest:
            best, lowest = least + j * step, value
    low, high = max(best - step, least), min(best + step, MOST_ALPHA)
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = squares_at(y, left, line, free)[0], squares_at(y, right, line, free)[0]
    while high - low > NARROW:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - GOLDEN * (high - low)
            at_left = squares_at(y, left, line, free)[0]
        else:
            low, left, at_left = left, right, at_right
            right = low + GOLDEN * (high - low)
            at_right = squares_at(y, right, line, free)[0]
    middle = 0.5 * (low + high)
    return middle if squares_at(y, middle, line, free)[0] < lowest else best


@njit(cache=True)
def theta_panel(
    values: Floats, starts: Ints, m: int, least: float, free: bool, dynamic: bool
) -> tuple[Floats, Floats, Floats, Floats, Floats, Bools]:
    """Each series by itself, without its season where the test finds one.

    Returns constants (n, 4) = alpha, c, first level, sum of squared errors; levels (n, days) after each day; the lines'
    A and B (n, 1), or (n, days) where they are dynamic; seasons by phase since the start (n, m), and whether they
    multiply.
    """
    n, days = values.shape
    constants, levels, shapes = np.zeros((n, 4)), np.zeros((n, days)), np.ones((n, m))
    across, rising, multiply = np.zeros((n, days if dynamic else 1)), np.zeros((n, days if dynamic else 1)), np.ones(n)
    for i in range(n):
        first = min(starts[i], days)
        y = np.empty(days - first)
        multiply[i] = seasonal_adjustment(values[i, first:], m, shapes[i], y)
        size, mean, count = sizes(y)
        for t in range(y.size):
            y[t] /= size
        line = (np.empty(y.size + 1), np.empty(y.size + 1))
        lines(y, dynamic, line[0], line[1])
        if count < LEAST_DAYS:
            constants[i, 0], constants[i, 1] = least, 0.0
            constants[i, 2] = mean / size
        else:
            alpha = best_alpha(y, least, line, free)
            constants[i, 3], constants[i, 2], constants[i, 1] = squares_at(y, alpha, line, free)
            constants[i, 0] = alpha
        level, alpha = constants[i, 2], constants[i, 0]
        for t in range(y.size):
            if y[t] == y[t]:
                level += alpha * (y[t] - level)
            levels[i, first + t] = level * size
        constants[i, 2] *= size
        constants[i, 3] *= size * size
        if dynamic:
            for t in range(y.size):
                across[i, first + t], rising[i, first + t] = line[0][t + 1] * size, line[1][t + 1] * size
        elif y.size:
            across[i, 0], rising[i, 0] = line[0][0] * size, line[1][0] * size
    return constants, levels, across, rising, shapes, multiply == 1.0


@njit(cache=True)
def _go_on(values: Floats, first: int, origin: int) -> int:
    """Days known from the start to the origin."""
    count = 0
    for t in range(first, origin + 1):
        count += values[t] == values[t]
    return count


@njit(cache=True)
def _path(
    alpha: float, share: float, level: float, line: tuple[float, float], n: int, dynamic: bool, out: Floats
) -> None:
    """Forecasts after n known days into `out`: each stands in for the day it is of, in the level and in the line."""
    start, rise = line
    mean = start + rise * (n + 1) / 2.0
    power = (1.0 - alpha) ** n
    for h in range(out.size):
        step = share * (start * power + rise * (1.0 - (1.0 - alpha) * power) / alpha)
        out[h] = level + step
        level += alpha * step
        power *= 1.0 - alpha
        n += 1
        if dynamic:
            before = mean
            mean += (out[h] - before) / n
            rise = 0.0 if n == 1 else ((n - 2) * rise + 6.0 * (out[h] - before) / n) / (n + 1)
            start = mean - rise * (n + 1) / 2.0


@njit(cache=True)
def theta_ahead(
    values: Floats,
    starts: Ints,
    fitted: tuple[Floats, Floats, Floats, Floats, Floats, Bools],
    origins: Ints,
    horizon: int,
) -> Floats:
    """(n, origins, horizon) forecasts after each origin (a column) of what `theta_panel` returned."""
    constants, levels, across, rising, shapes, multiply = fitted
    dynamic, m = across.shape[1] > 1, shapes.shape[1]
    result = np.zeros((values.shape[0], origins.size, horizon))
    for i in range(values.shape[0]):
        for j in range(origins.size):
            at = origins[j]
            own = at if dynamic else 0
            n, line = _go_on(values[i], starts[i], at), (across[i, own], rising[i, own])
            if n > 0:
                _path(constants[i, 0], constants[i, 1], levels[i, at], line, n, dynamic, result[i, j])
            for h in range(horizon):
                season = shapes[i, (at + 1 + h - starts[i]) % m]
                if multiply[i]:
                    result[i, j, h] *= season
                else:
                    result[i, j, h] += season
    return result
