"""Passes over a series and small triangular algebra, on which the likelihood of an ARMA is built.

Series are padded in front by zeros, so that a lag never needs a test. Sums may be reordered by the compiler: none of
these ever sees a NaN.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.panel import Floats

FADED = 1e-10
SUMS = {"reassoc", "contract", "nsz"}


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
    total = 0.0
    for i in range(count):
        total += a[at + i] * b[to + i]
    return total


@njit(cache=True, fastmath=SUMS)
def multiply(source: Floats, target: Floats, r: int, coefficients: Floats, step: int) -> None:
    """Fills `target` with source_t - Σ c_k source_{t-k·step} from entry r on."""
    target[r:] = source[r:]
    for k in range(coefficients.size):
        c, lag = coefficients[k], (k + 1) * step
        if c != 0.0:
            for t in range(r, source.size):
                target[t] -= c * source[t - lag]


@njit(cache=True, fastmath=SUMS)
def divide(x: Floats, r: int, coefficients: Floats, step: int) -> None:
    """y_t = x_t - Σ c_k y_{t-k·step}, in place, from entry r on: x / (1 + Σ c_k B^{k·step})."""
    count = coefficients.size
    if count == 1 and step == 1:
        c, last = coefficients[0], 0.0
        for t in range(r, x.size):
            last = x[t] - c * last
            x[t] = last
    elif count == 1:
        c = coefficients[0]
        for t in range(r, x.size):
            x[t] -= c * x[t - step]
    elif count == 2 and step == 1:
        c, d, last, before = coefficients[0], coefficients[1], 0.0, 0.0
        for t in range(r, x.size):
            last, before = (x[t] - d * before) - c * last, last
            x[t] = last
    elif step == 1 and 3 <= count <= 5:
        _divide_by_five(x, r, coefficients)
    elif count > 0:
        for t in range(r, x.size):
            total = x[t]
            for k in range(count - 1, -1, -1):
                total -= coefficients[k] * x[t - (k + 1) * step]
            x[t] = total


@njit(cache=True, fastmath=SUMS)
def _divide_by_five(x: Floats, r: int, coefficients: Floats) -> None:
    """The same for three to five coefficients at lags from 1, with the lags kept in registers."""
    count = coefficients.size
    c1, c2, c3 = coefficients[0], coefficients[1], coefficients[2]
    c4 = coefficients[3] if count > 3 else 0.0
    c5 = coefficients[4] if count > 4 else 0.0
    y1, y2, y3, y4, y5 = 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(r, x.size):
        rest = x[t] - (c2 * y2 + c3 * y3 + c4 * y4 + c5 * y5)
        y5, y4, y3, y2 = y4, y3, y2, y1
        y1 = rest - c1 * y1
        x[t] = y1


@njit(cache=True)
def impulse(theta: Floats, w: Floats) -> int:
    """Fills w (n,) with the impulse response of 1 / theta(B) until it has faded; returns how many entries matter."""
    r = theta.size - 1
    while r > 0 and theta[r] == 0.0:
        r -= 1
    w[0] = 1.0
    if r == 1:
        for t in range(1, w.size):
            w[t] = -theta[1] * w[t - 1]
            if abs(w[t]) < FADED:
                w[t + 1 :] = 0.0
                return t + 1
        return w.size
    small = 0
    for t in range(1, w.size):
        if small >= r:
            w[t:] = 0.0
            return t
        total = 0.0
        for k in range(1, min(t, r) + 1):
            total -= theta[k] * w[t - k]
        w[t] = total
        small = small + 1 if abs(total) < FADED else 0
    return w.size


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
def gram_slopes(by_gram: Floats, w: Floats, length: int, theta: Floats, by_w: Floats, by_theta: Floats) -> None:
    """Adds to by_theta (r + 1,) what f owes to theta through M; `by_gram` (r, r) is d f / d M, `by_w` (n,) is room."""
    r, n = by_gram.shape[0], w.size
    by_w[:] = 0.0
    for i in range(r):
        for j in range(i + 1):
            a = by_gram[i, j] * (1.0 if i == j else 2.0)
            if i > 0 and j > 0:
                a += by_gram[i - 1, j - 1]
            by_gram[i, j] = a
            if i < r - 1 and length == n:
                by_w[n - 1 - i] += a * w[n - 1 - j]
                by_w[n - 1 - j] += a * w[n - 1 - i]
    for j in range(r):
        back, a = r - 1 - j, by_gram[r - 1, j]
        for s in range(max(min(length - back, n - r + 1), 0)):
            by_w[s] += a * w[s + back]
            by_w[s + back] += a * w[s]
    # d w / d theta_k = -w_{.-k} / theta(B), run backwards.
    for s in range(length - 1, -1, -1):
        for k in range(1, min(r, length - 1 - s) + 1):
            by_w[s] -= theta[k] * by_w[s + k]
    for k in range(1, r + 1):
        if k < length:
            by_theta[k] -= shifted_dot(by_w, k, w, 0, length - k)
