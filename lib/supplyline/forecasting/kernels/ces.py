"""Complex exponential smoothing, compiled: a level and a hidden component that turn into each other.

Svetunkov, Kourentzes and Ord, Complex exponential smoothing, Naval Research Logistics 69, 2022, without a season:

    e_t = y_t - l_{t-1}
    l_t = l_{t-1} - (1 - a1) c_{t-1} + (a0 - a1) e_t
    c_t = l_{t-1} + (1 - a0) c_{t-1} + (a0 + a1) e_t

Two constants carry what other models need a trend for, damped or not. The states before the first day are found by
running the recursion forward and back once (backcasting). NaN is a missing day: the states move on, without an error.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from supplyline.forecasting.arrays import Bools, Floats, Ints
from supplyline.forecasting.kernels.seasonal import seasonal_adjustment

FIRST = (1.3, 1.0)
FIRST_DAYS = 3
STEPS = 200
SHIFT = 1e-5
ENOUGH = 1e-7
MOST_DAMPING = 1e8
HIDDEN_SHARE = 1.1


@njit(cache=True)
def stable(a0: float, a1: float) -> bool:
    """Whether old errors fade: both roots of the discount matrix lie inside the unit circle."""
    trace = 2.0 - 2.0 * a0 + a1
    determinant = (1.0 - a0 + a1) * (1.0 - a0) + (1.0 - a1) * (1.0 - a0 - a1)
    return bool(abs(determinant) < 1.0 and abs(trace) < 1.0 + determinant)


@njit(cache=True)
def step(y: float, a0: float, a1: float, level: float, hidden: float) -> tuple[float, float, float]:
    """Level, hidden component and error after one day."""
    error = y - level if y == y else 0.0
    after = level - (1.0 - a1) * hidden + (a0 - a1) * error
    return after, level + (1.0 - a0) * hidden + (a0 + a1) * error, error


@njit(cache=True)
def first_level(y: Floats, days: int) -> float:
    """Mean of the first `days` days that are known; 0 without any."""
    total, known = 0.0, 0
    for t in range(y.size):
        if y[t] == y[t] and known < days:
            total += y[t]
            known += 1
    return total / max(known, 1)


@njit(cache=True)
def backcast(y: Floats, a0: float, a1: float, level: float) -> tuple[float, float]:
    """The states before the first day: there and back from a mean level."""
    hidden = level / HIDDEN_SHARE
    for t in range(y.size):
        level, hidden, _ = step(y[t], a0, a1, level, hidden)
    for t in range(y.size - 1, -1, -1):
        level, hidden, _ = step(y[t], a0, a1, level, hidden)
    return level, hidden


@njit(cache=True)
def errors_of(y: Floats, a0: float, a1: float, start: float, errors: Floats) -> float:
    """One-step errors (n) into `errors`; returns their sum of squares, infinite where the constants are not stable."""
    if not stable(a0, a1):
        return np.inf
    level, hidden = backcast(y, a0, a1, start)
    squares = 0.0
    for t in range(y.size):
        level, hidden, errors[t] = step(y[t], a0, a1, level, hidden)
        squares += errors[t] * errors[t]
    return squares if math.isfinite(squares) else np.inf


@njit(cache=True)
def slope(y: Floats, a0: float, a1: float, start: float, shift: tuple[float, float], here: Floats, out: Floats) -> bool:
    """Change of the errors along `shift`, a unit of it; the other way where the constants are not stable there."""
    for sign in (1.0, -1.0):
        if errors_of(y, a0 + sign * shift[0], a1 + sign * shift[1], start, out) < np.inf:
            size = sign * (shift[0] + shift[1])
            for t in range(y.size):
                out[t] = (out[t] - here[t]) / size
            return True
    return False


@njit(cache=True)
def ces_best(y: Floats, start: float) -> tuple[float, float, bool]:
    """Constants of least squared error, by Levenberg-Marquardt, and whether the search came to an end."""
    a0, a1 = FIRST
    errors, by0, by1 = np.zeros(y.size), np.zeros(y.size), np.zeros(y.size)
    best, damping = errors_of(y, a0, a1, start, errors), 1e-2
    for _ in range(STEPS):
        known = slope(y, a0, a1, start, (SHIFT, 0.0), errors, by0)
        known = known and slope(y, a0, a1, start, (0.0, SHIFT), errors, by1)
        g0, g1, h00, h01, h11 = by0 @ errors, by1 @ errors, by0 @ by0, by0 @ by1, by1 @ by1
        gain = 0.0
        while known and damping < MOST_DAMPING and gain == 0.0:
            d0, d1 = h00 * (1.0 + damping), h11 * (1.0 + damping)
            determinant = d0 * d1 - h01 * h01
            if not determinant > 0.0:
                return a0, a1, True
            b0, b1 = a0 - (d1 * g0 - h01 * g1) / determinant, a1 - (d0 * g1 - h01 * g0) / determinant
            there = errors_of(y, b0, b1, start, by0)
            if there < best:
                gain, best, a0, a1 = best - there, there, b0, b1
                damping *= 0.1
            else:
                damping *= 10.0
        errors_of(y, a0, a1, start, errors)
        if gain <= ENOUGH * best:
            return a0, a1, True
    return a0, a1, False


@njit(cache=True)
def ces_panel(values: Floats, starts: Ints, m: int) -> tuple[Floats, Floats, Floats, Floats, Bools, Bools]:
    """Levels and hidden components (n, days) after each day, of demand without its season; constants (n, 2).

    Also the seasons (n, m) by day of the SKU's own history, whether they multiply (n,), and converged (n,).
    """
    n = values.shape[0]
    levels, hiddens = np.zeros_like(values), np.zeros_like(values)
    constants, shapes = np.zeros((n, 2)), np.ones((n, m))
    multiply, converged = np.ones(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    for i in range(n):
        y = np.empty(values.shape[1] - starts[i])
        multiply[i] = seasonal_adjustment(values[i, starts[i] :], m, shapes[i], y)
        start = first_level(y, max(m, FIRST_DAYS))
        a0, a1, converged[i] = ces_best(y, start)
        level, hidden = backcast(y, a0, a1, start)
        for t in range(y.size):
            level, hidden, _ = step(y[t], a0, a1, level, hidden)
            levels[i, starts[i] + t], hiddens[i, starts[i] + t] = level, hidden
        constants[i] = a0, a1
    return levels, hiddens, constants, shapes, multiply, converged


@njit(cache=True)
def ces_ahead(
    states: tuple[Floats, Floats], constants: Floats, shapes: Floats, multiply: Bools, starts: Ints, origins: Ints,
    horizon: int,
) -> Floats:  # fmt: skip
    """(n, origins, horizon) mean demand after each origin: the states move on without errors, the season put back."""
    n, m = shapes.shape
    result = np.full((n, origins.size, horizon), np.nan)
    for i in range(n):
        for k in range(origins.size):
            origin = origins[k]
            if origin < starts[i]:
                continue
            level, hidden = states[0][i, origin], states[1][i, origin]
            for h in range(horizon):
                season = shapes[i, (origin + 1 + h - starts[i]) % m]
                result[i, k, h] = level * season if multiply[i] else level + (season if m > 1 else 0.0)
                level, hidden, _ = step(level, constants[i, 0], constants[i, 1], level, hidden)
    return result
