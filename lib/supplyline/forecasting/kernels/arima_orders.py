"""Which orders to try: every one up to a bound, or neighbours of the best until none is better.

An order here is (p, q, P, Q, m, mean), the last 1 with a mean. `most` is the largest p, q, P, Q and m.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.panel import Floats, Ints

ONE, GRID, STEPS = 0, 1, 2
# How far beyond the bound of coefficients together an order with a pair of roots more may go.
PAIRED_BEYOND = 2


@njit(cache=True)
def first_orders(most: Ints, together: int, means: int, how: int) -> Ints:
    """Orders (k, 6) to begin with: the one wanted, all of the grid, or the four of Hyndman and Khandakar 2008, 3.2.

    `means`: 0 without a mean, 1 with one. `together` bounds the number of coefficients.
    """
    if how == ONE:
        return np.array([[most[0], most[1], most[2], most[3], most[4], means]])
    corners = np.array([[0, 0, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [2, 2, 1, 1]])
    if how == GRID:
        corners = np.zeros(((most[0] + 1) * (most[1] + 1) * (most[2] + 1) * (most[3] + 1), 4), np.int64)
        for i in range(corners.shape[0]):
            rest = i
            for k in range(3, -1, -1):
                corners[i, k] = rest % (most[k] + 1)
                rest //= most[k] + 1
    result, count = np.zeros((corners.shape[0], 6), np.int64), 0
    for i in range(corners.shape[0]):
        for k in range(4):
            result[count, k] = min(corners[i, k], most[k])
        result[count, 4], result[count, 5] = most[4], means
        if within(result[count], most, together):
            count += 1
    return result[:count]


@njit(cache=True)
def around(centre: Ints, most: Ints, together: int, both: bool) -> Ints:
    """Orders (k, 6) one step from `centre`, and what has a pair more; `both` as `means` 2."""
    near = neighbours(centre, most, together, 2 if both else 0)
    result = np.zeros((near.shape[0] + 1, 6), np.int64)
    result[1:] = near
    return result if _paired(centre, most, together + PAIRED_BEYOND, result[0]) == 1 else near


@njit(cache=True)
def beyond(centre: Ints, most: Ints, together: int) -> Ints:
    """Orders (k, 6) with a pair more than `centre`, and one coefficient more if it lies on the bound of `together`."""
    result, count = np.zeros((5, 6), np.int64), 0
    for factor in range(4):
        result[count] = centre
        result[count, factor] += 1
        if centre[:4].sum() == together and within(result[count], most, together + 1):
            count += 1
    count += _paired(centre, most, together + PAIRED_BEYOND, result[count])
    return result[:count]


@njit(cache=True)
def _paired(centre: Ints, most: Ints, together: int, result: Ints) -> int:
    """Fills `result` with `centre` and two more in p and in q; returns 1 if that is within bounds, 0 if not."""
    result[:] = centre
    result[:2] += 2
    return 1 if within(result, most, together) else 0


@njit(cache=True)
def neighbours(centre: Ints, most: Ints, together: int, means: int) -> Ints:
    """Orders (k, 6) that differ from `centre` by one in p, q, P or Q, in p and q or in P and Q, or in having a mean.

    And the one with P and Q exchanged: where the season has faded after one or two, either may tell of it.
    """
    result, count = np.zeros((18, 6), np.int64), 0
    for a in range(0, 4, 2):
        for up in range(-1, 2):
            for across in range(-1, 2):
                result[count] = centre
                result[count, a] += up
                result[count, a + 1] += across
                if (up != 0 or across != 0) and within(result[count], most, together):
                    count += 1
    result[count] = centre
    result[count, 2], result[count, 3] = centre[3], centre[2]
    count += 1
    if means == 2:
        result[count] = centre
        result[count, 5] = 1 - centre[5]
        count += 1
    return result[:count]


@njit(cache=True)
def others_with_mean(orders: Ints, scores: Floats, wanted: int) -> Ints:
    """The `wanted` orders of the least scores, each with a mean if it had none and without one if it had."""
    ranks = np.argsort(scores)[: min(wanted, scores.size)]
    result = np.zeros((ranks.size, 6), np.int64)
    for i in range(ranks.size):
        result[i] = orders[ranks[i]]
        result[i, 5] = 1 - result[i, 5]
    return result


@njit(cache=True)
def within(order: Ints, most: Ints, together: int) -> bool:
    """Whether an order is within its bounds."""
    total = 0
    for k in range(4):
        if order[k] < 0 or order[k] > most[k]:
            return False
        total += order[k]
    return total <= together


@njit(cache=True)
def row_of(orders: Ints, count: int, order: Ints) -> int:
    """Where `order` stands among the first `count` rows of `orders`, -1 if it does not."""
    for i in range(count):
        same = True
        for k in range(6):
            same &= orders[i, k] == order[k]
        if same:
            return i
    return -1


@njit(cache=True)
def inserted(source: Floats, order: Ints, factor: int) -> Floats:
    """The partial autocorrelations of an order with one less in `factor`, a zero put where `order` has one more."""
    size = order[0] + order[1] + order[2] + order[3]
    at = -1
    for k in range(factor + 1):
        at += order[k]
    result = np.zeros(size)
    for i in range(size):
        if i != at:
            result[i] = source[i if i < at else i - 1]
    return result
