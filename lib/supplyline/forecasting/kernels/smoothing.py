"""Recursions of the smoothing models, compiled: one pass over one SKU's days per call of an inner function.

Every outer function takes `values` (n, days) and `starts` (n,) of a Panel, tries the given parameters for each SKU,
keeps those with the smallest sum of squared one-step errors, and returns their paths (n, days): entry t is the state
after day t. NaN is a missing day, which moves nothing but the trend on. They are compiled once and cached on disk: in
NUMBA_CACHE_DIR, else beside this file.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.arrays import Floats, Ints

GOLDEN = 0.6180339887498949
LEAST_ALPHA = 0.005
LARGEST_ALPHA = 0.99
REFINEMENTS = 12


@njit(cache=True)
def _first_level(y: Floats, warmup: int) -> float:
    total, known = 0.0, 0
    for value in y:
        if value == value and known < warmup:
            total += value
            known += 1
    return total / max(known, 1)


@njit(cache=True)
def ses_path(y: Floats, alpha: float, level: float, path: Floats) -> float:
    """Simple smoothing, l_t = l_{t-1} + a (y_t - l_{t-1}); fills `path`, returns the squared one-step errors."""
    sse = 0.0
    for t in range(y.size):
        error = y[t] - level if y[t] == y[t] else 0.0
        sse += error * error
        level += alpha * error
        path[t] = level
    return sse


@njit(cache=True)
def ses_best(y: Floats, grid: Floats, level: float, path: Floats) -> float:
    """The smoothing constant with the least squared error: the best of `grid`, refined by golden-section search."""
    best, best_sse = float(grid[0]), np.inf
    low, high = grid[0], grid[0]
    for k in range(grid.size):
        sse = ses_path(y, grid[k], level, path)
        if sse < best_sse:
            best, best_sse = grid[k], sse
            low, high = grid[max(k - 1, 0)], grid[min(k + 1, grid.size - 1)]
    for _ in range(REFINEMENTS):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if ses_path(y, left, level, path) < ses_path(y, right, level, path):
            high = right
        else:
            low = left
    middle = 0.5 * (low + high)
    if grid.size > 1 and ses_path(y, middle, level, path) < best_sse:
        best = middle
    ses_path(y, best, level, path)
    return best


@njit(cache=True)
def ses_panel(values: Floats, starts: Ints, grid: Floats, warmup: int) -> tuple[Floats, Floats]:
    """Levels (n, days) and smoothing constants (n,); the first level is the mean of the first `warmup` days."""
    levels = np.zeros_like(values)
    alphas = np.zeros(values.shape[0])
    for i in range(values.shape[0]):
        y = values[i, starts[i] :]
        alphas[i] = ses_best(y, grid, _first_level(y, warmup), levels[i, starts[i] :])
    return levels, alphas


@njit(cache=True)
def holt_path(y: Floats, parameters: Floats, level: float, path: Floats, slope: Floats) -> float:
    """Damped Holt: l_t = l + phi b + a e_t, b_t = phi b + a b* e_t, (a, b*, phi) = `parameters`; squared errors."""
    alpha, beta, phi = parameters[0], parameters[1], parameters[2]
    trend, sse = 0.0, 0.0
    for t in range(y.size):
        expected = level + phi * trend
        error = y[t] - expected if y[t] == y[t] else 0.0
        sse += error * error
        level = expected + alpha * error
        trend = phi * trend + alpha * beta * error
        path[t], slope[t] = level, trend
    return sse


@njit(cache=True)
def holt_best(
    y: Floats, start: Floats, least: Floats, most: Floats, level: float, path: Floats, slope: Floats
) -> Floats:
    """Compass search from `start` within the box [least, most]: the step halves whenever no direction improves."""
    best = start.copy()
    best_sse = holt_path(y, best, level, path, slope)
    step = 0.25
    while step > 0.01:
        improved = False
        for k in range(best.size):
            for sign in (-1.0, 1.0):
                trial = best.copy()
                trial[k] = min(max(trial[k] + sign * step * (most[k] - least[k]), least[k]), most[k])
                sse = holt_path(y, trial, level, path, slope)
                if sse < best_sse * (1.0 - 1e-9):
                    best, best_sse, improved = trial, sse, True
        if not improved:
            step *= 0.5
    holt_path(y, best, level, path, slope)
    return best


@njit(cache=True)
def holt_panel(
    values: Floats, starts: Ints, first: Floats, least: Floats, most: Floats, warmup: int
) -> tuple[Floats, Floats, Floats]:
    """Levels (n, days), trends (n, days) a day, and parameters (n, 3) = alpha, beta*, phi."""
    levels, trends = np.zeros_like(values), np.zeros_like(values)
    parameters = np.zeros((values.shape[0], 3))
    for i in range(values.shape[0]):
        y = values[i, starts[i] :]
        level = _first_level(y, warmup)
        parameters[i] = holt_best(y, first, least, most, level, levels[i, starts[i] :], trends[i, starts[i] :])
    return levels, trends, parameters


@njit(cache=True)
def brown_path(y: Floats, alpha: float, level: float, path: Floats, slope: Floats) -> float:
    """Brown's double smoothing, which is Holt's with both constants made from one."""
    both = np.array([alpha * (2.0 - alpha), alpha / (2.0 - alpha), 1.0])
    return float(holt_path(y, both, level, path, slope))


@njit(cache=True)
def brown_panel(values: Floats, starts: Ints, grid: Floats, warmup: int) -> tuple[Floats, Floats, Floats]:
    """Levels (n, days), trends (n, days) a day, and smoothing constants (n,): the best of `grid`, then refined."""
    levels, trends, alphas = np.zeros_like(values), np.zeros_like(values), np.zeros(values.shape[0])
    for i in range(values.shape[0]):
        y, path, slope = values[i, starts[i] :], levels[i, starts[i] :], trends[i, starts[i] :]
        level, best, lowest = _first_level(y, warmup), 0, np.inf
        for k in range(grid.size):
            sse = brown_path(y, grid[k], level, path, slope)
            if sse < lowest:
                best, lowest = k, sse
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
        for _ in range(REFINEMENTS):
            left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
            if brown_path(y, left, level, path, slope) < brown_path(y, right, level, path, slope):
                high = right
            else:
                low = left
        middle = 0.5 * (low + high)
        alphas[i] = middle if brown_path(y, middle, level, path, slope) < lowest else grid[best]
        brown_path(y, alphas[i], level, path, slope)
    return levels, trends, alphas
