"""Maximum likelihood of one exponential smoothing model: Levenberg-Marquardt within the box of its parameters.

-2 log-likelihood is n log(sum r²) with r = e, or e times the geometric mean of the forecasts where errors are relative:
a sum of squares in both cases, so that the slopes of the errors give a curvature as well. The initial states are linear
in additive models and fall into place in the first step.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from supplyline.forecasting.arrays import Bools, Floats, Ints
from supplyline.forecasting.kernels.ets_pass import (
    ALPHA,
    BETA,
    GAMMA,
    GROWTH,
    NONE,
    PHI,
    REORDER,
    SLOTS,
    misfit,
    slopes,
)

LEAST, MOST = 1e-4, 0.9999
LEAST_PHI, MOST_PHI = 0.8, 0.98
ENOUGH = 1e-5
DAMPING, MOST_DAMPING = 1e-3, 1e8
MARGIN, HOPE = 4.0, 20.0


@njit(cache=True, fastmath=REORDER)
def _products(rows: Floats, gaps: Floats, curvature: Floats, pull: Floats) -> float:
    """J'J and J'e of the slopes J (n, k) and errors e (n); returns e'e."""
    n, size = rows.shape
    curvature[:] = 0.0
    pull[:] = 0.0
    squares, whole = 0.0, n - n % 4
    for t in range(0, whole, 4):
        e0, e1, e2, e3 = gaps[t], gaps[t + 1], gaps[t + 2], gaps[t + 3]
        squares += e0 * e0 + e1 * e1 + e2 * e2 + e3 * e3
        for a in range(size):
            r0, r1, r2, r3 = rows[t, a], rows[t + 1, a], rows[t + 2, a], rows[t + 3, a]
            pull[a] += r0 * e0 + r1 * e1 + r2 * e2 + r3 * e3
            for b in range(size):
                curvature[a, b] += r0 * rows[t, b] + r1 * rows[t + 1, b] + r2 * rows[t + 2, b] + r3 * rows[t + 3, b]
    for t in range(whole, n):
        squares += gaps[t] * gaps[t]
        for a in range(size):
            pull[a] += rows[t, a] * gaps[t]
            for b in range(size):
                curvature[a, b] += rows[t, a] * rows[t, b]
    return squares


@njit(cache=True)
def _with_forecasts(count: int, squares: float, logs: Floats, curvature: Floats, pull: Floats) -> None:
    """The products of r = e · exp(mean log f), over exp(2 mean log f), from those of e."""
    mean = logs / count
    for a in range(pull.size):
        for b in range(pull.size):
            curvature[a, b] += pull[a] * mean[b] + mean[a] * pull[b] + squares * mean[a] * mean[b]
    pull += squares * mean


@njit(cache=True)
def solve(curvature: Floats, pull: Floats, open_: Bools, damping: float, step: Floats) -> bool:
    """(C + damping diag C) step = -pull over the open parameters, by Cholesky; false where C is not positive."""
    size = pull.size
    root = np.zeros((size, size))
    step[:] = 0.0
    for i in range(size):
        if not open_[i]:
            continue
        for j in range(i + 1):
            if not open_[j]:
                continue
            value = curvature[i, j] * (1.0 + damping) if i == j else curvature[i, j]
            for k in range(j):
                value -= root[i, k] * root[j, k]
            if i != j:
                root[i, j] = value / root[j, j]
            elif not value > 1e-14 * curvature[i, i]:
                return False
            else:
                root[i, i] = math.sqrt(value)
        value = -pull[i]
        for k in range(i):
            value -= root[i, k] * step[k]
        step[i] = value / root[i, i]
    for i in range(size - 1, -1, -1):
        if open_[i]:
            for k in range(i + 1, size):
                step[i] -= root[k, i] * step[k]
            step[i] /= root[i, i]
    return True


@njit(cache=True)
def limits(trend: bool, damped: bool, season: int, size: int) -> tuple[Floats, Floats]:
    """Least and greatest value of each parameter; equal where the model has none."""
    least, most = np.full(size, -np.inf), np.full(size, np.inf)
    least[ALPHA], most[ALPHA] = LEAST, MOST
    least[BETA], most[BETA] = (LEAST, 1.0) if trend else (0.0, 0.0)
    least[GAMMA], most[GAMMA] = (LEAST, 1.0) if season != NONE else (0.0, 0.0)
    least[PHI], most[PHI] = (LEAST_PHI, MOST_PHI) if damped else (1.0, 1.0)
    if not trend:
        least[GROWTH], most[GROWTH] = 0.0, 0.0
    return least, most


@njit(cache=True)
def climb(
    y: Floats, kind: Ints, m: int, theta: Floats, rows: Floats, steps: int, goal: float
) -> tuple[float, bool]:  # fmt: skip
    """Moves `theta` to the nearest maximum of the likelihood: -2 log-likelihood, and whether it got there.

    It stops after so many steps, and where what it gains a step can't bring it near `goal` any more.
    """
    relative, trend, season = kind[0] == 1, kind[1] == 1, kind[3]
    least, most = limits(trend, kind[2] == 1, season, theta.size)
    seasons, room, gaps = np.zeros(m), np.zeros((SLOTS + m, theta.size)), np.zeros(y.size)
    curvature, pull, step = np.zeros((theta.size, theta.size)), np.zeros(theta.size), np.zeros(theta.size)
    theta[:] = np.minimum(np.maximum(theta, least), most)
    here = misfit(y, trend, season, relative, m, theta, seasons)
    damping = DAMPING
    if not here < np.inf:
        return np.inf, True
    for _ in range(steps):
        slopes(y, trend, season, relative, m, theta, seasons, room, rows, gaps)
        squares = _products(rows, gaps, curvature, pull)
        if relative:
            _with_forecasts(y.size, squares, room[2], curvature, pull)
        open_ = (least < most) & ~((theta <= least) & (pull > 0)) & ~((theta >= most) & (pull < 0))
        gain = 0.0
        while damping < MOST_DAMPING:
            if solve(curvature, pull, open_, damping, step):
                trial = np.minimum(np.maximum(theta + step, least), most)
                there = misfit(y, trend, season, relative, m, trial, seasons)
                if there < here:
                    gain, here = here - there, there
                    theta[:] = trial
                    damping *= 0.1
                    break
            damping *= 10.0
        if gain < ENOUGH or here - goal > MARGIN + HOPE * gain:
            return here, True
    return here, False
