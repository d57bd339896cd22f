"""Polynomials of a multiplicative ARMA(p,q)(P,Q)_m: from partial autocorrelations to coefficients to lags, and back.

An `order` is an int64 array (p, q, P, Q, m). `coefficients` are (phi_1 … phi_p, theta_1 … theta_q, Phi_1 … Phi_P,
Theta_1 … Theta_Q) of (1 - phi B …)(1 - Phi B^m …) z = (1 + theta B …)(1 + Theta B^m …) e. `partials` are the same many
numbers within (-1, 1), which make every factor stationary or invertible (Barndorff-Nielsen and Schou 1973; Monahan
1984, "A note on enforcing stationarity in autoregressive-moving average models").
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.panel import Floats, Ints


@njit(cache=True)
def largest_lag(order: Ints) -> int:
    """r = max(p + mP, q + mQ), the dimension of the state."""
    return max(order[0] + order[4] * order[2], order[1] + order[4] * order[3])


@njit(cache=True)
def coefficients_of(partials: Floats, order: Ints, slopes: Floats) -> Floats:
    """Coefficients; fills `slopes` (k, k) with d coefficient_i / d partial_j."""
    result = np.zeros(partials.size)
    slopes[:, :] = 0.0
    at = 0
    for factor in range(4):
        count = order[factor]
        if count == 0:
            continue
        part, slope = result[at : at + count], slopes[at : at + count, at : at + count]
        _durbin_levinson(partials[at : at + count], part, slope)
        if factor % 2 == 1:
            for i in range(count):
                part[i] = -part[i]
                for j in range(count):
                    slope[i, j] = -slope[i, j]
        at += count
    return result


@njit(cache=True)
def _durbin_levinson(partials: Floats, result: Floats, slopes: Floats) -> None:
    """phi_kj = phi_{k-1,j} - r_k phi_{k-1,k-j}, phi_kk = r_k, with the derivatives carried along, pair by pair."""
    for k in range(partials.size):
        r = partials[k]
        for j in range((k + 1) // 2):
            i = k - 1 - j
            slopes[j, k], slopes[i, k] = -result[i], -result[j]
            result[j], result[i] = result[j] - r * result[i], result[i] - r * result[j]
            for at in range(k):
                slopes[j, at], slopes[i, at] = slopes[j, at] - r * slopes[i, at], slopes[i, at] - r * slopes[j, at]
        result[k] = r
        slopes[k, k] = 1.0


@njit(cache=True)
def partials_of(coefficients: Floats, order: Ints, limit: float) -> Floats:
    """Partial autocorrelations of given coefficients, by the recursion run downwards; each held within ± `limit`.

    A polynomial outside the region of stationarity is pulled in: what comes out is a starting point, then.
    """
    result = coefficients.copy()
    at = 0
    for factor in range(4):
        count = order[factor]
        part = result[at : at + count]
        if factor % 2 == 1:
            part *= -1.0
        for k in range(count - 1, -1, -1):
            r = min(max(part[k], -limit), limit)
            part[k] = r
            before = part[:k].copy()
            for j in range(k):
                part[j] = (before[j] + r * before[k - 1 - j]) / (1.0 - r * r)
        at += count
    return result


@njit(cache=True)
def expand(coefficients: Floats, order: Ints, phi: Floats, theta: Floats) -> None:
    """Fills phi and theta (r + 1,) by lag: z_t = Σ phi_k z_{t-k} + e_t + Σ theta_k e_{t-k}; phi_0 = 0, theta_0 = 1."""
    p, q, seasonal_p, seasonal_q, m = order
    phi[:], theta[:] = 0.0, 0.0
    theta[0] = 1.0
    phi[1 : p + 1] = coefficients[:p]
    theta[1 : q + 1] = coefficients[p : p + q]
    for k in range(seasonal_p):
        seasonal = coefficients[p + q + k]
        phi[(k + 1) * m] += seasonal
        for i in range(p):
            phi[(k + 1) * m + i + 1] -= seasonal * coefficients[i]
    for k in range(seasonal_q):
        seasonal = coefficients[p + q + seasonal_p + k]
        theta[(k + 1) * m] += seasonal
        for i in range(q):
            theta[(k + 1) * m + i + 1] += seasonal * coefficients[p + i]


@njit(cache=True)
def collect(by_phi: Floats, by_theta: Floats, coefficients: Floats, order: Ints, gradient: Floats) -> None:
    """Adds to `gradient` (k,) what derivatives by lag, `by_phi` and `by_theta` (r + 1,), are by coefficient."""
    p, q, seasonal_p, seasonal_q, m = order
    first = p + q
    for i in range(p):
        gradient[i] += by_phi[i + 1]
        for k in range(seasonal_p):
            gradient[i] -= by_phi[(k + 1) * m + i + 1] * coefficients[first + k]
            gradient[first + k] -= by_phi[(k + 1) * m + i + 1] * coefficients[i]
    for i in range(q):
        gradient[p + i] += by_theta[i + 1]
        for k in range(seasonal_q):
            at = first + seasonal_p + k
            gradient[p + i] += by_theta[(k + 1) * m + i + 1] * coefficients[at]
            gradient[at] += by_theta[(k + 1) * m + i + 1] * coefficients[p + i]
    for k in range(seasonal_p):
        gradient[first + k] += by_phi[(k + 1) * m]
    for k in range(seasonal_q):
        gradient[first + seasonal_p + k] += by_theta[(k + 1) * m]
