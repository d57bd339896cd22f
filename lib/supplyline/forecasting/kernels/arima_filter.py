"""The Kalman filter of an ARMA: missing values (NaN) are skipped, and once the state is known the update is constant.

State and notation as in `arima_initial`. P_t, the state's variance, falls to 0 for an invertible model: from then on
the gain is g and the error's variance sigma² until a value is missing. (Durbin and Koopman 2012, 4.3 and 4.10.)
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.kernels.arima_initial import autocovariances, stationary_covariance
from supplyline.forecasting.kernels.arima_polynomials import expand, largest_lag
from supplyline.forecasting.panel import Floats, Ints

KNOWN = 1e-13


@njit(cache=True)
def start_covariance(coefficients: Floats, order: Ints, phi: Floats, theta: Floats) -> Floats:
    """Variance (r, r) of the state before the first day; fills phi and theta (r + 1,) by lag."""
    r, p = phi.size - 1, order[0] + order[4] * order[2]
    expand(coefficients, order, phi, theta)
    covariance, psi, gamma = np.zeros((r, r)), np.zeros(r + 1), np.zeros(r + 1)
    equations, pivots = np.zeros((p + 1, p + 1)), np.zeros(p + 1, np.int64)
    autocovariances(phi, theta, psi, gamma, equations, pivots)
    stationary_covariance(phi, theta, psi, gamma, covariance)
    return covariance


@njit(cache=True)
def advance(state: Floats, phi: Floats, gain: Floats, error: float) -> None:
    """T state + gain · error, in place."""
    r = state.size
    if r == 0:
        return
    first = state[0]
    for i in range(r - 1):
        state[i] = phi[i + 1] * first + state[i + 1] + gain[i] * error
    state[r - 1] = phi[r] * first + gain[r - 1] * error


@njit(cache=True)
def advance_covariance(
    covariance: Floats, phi: Floats, theta: Floats, gain: Floats, seen: bool, row: Floats
) -> tuple[float, bool]:
    """P to the next day in place, `gain` filled; the relative variance F of the error, and whether P is now 0."""
    r = gain.size
    if r == 0:
        return 1.0, True
    row[:] = covariance[0]
    variance, largest = row[0] + 1.0, 0.0
    for i in range(r):
        below = row[i + 1] if i + 1 < r else 0.0
        gain[i] = (phi[i + 1] * row[0] + below + phi[i + 1] + theta[i + 1]) / variance
    for i in range(r):
        for j in range(i, r):
            total = phi[i + 1] * phi[j + 1] * row[0] + (phi[i + 1] + theta[i + 1]) * (phi[j + 1] + theta[j + 1])
            if j + 1 < r:
                total += phi[i + 1] * row[j + 1] + covariance[i + 1, j + 1]
            if i + 1 < r:
                total += phi[j + 1] * row[i + 1]
            covariance[i, j] = total - gain[i] * gain[j] * variance if seen else total
        largest = max(largest, abs(covariance[i, i]))
    for i in range(r):
        for j in range(i):
            covariance[i, j] = covariance[j, i]
    return variance, seen and largest < KNOWN


@njit(cache=True)
def filter_errors(
    coefficients: Floats, order: Ints, z: Floats, errors: Floats, ones: Floats, variances: Floats
) -> None:
    """Fills the one-step errors of `z` (n,) and of a series of ones, and their relative variances; NaN where z is."""
    r = largest_lag(order)
    phi, theta, row = np.zeros(r + 1), np.zeros(r + 1), np.zeros(r)
    covariance = start_covariance(coefficients, order, phi, theta)
    state, other, gain = np.zeros(r), np.zeros(r), np.zeros(r)
    known, variance = False, 1.0
    for t in range(z.size):
        seen = not np.isnan(z[t])
        if known and not seen:
            known = False
            covariance[:, :] = 0.0
        if not known:
            variance, known = advance_covariance(covariance, phi, theta, gain, seen, row)
            if known:
                gain[:] = phi[1:] + theta[1:]
        errors[t] = z[t] - (state[0] if r else 0.0)
        ones[t] = 1.0 - (other[0] if r else 0.0) if seen else np.nan
        variances[t] = variance if seen else np.nan
        advance(state, phi, gain, errors[t] if seen else 0.0)
        advance(other, phi, gain, ones[t] if seen else 0.0)
        if known:
            variance = 1.0


@njit(cache=True)
def scaled_errors(coefficients: Floats, order: Ints, mean: bool, z: Floats, result: Floats) -> tuple[float, float, int]:
    """Errors (n,) whose squares' sum S makes n/2 log(S / n) the objective of the likelihood; 0 where z is missing.

    They are v_t / sqrt(F_t) · (Π F)^(1/2n), the mean concentrated out. Returns mean, log Π F and the days seen.
    """
    n = z.size
    errors, ones, variances = np.empty(n), np.empty(n), np.empty(n)
    filter_errors(coefficients, order, z, errors, ones, variances)
    both, own, logs, seen = 0.0, 0.0, 0.0, 0
    for t in range(n):
        if not np.isnan(z[t]):
            both += errors[t] * ones[t] / variances[t]
            own += ones[t] * ones[t] / variances[t]
            logs += np.log(variances[t])
            seen += 1
    centre = both / own if mean and own != 0.0 else 0.0
    factor = np.exp(0.5 * logs / max(seen, 1))
    for t in range(n):
        result[t] = 0.0 if np.isnan(z[t]) else factor * (errors[t] - centre * ones[t]) / np.sqrt(variances[t])
    return centre, logs, seen
