"""The state of an ARMA before its first observation: its stationary covariance, and the derivatives of it.

State of dimension r = max(p, q): alpha_{t+1} = T alpha_t + g e_t, z_t = alpha_t[0] + e_t, with T the companion matrix
of phi (first column phi, ones above the diagonal), g = phi + theta. Its covariance P solves P = T P T' + g g' (the
variance of e is 1); here from the autocovariances of z (Brockwell and Davis 1991, 3.3) instead of by r² equations.
Arrays by lag have r + 1 entries: phi[0] = 0, theta[0] = 1.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.panel import Floats, Ints

# With no pivot below the first, rounding takes nothing that counts; with one below the second, all.
EASY, HOPELESS = 1e-2, 1e-8
TURNS = 2
SPLIT = 134217729.0


@njit(cache=True, error_model="numpy")
def factorise(matrix: Floats, pivots: Ints) -> None:
    """LU with row exchanges, in place; not finite where a root of phi lies on the unit circle."""
    size = matrix.shape[0]
    for k in range(size):
        pivot = k
        for i in range(k + 1, size):
            if abs(matrix[i, k]) > abs(matrix[pivot, k]):
                pivot = i
        pivots[k] = pivot
        if pivot != k:
            for j in range(size):
                matrix[k, j], matrix[pivot, j] = matrix[pivot, j], matrix[k, j]
        for i in range(k + 1, size):
            matrix[i, k] /= matrix[k, k]
            factor = matrix[i, k]
            for j in range(k + 1, size):
                matrix[i, j] -= factor * matrix[k, j]


@njit(cache=True, error_model="numpy")
def solve(matrix: Floats, pivots: Ints, b: Floats) -> None:
    """A x = b with the factors of A, in place."""
    size = matrix.shape[0]
    for k in range(size):
        b[k], b[pivots[k]] = b[pivots[k]], b[k]
    for k in range(size):
        for i in range(k + 1, size):
            b[i] -= matrix[i, k] * b[k]
    for k in range(size - 1, -1, -1):
        for j in range(k + 1, size):
            b[k] -= matrix[k, j] * b[j]
        b[k] /= matrix[k, k]


@njit(cache=True, error_model="numpy")
def solve_transposed(matrix: Floats, pivots: Ints, b: Floats) -> None:
    """A' x = b with the factors of A, in place."""
    size = matrix.shape[0]
    for k in range(size):
        for j in range(k):
            b[k] -= matrix[j, k] * b[j]
        b[k] /= matrix[k, k]
    for k in range(size - 1, -1, -1):
        for j in range(k + 1, size):
            b[k] -= matrix[j, k] * b[j]
    for k in range(size - 1, -1, -1):
        b[k], b[pivots[k]] = b[pivots[k]], b[k]


@njit(cache=True)
def refine(phi: Floats, right: Floats, matrix: Floats, pivots: Ints, gamma: Floats) -> None:
    """Brings gamma (p + 1,), the solution of the equations with these factors, near its last bits.

    Close to the unit circle gamma is large and nearly the same at all lags, so that what counts is in digits which
    rounding takes. Each turn solves for what the equations leave over, added up with twice the digits (Dekker 1971,
    "A floating-point technique for extending the available precision").
    """
    size = gamma.size
    rest = np.zeros(size)
    for _ in range(TURNS):
        for k in range(size):
            total, lost = right[k], 0.0
            for i in range(size):
                factor = -1.0 if i == 0 else phi[i]
                other = gamma[abs(k - i)]
                product = factor * other
                before = total
                total = before + product
                back = total - before
                lost += (before - (total - back)) + (product - back) + _product_error(factor, other, product)
            rest[k] = total + lost
        solve(matrix, pivots, rest)
        for k in range(size):
            gamma[k] += rest[k]


@njit(cache=True)
def _product_error(a: float, b: float, product: float) -> float:
    """a · b less its rounded value."""
    upper, other = SPLIT * a, SPLIT * b
    a_high, b_high = upper - (upper - a), other - (other - b)
    a_low, b_low = a - a_high, b - b_high
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


@njit(cache=True)
def autocovariances(phi: Floats, theta: Floats, psi: Floats, gamma: Floats, matrix: Floats, pivots: Ints) -> None:
    """Fills gamma (r + 1,), psi (r + 1,): gamma_k - Σ phi_i gamma_{|k-i|} = Σ_{j≥k} theta_j psi_{j-k}.

    `matrix` (p + 1, p + 1) and `pivots` take the factors of the equations for lags 0 … p.
    """
    r, p = phi.size - 1, matrix.shape[0] - 1
    psi[0] = 1.0
    for k in range(1, r + 1):
        psi[k] = theta[k]
        for i in range(1, min(k, p) + 1):
            psi[k] += phi[i] * psi[k - i]
    for k in range(r + 1):
        gamma[k] = 0.0
        for j in range(k, r + 1):
            gamma[k] += theta[j] * psi[j - k]
    matrix[:, :] = 0.0
    for k in range(p + 1):
        matrix[k, k] += 1.0
        for i in range(1, p + 1):
            matrix[k, abs(k - i)] -= phi[i]
    factorise(matrix, pivots)
    right = gamma[: p + 1].copy()
    solve(matrix, pivots, gamma[: p + 1])
    least = 1.0
    for k in range(p + 1):
        least = min(least, abs(matrix[k, k]))
    if not least > HOPELESS:
        gamma[:] = np.nan
    elif least < EASY:
        refine(phi, right, matrix, pivots, gamma[: p + 1])
    for k in range(p + 1, r + 1):
        for i in range(1, p + 1):
            gamma[k] += phi[i] * gamma[k - i]


@njit(cache=True)
def stationary_covariance(phi: Floats, theta: Floats, psi: Floats, gamma: Floats, covariance: Floats) -> None:
    """Fills `covariance` (r, r), from its first row and, below it, row i + 1 from the recursion of row i."""
    r = phi.size - 1
    for j in range(r):
        covariance[0, j] = 0.0
        for k in range(j + 1, r + 1):
            covariance[0, j] += phi[k] * gamma[k - j] + theta[k] * psi[k - j]
    for i in range(r - 1, 0, -1):
        for j in range(r - 1, i - 1, -1):
            total = phi[i + 1] * phi[j + 1] * covariance[0, 0]
            total += (phi[i + 1] + theta[i + 1]) * (phi[j + 1] + theta[j + 1])
            if j + 1 < r:
                total += phi[i + 1] * covariance[0, j + 1] + covariance[i + 1, j + 1]
            if i + 1 < r:
                total += phi[j + 1] * covariance[0, i + 1]
            covariance[i, j] = total
    for i in range(r):
        for j in range(i):
            covariance[i, j] = covariance[j, i]


@njit(cache=True)
def covariance_slopes(
    phi: Floats, theta: Floats, covariance: Floats, slopes: Floats, by_phi: Floats, by_theta: Floats, by_first: Floats
) -> None:
    """Turns `slopes` (r, r), d f / d covariance, into what f owes to phi and theta directly and to the first row."""
    r = phi.size - 1
    for i in range(r):
        by_first[i] = slopes[0, i] * (1.0 if i == 0 else 2.0)
    for i in range(1, r):
        for j in range(i, r):
            a = slopes[i, j] * (1.0 if i == j else 2.0)
            if i > 1:
                a += slopes[i - 1, j - 1]
            slopes[i, j] = a
            by_g_i, by_g_j = phi[j + 1] + theta[j + 1], phi[i + 1] + theta[i + 1]
            by_phi[i + 1] += a * (phi[j + 1] * covariance[0, 0] + by_g_i)
            by_phi[j + 1] += a * (phi[i + 1] * covariance[0, 0] + by_g_j)
            by_theta[i + 1] += a * by_g_i
            by_theta[j + 1] += a * by_g_j
            by_first[0] += a * phi[i + 1] * phi[j + 1]
            if j + 1 < r:
                by_phi[i + 1] += a * covariance[0, j + 1]
                by_first[j + 1] += a * phi[i + 1]
            if i + 1 < r:
                by_phi[j + 1] += a * covariance[0, i + 1]
                by_first[i + 1] += a * phi[j + 1]


@njit(cache=True)
def first_row_slopes(
    phi: Floats,
    theta: Floats,
    psi: Floats,
    gamma: Floats,
    matrix: Floats,
    pivots: Ints,
    by_first: Floats,
    by_phi: Floats,
    by_theta: Floats,
) -> None:
    """Adds to by_phi, by_theta what f owes to them through the covariance's first row, gamma and psi."""
    r, p = phi.size - 1, matrix.shape[0] - 1
    by_gamma, by_psi = np.zeros(r + 1), np.zeros(r + 1)
    for j in range(r):
        for k in range(j + 1, r + 1):
            by_phi[k] += by_first[j] * gamma[k - j]
            by_theta[k] += by_first[j] * psi[k - j]
            by_gamma[k - j] += by_first[j] * phi[k]
            by_psi[k - j] += by_first[j] * theta[k]
    for k in range(r, p, -1):
        for i in range(1, p + 1):
            by_phi[i] += by_gamma[k] * gamma[k - i]
            by_gamma[k - i] += by_gamma[k] * phi[i]
    solve_transposed(matrix, pivots, by_gamma[: p + 1])
    for k in range(p + 1):
        for i in range(1, p + 1):
            by_phi[i] += by_gamma[k] * gamma[abs(k - i)]
    # From here on by_gamma is what f owes to the right-hand sides Σ theta_j psi_{j-k}.
    for k in range(r + 1):
        for j in range(k, r + 1):
            by_theta[j] += by_gamma[k] * psi[j - k]
            by_psi[j - k] += by_gamma[k] * theta[j]
    for k in range(r, 0, -1):
        by_theta[k] += by_psi[k]
        for i in range(1, min(k, p) + 1):
            by_phi[i] += by_psi[k] * psi[k - i]
            by_psi[k - i] += by_psi[k] * phi[i]
