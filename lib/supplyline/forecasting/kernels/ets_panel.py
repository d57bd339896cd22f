"""Exponential smoothing of a panel: the chosen model's states after every day, and forecasts from any of them."""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.arrays import Bools, Floats, Ints
from supplyline.forecasting.kernels.ets import FAMILY, choose_model
from supplyline.forecasting.kernels.ets_pass import (
    ALPHA,
    BETA,
    GAMMA,
    GROWTH,
    LEVEL,
    MULTIPLICATIVE,
    NONE,
    PHI,
    SEASONS,
    first_seasons,
)

CONSTANT = int(np.flatnonzero((FAMILY == 0).all(axis=1))[0])


@njit(cache=True)
def candidates(y: Floats, m: int, allowed: Ints) -> Ints:
    """Rows of FAMILY that the series can bear: nothing relative to values that are not positive, no season too long."""
    positive = True
    for t in range(y.size):
        positive &= not y[t] <= 0.0
    seasonal = 1 < m < y.size
    rows = [row for row in allowed if (positive or FAMILY[row, 0] == 0) and (seasonal or FAMILY[row, 3] == NONE)]
    return np.array(rows, dtype=np.int64)


@njit(cache=True)
def _scale(y: Floats) -> tuple[float, float, bool]:
    """Mean size and mean of the days known, and whether they are all alike."""
    size, total, count, least, most = 0.0, 0.0, 0, np.inf, -np.inf
    for t in range(y.size):
        if y[t] == y[t]:
            size += abs(y[t])
            total += y[t]
            count += 1
            least, most = min(least, y[t]), max(most, y[t])
    return (size / count if size > 0 else 1.0), total / max(count, 1), not most > least


@njit(cache=True)
def states_of(
    y: Floats, kind: Ints, m: int, theta: Floats, levels: Floats, growths: Floats, seasons: Floats
) -> None:  # fmt: skip
    """Level and growth after each day (n); seasons (n + m): entry t is that of day t before it, t + m after it."""
    trend, season = kind[1] == 1, kind[3]
    alpha, phi = theta[ALPHA], theta[PHI]
    beta, gamma = alpha * theta[BETA] if trend else 0.0, (1.0 - alpha) * theta[GAMMA]
    level, growth = theta[LEVEL], theta[GROWTH] if trend else 0.0
    if season != NONE:
        first_seasons(theta, season, m, seasons)
    for t in range(y.size):
        q, s = level + phi * growth, seasons[t] if season != NONE else 0.0
        error = y[t] - (q * s if season == MULTIPLICATIVE else q + s)
        if y[t] != y[t]:
            error = 0.0
        u, v = (error / s, error / q) if season == MULTIPLICATIVE else (error, error)
        level, growth = q + alpha * u, phi * growth + beta * u
        levels[t], growths[t] = level, growth
        if season != NONE:
            seasons[t + m] = s + gamma * v


@njit(cache=True)
def ets_panel(
    values: Floats, starts: Ints, m: int, allowed: Ints
) -> tuple[Ints, Floats, Floats, Floats, Floats, Floats, Bools]:
    """Each series with the model of least AICc among the rows `allowed` of FAMILY.

    Returns rows of FAMILY (n), parameters (n, k), AICc (n, NaN where nothing was estimated), levels and growths
    (n, days), seasons (n, days + m), converged (n). Series are divided by their mean size first.
    """
    n, days = values.shape
    chosen, thetas, criteria = np.zeros(n, dtype=np.int64), np.zeros((n, SEASONS + m - 1)), np.full(n, np.nan)
    levels, growths, seasons = np.zeros((n, days)), np.zeros((n, days)), np.zeros((n, days + m))
    converged = np.ones(n, dtype=np.bool_)
    fitted, found = np.zeros((len(FAMILY), SEASONS + m - 1)), np.zeros(len(FAMILY))
    for i in range(n):
        first = min(starts[i], days)
        y = values[i, first:]
        size, mean, flat = _scale(y)
        best = -1
        if not flat:
            best, criteria[i], converged[i] = choose_model(y / size, m, candidates(y, m, allowed), fitted, found)
            criteria[i] += 2.0 * np.isfinite(y).sum() * np.log(size)
        if best >= 0:
            thetas[i] = fitted[best]
        else:
            # Nothing to estimate from: the mean stands, and hardly learns.
            best, thetas[i, PHI], thetas[i, ALPHA], thetas[i, LEVEL] = CONSTANT, 1.0, 1e-4, mean / size
            criteria[i], converged[i] = np.nan, True
        chosen[i] = best
        states_of(y / size, FAMILY[best], m, thetas[i], levels[i, first:], growths[i, first:], seasons[i, first:])
        levels[i] *= size
        growths[i] *= size
        if FAMILY[best, 3] != MULTIPLICATIVE:
            seasons[i] *= size
            thetas[i, SEASONS:] *= size
        thetas[i, LEVEL : GROWTH + 1] *= size
    return chosen, thetas, criteria, levels, growths, seasons, converged


@njit(cache=True)
def ets_ahead(
    chosen: Ints, thetas: Floats, m: int, states: tuple[Floats, Floats, Floats], origins: Ints, horizon: int
) -> Floats:
    """(n, origins, horizon) forecasts after each origin (a column) from `states` = levels, growths, seasons."""
    levels, growths, seasons = states
    result = np.zeros((chosen.size, origins.size, horizon))
    for i in range(chosen.size):
        season, phi = FAMILY[chosen[i], 3], thetas[i, PHI]
        for k in range(origins.size):
            at, damped, weight = origins[k], 0.0, 1.0
            for h in range(horizon):
                weight *= phi
                damped += weight
                value = levels[i, at] + damped * growths[i, at]
                if season == MULTIPLICATIVE:
                    value *= seasons[i, at + 1 + h % m]
                elif season != NONE:
                    value += seasons[i, at + 1 + h % m]
                result[i, k, h] = value
    return result
