"""Standard errors of an ARMA's coefficients from the observed information."""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.kernels.arima_filter import filter_errors
from supplyline.forecasting.kernels.arima_fit import evaluate
from supplyline.forecasting.kernels.arima_likelihood import MU, room
from supplyline.forecasting.kernels.arima_search import standardised
from supplyline.forecasting.panel import Floats, Ints

NUDGE = 1e-4


def standard_errors(z: Floats, order: Ints, mean: bool, coefficients: Floats, sigma2: float) -> Floats:
    """(k + 1,) of the coefficients and the mean (0 without one); NaN where the information is not positive definite.

    The likelihood has variance and mean concentrated out, so the inverse of its second derivatives is the coefficients'
    part of the inverse of the whole information; the mean adds its own variance given them.
    """
    hessian, mean_slopes, ones, scale = _information(z, order, mean, coefficients)
    try:
        covariance = np.linalg.inv(hessian)
    except np.linalg.LinAlgError:
        covariance = np.full(hessian.shape, np.nan)
    own = sigma2 / ones + scale**2 * mean_slopes @ covariance @ mean_slopes if mean else 0.0
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt(np.append(np.diag(covariance), own)))


@njit(cache=True)
def _information(z: Floats, order: Ints, mean: bool, coefficients: Floats) -> tuple[Floats, Floats, float, float]:
    """Second derivatives (k, k) of -loglik, slopes (k,) of the mean, the ones' weight 1'V^-1 1 and z's scale."""
    unit, _, scale, seen = standardised(z, mean)
    gaps = seen < z.size
    work, k = room(unit, order), coefficients.size
    hessian, means = np.zeros((k, k)), np.zeros(k)
    corner = np.zeros((2, 2))
    for i in range(k):
        for j in range(i + 1):
            for a in range(2):
                for b in range(2):
                    moved = coefficients.copy()
                    moved[i] += NUDGE * (2 * a - 1)
                    moved[j] += NUDGE * (2 * b - 1)
                    corner[a, b] = evaluate(moved, order, mean, gaps, work)
                    if i == j and a == b:
                        means[i] += (2 * a - 1) * work.numbers[MU] / (4.0 * NUDGE)
            second = (corner[1, 1] - corner[1, 0] - corner[0, 1] + corner[0, 0]) / (4.0 * NUDGE * NUDGE)
            hessian[i, j] = hessian[j, i] = second
    return hessian, means, _weight_of_ones(unit, order, coefficients), scale


@njit(cache=True)
def _weight_of_ones(unit: Floats, order: Ints, coefficients: Floats) -> float:
    """Σ v_t² / F_t over the days seen, v the filter's errors of a series of ones."""
    errors, ones, variances = np.empty(unit.size), np.empty(unit.size), np.empty(unit.size)
    filter_errors(coefficients, order, unit, errors, ones, variances)
    total = 0.0
    for t in range(unit.size):
        if not np.isnan(unit[t]):
            total += ones[t] * ones[t] / variances[t]
    return total
