"""Division of a series by a polynomial in B, y_t = x_t - Σ c_k y_{t-k}: what an ARMA's likelihood spends its time on.

Each step waits for the one before it. So four quarters of the series run side by side, each from zero, and what the end
of one has to say in the next is added afterwards: by linearity it is an echo, a sum of shifted impulse responses, of
which eight entries are computed at a time. The impulse response itself is drawn out by the same echo, its second half
from its first.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.panel import Floats

FADED = 1e-10
SUMS = {"reassoc", "contract", "nsz"}
# The order of operations in a recursion is meant: the newest value comes last.
FUSED = {"contract"}
QUARTERS = 4
FEWEST_ROWS = 16
FORGOTTEN = 1e-18


@njit(cache=True)
def divide(x: Floats, r: int, coefficients: Floats, step: int) -> None:
    """y_t = x_t - Σ c_k y_{t-k·step}, in place, from entry r on: x / (1 + Σ c_k B^{k·step}); x is 0 before r."""
    if coefficients.size > 0 and (step > 1 or coefficients.size > 5):
        _divide_by_season(x, r, coefficients, step)
    elif coefficients.size > 0:
        _divide_by_lags(x[r:], coefficients)


@njit(cache=True, fastmath=FUSED)
def _divide_by_season(x: Floats, r: int, coefficients: Floats, step: int) -> None:
    count = coefficients.size
    if count == 1:
        c, now, before = coefficients[0], x[r:], x[r - step :]
        for t in range(now.size):
            now[t] -= c * before[t]
        return
    for t in range(r, x.size):
        total = x[t]
        for k in range(count - 1, -1, -1):
            total -= coefficients[k] * x[t - (k + 1) * step]
        x[t] = total


@njit(cache=True)
def _divide_by_lags(x: Floats, coefficients: Floats) -> None:
    """One to five coefficients at lags from 1, on a whole series."""
    rows = x.size // QUARTERS if x.size >= QUARTERS * FEWEST_ROWS else 0
    if rows > 0:
        response = np.empty(rows)
        if coefficients.size == 1:
            _quarters_by_one(x, rows, coefficients[0], response)
        elif coefficients.size == 2:
            _quarters_by_two(x, rows, coefficients[0], coefficients[1], response)
        else:
            _quarters_by_five(x, rows, coefficients, response)
        heard = _heard(response, coefficients.size, FEWEST_ROWS)
        for quarter in range(1, QUARTERS):
            _echo(x, quarter * rows, rows, coefficients, response, heard)
    for t in range(QUARTERS * rows, x.size):
        for k in range(min(coefficients.size, t)):
            x[t] -= coefficients[k] * x[t - k - 1]


@njit(cache=True)
def _heard(response: Floats, order: int, count: int) -> int:
    """How many entries of an impulse response are worth adding: `count` doubled until the last few are nothing."""
    while count < response.size:
        loudest = 0.0
        for t in range(count - order, count):
            loudest = max(loudest, abs(response[t]))
        if loudest < FORGOTTEN:
            return count
        count *= 2
    return response.size


@njit(cache=True, fastmath=SUMS)
def _echo(x: Floats, at: int, count: int, coefficients: Floats, response: Floats, heard: int) -> None:
    """Adds to `count` entries of x from `at` on, found from zero, what the entries before `at` make of them."""
    order = coefficients.size
    for j in range(order):
        said = 0.0
        for k in range(j + 1, min(order, at + j) + 1):
            said -= coefficients[k - 1] * x[at + j - k]
        target = x[at + j : at + min(count, j + heard)]
        for t in range(target.size):
            target[t] += said * response[t]


@njit(cache=True)
def respond(coefficients: Floats, w: Floats) -> int:
    """Fills w with the impulse response of 1 / (1 + Σ c_k B^k) until it is forgotten, then 0; how many entries count.

    w_0 = 1; every further stretch is the echo of as many entries before it.
    """
    order, count = coefficients.size, min(2 * FEWEST_ROWS, w.size)
    w[:] = 0.0
    w[0] = 1.0
    if order == 0:
        return 1
    if order == 1:
        last = 1.0
        for t in range(1, count):
            last *= -coefficients[0]
            w[t] = last
    else:
        for t in range(1, count):
            total = 0.0
            for k in range(min(order, t) - 1, -1, -1):
                total -= coefficients[k] * w[t - k - 1]
            w[t] = total
    while count < w.size and _heard(w[:count], order, count // 2) == count:
        stretch = min(count, w.size - count)
        _echo(w, count, stretch, coefficients, w, count)
        count += stretch
    return count


@njit(cache=True, fastmath=FUSED)
def _quarters_by_one(x: Floats, rows: int, c: float, response: Floats) -> None:
    """Every quarter of x divided by 1 + c B, each from zero; `response` (rows,) gets the impulse response."""
    x0, x1, x2, x3 = x[:rows], x[rows : 2 * rows], x[2 * rows : 3 * rows], x[3 * rows : 4 * rows]
    a, b, d, e, w = 0.0, 0.0, 0.0, 0.0, 1.0
    for t in range(rows):
        a, b, d, e = x0[t] - c * a, x1[t] - c * b, x2[t] - c * d, x3[t] - c * e
        x0[t], x1[t], x2[t], x3[t], response[t] = a, b, d, e, w
        w = -c * w


@njit(cache=True, fastmath=FUSED)
def _quarters_by_two(x: Floats, rows: int, c1: float, c2: float, response: Floats) -> None:
    """The same by 1 + c1 B + c2 B²."""
    x0, x1, x2, x3 = x[:rows], x[rows : 2 * rows], x[2 * rows : 3 * rows], x[3 * rows : 4 * rows]
    a, b, d, e, w = 0.0, 0.0, 0.0, 0.0, 1.0
    aa, bb, dd, ee, ww = 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(rows):
        a, aa = (x0[t] - c2 * aa) - c1 * a, a
        b, bb = (x1[t] - c2 * bb) - c1 * b, b
        d, dd = (x2[t] - c2 * dd) - c1 * d, d
        e, ee = (x3[t] - c2 * ee) - c1 * e, e
        x0[t], x1[t], x2[t], x3[t], response[t] = a, b, d, e, w
        w, ww = -c2 * ww - c1 * w, w


@njit(cache=True)
def _quarters_by_five(x: Floats, rows: int, coefficients: Floats, response: Floats) -> None:
    """The same by three to five coefficients."""
    lags = np.zeros(5)
    lags[: coefficients.size] = coefficients
    response[:] = 0.0
    response[0] = 1.0
    _pair_by_five(x[:rows], x[rows : 2 * rows], lags)
    _pair_by_five(x[2 * rows : 3 * rows], x[3 * rows : 4 * rows], lags)
    respond(coefficients, response)


@njit(cache=True, fastmath=FUSED)
def _pair_by_five(x: Floats, y: Floats, lags: Floats) -> None:
    """Two series divided by five lags, side by side."""
    c1, c2, c3, c4, c5 = lags[0], lags[1], lags[2], lags[3], lags[4]
    a1, a2, a3, a4, a5 = 0.0, 0.0, 0.0, 0.0, 0.0
    b1, b2, b3, b4, b5 = 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(x.size):
        a = (x[t] - c2 * a2) - (c3 * a3 + c4 * a4 + c5 * a5)
        b = (y[t] - c2 * b2) - (c3 * b3 + c4 * b4 + c5 * b5)
        a1, a2, a3, a4, a5 = a - c1 * a1, a1, a2, a3, a4
        b1, b2, b3, b4, b5 = b - c1 * b1, b1, b2, b3, b4
        x[t], y[t] = a1, b1
