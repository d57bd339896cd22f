"""One pass of an exponential smoothing model over a series: its errors, and how they move with every parameter.

States of Hyndman, Koehler, Ord and Snyder, Forecasting with Exponential Smoothing, 2008, 2.5: level l, growth b and
season s.

    q = l + phi b         f = q, q + s or q s         error = y - f
    l' = q + alpha u      b' = phi b + beta u         s' = s + gamma v

with u = v = error, or u = error / s and v = error / q where the season multiplies. The recursion is the same whether
errors are taken as they are or relative to f; only the likelihood differs. A missing day (NaN) moves nothing but q.

Parameters lie in one vector: alpha, beta / alpha, gamma / (1 - alpha), phi, l, b, s_1 … s_{m-1}, with l, b, s before
the first day; s_0 makes the seasons sum to 0 (or m). The ratios turn the usual limits beta <= alpha and
gamma <= 1 - alpha into a box.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from supplyline.forecasting.arrays import Floats

# Sums may be reordered; NaN and infinity keep their meaning.
REORDER = {"reassoc", "contract", "nsz", "arcp"}
ALPHA, BETA, GAMMA, PHI, LEVEL, GROWTH, SEASONS = 0, 1, 2, 3, 4, 5, 6
NONE, ADDITIVE, MULTIPLICATIVE = 0, 1, 2
NO_ERROR = 1e-8
SLOTS = 3


@njit(cache=True)
def first_seasons(theta: Floats, season: int, m: int, seasons: Floats) -> None:
    """The m seasons before the first day into `seasons`: s_0 is what the others leave."""
    total = 0.0
    for j in range(1, m):
        seasons[j] = theta[SEASONS + j - 1]
        total += seasons[j]
    seasons[0] = (m if season == MULTIPLICATIVE else 0.0) - total


@njit(cache=True)
def lack_of_fit(count: int, squares: float, logs: float) -> float:
    """-2 log-likelihood without its constant: n log(sum e²) + 2 sum log f, `logs` = 0 for additive errors."""
    return float(count * math.log(squares if squares > 0 else NO_ERROR) + 2.0 * logs)


@njit(cache=True)
def misfit(y: Floats, trend: bool, season: int, relative: bool, m: int, theta: Floats, seasons: Floats) -> float:
    """-2 log-likelihood of the model at `theta`; infinite where a forecast or season it divides by is not positive."""
    alpha, phi = theta[ALPHA], theta[PHI]
    beta = alpha * theta[BETA] if trend else 0.0
    gamma = (1.0 - alpha) * theta[GAMMA]
    level, growth = theta[LEVEL], phi * theta[GROWTH] if trend else 0.0
    if season != NONE:
        first_seasons(theta, season, m, seasons)
    squares, logs, product, count, slot = 0.0, 0.0, 1.0, 0, 0
    for t in range(y.size):
        q = level + growth
        s = seasons[slot] if season != NONE else 0.0
        f = q * s if season == MULTIPLICATIVE else q + s
        if (relative and not f > 0.0) or (season == MULTIPLICATIVE and not (s > 0.0 and q > 0.0)):
            return np.inf
        error = y[t] - f
        u, v, gap = error, error, error
        if season == MULTIPLICATIVE:
            u, v = error / s, error / q
        if relative:
            gap = error / f
        if y[t] == y[t]:  # False for NaN alone.
            level, growth = q + alpha * u, phi * (growth + beta * u)
            squares += gap * gap
            count += 1
            if relative:
                product *= f
                if product > 1e100 or product < 1e-100:
                    logs += math.log(product)
                    product = 1.0
            if season != NONE:
                seasons[slot] = s + gamma * v
        else:
            level, growth = q, phi * growth
        slot = slot + 1 if slot + 1 < m else 0
    return lack_of_fit(count, squares, logs + math.log(product)) if squares < np.inf else np.inf


@njit(cache=True)
def _first_slopes(theta: Floats, trend: bool, season: int, m: int, room: Floats) -> None:
    """Slopes of the states before the first day: 1 to themselves; s_0 falls as the others rise."""
    room[:] = 0.0
    room[0, LEVEL] = 1.0
    if trend:
        room[1, GROWTH], room[1, PHI] = theta[PHI], theta[GROWTH]
    if season != NONE:
        for j in range(1, m):
            room[SLOTS + j, SEASONS + j - 1] = 1.0
            room[SLOTS, SEASONS + j - 1] = -1.0


@njit(cache=True, fastmath=REORDER)
def _move_together(weights: Floats, at: int, t: int, room: Floats, rows: Floats) -> None:
    """Slopes of the states after a day, whose error moves them as it is; row t of `rows` gets the error's."""
    alpha, beta, gamma, phi = weights[0], weights[1], weights[2], weights[3]
    # Indices and not slices: a slice counts references, which costs more than the sums.
    for k in range(rows.shape[1]):
        dq = room[0, k] + room[1, k]
        de = -(dq + room[at, k])
        room[0, k] = dq + alpha * de
        room[1, k] = phi * (room[1, k] + beta * de)
        room[at, k] += gamma * de
        rows[t, k] = de


@njit(cache=True, fastmath=REORDER)
def _move_apart(weights: Floats, q: float, s: float, error: float, at: int, t: int, room: Floats, rows: Floats) -> None:
    """The same where the season multiplies: the errors that move level and season are error / s and error / q."""
    alpha, beta, gamma, phi = weights[0], weights[1], weights[2], weights[3]
    per_s, per_q = 1.0 / s, 1.0 / q
    u, v = error * per_s, error * per_q
    for k in range(rows.shape[1]):
        dq, ds = room[0, k] + room[1, k], room[at, k]
        de = -(dq * s + q * ds)
        du = (de - u * ds) * per_s
        room[0, k] = dq + alpha * du
        room[1, k] = phi * (room[1, k] + beta * du)
        room[at, k] = ds + gamma * (de - v * dq) * per_q
        rows[t, k] = de


@njit(cache=True, fastmath=REORDER)
def _make_relative(per_f: float, value: float, t: int, room: Floats, rows: Floats) -> None:
    """Slopes of error / f from those of the error, and those of log f added up in `room` 2."""
    scale = value * per_f * per_f
    for k in range(rows.shape[1]):
        room[2, k] -= rows[t, k] * per_f
        rows[t, k] *= scale


@njit(cache=True)
def _stand_still(phi: float, growth: float, trend: bool, t: int, room: Floats, rows: Floats) -> None:
    """A missing day: the level grows, the growth fades, nothing is learnt."""
    for k in range(rows.shape[1]):
        room[0, k] += room[1, k]
        room[1, k] *= phi
        rows[t, k] = 0.0
    if trend:
        room[1, PHI] += growth


@njit(cache=True)
def slopes(
    y: Floats, trend: bool, season: int, relative: bool, m: int, theta: Floats, seasons: Floats, room: Floats,
    rows: Floats, gaps: Floats,
) -> None:  # fmt: skip
    """Errors (n) into `gaps` and their slopes (n, k) into `rows`, 0 for a missing day.

    `room` ((SLOTS + m), k) holds the slopes of level, phi · growth, sum log f and each season; call it only where
    `misfit` is finite.
    """
    alpha, ratio, phi, turn = theta[ALPHA], theta[BETA], theta[PHI], theta[GAMMA]
    weights = np.array([alpha, alpha * ratio if trend else 0.0, (1.0 - alpha) * turn, phi])
    level, growth, slot = theta[LEVEL], phi * theta[GROWTH] if trend else 0.0, 0
    _first_slopes(theta, trend, season, m, room)
    if season != NONE:
        first_seasons(theta, season, m, seasons)
    for t in range(y.size):
        q, s, at = level + growth, seasons[slot] if season != NONE else 0.0, SLOTS + slot
        f = q * s if season == MULTIPLICATIVE else q + s
        u = v = error = y[t] - f
        if y[t] != y[t]:
            _stand_still(phi, growth, trend, t, room, rows)
            level, growth, gaps[t], slot = q, phi * growth, 0.0, slot + 1 if slot + 1 < m else 0
            continue
        if season == MULTIPLICATIVE:
            u, v = error / s, error / q
            _move_apart(weights, q, s, error, at, t, room, rows)
        else:
            _move_together(weights, at, t, room, rows)
        if trend:
            room[1, ALPHA] += phi * ratio * u
            room[1, BETA] += phi * alpha * u
            room[1, PHI] += growth + weights[1] * u
        if season != NONE:
            seasons[slot] = s + weights[2] * v
            room[at, ALPHA] -= turn * v
            room[at, GAMMA] += (1.0 - alpha) * v
        room[0, ALPHA] += u
        level, growth, gaps[t] = q + alpha * u, phi * (growth + weights[1] * u), error / f if relative else error
        if relative:
            _make_relative(1.0 / f, y[t], t, room, rows)
        slot = slot + 1 if slot + 1 < m else 0
