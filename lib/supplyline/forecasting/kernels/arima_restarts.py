"""Second starts for the search for ARMA coefficients, as a likelihood may have more tops than the nearest one.

Two kinds of top are missed from one start. A root of the moving average on the unit circle is level, whether or not it
is the highest point nearby. And a narrow peak or trough of the spectrum is a pair of roots near the unit circle that
almost cancel, one of phi and one of theta: far from any regression's start, and no gain at the start from a smaller
order. Where such a pair may help is told by the errors of the order without it: with autocorrelations r_k, the score of
a pair of radius c at frequency w is Σ c^k r_k cos(wk) over its standard deviation, a smoothed periodogram.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.kernels.arima_fit import evaluate
from supplyline.forecasting.kernels.arima_likelihood import E, Work, room, slopes
from supplyline.forecasting.kernels.arima_orders import row_of
from supplyline.forecasting.kernels.arima_polynomials import coefficients_of, largest_lag, partials_of
from supplyline.forecasting.kernels.arima_search import AICC, LOGLIK, Search, constant
from supplyline.forecasting.kernels.arima_series import dot
from supplyline.forecasting.panel import Floats, Ints

AT_THE_EDGE = 0.9995
INNER, OUTER, WIDEST = 0.94, 0.97, 0.99999
LAGS, FREQUENCIES = 64, 64
# A pair of radius 0.97 is remembered for some thirty periods: in fewer than four times that it is taken for chance. By
# season that would be years, so there thirty are enough: 16 lags, each of as many seasons again.
SHORTEST, FEWEST_SEASONS = 2 * LAGS, 16
AT_ZERO, AT_PI, COMPLEX, AT_SEASON, FREQUENCY = 0, 1, 2, 3, 4
OFF_EDGE = 5
# What is hoped for at most of a start off the edge; of a pair, how much of score² and, if real, what besides.
HOPE, PROMISE, REAL_SLACK = 5.0, 0.75, 1.5
# Larger orders, and all of a season, may be given up early; of smaller ones, that lost the best on 2 % of series. Those
# of up to five coefficients get no pair of their own, but begin where smaller ones with theirs ended.
THOROUGH, MOST_INHERITED = 2, 5
# Off the edge: at first as far as the least top that the grid of `arima_short` would find.
NEAR_EDGE, DRAWN_IN = 0.9987, 0.97


def _weights() -> Floats:
    """(LAGS, FREQUENCIES + 1) c^k cos(wk) at w = 0 … pi, over the root of the sum of their squares by frequency."""
    lags, frequencies = np.arange(1, LAGS + 1)[:, None], np.pi * np.arange(FREQUENCIES + 1) / FREQUENCIES
    cosines = OUTER**lags * np.cos(lags * frequencies)
    return np.ascontiguousarray(cosines / np.sqrt((cosines**2).sum(axis=0)))


WEIGHTS = _weights()


@njit(cache=True)
def another_start(
    search: Search, order: Ints, count: int, kind: int, partials: Floats, value: float, reach: float, work: Work
) -> Floats:
    """A further start for an order that came to `partials` and `value`, empty if none may bring it below `reach`.

    Off the edge; or an order already fitted and one real root at frequency 0 or pi, or two complex ones, more in phi
    and in theta, or one real root in those of the season.
    """
    if kind == OFF_EDGE:
        return _off_edge(search, order, partials, value, work) if value < reach + HOPE else partials[:0]
    roots = 2 if kind == COMPLEX else 1
    factor = 2 if kind == AT_SEASON else 0
    row = _without(search, order, count, roots, factor)
    if row < 0:
        return partials[:0]
    kept, smaller = search.partials[row, : partials.size - 2 * roots].copy(), search.orders[row]
    if np.isnan(search.scores[row, 0]):
        z = search.unit if smaller[5] == 1 else search.raw
        pair_scores(errors_at(z, kept, smaller, search.gaps), order[4], search.scores[row])
    score, before = search.scores[row, kind], -search.facts[row, LOGLIK] - constant(search)
    slack = REAL_SLACK if roots == 1 else 0.0
    if score == 0.0 or before - PROMISE * score * score - slack > min(value, reach):
        return partials[:0]
    frequency = search.scores[row, FREQUENCY] if kind == COMPLEX else np.pi * (kind == AT_PI)
    return with_pair(kept, smaller[:5], factor, frequency, score, roots)


@njit(cache=True)
def _off_edge(search: Search, order: Ints, partials: Floats, value: float, work: Work) -> Floats:
    """The point again just off the edge, if that is a gain, else further; empty if it does not lie there."""
    near = drawn_in(partials, order, NEAR_EDGE)
    if near.size > 0:
        coefficients = coefficients_of(near, order, np.zeros((near.size, near.size)))
        if evaluate(coefficients, order[:5], order[5] == 1, search.gaps, work) > value:
            return drawn_in(partials, order, DRAWN_IN)
    return near


@njit(cache=True)
def _without(search: Search, order: Ints, count: int, roots: int, factor: int) -> int:
    """The row of the order with `roots` fewer in `factor` and the next, with a mean or without; -1 if there is none.

    Nor is there for an order fitted before, or that inherits the pairs of smaller ones.
    """
    smaller = order.copy()
    smaller[factor : factor + 2] -= roots
    heir = max(order[0], order[1]) > THOROUGH and order[:4].sum() <= MOST_INHERITED
    if heir or smaller[:4].min() < 0 or row_of(search.orders, count, order) >= 0:
        return -1
    row = row_of(search.orders, count, smaller)
    if row < 0:
        smaller[5] = 1 - smaller[5]
        row = row_of(search.orders, count, smaller)
    return row if row >= 0 and np.isfinite(search.facts[row, AICC]) else -1


@njit(cache=True)
def drawn_in(partials: Floats, order: Ints, to: float) -> Floats:
    """The point again with its moving-average parts taken off the edge, to ± `to`; empty if none is there."""
    result, moved, at = partials.copy(), False, 0
    for factor in range(4):
        for i in range(at, at + order[factor]):
            if factor % 2 == 1 and abs(partials[i]) > AT_THE_EDGE:
                result[i], moved = to * np.sign(partials[i]), True
        at += order[factor]
    return result if moved else result[:0]


@njit(cache=True)
def with_pair(partials: Floats, order: Ints, factor: int, frequency: float, score: float, roots: int) -> Floats:
    """The point of `order` with `roots` more, 1 real or 2 complex, in `factor` and the next, at a frequency of a score.

    `factor` is 0 for phi and theta, 2 for those of the season. A peak of the spectrum wants the root of phi nearer to
    the unit circle, a trough that of theta.
    """
    near, far = (OUTER, INNER) if score > 0.0 else (INNER, OUTER)
    wider = order.copy()
    wider[factor : factor + 2] += roots
    coefficients = coefficients_of(partials, order, np.zeros((partials.size, partials.size)))
    first = order[:factor].sum()
    middle, last = first + order[factor], first + order[factor] + order[factor + 1]
    result = np.zeros(partials.size + 2 * roots)
    result[:first] = coefficients[:first]
    result[first : middle + roots] = _multiplied(coefficients[first:middle], near, frequency, roots)
    result[middle + roots : last + 2 * roots] = -_multiplied(-coefficients[middle:last], far, frequency, roots)
    result[last + 2 * roots :] = coefficients[last:]
    return partials_of(result, wider, WIDEST)


@njit(cache=True)
def _multiplied(lags: Floats, radius: float, frequency: float, roots: int) -> Floats:
    """The a' of 1 - Σ a'_k B^k = (1 - Σ a_k B^k)(1 - 2 c cos(w) B + c² B²), or (1 - c cos(w) B) with one root."""
    factor = np.array([radius * np.cos(frequency), 0.0])
    if roots == 2:
        factor[0], factor[1] = 2.0 * factor[0], -radius * radius
    result = np.zeros(lags.size + roots)
    result[: lags.size] = lags
    for j in range(roots):
        result[j] += factor[j]
        for i in range(lags.size):
            result[i + j + 1] -= lags[i] * factor[j]
    return result


@njit(cache=True)
def errors_at(z: Floats, partials: Floats, order: Ints, gaps: bool) -> Floats:
    """One-step errors (n,) of an order (6,) at its `partials`, given the best starting state; 0 where missing."""
    arma, mean, size = order[:5], order[5] == 1, partials.size
    work = room(z, arma)
    coefficients = coefficients_of(partials, arma, np.zeros((size, size)))
    evaluate(coefficients, arma, mean, gaps, work)
    if not gaps:
        slopes(coefficients, arma, mean, work, np.zeros(size), np.zeros((size, size)))
    return work.days[E, largest_lag(arma) :]


@njit(cache=True)
def pair_scores(errors: Floats, m: int, found: Floats) -> None:
    """Fills `found` (5,) with scores and a frequency, by the names above; of a series too short for them they are 0.

    Of a real root at frequency 0 and at pi, of the complex pair whose score is farthest from 0, and of a real root by
    season of `m`.
    """
    found[:] = 0.0
    if errors.size < SHORTEST:
        return
    scores, scale = np.zeros(FREQUENCIES + 1), np.sqrt(errors.size) / (dot(errors, errors) + 1e-300)
    for k in range(LAGS):
        weight = scale * dot(errors[k + 1 :], errors[: errors.size - k - 1])
        for j in range(FREQUENCIES + 1):
            scores[j] += weight * WEIGHTS[k, j]
    loudest = 1 + np.argmax(np.abs(scores[1:FREQUENCIES]))
    found[AT_ZERO], found[AT_PI] = scores[0], scores[FREQUENCIES]
    found[COMPLEX], found[FREQUENCY] = scores[loudest], np.pi * loudest / FREQUENCIES
    seasons = min(LAGS, errors.size // (2 * m))
    if m > 1 and seasons >= FEWEST_SEASONS:
        squares = 0.0
        for k in range(1, seasons + 1):
            found[AT_SEASON] += scale * OUTER**k * dot(errors[k * m :], errors[: errors.size - k * m])
            squares += OUTER ** (2 * k)
        found[AT_SEASON] /= np.sqrt(squares)
