"""ARIMA for many series in a call: differences, the orders to try, and the fit of the one with the least AICc."""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.kernels.arima_fit import evaluate, maximise
from supplyline.forecasting.kernels.arima_forecast import differenced
from supplyline.forecasting.kernels.arima_likelihood import LOGS, MU, SEEN, S, Work, room
from supplyline.forecasting.kernels.arima_orders import (
    GRID,
    ONE,
    around,
    beyond,
    first_orders,
    inserted,
    others_with_mean,
    row_of,
)
from supplyline.forecasting.kernels.arima_polish import polish
from supplyline.forecasting.kernels.arima_polynomials import coefficients_of, largest_lag
from supplyline.forecasting.kernels.arima_restarts import (
    AT_PI,
    AT_SEASON,
    AT_ZERO,
    COMPLEX,
    OFF_EDGE,
    THOROUGH,
    another_start,
)
from supplyline.forecasting.kernels.arima_search import (
    AICC,
    CONVERGED,
    FACTS,
    LOGLIK,
    MEAN,
    MOST_COEFFICIENTS,
    SIGMA2,
    STEPS_TAKEN,
    USED,
    Search,
    constant,
    open_search,
    penalty,
    record,
)
from supplyline.forecasting.kernels.arima_short import fit_short, is_short
from supplyline.forecasting.kernels.arima_start import hannan_rissanen
from supplyline.forecasting.kernels.unit_roots import differences_of
from supplyline.forecasting.panel import Floats, Ints

MOST_TRIED = 256
TOGGLED = 3


@njit(cache=True)
def best_start(search: Search, order: Ints, count: int, work: Work) -> Floats:
    """Where this order was left; else the best of Hannan and Rissanen's start and contained orders already fitted."""
    arma, size = order[:5], order[:4].sum()
    row = row_of(search.orders, count, order)
    if row >= 0:
        return search.partials[row, :size].copy()
    best = hannan_rissanen(search.plain, search.errors, search.lags, arma)
    smaller, most, contained, added = order.copy(), -np.inf, -1, 0
    for factor in range(4):
        smaller[factor] -= 1
        row = row_of(search.orders, count, smaller)
        smaller[factor] += 1
        if row >= 0 and search.facts[row, LOGLIK] > most:
            most, contained, added = search.facts[row, LOGLIK], row, factor
    if contained >= 0:
        coefficients = coefficients_of(best, arma, np.zeros((size, size)))
        if not -evaluate(coefficients, arma, order[5] == 1, search.gaps, work) - constant(search) >= most:
            return inserted(search.partials[contained], order, added)
    return best


@njit(cache=True, inline="always")
def try_order(search: Search, order: Ints, count: int, least: float) -> None:
    """Fits this order (6,) into row `count`: a large one roughly, and given up once an AICc of `least` is out of reach.

    Second starts (`arima_restarts`) are tried where they could matter. AICc stays infinite where the series is too
    short or constant.
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
        reach = 0.5 * (least - penalty(k, search.used)) - constant(search)
        target = reach if max(arma[0], arma[1]) > THOROUGH or arma[4] > 1 else np.inf
        value, steps, converged = maximise(partials, arma, mean, search.gaps, work, target)
        moved = least == np.inf
        for kind in (COMPLEX, AT_PI, AT_ZERO, AT_SEASON, OFF_EDGE):
            again = another_start(search, order, count, kind, partials, value, reach, work)
            if again.size > 0:
                moved = True
                other, more, sure = maximise(again, arma, mean, search.gaps, work, min(target, value))
                steps += more
                if other < value:
                    if target == np.inf:
                        other, more, sure = maximise(again, arma, mean, search.gaps, work, target)
                        steps += more
                    value, converged, partials = other, sure, again
        if least == np.inf:
            value, more, converged = polish(partials, arma, mean, search.gaps, work, value)
            steps += more
        if moved:
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
        tried = 1 if how == ONE else MOST_TRIED
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
            if count == before or how == ONE:
                break
            before = count
            if turn == 0 and how == GRID and both:
                queue = others_with_mean(search.orders[:count], search.facts[:count, AICC].copy(), TOGGLED)
            elif how == GRID:
                queue = beyond(search.orders[best], most, together)
            else:
                queue = around(search.orders[best], most, together + 1, both)
        if how != ONE and orders.shape[0] == 0 and np.isfinite(search.facts[best, AICC]):
            try_order(search, search.orders[best].copy(), count, np.inf)
            best = count
        settle(search, best, specs[i], coefficients[i], facts[i])
        if orders.shape[0] > 0:
            orders[i, :count], tables[i, :count] = search.orders[:count], search.facts[:count]
    return specs, coefficients, facts
