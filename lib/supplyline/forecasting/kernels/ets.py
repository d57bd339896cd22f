"""The family of exponential smoothing models: fitted for many series at once, each with the model of least AICc.

Error additive or relative, trend none, additive or damped, season none, additive or multiplicative; a multiplicative
season goes with relative errors alone (Hyndman et al. 2008, 5 and 7; Hyndman and Athanasopoulos, Forecasting, 8).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.arrays import Floats, Ints
from supplyline.forecasting.kernels.ets_fit import climb
from supplyline.forecasting.kernels.ets_pass import (
    ADDITIVE,
    ALPHA,
    BETA,
    GAMMA,
    GROWTH,
    LEVEL,
    MULTIPLICATIVE,
    NONE,
    PHI,
    SEASONS,
)

# Columns: relative errors, trend, damped, season. A model stands after those it may start from.
FAMILY = np.array(
    [
        (relative, trend, damped, season)
        for season in (ADDITIVE, MULTIPLICATIVE, NONE)
        for relative in (0, 1)
        for trend, damped in ((0, 0), (1, 0), (1, 1))
        if season != MULTIPLICATIVE or relative
    ],
    dtype=np.int64,
)
LEAST_SEASON = 0.05
FIRST = np.array([0.1, 0.1, 0.05, 0.95])
# The likelihood has several maxima, that of a short series more: it is climbed from more places.
MORE_ALPHAS, LONG = np.array([0.0, 0.4, 0.9]), 100
# An array, as numba would compile the climb anew for each literal number.
STEPS = np.array([4, 60])


@njit(cache=True)
def guess(y: Floats, season: int, m: int, theta: Floats) -> None:
    """Where to start without anything known: level and seasons from means of the first days."""
    theta[:] = 0.0
    theta[: PHI + 1] = FIRST
    days = min(y.size, max(10, 5 * m))
    totals, counts = np.zeros(m), np.zeros(m)
    for t in range(days):
        if y[t] == y[t]:
            totals[t % m] += y[t]
            counts[t % m] += 1.0
    level = totals.sum() / max(counts.sum(), 1.0)
    theta[LEVEL] = level
    if season == NONE:
        return
    shape = np.where(counts > 0, totals / np.maximum(counts, 1.0), level)
    if season == ADDITIVE:
        shape -= shape.mean()
    else:
        shape = np.maximum(shape / max(shape.mean(), 1e-12), LEAST_SEASON)
        shape *= m / shape.sum()
    theta[SEASONS:] = shape[1:]


@njit(cache=True)
def parameters(trend: int, damped: int, season: int, m: int) -> int:
    """Numbers estimated: smoothing constants, initial states, and the variance."""
    return 3 + 2 * trend + damped + (m if season != NONE else 0)


@njit(cache=True)
def criterion(misfit_: float, numbers: int, count: int) -> float:
    """AICc; infinite where the series is too short for the model."""
    if numbers >= count - 1:
        return np.inf
    return misfit_ + 2.0 * numbers + 2.0 * numbers * (numbers + 1) / (count - numbers - 1)


@njit(cache=True)
def _starts(y: Floats, row: int, m: int, fitted: Floats, found: Floats, tries: Floats) -> int:
    """Points to start model `row` from into `tries`: the guess, and the simpler models next to it; how many."""
    relative, trend, damped, season = FAMILY[row]
    guess(y, season, m, tries[0])
    count = 1
    # Models with a trend or relative errors get it from their neighbour.
    plain = 1 if relative + trend == 0 else 0
    for alpha in MORE_ALPHAS[: plain if y.size > LONG else 3]:
        guess(y, season, m, tries[count])
        tries[count, ALPHA] = alpha
        tries[count, BETA], tries[count, GAMMA] = min(alpha, FIRST[BETA]), min(alpha, FIRST[GAMMA])
        count += 1
    for other in range(row):
        r, t, d, s = FAMILY[other]
        near = (relative - r) + (trend - t) + (damped - d)
        if s != season or r > relative or t > trend or d > damped or near != 1 or not found[other] < np.inf:
            continue
        tries[count] = fitted[other]
        if t < trend:
            tries[count, BETA], tries[count, GROWTH] = FIRST[BETA], 0.0
        if d < damped:
            tries[count, PHI] = 0.97
        count += 1
    return count


@njit(cache=True)
def choose_model(
    y: Floats, m: int, candidates: Ints, fitted: Floats, found: Floats
) -> tuple[int, float, bool]:  # fmt: skip
    """The model of least AICc of one series (row of FAMILY), its AICc, and whether its fit converged.

    `fitted` (models, k) gets the parameters, `found` (models) -2 log-likelihoods, infinite where not tried. Each start
    climbs a few steps, the best of them to the top; a model that falls behind is given up on the way.
    """
    best, least, sure = -1, np.inf, True
    count = 0
    for t in range(y.size):
        count += y[t] == y[t]
    tries, rows = np.zeros((8, fitted.shape[1])), np.zeros((y.size, fitted.shape[1]))
    found[:] = np.inf
    for row in candidates:
        kind = FAMILY[row]
        cycle = m if kind[3] != NONE else 1
        size, numbers = SEASONS + cycle - 1, parameters(kind[1], kind[2], kind[3], cycle)
        penalty = criterion(0.0, numbers, count)
        if not penalty < np.inf:
            continue
        narrow = np.zeros((y.size, size)) if size < rows.shape[1] else rows
        starts = _starts(y, row, cycle, fitted[:, :size], found, tries[:, :size])
        top = 0
        lowest = np.inf
        for k in range(starts):
            value, _ = climb(y, kind, cycle, tries[k, :size], narrow, STEPS[0], least - penalty)
            if value < lowest:
                top, lowest = k, value
        fitted[row, :size] = tries[top, :size]
        found[row], done = climb(y, kind, cycle, fitted[row, :size], narrow, STEPS[1], least - penalty)
        if found[row] + penalty < least:
            best, least, sure = row, found[row] + penalty, done
    return best, least, sure
