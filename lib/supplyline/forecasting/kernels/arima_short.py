"""Exact likelihood of an ARMA(p, q) with p and q at most 1, with its gradient and Gauss-Newton matrix.

The formulas of `arima_likelihood` for a state of one number: with w_t = (-theta)^t, M = Σ w_t² and
P = (phi + theta)² / (1 - phi²), K = 1 + P M and S = Σ e_t² - (P / K) (Σ w_t e_t)², e_t the errors from the zero state.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.kernels.arima_division import FADED, SUMS
from supplyline.forecasting.kernels.arima_series import dot
from supplyline.forecasting.panel import Floats, Ints

E, A, B, W, V = 0, 1, 2, 3, 4


@njit(cache=True)
def is_short(order: Ints) -> bool:
    """Whether p and q are at most 1 and no coefficient is seasonal."""
    return bool(order[0] <= 1 and order[1] <= 1 and order[2] + order[3] == 0)


@njit(cache=True, fastmath=SUMS)
def _errors(z: Floats, mu: float, phi: float, theta: float, e: Floats, a: Floats, b: Floats) -> None:
    """Fills the errors of z - mu from the zero state, and their slopes a by phi and b by theta."""
    before, error, by_phi, by_theta = 0.0, 0.0, 0.0, 0.0
    for t in range(z.size):
        by_theta = -error - theta * by_theta
        by_phi = -before - theta * by_phi
        x = z[t] - mu
        error = (x - phi * before) - theta * error
        before = x
        e[t], a[t], b[t] = error, by_phi, by_theta


@njit(cache=True)
def _impulse(theta: float, w: Floats, v: Floats) -> int:
    """Fills w_t = (-theta)^t and its slope v_t by theta until they have faded; returns how many entries matter."""
    power = 1.0
    w[0], v[0] = 1.0, 0.0
    for t in range(1, w.size):
        v[t] = -t * power
        power *= -theta
        w[t] = power
        if abs(power) < FADED:
            return t + 1
    return w.size


@njit(cache=True)
def short_objective(
    z: Floats, phi: float, theta: float, mu: float, rows: Floats, gradient: Floats, hessian: Floats
) -> tuple[float, float]:
    """The objective of `z` less `mu`, and S; fills the gradient (2,) by phi and theta and the matrix (2, 2).

    `rows` (5 or more, n or more) is room.
    """
    n, both = z.size, phi + theta
    e, a, b = rows[E, :n], rows[A, :n], rows[B, :n]
    _errors(z, mu, phi, theta, e, a, b)
    length = _impulse(theta, rows[W, :n], rows[V, :n])
    w, v = rows[W, :length], rows[V, :length]
    we, wa, wb, ww, vw = dot(w, e), dot(w, a), dot(w, b), dot(w, w), dot(v, w)
    rest = 1.0 - phi * phi
    p = both * both / rest
    p_theta = 2.0 * both / rest
    p_phi = p_theta + 2.0 * phi * p / rest
    k = 1.0 + p * ww
    k_phi, k_theta = p_phi * ww, p_theta * ww + 2.0 * p * vw
    g = p / k
    total = dot(e, e) - g * we * we
    if not total > 0.0:
        return np.inf, total
    state, scale = g * we, n / total
    s_phi = 2.0 * (dot(e, a) - state * wa) - (p_phi - g * k_phi) / k * we * we
    s_theta = 2.0 * (dot(e, b) - state * (wb + dot(v, e))) - (p_theta - g * k_theta) / k * we * we
    gradient[0] = 0.5 * (scale * s_phi + k_phi / k)
    gradient[1] = 0.5 * (scale * s_theta + k_theta / k)
    # Of the slopes of the errors given the best starting state, e - state · w.
    hessian[0, 0] = scale * dot(a, a)
    hessian[0, 1] = hessian[1, 0] = scale * (dot(a, b) - state * dot(v, a))
    hessian[1, 1] = scale * (dot(b, b) - state * (2.0 * dot(v, b) - state * dot(v, v)))
    return 0.5 * n * np.log(total / n) + 0.5 * np.log(k), total


@njit(cache=True, fastmath=SUMS)
def short_mean(z: Floats, phi: float, theta: float) -> float:
    """The mean of the highest likelihood, by the errors e of the series and h of a series of ones."""
    before, one, e, h, w = 0.0, 0.0, 0.0, 0.0, 1.0
    eh, hh, we, wh, ww = 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(z.size):
        e = (z[t] - phi * before) - theta * e
        h = (1.0 - phi * one) - theta * h
        before, one = z[t], 1.0
        eh += e * h
        hh += h * h
        if abs(w) > FADED:
            we += w * e
            wh += w * h
            ww += w * w
            w = -theta * w
    p = (phi + theta) * (phi + theta) / (1.0 - phi * phi)
    g = p / (1.0 + p * ww)
    return (eh - g * we * wh) / (hh - g * wh * wh)
