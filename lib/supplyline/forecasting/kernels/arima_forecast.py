"""Forecasts of an ARIMA from any past day: one pass of the filter, a look ahead wherever an origin is met."""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.kernels.arima_filter import advance, advance_covariance, start_covariance
from supplyline.forecasting.kernels.arima_polynomials import largest_lag
from supplyline.forecasting.panel import Floats, Ints


@njit(cache=True)
def difference_weights(d: int, seasonal_d: int, m: int) -> Floats:
    """delta (d + m D + 1,) with (1 - B)^d (1 - B^m)^D y_t = y_t - Σ delta_k y_{t-k}; delta_0 = 0."""
    poly = np.zeros(d + m * seasonal_d + 1)
    poly[0] = 1.0
    for step, times in ((1, d), (m, seasonal_d)):
        for _ in range(times):
            for k in range(poly.size - 1, step - 1, -1):
                poly[k] -= poly[k - step]
    poly *= -1.0
    poly[0] = 0.0
    return poly


@njit(cache=True)
def differenced(y: Floats, d: int, seasonal_d: int, m: int) -> Floats:
    """(n - d - m D,) differences of `y`; NaN where one of the values is."""
    delta = difference_weights(d, seasonal_d, m)
    lost = delta.size - 1
    z = y[lost:].copy()
    for k in range(1, lost + 1):
        if delta[k] != 0.0:
            z -= delta[k] * y[lost - k : y.size - k]
    return z


@njit(cache=True)
def look_ahead(
    y: Floats, spec: Ints, coefficients: Floats, mean: float, origins: Ints, horizon: int, result: Floats
) -> None:
    """Fills `result` (origins, horizon) with forecasts of y after each origin (rising, days of y; before 0: NaN).

    `spec` is (p, q, P, Q, m, d, D). A missing value is replaced by its forecast where later levels build on it.
    """
    order, d, seasonal_d = spec[:5], spec[5], spec[6]
    delta = difference_weights(d, seasonal_d, order[4])
    lost, r = delta.size - 1, largest_lag(order)
    phi, theta, row, state, gain = np.zeros(r + 1), np.zeros(r + 1), np.zeros(r), np.zeros(r), np.zeros(r)
    covariance = start_covariance(coefficients, order, phi, theta)
    levels = np.empty(y.size + horizon)
    levels[: y.size] = y
    known, at = False, 0
    while at < origins.size and origins[at] < lost - 1:
        result[at] = np.nan
        at += 1
    for t in range(y.size):
        if t < lost:
            levels[t] = y[t] if not np.isnan(y[t]) else (levels[t - 1] if t > 0 else 0.0)
        else:
            expected = mean + (state[0] if r else 0.0) + _carried(levels, delta, t)
            seen = not np.isnan(_difference(y, delta, t))
            if known and not seen:
                known = False
                covariance[:, :] = 0.0
            if not known:
                _, known = advance_covariance(covariance, phi, theta, gain, seen, row)
                if known:
                    gain[:] = phi[1:] + theta[1:]
            advance(state, phi, gain, y[t] - expected if seen else 0.0)
            if np.isnan(y[t]):
                levels[t] = expected
        if at < origins.size and origins[at] == t:
            _run_on(levels, t, delta, state.copy(), phi, mean, result[at])
            levels[t + 1 : y.size] = y[t + 1 :]
            at += 1
        if at == origins.size:
            break


@njit(cache=True)
def _difference(y: Floats, delta: Floats, t: int) -> float:
    return y[t] - _carried(y, delta, t)


@njit(cache=True)
def _carried(levels: Floats, delta: Floats, t: int) -> float:
    """Σ delta_k y_{t-k}: what the difference is added to."""
    total = 0.0
    for k in range(1, delta.size):
        if delta[k] != 0.0:
            total += delta[k] * levels[t - k]
    return total


@njit(cache=True)
def _run_on(
    levels: Floats, origin: int, delta: Floats, state: Floats, phi: Floats, mean: float, result: Floats
) -> None:
    """Forecasts after `origin` from the state of the next day; uses the days after it in `levels` as room."""
    for h in range(result.size):
        t = origin + 1 + h
        levels[t] = mean + (state[0] if state.size else 0.0) + _carried(levels, delta, t)
        result[h] = levels[t]
        advance(state, phi, phi[1:], 0.0)


@njit(cache=True)
def look_ahead_panel(
    values: Floats, starts: Ints, specs: Ints, coefficients: Floats, means: Floats, origins: Ints, horizon: int
) -> Floats:
    """(n, origins, horizon) forecasts after each origin (a column of `values`, rising); NaN before a series can."""
    result = np.full((values.shape[0], origins.size, horizon), np.nan)
    for i in range(values.shape[0]):
        spec, size = specs[i], specs[i, :4].sum()
        if starts[i] < values.shape[1] and np.isfinite(means[i]):
            y, own = values[i, starts[i] :], origins - starts[i]
            look_ahead(y, spec, coefficients[i, :size].copy(), means[i], own, horizon, result[i])
    return result
