"""How often to difference: KPSS and augmented Dickey-Fuller for d, the strength of the season for D.

All take a series (n,) without gaps, oldest first. Tested against statsmodels.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from supplyline.forecasting.kernels.arima_series import backward, cholesky, forward, shifted_dot
from supplyline.forecasting.panel import Floats

KPSS_CRITICAL = 0.463
STRONG_SEASON = 0.64
LEAST_VALUES = 10


@njit(cache=True)
def kpss(y: Floats, lags: int) -> float:
    """KPSS statistic around a level: Σ S_t² / (n² s²), S_t the running sums of y less its mean.

    s² is the long-run variance with Bartlett weights over `lags`. 0 for a constant series. Above 0.463 stationarity is
    refused at 5 % (Kwiatkowski, Phillips, Schmidt and Shin 1992).
    """
    n = y.size
    centred = y - y.mean()
    total, squares = 0.0, 0.0
    for t in range(n):
        total += centred[t]
        squares += total * total
    variance = shifted_dot(centred, 0, centred, 0, n)
    # What rounding leaves of a constant series is no variance.
    if variance <= 1e-20 * n * y.mean() ** 2 or variance == 0.0:
        return 0.0
    for k in range(1, min(lags, n - 1) + 1):
        variance += 2.0 * (1.0 - k / (lags + 1.0)) * shifted_dot(centred, k, centred, 0, n - k)
    return squares / (n * variance)


@njit(cache=True)
def kpss_lags(n: int) -> int:
    """3 sqrt(n) / 13 lags, as R's ndiffs takes."""
    return int(3.0 * np.sqrt(n) / 13.0)


@njit(cache=True)
def differences_needed(y: Floats, most: int) -> int:
    """d: differences are taken while KPSS refuses stationarity at 5 %, at most `most` (Hyndman and Khandakar 2008)."""
    for d in range(most):
        if y.size < LEAST_VALUES or kpss(y, kpss_lags(y.size)) <= KPSS_CRITICAL:
            return d
        y = y[1:] - y[:-1]
    return most


@njit(cache=True)
def adf(y: Floats, most_lags: int) -> tuple[float, int]:
    """Augmented Dickey-Fuller t statistic with a constant, and the lags of the difference used.

    d y_t = a + g y_{t-1} + Σ b_k d y_{t-k} + e; the number of lags by AIC among 0 … `most_lags` on one sample, then the
    regression on all days that it can use. NaN where the regression can't be solved. (Said and Dickey 1984.)
    """
    best, chosen = np.inf, 0
    for lags in range(most_lags + 1):
        _, loglik = _dickey_fuller(y, lags, most_lags)
        if -2.0 * loglik + 2.0 * (lags + 2) < best:
            best, chosen = -2.0 * loglik + 2.0 * (lags + 2), lags
    return _dickey_fuller(y, chosen, chosen)[0], chosen


@njit(cache=True)
def _dickey_fuller(y: Floats, lags: int, skipped: int) -> tuple[float, float]:
    """t of y_{t-1}, and the log-likelihood."""
    change = y[1:] - y[:-1]
    rows, columns = change.size - skipped, lags + 2
    x = np.ones((columns, rows))
    for k in range(lags):
        x[k + 1] = change[skipped - k - 1 : change.size - k - 1]
    # The level goes last, so that its variance is the last pivot's.
    x[columns - 1] = y[skipped : y.size - 1]
    target = change[skipped:]
    matrix, b = np.zeros((columns, columns)), np.zeros(columns)
    for i in range(columns):
        b[i] = shifted_dot(x[i], 0, target, 0, rows)
        for j in range(i + 1):
            matrix[i, j] = shifted_dot(x[i], 0, x[j], 0, rows)
    cholesky(matrix)
    forward(matrix, b)
    rest = shifted_dot(target, 0, target, 0, rows) - shifted_dot(b, 0, b, 0, columns)
    backward(matrix, b)
    error = math.sqrt(max(rest, 0.0) / (rows - columns)) / matrix[columns - 1, columns - 1]
    loglik = -0.5 * rows * (np.log(2.0 * np.pi * max(rest, 1e-300) / rows) + 1.0)
    return b[columns - 1] / error, loglik


def adf_lags(n: int) -> int:
    """The most lags tried, 12 (n / 100)^(1/4), fewer on a short series (Schwert 1989)."""
    return max(min(math.ceil(12.0 * (n / 100.0) ** 0.25), n // 2 - 2), 0)


def adf_probability(statistic: float) -> float:
    """p-value of the statistic of a regression with a constant (MacKinnon 1994, response surface)."""
    if statistic > 2.74:
        return 1.0
    if statistic < -18.83:
        return 0.0
    small, large = (2.1659, 1.4412, 0.038269), (1.7339, 0.93202, -0.12745, -0.010368)
    weights = small if statistic <= -1.61 else large
    score = sum(weight * statistic**power for power, weight in enumerate(weights))
    return 0.5 * math.erfc(-score / math.sqrt(2.0))


@njit(cache=True)
def seasonal_strength(y: Floats, m: int) -> float:
    """max(0, 1 - var(R) / var(S + R)), R and S rest and season of a classical additive decomposition.

    Trend by a centred moving average over a season, season by the mean of each phase (Wang, Smith and Hyndman 2006).
    0 with less than two seasons and a bit.
    """
    half = m // 2
    days = y.size - 2 * half
    if m < 2 or days < 2 * m:
        return 0.0
    rest, sums, counts = np.empty(days), np.zeros(m), np.zeros(m)
    for t in range(days):
        trend = 0.0
        for k in range(1, 2 * half):
            trend += y[t + k]
        ends = 0.5 if m % 2 == 0 else 1.0
        trend += ends * (y[t] + y[t + 2 * half])
        rest[t] = y[t + half] - trend / m
        sums[t % m] += rest[t]
        counts[t % m] += 1.0
    both = rest.var()
    for t in range(days):
        rest[t] -= sums[t % m] / counts[t % m]
    return max(0.0, 1.0 - rest.var() / both) if both > 1e-20 * (y.mean() ** 2) else 0.0


@njit(cache=True)
def seasonal_differences_needed(y: Floats, m: int) -> int:
    """D: 1 where the season is strong, above 0.64 (Hyndman and Athanasopoulos 2021, 9.1 and 9.9), else 0."""
    return 1 if seasonal_strength(y, m) > STRONG_SEASON else 0


@njit(cache=True)
def differences_of(y: Floats, m: int, d: int, seasonal_d: int) -> tuple[int, int]:
    """(d, D), each as given or, if negative, as the tests have it; missing values are left out of them.

    D first, as a season looks like a unit root; after a seasonal difference at most one more.
    """
    if d < 0 or seasonal_d < 0:
        seen = y[~np.isnan(y)]
        if seasonal_d < 0:
            whole = m > 1 and seen.size == y.size
            seasonal_d = seasonal_differences_needed(y, m) if whole else 0
        if d < 0:
            if seasonal_d > 0 and seen.size > m:
                seen = seen[m:] - seen[:-m]
            d = differences_needed(seen, 2 - seasonal_d)
    if d + m * seasonal_d >= y.size:
        return 0, 0
    return d, seasonal_d
