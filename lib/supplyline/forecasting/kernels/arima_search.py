"""One differenced series and the orders tried on it: what is kept of each, and how an objective becomes an AICc."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from supplyline.forecasting.kernels.arima_likelihood import LOGS, MU, SEEN, S
from supplyline.forecasting.kernels.arima_start import long_autoregression
from supplyline.forecasting.panel import Floats, Ints

LOG_TWO_PI = 1.8378770664093453
AICC, LOGLIK, SIGMA2, MEAN, STEPS_TAKEN, CONVERGED, USED = 0, 1, 2, 3, 4, 5, 6
FACTS = 7
MOST_COEFFICIENTS = 14
LONG_LAGS = 10
SCORES = 5


class Search(NamedTuple):
    """One differenced series and the orders tried on it: `orders` (most, 6), `facts` (most, FACTS), `partials`.

    `unit` is the series less `centre` over `scale`, `raw` the series over `scale`, `plain` is `unit` with 0 where
    missing, `errors` those of a long autoregression on `lags`. `scores` (most, 5), NaN where not asked for yet, tell
    what a pair of roots would add to an order (`arima_restarts`).
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
    scores: Floats


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
    scores = np.full((tried, SCORES), np.nan)
    return Search(unit, raw, plain, errors, lags, centre, scale, seen < z.size, seen, orders, facts, partials, scores)


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
