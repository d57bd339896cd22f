"""ARIMA for many series in a call: differences, the orders to try, and the fit of the one with the least AICc."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from supplyline.forecasting.kernels.arima_fit import evaluate, maximise
from supplyline.forecasting.kernels.arima_forecast import differenced
from supplyline.forecasting.kernels.arima_likelihood import LOGS, MU, SEEN, S, Work, room
from supplyline.forecasting.kernels.arima_orders import (
    GRID,
    ONE,
    STEPS,
    first_orders,
    inserted,
    neighbours,
    others_with_mean,
    row_of,
)
from supplyline.forecasting.kernels.arima_polynomials import coefficients_of, largest_lag
from supplyline.forecasting.kernels.arima_short import fit_short, is_short
from supplyline.forecasting.kernels.arima_start import hannan_rissanen, long_autoregression
from supplyline.forecasting.kernels.unit_roots import differences_of
from supplyline.forecasting.panel import Floats, Ints

LOG_TWO_PI = 1.8378770664093453
AICC, LOGLIK, SIGMA2, MEAN, STEPS_TAKEN, CONVERGED, USED = 0, 1, 2, 3, 4, 5, 6
FACTS = 7
MOST_TRIED = 256
MOST_COEFFICIENTS = 14
LONG_LAGS = 10
TOGGLED = 3
HOPE = 5.0
# Larger orders, and all of a season, may be given up early; of smaller ones, that lost the best on 2 % of series.
THOROUGH = 2
AT_THE_EDGE, DRAWN_IN = 0.99999, 0.97


class Search(NamedTuple):
    """One differenced series and the orders tried on it: `orders` (most, 6), `facts` (most, FACTS), `partials`.

    `unit` is the series less `centre` over `scale`, `raw` the series over `scale`, `plain` is `unit` with 0 where
    missing, `errors` those of a long autoregression on `lags`.
    """

    unit: Floats
    raw: Floats
    plain: Floats
    errors: Floats
    lags: int
    centre: float
    scale: float
    gaps: bool
    used: int
    orders: Ints
    facts: Floats
    partials: Floats


@njit(cache=True)
def standardised(z: Floats, mean: bool) -> tuple[Floats, float, float, int]:
    """z less its centre over its scale, the centre (0 without `mean`), the scale (0 if constant), how many are seen."""
    seen, total, squares = 0, 0.0, 0.0
    for t in range(z.size):
        if not np.isnan(z[t]):
            seen += 1
            total += z[t]
    centre = total / seen if mean and seen > 0 else 0.0
    for t in range(z.size):
        if not np.isnan(z[t]):
            squares += (z[t] - centre) * (z[t] - centre)
    scale = np.sqrt(squares / max(seen, 1))
    if not scale > 1e-12 * abs(centre) or scale < 1e-150:
        return np.zeros_like(z), centre, 0.0, seen
    return (z - centre) / scale, centre, scale, seen


@njit(cache=True)
def open_search(z: Floats, mean: bool, m: int, tried: int, brief: bool) -> Search:
    """A search on the differenced series `z` with room for `tried` orders; `brief` if none will ask for a start."""
    unit, centre, scale, seen = standardised(z, mean)
    plain = unit
    if seen < z.size:
        plain = unit.copy()
        for t in range(z.size):
            if np.isnan(plain[t]):
                plain[t] = 0.0
    lags = max(min(max(LONG_LAGS, 2 * m if m > 1 else 0), z.size // 4), 0)
    if brief and seen == z.size:
        lags = 0
    orders, facts = np.zeros((tried, 6), np.int64), np.full((tried, FACTS), np.nan)
    facts[:, AICC] = np.inf
    partials, errors = np.zeros((tried, MOST_COEFFICIENTS)), long_autoregression(plain, lags)
    raw = unit + centre / scale if scale > 0.0 else unit
    return Search(unit, raw, plain, errors, lags, centre, scale, seen < z.size, seen, orders, facts, partials)


@njit(cache=True)
def best_start(search: Search, order: Ints, count: int, work: Work) -> Floats:
    """Where this order was left; else the best of Hannan and Rissanen's start and contained orders already fitted."""
    arma, mean = order[:5], order[5] == 1
    best = hannan_rissanen(search.plain, search.errors, search.lags, arma)
    row = row_of(search.orders, count, order)
    if row >= 0:
        return search.partials[row, : best.size].copy()
    smaller, slopes, least = order.copy(), np.zeros((best.size, best.size)), np.inf
    for factor in range(4):
        smaller[factor] -= 1
        row = row_of(search.orders, count, smaller)
        smaller[factor] += 1
        if row >= 0 and np.isfinite(search.facts[row, AICC]):
            if least == np.inf:
                least = evaluate(coefficients_of(best, arma, slopes), arma, mean, search.gaps, work)
            trial = inserted(search.partials[row], order, factor)
            value = evaluate(coefficients_of(trial, arma, slopes), arma, mean, search.gaps, work)
            if value < least:
                best, least = trial, value
    return best


@njit(cache=True, inline="always")
def try_order(search: Search, order: Ints, count: int, least: float) -> None:
    """Fits this order (6,) into row `count`: a large one roughly, and given up once an AICc of `least` is out of reach.

    A root on the unit circle is tried again from inside where that could matter. AICc stays infinite where the series
    is too short or constant.
    """
    search.orders[count] = order
    arma, mean = order[:5], order[5] == 1
    size = arma[0] + arma[1] + arma[2] + arma[3]
    k = size + order[5] + 1.0
    if search.used - k - 1.0 > 0.0 and search.unit.size > largest_lag(arma) and search.scale > 0.0:
        z = search.unit if mean else search.raw
        if is_short(arma) and not search.gaps:
            _try_short(search, z, arma, mean, count, k)
            return
        work = room(z, arma)
        partials = best_start(search, order, count, work)
        target = np.inf
        if max(arma[0], arma[1]) > THOROUGH or arma[4] > 1:
            target = 0.5 * (least - penalty(k, search.used)) - constant(search)
        value, steps, converged = maximise(partials, arma, mean, search.gaps, work, target)
        again = drawn_in(partials, arma)
        if again.size > 0 and value < target + HOPE:
            other, more, sure = maximise(again, arma, mean, search.gaps, work, target)
            steps += more
            if other < value:
                value, converged, partials = other, sure, again
            # The mean and variance in `work` are those of the last trial.
            evaluate(coefficients_of(partials, arma, np.zeros((size, size))), arma, mean, search.gaps, work)
        search.partials[count, :size] = partials
        record(search.facts[count], search, value, k, work.numbers)
        search.facts[count, STEPS_TAKEN], search.facts[count, CONVERGED] = steps, converged


@njit(cache=True)
def _try_short(search: Search, z: Floats, order: Ints, mean: bool, count: int, k: float) -> None:
    """Fits p and q of at most 1 into row `count`, always to the end."""
    numbers, facts = np.zeros(LOGS + 1), search.facts[count]
    value, total, mu, facts[STEPS_TAKEN], facts[CONVERGED] = fit_short(z, order, mean, search.partials[count])
    numbers[S], numbers[MU], numbers[SEEN] = total, mu, z.size
    record(facts, search, value, k, numbers)


@njit(cache=True)
def drawn_in(partials: Floats, order: Ints) -> Floats:
    """The point again with its moving-average parts taken off the edge; empty if none is there.

    A likelihood is level at a root on the unit circle whether or not that is its highest point nearby.
    """
    result, moved, at = partials.copy(), False, 0
    for factor in range(4):
        for i in range(at, at + order[factor]):
            if factor % 2 == 1 and abs(partials[i]) > AT_THE_EDGE:
                result[i], moved = DRAWN_IN * np.sign(partials[i]), True
        at += order[factor]
    return result if moved else result[:0]


@njit(cache=True)
def record(facts: Floats, search: Search, value: float, k: float, numbers: Floats) -> None:
    """AICc, log-likelihood, variance and mean from the objective's `value` for k parameters, the variance counted."""
    used = search.used
    loglik = -value - constant(search)
    facts[AICC] = -2.0 * loglik + penalty(k, used)
    facts[LOGLIK], facts[USED] = loglik, used
    facts[SIGMA2] = numbers[S] / numbers[SEEN] * np.exp(-numbers[LOGS]) * search.scale * search.scale
    facts[MEAN] = search.centre + search.scale * numbers[MU]


@njit(cache=True)
def constant(search: Search) -> float:
    """What the objective leaves out of minus the log-likelihood."""
    return 0.5 * search.used * (LOG_TWO_PI + 1.0) + search.used * np.log(search.scale)


@njit(cache=True)
def penalty(k: float, used: int) -> float:
    """What AICc adds to minus twice the log-likelihood for k parameters (Hurvich and Tsai 1989)."""
    return 2.0 * k + 2.0 * k * (k + 1.0) / (used - k - 1.0)


@njit(cache=True)
def settle(search: Search, best: int, spec: Ints, coefficients: Floats, facts: Floats) -> None:
    """Fills order, coefficients and facts of a series from the best row; a constant series is its mean."""
    spec[:5] = search.orders[best, :5]
    facts[:] = search.facts[best]
    facts[USED] = search.used
    size = spec[0] + spec[1] + spec[2] + spec[3]
    if np.isfinite(facts[AICC]):
        slopes = np.zeros((size, size))
        coefficients[:size] = coefficients_of(search.partials[best, :size].copy(), spec[:5], slopes)
        if search.orders[best, 5] == 0:
            facts[MEAN] = 0.0
    elif search.scale == 0.0 and search.used > 0:
        facts[LOGLIK], facts[SIGMA2], facts[MEAN], facts[CONVERGED] = np.inf, 0.0, search.centre, 1.0


@njit(cache=True)
def fit_panel(
    values: Floats, starts: Ints, most: Ints, together: int, means: int, how: int, orders: Ints, tables: Floats
) -> tuple[Ints, Floats, Floats]:
    """Order (n, 7), coefficients (n, 14) and facts (n, FACTS) of every series; facts are NaN where it is too short.

    `most` is (p, q, P, Q, m, d, D), the last two -1 for the tests' choice; `together`, `means` and `how` as in
    `first_orders`; with `means` 2 there is one without differences, none after two, and after one the best orders are
    tried both ways. `orders` (n or 0, most, 6) and `tables`
    (n or 0, most, FACTS) take what was tried, each order then fitted to the end; else only the best is.
    """
    n = values.shape[0]
    specs, coefficients, facts = np.zeros((n, 7), np.int64), np.zeros((n, MOST_COEFFICIENTS)), np.zeros((n, FACTS))
    for i in range(n):
        y = values[i, min(starts[i], values.shape[1]) :]
        d, seasonal_d = differences_of(y, most[4], most[5], most[6])
        specs[i, 5], specs[i, 6] = d, seasonal_d
        wanted = min(means, 1) if means < 2 or d + seasonal_d == 0 else 0
        both = means == 2 and d + seasonal_d < 2
        queue = first_orders(most, together, wanted, how)
        z = differenced(y, d, seasonal_d, most[4])
        tried = MOST_TRIED if how == STEPS else queue.shape[0] + TOGGLED
        search = open_search(z, wanted == 1 or both, most[4], tried + 1, how == ONE and is_short(most[:5]))
        best, before, count = 0, -1, 0
        for turn in range(MOST_TRIED):
            for k in range(queue.shape[0]):
                if search.scale > 0.0 and count < MOST_TRIED and row_of(search.orders, count, queue[k]) < 0:
                    least = search.facts[best, AICC] if orders.shape[0] == 0 else np.inf
                    try_order(search, queue[k], count, least)
                    if search.facts[count, AICC] < search.facts[best, AICC]:
                        best = count
                    count += 1
            if best == before or how == ONE or (how == GRID and (turn == 1 or not both)):
                break
            before = best if how == STEPS else -1
            if how == STEPS:
                queue = neighbours(search.orders[best], most, together, 2 if both else 0)
            else:
                queue = others_with_mean(search.orders[:count], search.facts[:count, AICC].copy(), TOGGLED)
        if how != ONE and orders.shape[0] == 0 and np.isfinite(search.facts[best, AICC]):
            try_order(search, search.orders[best].copy(), count, np.inf)
            best = count
        settle(search, best, specs[i], coefficients[i], facts[i])
        if orders.shape[0] > 0:
            orders[i, :count], tables[i, :count] = search.orders[:count], search.facts[:count]
    return specs, coefficients, facts
