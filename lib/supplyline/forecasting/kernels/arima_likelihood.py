"""Exact Gaussian likelihood of an ARMA on a series without gaps, with its gradient, in time n and not n r².

Given the state xi before the first day, the errors are those of the zero state less Z xi, where row t of Z is
(w_{t-1}, …, w_{t-r}) and w the impulse response of 1 / theta(B): once w has faded, the filter is in its steady state
and nothing but the plain recursion is left. With xi ~ N(0, sigma² P) and M = Z'Z = L L', K = I + L' P L:
  S = e0'e0 - b'b + b' K^-1 b, b = L^-1 Z' e0;   -loglik = n/2 (log(2 pi S / n) + 1) + log|K| / 2,
the likelihood of the Kalman filter from the stationary state, rearranged (Ljung and Box 1979, "The likelihood function
of stationary autoregressive-moving average models"). The variance and, with `mean`, the mean are concentrated out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from supplyline.forecasting.kernels.arima_division import divide
from supplyline.forecasting.kernels.arima_initial import (
    autocovariances,
    covariance_slopes,
    first_row_slopes,
    stationary_covariance,
)
from supplyline.forecasting.kernels.arima_polynomials import collect, expand, largest_lag
from supplyline.forecasting.kernels.arima_series import (
    add,
    cholesky,
    dot,
    forward,
    gram,
    gram_slopes,
    impulse,
    inner_factor,
    multiply,
    shifted_dot,
)
from supplyline.forecasting.panel import Floats, Ints

Z, ONES, E, H, XS, Y, YS, W, WBAR, F, G = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
PHI, THETA, PSI, GAMMA, BY_PHI, BY_THETA = 0, 1, 2, 3, 4, 5
P, L, K, V, U, A = 0, 1, 2, 3, 4, 5
B, C, ETA, XI, FIRST = 0, 1, 2, 3, 4
S, MU, LENGTH, SEEN, LOGS = 0, 1, 2, 3, 4


class Work(NamedTuple):
    """Room for one series and one order; rows by the names above. Days are padded in front by r zeros."""

    days: Floats
    lags: Floats
    squares: Floats
    vectors: Floats
    equations: Floats
    pivots: Ints
    numbers: Floats


@njit(cache=True)
def room(z: Floats, order: Ints) -> Work:
    """Room for `z` (n,) and this order, with the series in it."""
    r = largest_lag(order)
    p = order[0] + order[4] * order[2]
    days = np.zeros((11, r + z.size))
    days[Z, r:] = z
    lags, squares, vectors = np.zeros((6, r + 1)), np.zeros((6, r, r)), np.zeros((5, r))
    equations, pivots = np.zeros((p + 1, p + 1)), np.zeros(p + 1, np.int64)
    return Work(days, lags, squares, vectors, equations, pivots, np.zeros(5))


@njit(cache=True)
def _errors(coefficients: Floats, order: Ints, r: int, days: Floats) -> None:
    """Errors from the zero state: z / (theta(B) Theta(B^m)), times Phi(B^m), times phi(B): rows F (or H), H and E."""
    p, q, seasonal_p, _, m = order
    first = p + q
    filtered = days[F] if seasonal_p > 0 else days[H]
    filtered[r:] = days[Z, r:]
    divide(filtered, r, coefficients[p:first], 1)
    divide(filtered, r, coefficients[first + seasonal_p :], m)
    if seasonal_p > 0:
        multiply(filtered, days[H], r, coefficients[first : first + seasonal_p], m)
    multiply(days[H], days[E], r, coefficients[:p], 1)


@njit(cache=True)
def _errors_of_ones(phi: Floats, length: int, days: Floats) -> None:
    """Row G: a series of ones over theta(B) Theta(B^m), a sum of the impulse response; ONES: that times `phi` (r + 1,).

    Both are level as soon as the impulse response has faded.
    """
    r, total = phi.size - 1, 0.0
    for t in range(r, r + length):
        total += days[W, t]
        days[G, t] = total
    days[G, r + length :] = total
    stop = min(days.shape[1], 2 * r + length)
    multiply(days[G, :stop], days[ONES, :stop], r, phi[1:], 1)
    days[ONES, stop:] = days[ONES, stop - 1]


@njit(cache=True, error_model="numpy")
def objective(coefficients: Floats, order: Ints, mean: bool, work: Work) -> float:
    """n/2 log(S / n) + log|K| / 2, to be made small, inf where undefined; leaves in `work` what the gradient needs."""
    days, lags, squares, vectors, numbers = work.days, work.lags, work.squares, work.vectors, work.numbers
    r = lags.shape[1] - 1
    n = days.shape[1] - r
    expand(coefficients, order, lags[PHI], lags[THETA])
    autocovariances(lags[PHI], lags[THETA], lags[PSI], lags[GAMMA], work.equations, work.pivots)
    stationary_covariance(lags[PHI], lags[THETA], lags[PSI], lags[GAMMA], squares[P])
    first = order[0] + order[1]
    theta, seasonal_theta = coefficients[order[0] : first], coefficients[first + order[2] :]
    length = impulse(theta, seasonal_theta, order[4], days[W], r)
    gram(days[W, r:], length, squares[L])
    cholesky(squares[L])
    inner_factor(squares[P], squares[L], squares[A], squares[K])
    logdet = 2.0 * cholesky(squares[K])
    _errors(coefficients, order, r, days)
    total = dot(days[E, r:], days[E, r:]) - _correction(days[E], length, r, work, vectors[B], vectors[C])
    numbers[MU] = 0.0
    if mean:
        _errors_of_ones(lags[PHI], length, days)
        _correction(days[ONES], length, r, work, vectors[ETA], vectors[XI])
        ones = dot(days[ONES, r:], days[ONES, r:]) - dot(vectors[ETA], vectors[ETA]) + dot(vectors[XI], vectors[XI])
        both = dot(days[E, r:], days[ONES, r:]) - dot(vectors[B], vectors[ETA]) + dot(vectors[C], vectors[XI])
        numbers[MU] = both / ones
        total -= both * both / ones
        vectors[C] -= numbers[MU] * vectors[XI]
    numbers[S], numbers[LENGTH], numbers[SEEN] = total, length, n
    if not total > 0.0 or not np.isfinite(logdet):
        return np.inf
    return 0.5 * n * np.log(total / n) + 0.5 * logdet


@njit(cache=True)
def _correction(errors: Floats, length: int, r: int, work: Work, b: Floats, c: Floats) -> float:
    """b'b - b'K^-1 b for errors from the zero state; b = L^-1 Z'e and c = (factor of K)^-1 b are filled."""
    n = errors.size - r
    for i in range(r):
        b[i] = shifted_dot(errors, r + i, work.days[W], r, min(length, n - i))
    forward(work.squares[L], b)
    c[:] = b
    forward(work.squares[K], c)
    return dot(b, b) - dot(c, c)


@njit(cache=True)
def slopes(coefficients: Floats, order: Ints, mean: bool, work: Work, gradient: Floats, hessian: Floats) -> None:
    """Fills the gradient (k,) of `objective` by coefficient, and its Gauss-Newton matrix (k, k)."""
    days, lags, vectors, numbers = work.days, work.lags, work.vectors, work.numbers
    r = lags.shape[1] - 1
    n, length = days.shape[1] - r, int(numbers[LENGTH])
    _state_slopes(coefficients, order, n, length, work)
    gradient[:] = 0.0
    collect(lags[BY_PHI], lags[BY_THETA], coefficients, order, gradient)
    # The errors given the best starting state and mean.
    if mean:
        add(days[E], -numbers[MU], days[ONES])
        add(days[F if order[2] > 0 else H], -numbers[MU], days[G])
    days[WBAR, : r + n] = 0.0
    days[WBAR, r : 2 * r] = vectors[XI][: min(r, n)]
    p, q, seasonal_p, _, m = order
    stop = min(r + n, 2 * r + length)
    divide(days[WBAR, :stop], r, coefficients[p : p + q], 1)
    divide(days[WBAR, :stop], r, coefficients[p + q + seasonal_p :], m)
    add(days[E, r:stop], -1.0, days[WBAR, r:stop])
    _sensitivities(coefficients, order, work)
    scale = n / numbers[S]
    for i in range(gradient.size):
        row, lag = _source(i, order)
        gradient[i] -= scale * shifted_dot(days[E], r, days[row], r - lag, n)
        for j in range(i + 1):
            other, back = _source(j, order)
            hessian[i, j] = hessian[j, i] = scale * shifted_dot(days[row], r - lag, days[other], r - back, n)


@njit(cache=True)
def _source(i: int, order: Ints) -> tuple[int, int]:
    """The row and lag whose negative is d e_t / d coefficient_i."""
    p, q, seasonal_p, _, m = order
    if i < p:
        return H, i + 1
    if i < p + q:
        return Y, i - p + 1
    if i < p + q + seasonal_p:
        return XS, (i - p - q + 1) * m
    return YS, (i - p - q - seasonal_p + 1) * m


@njit(cache=True)
def _sensitivities(coefficients: Floats, order: Ints, work: Work) -> None:
    """Series whose lags are the slopes of e: Phi z / (theta Theta), phi z / (theta Theta), e / theta, e / Theta."""
    days = work.days
    r = work.lags.shape[1] - 1
    p, q, seasonal_p, seasonal_q, m = order
    first = p + q
    if seasonal_p > 0:
        multiply(days[F], days[XS], r, coefficients[:p], 1)
        multiply(days[F], days[H], r, coefficients[first : first + seasonal_p], m)
    if q > 0:
        days[Y] = days[E]
        divide(days[Y], r, coefficients[p:first], 1)
    if seasonal_q > 0:
        days[YS] = days[E]
        divide(days[YS], r, coefficients[first + seasonal_p :], m)


@njit(cache=True)
def _state_slopes(coefficients: Floats, order: Ints, n: int, length: int, work: Work) -> None:
    """Derivatives by lag of everything but the errors: log|K| / 2 and the penalty on the starting state."""
    lags, squares, vectors = work.lags, work.squares, work.vectors
    r = lags.shape[1] - 1
    lags[BY_PHI], lags[BY_THETA] = 0.0, 0.0
    if r == 0:
        return
    _state_factors(work)
    # A = d f / d P, u'u is P minus d f / d M twice over.
    by_gram = squares[K]
    _half_squares(squares[V], squares[A])
    _half_squares(squares[U], by_gram)
    weight = 0.5 * n / work.numbers[S]
    for i in range(r):
        vectors[XI, i] = dot(squares[P, i], vectors[ETA])
        for j in range(r):
            squares[A, i, j] -= weight * vectors[ETA, i] * vectors[ETA, j]
            by_gram[i, j] = 0.5 * squares[P, i, j] - by_gram[i, j]
    first = order[0] + order[1]
    theta, seasonal_theta = coefficients[order[0] : first], coefficients[first + order[2] :]
    gram_slopes(by_gram, work.days[W, r:], length, theta, seasonal_theta, order[4], work.days[WBAR], lags[BY_THETA])
    covariance_slopes(lags[PHI], lags[THETA], squares[P], squares[A], lags[BY_PHI], lags[BY_THETA], vectors[FIRST])
    first_row_slopes(
        lags[PHI],
        lags[THETA],
        lags[PSI],
        lags[GAMMA],
        work.equations,
        work.pivots,
        vectors[FIRST],
        lags[BY_PHI],
        lags[BY_THETA],
    )


@njit(cache=True)
def _state_factors(work: Work) -> None:
    """Fills V = (factor of K)^-1 L', U = V P and eta = V'c, which the derivatives by P and by M are made of."""
    squares, vectors = work.squares, work.vectors
    v, u, r = squares[V], squares[U], squares.shape[1]
    for i in range(r):
        for j in range(r):
            v[i, j] = squares[L, j, i] if j >= i else 0.0
        for k in range(i):
            for j in range(r):
                v[i, j] -= squares[K, i, k] * v[k, j]
        for j in range(r):
            v[i, j] /= squares[K, i, i]
    vectors[ETA] = 0.0
    u[:, :] = 0.0
    for k in range(r):
        for i in range(r):
            vectors[ETA, i] += v[k, i] * vectors[C, k]
            for j in range(r):
                u[k, j] += v[k, i] * squares[P, i, j]


@njit(cache=True)
def _half_squares(source: Floats, result: Floats) -> None:
    """Fills `result` with X'X / 2."""
    result[:, :] = 0.0
    for k in range(source.shape[0]):
        for i in range(source.shape[0]):
            for j in range(source.shape[0]):
                result[i, j] += 0.5 * source[k, i] * source[k, j]
