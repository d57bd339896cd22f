"""Recursions of the models of intermittent demand, compiled; conventions as in `kernels.smoothing`."""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.panel import Floats, Ints


@njit(cache=True)
def croston_path(y: Floats, alpha: float, size: float, interval: float, path: Floats) -> float:
    """Croston: size and interval are smoothed on days with demand only; the rate is size / interval."""
    sse, since = 0.0, 0.0
    for t in range(y.size):
        error = y[t] - size / interval
        sse += error * error
        since += 1.0
        if y[t] > 0:
            size += alpha * (y[t] - size)
            interval += alpha * (since - interval)
            since = 0.0
        path[t] = size / interval
    return sse


@njit(cache=True)
def croston_panel(
    values: Floats, starts: Ints, grid: Floats, sizes: Floats, intervals: Floats
) -> tuple[Floats, Floats]:
    """Rates (n, days), pieces a day, and smoothing constants (n,), from the given first sizes and intervals (n,)."""
    rates, alphas = np.zeros_like(values), np.zeros(values.shape[0])
    for i in range(values.shape[0]):
        y, path, least = values[i, starts[i] :], rates[i, starts[i] :], np.inf
        for alpha in grid:
            sse = croston_path(y, alpha, sizes[i], intervals[i], path)
            if sse < least:
                least, alphas[i] = sse, alpha
        croston_path(y, alphas[i], sizes[i], intervals[i], path)
    return rates, alphas


@njit(cache=True)
def tsb_path(y: Floats, alpha: float, beta: float, size: float, chance: float, path: Floats) -> float:
    """Teunter-Syntetos-Babai: the chance of demand is smoothed (beta) daily, the size (alpha) on demand."""
    sse = 0.0
    for t in range(y.size):
        error = y[t] - size * chance
        sse += error * error
        if y[t] > 0:
            size += alpha * (y[t] - size)
            chance += beta * (1.0 - chance)
        else:
            chance -= beta * chance
        path[t] = size * chance
    return sse


@njit(cache=True)
def tsb_panel(
    values: Floats, starts: Ints, alphas: Floats, betas: Floats, sizes: Floats, chances: Floats
) -> tuple[Floats, Floats]:
    """Rates (n, days), pieces a day, and (n, 2) smoothing constants of size and chance."""
    rates, chosen = np.zeros_like(values), np.zeros((values.shape[0], 2))
    for i in range(values.shape[0]):
        y, path, least = values[i, starts[i] :], rates[i, starts[i] :], np.inf
        for alpha in alphas:
            for beta in betas:
                sse = tsb_path(y, alpha, beta, sizes[i], chances[i], path)
                if sse < least:
                    least = sse
                    chosen[i, 0], chosen[i, 1] = alpha, beta
        tsb_path(y, chosen[i, 0], chosen[i, 1], sizes[i], chances[i], path)
    return rates, chosen
