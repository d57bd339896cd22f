"""Exact maximum likelihood of an ARMA(p, q) with p and q at most 1, with or without a mean: a search along one line.

Once theta is given, y = z / (1 + theta B) is all that is asked of the series: the errors are y_t - phi y_{t-1}, so a
dozen sums of products of y give the likelihood for every phi, and the best phi costs no further pass. What is left is
a search in theta alone. With w_t = (-theta)^t, M = Σ w_t² and P = (phi + theta)² / (1 - phi²), the formulas of
`arima_likelihood` are K = 1 + P M and S = Σ e_t² - (P / K) (Σ w_t e_t)².
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.kernels.arima_division import divide, respond
from supplyline.forecasting.kernels.arima_series import dot
from supplyline.forecasting.panel import Floats, Ints

# As the box of `arima_fit`: asin of a coefficient is kept this far inside.
EDGE = 0.5 * np.pi - 3e-3
WIDEST = np.sin(EDGE)
# Where asin(theta) is looked at first, and between the edge and its neighbour: there the likelihood turns fastest.
GRID = np.array([-EDGE, -1.42, -1.1, -0.6, 0.0, 0.6, 1.25, EDGE])
NEAR_EDGE = 1.52
GAIN, STILL, NARROWEST = 1e-7, 1e-4, 1e-7
# A low point of the grid this much above the lowest may yet lead below it.
HOPE = 5.0
STEPS, PHI_STEPS = 40, 40
GOLDEN = 0.381966
ZZ, OO, ZO, WW = 0, 3, 6, 9
WZ, WO = 10, 12
SUMS_KEPT = 14


@njit(cache=True)
def is_short(order: Ints) -> bool:
    """Whether p and q are at most 1 and no coefficient is seasonal."""
    return bool(order[0] <= 1 and order[1] <= 1 and order[2] + order[3] == 0)


@njit(cache=True)
def fit_short(z: Floats, order: Ints, mean: bool, partials: Floats) -> tuple[float, float, float, int, bool]:
    """Fills `partials` (phi, -theta; what the order has of them) of the series z (n,).

    The objective as in `arima_likelihood`, S, the mean, the thetas tried, and whether the next would gain under 1e-7.
    """
    rows, sums = np.zeros((3, z.size)), np.zeros(SUMS_KEPT)
    if order[1] == 0:
        value, phi, total, mu = _best_phi(z, 0.0, order[0], mean, 0.0, rows, sums)
        if order[0] == 1:
            partials[0] = phi
        return value, total, mu, 1, np.isfinite(value)
    values, phis = np.empty(GRID.size), np.zeros(GRID.size)
    for i in range(GRID.size):
        values[i], phis[i], _, _ = _best_phi(z, np.sin(GRID[i]), order[0], mean, phis[max(i - 1, 0)], rows, sums)
    count, converged, least, angle, phi = GRID.size, False, np.inf, 0.0, 0.0
    for i in range(GRID.size):
        low = values[i] <= values[max(i - 1, 0)] and values[i] <= values[min(i + 1, GRID.size - 1)]
        if low and values[i] < values.min() + HOPE:
            value, at, there, more, sure = _narrow(z, order[0], mean, i, values, phis[i], rows, sums)
            count += more
            if value < least:
                least, angle, phi, converged = value, at, there, sure
    value, phi, total, mu = _best_phi(z, np.sin(angle), order[0], mean, phi, rows, sums)
    if order[0] == 1:
        partials[0] = phi
    partials[order[0]] = -np.sin(angle)
    return value, total, mu, count, converged and np.isfinite(value)


@njit(cache=True)
def _narrow(
    z: Floats, p: int, mean: bool, at: int, values: Floats, phi: float, rows: Floats, sums: Floats
) -> tuple[float, float, float, int, bool]:
    """The least objective around grid point `at`: Brent's parabolas through the best three, or golden sections.

    With its angle and phi, how many were tried, and whether a parabola promises less than 1e-7 after a step of no
    account.
    """
    x, fx = GRID[at], values[at]
    before, after = (at - 1, at + 1) if 0 < at < GRID.size - 1 else (at, abs(at - 1))
    if before == at:
        # The likelihood is the same for theta and 1 / theta, so it is level at an edge, be it high or low there.
        x = NEAR_EDGE * np.sign(x)
        fx, other, _, _ = _best_phi(z, np.sin(x), p, mean, phi, rows, sums)
        if fx >= values[at]:
            return values[at], GRID[at], phi, 1, True
        phi = other
    v, fv, w, fw = GRID[before], values[before], GRID[after], values[after]
    left, right, last = min(v, w), max(v, w), np.inf
    for count in range(STEPS):
        # f = fx + slope (u - x) + bend (u - x)² through the three points.
        slope_v, slope_w = (fv - fx) / (v - x), (fw - fx) / (w - x)
        bend = (slope_w - slope_v) / (w - v)
        move = -0.5 * (slope_v - bend * (v - x)) / bend if bend > 0.0 else np.inf
        if (bend * move * move < GAIN and last < STILL) or right - left < NARROWEST:
            return fx, x, phi, count, True
        if not left < x + move < right or count % 4 == 3:
            move = GOLDEN * (right - x if right - x > x - left else left - x)
        u = x + move
        fu, other, _, _ = _best_phi(z, np.sin(u), p, mean, phi, rows, sums)
        last = abs(fu - fx)
        if fu <= fx:
            left, right = (x, right) if u > x else (left, x)
            v, fv, w, fw, x, fx, phi = w, fw, x, fx, u, fu, other
        else:
            left, right = (left, u) if u > x else (u, right)
            if fu <= fw:
                v, fv, w, fw = w, fw, u, fu
            else:
                v, fv = u, fu
    return fx, x, phi, STEPS, False


@njit(cache=True)
def _best_phi(
    z: Floats, theta: float, p: int, mean: bool, phi: float, rows: Floats, sums: Floats
) -> tuple[float, float, float, float]:
    """The objective at theta and its best phi, found from `phi` on (0 if p is 0); that phi, S and the mean.

    The slope's root by secants within a bracket.
    """
    _gather(z, theta, mean, rows, sums)
    n, low, high, before, slope_before = z.size, -WIDEST, WIDEST, np.inf, 0.0
    total, slope, bend, k, mu = _at(sums, n, theta, phi)
    for _ in range(PHI_STEPS if p == 1 else 0):
        low, high = (phi, high) if slope < 0.0 else (low, phi)
        if before < np.inf and (slope - slope_before) * (phi - before) > 0.0:
            bend = (slope - slope_before) / (phi - before)
        move = -slope / bend
        if not total > 0.0 or abs(slope * move) < GAIN * 1e-2 or high - low < 1e-12:
            break
        before, slope_before = phi, slope
        phi = phi + move if low < phi + move < high else 0.5 * (low + high)
        total, slope, bend, k, mu = _at(sums, n, theta, phi)
    if not total > 0.0:
        return np.inf, phi, total, mu
    return 0.5 * n * np.log(total / n) + 0.5 * np.log(k), phi, total, mu


@njit(cache=True)
def _gather(z: Floats, theta: float, mean: bool, rows: Floats, sums: Floats) -> None:
    """Fills `sums` with Σ y_t², Σ y_t y_{t-1}, Σ y_{t-1}², the same of 1 / (1 + theta B) and of both, and with w."""
    y, h, w, one = rows[0], rows[1], rows[2], np.array([theta])
    y[:] = z
    divide(y, 0, one, 1)
    heard = respond(one, w)
    sums[ZZ], sums[ZZ + 1] = dot(y, y), dot(y[1:], y[:-1])
    sums[ZZ + 2] = sums[ZZ] - y[-1] * y[-1]
    sums[WZ], sums[WZ + 1] = dot(w[:heard], y[:heard]), dot(w[1:heard], y[: heard - 1])
    sums[WW] = dot(w[:heard], w[:heard])
    if mean:
        h[:] = 1.0
        divide(h, 0, one, 1)
        sums[OO], sums[OO + 1] = dot(h, h), dot(h[1:], h[:-1])
        sums[OO + 2] = sums[OO] - h[-1] * h[-1]
        sums[ZO], sums[ZO + 1] = dot(y, h), 0.5 * (dot(y[1:], h[:-1]) + dot(h[1:], y[:-1]))
        sums[ZO + 2] = sums[ZO] - y[-1] * h[-1]
        sums[WO], sums[WO + 1] = dot(w[:heard], h[:heard]), dot(w[1:heard], h[: heard - 1])


@njit(cache=True)
def _at(sums: Floats, n: int, theta: float, phi: float) -> tuple[float, float, float, float, float]:
    """S at phi, the objective's slope by phi and about its bend, K and the mean (0 without sums of ones)."""
    both, rest = phi + theta, 1.0 - phi * phi
    p = both * both / rest
    p_slope = (2.0 * both + 2.0 * phi * p) / rest
    k = 1.0 + p * sums[WW]
    g, g_slope = p / k, p_slope / (k * k)
    total, slope, bend = _product(sums, ZZ, phi, WZ, WZ, g, g_slope)
    mu = 0.0
    if sums[OO] > 0.0:
        oo, oo_slope, oo_bend = _product(sums, OO, phi, WO, WO, g, g_slope)
        zo, zo_slope, zo_bend = _product(sums, ZO, phi, WZ, WO, g, g_slope)
        mu = zo / oo
        total, slope = total - mu * zo, slope - 2.0 * mu * zo_slope + mu * mu * oo_slope
        bend += mu * (mu * oo_bend - 2.0 * zo_bend)
    return total, 0.5 * (n * slope / total + p_slope * sums[WW] / k), 0.5 * n * bend / total, k, mu


@njit(cache=True)
def _product(sums: Floats, at: int, phi: float, a: int, b: int, g: float, g_slope: float) -> tuple[float, float, float]:
    """Σ u_t v_t - g Σ w_t u_t Σ w_t v_t of the errors of two series, its slope by phi, its bend but for g's.

    Their sums stand from `at`, `a` and `b` on.
    """
    wu, wv, wu_lag, wv_lag = sums[a] - phi * sums[a + 1], sums[b] - phi * sums[b + 1], sums[a + 1], sums[b + 1]
    value = sums[at] - 2.0 * phi * sums[at + 1] + phi * phi * sums[at + 2] - g * wu * wv
    slope = 2.0 * (phi * sums[at + 2] - sums[at + 1]) - g_slope * wu * wv + g * (wu_lag * wv + wu * wv_lag)
    return value, slope, 2.0 * (sums[at + 2] - g * wu_lag * wv_lag)
