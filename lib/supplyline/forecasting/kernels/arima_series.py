"""Passes over a series and small triangular algebra, on which the likelihood of an ARMA is built.

Series are padded in front by zeros, so that a lag never needs a test. Sums may be reordered by the compiler: none of
these ever sees a NaN.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.kernels.arima_division import FADED, SUMS, divide, respond
from supplyline.forecasting.panel import Floats


@njit(cache=True, fastmath=SUMS)
def dot(a: Floats, b: Floats) -> float:
    """Σ a_i b_i."""
    total = 0.0
    for i in range(a.size):
        total += a[i] * b[i]
    return total


@njit(cache=True, fastmath=SUMS)
def shifted_dot(a: Floats, at: int, b: Floats, to: int, count: int) -> float:
    """Σ a[at + i] b[to + i] over `count` entries."""
    # Of two slices: an index that might be negative keeps the compiler from taking eight entries at a time.
    return dot(a[at : at + count], b[to : to + count])


@njit(cache=True, fastmath=SUMS)
def add(target: Floats, a: float, source: Floats) -> None:
    """target_t += a source_t."""
    for t in range(target.size):
        target[t] += a * source[t]


@njit(cache=True, fastmath=SUMS)
def multiply(source: Floats, target: Floats, r: int, coefficients: Floats, step: int) -> None:
    """Fills `target` with source_t - Σ c_k source_{t-k·step} from entry r on."""
    target[r:] = source[r:]
    for k in range(coefficients.size):
        c, lag = coefficients[k], (k + 1) * step
        if c != 0.0:
            x, y = source[r - lag : source.size - lag], target[r:]
            for t in range(y.size):
                y[t] -= c * x[t]


@njit(cache=True)
def impulse(theta: Floats, seasonal: Floats, m: int, w: Floats, r: int) -> int:
    """Fills w from entry r on with the impulse response of 1 / (theta(B) Theta(B^m)); returns how many entries matter.

    What has faded is 0. `theta` and `seasonal` are the coefficients, w is padded by r zeros.
    """
    n = w.size - r
    length = respond(theta, w[r:])
    if seasonal.size > 0:
        divide(w, r, seasonal, m)
        length = n
    while length > 1 and abs(w[r + length - 1]) < FADED:
        length -= 1
    w[r + length :] = 0.0
    return length


@njit(cache=True)
def gram(w: Floats, length: int, result: Floats) -> None:
    """M_ij = Σ_{t=1..n} w_{t-i} w_{t-j}, i, j = 1 … r: the last row by sums, the others from the row below."""
    r, n = result.shape[0], w.size
    for j in range(r):
        back = r - 1 - j
        result[r - 1, j] = shifted_dot(w, 0, w, back, max(min(length - back, n - r + 1), 0))
    for i in range(r - 2, -1, -1):
        for j in range(i + 1):
            result[i, j] = result[i + 1, j + 1] + w[n - 1 - i] * w[n - 1 - j]


@njit(cache=True)
def cholesky(matrix: Floats) -> float:
    """Lower factor in place of the lower half, zeros above; returns the sum of the logs of its diagonal."""
    total = 0.0
    for i in range(matrix.shape[0]):
        for j in range(i + 1):
            rest = matrix[i, j] - shifted_dot(matrix[i], 0, matrix[j], 0, j)
            matrix[i, j] = np.sqrt(rest) if i == j else rest / matrix[j, j]
        matrix[i, i + 1 :] = 0.0
        total += np.log(matrix[i, i])
    return total


@njit(cache=True)
def forward(lower: Floats, b: Floats) -> None:
    """L x = b, in place."""
    for i in range(b.size):
        b[i] = (b[i] - shifted_dot(lower[i], 0, b, 0, i)) / lower[i, i]


@njit(cache=True)
def backward(lower: Floats, b: Floats) -> None:
    """L' x = b, in place."""
    for i in range(b.size - 1, -1, -1):
        for j in range(i + 1, b.size):
            b[i] -= lower[j, i] * b[j]
        b[i] /= lower[i, i]


@njit(cache=True)
def inner_factor(covariance: Floats, lower: Floats, product: Floats, result: Floats) -> None:
    """The lower half of I + L' P L; `product` takes P L."""
    r = lower.shape[0]
    product[:, :] = 0.0
    result[:, :] = 0.0
    for i in range(r):
        result[i, i] = 1.0
        for k in range(r):
            for j in range(k + 1):
                product[i, j] += covariance[i, k] * lower[k, j]
    for k in range(r):
        for i in range(k + 1):
            for j in range(i + 1):
                result[i, j] += lower[k, i] * product[k, j]


@njit(cache=True)
def gram_slopes(
    by_gram: Floats, w: Floats, length: int, theta: Floats, seasonal: Floats, m: int, by_w: Floats, by_theta: Floats
) -> None:
    """Adds to by_theta (r + 1,) what f owes to theta's lags through M; `by_gram` (r, r) is d f / d M.

    w (n,), `by_w` (r + n,) is room, padded in front; `theta` and `seasonal` as in `impulse`.
    """
    r, n = by_gram.shape[0], w.size
    gone = n - length
    by_w[:] = 0.0
    # Backwards in time, from the last entry that matters, as what follows an entry is what it had a part in.
    late = by_w[r : r + length]
    for i in range(r):
        for j in range(i + 1):
            a = by_gram[i, j] * (1.0 if i == j else 2.0)
            if i > 0 and j > 0:
                a += by_gram[i - 1, j - 1]
            by_gram[i, j] = a
            if i < r - 1 and j >= gone:
                late[i - gone] += a * w[n - 1 - j]
                late[j - gone] += a * w[n - 1 - i]
    for j in range(r):
        back = r - 1 - j
        count = max(min(length - back, n - r + 1), 0)
        _add_backwards(late[length - count :], by_gram[r - 1, j], w[back : back + count])
        _add_backwards(late[length - back - count : length - back], by_gram[r - 1, j], w[:count])
    # d w / d theta_k = -w_{.-k} / theta(B), run backwards.
    divide(by_w[: r + length], r, theta, 1)
    divide(by_w[: r + length], r, seasonal, m)
    for k in range(1, min(r, length - 1) + 1):
        by_theta[k] -= _dot_backwards(late[: length - k], w[: length - k])


@njit(cache=True, fastmath=SUMS)
def _add_backwards(target: Floats, a: float, source: Floats) -> None:
    """target_t += a source_{n-1-t}."""
    for t in range(target.size):
        target[t] += a * source[target.size - 1 - t]


@njit(cache=True, fastmath=SUMS)
def _dot_backwards(a: Floats, b: Floats) -> float:
    """Σ a_t b_{n-1-t}."""
    total = 0.0
    for t in range(a.size):
        total += a[t] * b[a.size - 1 - t]
    return total
