"""Where the search for ARMA coefficients begins: Hannan and Rissanen's two regressions.

Hannan and Rissanen 1982, "Recursive estimation of mixed autoregressive-moving average order": a long autoregression
(Yule-Walker, by Levinson's recursion) gives errors; the series is then regressed on its own lags and theirs.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.kernels.arima_polynomials import partials_of
from supplyline.forecasting.kernels.arima_series import backward, cholesky, forward, multiply, shifted_dot
from supplyline.forecasting.panel import Floats, Ints

LARGEST_START = 0.95
RIDGE = 1e-8


@njit(cache=True)
def long_autoregression(z: Floats, lags: int) -> Floats:
    """Errors (n,) of an autoregression on `lags` lags fitted by Yule and Walker; the first `lags` are 0."""
    n = z.size
    gamma = np.empty(lags + 1)
    for k in range(lags + 1):
        gamma[k] = shifted_dot(z, k, z, 0, n - k)
    phi, before = np.zeros(lags), np.zeros(lags)
    variance = gamma[0]
    for k in range(lags):
        if variance <= 1e-12 * gamma[0]:
            break
        r = gamma[k + 1]
        for j in range(k):
            r -= phi[j] * gamma[k - j]
        r /= variance
        before[:k] = phi[:k]
        for j in range(k):
            phi[j] = before[j] - r * before[k - 1 - j]
        phi[k] = r
        variance *= 1.0 - r * r
    errors = np.zeros(n)
    multiply(z, errors, lags, phi, 1)
    return errors


@njit(cache=True)
def hannan_rissanen(z: Floats, errors: Floats, skipped: int, order: Ints) -> Floats:
    """Partial autocorrelations (k,) from the regression of z on the lags that the order names, z's and the errors'.

    `errors` are those of a long autoregression, of which the first `skipped` are unknown. Products of seasonal and
    other lags are left out of the regression.
    """
    count = order[0] + order[1] + order[2] + order[3]
    first = skipped + max(max(order[0], order[1]), order[4] * max(order[2], order[3]))
    rows = z.size - first
    matrix, right = np.zeros((count, count)), np.zeros(count)
    if rows <= count:
        return right
    for i in range(count):
        own, lag = regressor(i, order)
        x = z if own else errors
        right[i] = shifted_dot(x, first - lag, z, first, rows)
        for j in range(i + 1):
            other_own, back = regressor(j, order)
            y = z if other_own else errors
            matrix[i, j] = shifted_dot(x, first - lag, y, first - back, rows)
        matrix[i, i] = matrix[i, i] * (1.0 + RIDGE) + 1e-300
    cholesky(matrix)
    forward(matrix, right)
    backward(matrix, right)
    for i in range(count):
        if not np.isfinite(right[i]):
            return np.zeros(count)
    return partials_of(right, order, LARGEST_START)


@njit(cache=True)
def regressor(i: int, order: Ints) -> tuple[bool, int]:
    """Whether coefficient i belongs to a lag of the series (else of its errors), and which lag."""
    p, q, seasonal_p, _, m = order
    if i < p:
        return True, i + 1
    if i < p + q:
        return False, i - p + 1
    if i < p + q + seasonal_p:
        return True, (i - p - q + 1) * m
    return False, (i - p - q - seasonal_p + 1) * m
