"""Box and Jenkins for one series: a fit of a given order by exact maximum likelihood, and the search for the order."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from supplyline.errors import ForecastError
from supplyline.forecasting.kernels import arima_panel as kernel
from supplyline.forecasting.kernels.arima_errors import standard_errors
from supplyline.forecasting.kernels.arima_filter import filter_errors
from supplyline.forecasting.kernels.arima_forecast import differenced
from supplyline.forecasting.kernels.arima_orders import GRID, ONE, STEPS
from supplyline.forecasting.kernels.arima_search import AICC, CONVERGED, FACTS, LOGLIK, MEAN, SIGMA2, STEPS_TAKEN
from supplyline.forecasting.panel import Floats, Ints

Order = tuple[int, int, int]
SeasonalOrder = tuple[int, int, int, int]
NO_SEASON: SeasonalOrder = (0, 0, 0, 1)
# At most, as in R's auto.arima.
MOST_LAGS, MOST_SEASONS, TOGETHER = 5, 2, 5
BOTH_WAYS = 2
FROM_THE_START = np.zeros(1, dtype=np.int64)
NO_ORDERS = np.zeros((0, 0, 6), dtype=np.int64)
NO_FACTS = np.zeros((0, 0, FACTS))


@dataclass(frozen=True)
class ArimaFit:
    """An ARIMA (p, d, q)(P, D, Q)_m fitted by exact Gaussian likelihood of the differenced series.

    `parameters` has ar1 …, ma1 …, sar1 …, sma1 …, constant (the mean of the differenced series), in that order;
    `errors` their standard errors from the observed information (NaN where it is not positive definite). `loglik` and
    `aicc` are those of the n - d - mD differences, taken as stationary from their first day: statsmodels' SARIMAX with
    simple_differencing=True. Its default keeps the levels in the state under a vague prior and leaves the first days
    out of the sum: with differences its likelihood is another number, near ours; without any both are the same.
    `sigma2` is the variance of the innovations, `residuals` (n - d - mD,) the one-step errors
    divided by their relative standard deviation; NaN where the difference is missing.
    """

    order: Order
    seasonal_order: SeasonalOrder
    parameters: dict[str, float]
    errors: dict[str, float]
    loglik: float
    aicc: float
    sigma2: float
    residuals: Floats
    converged: bool
    iterations: int = 0


@dataclass(frozen=True)
class TriedOrder:
    """One line of an order search: AICc is comparable between lines of the same d and D only."""

    order: Order
    seasonal_order: SeasonalOrder
    constant: bool
    loglik: float
    aicc: float
    converged: bool


@dataclass(frozen=True)
class OrderSearch:
    """All orders tried, least AICc first."""

    tried: tuple[TriedOrder, ...] = field(default=())

    @property
    def best(self) -> TriedOrder:
        """The order of the least AICc."""
        return self.tried[0]


def fit_arima(
    values: Floats, order: Order, seasonal_order: SeasonalOrder = NO_SEASON, constant: bool = False
) -> ArimaFit:
    """Fit (p, d, q)(P, D, Q)_m to `values` (n,), oldest first, NaN where missing.

    `constant` adds a mean to the differenced series: the level for d + D = 0, a drift for 1.
    Raises ForecastError for an order that can't be, or a series too short for it.
    """
    y = _column(values)
    spec = _spec(order, seasonal_order)
    found = kernel.fit_panel(y[None], FROM_THE_START, spec, sum(spec[:4]), int(constant), ONE, NO_ORDERS, NO_FACTS)
    coefficients, facts = found[1][0, : spec[:4].sum()], found[2][0]
    if np.isnan(facts[LOGLIK]):
        raise ForecastError(
            f"{len(y)} values are too few for {order}{seasonal_order}", where="fit_arima", fix="take a smaller order"
        )
    z = differenced(y, spec[5], spec[6], spec[4])
    names, numbers = _names(spec, constant), [*coefficients, facts[MEAN]]
    spread = standard_errors(z, spec[:5], constant, coefficients, facts[SIGMA2])
    return ArimaFit(
        order=order,
        seasonal_order=seasonal_order,
        parameters={name: float(number) for name, number in zip(names, numbers, strict=False)},
        errors={name: float(number) for name, number in zip(names, spread, strict=False)},
        loglik=float(facts[LOGLIK]),
        aicc=float(facts[AICC]),
        sigma2=float(facts[SIGMA2]),
        residuals=_residuals(z, spec[:5], coefficients, facts[MEAN]),
        converged=bool(facts[CONVERGED]),
        iterations=int(facts[STEPS_TAKEN]),
    )


def search_orders(values: Floats, season_length: int = 1) -> OrderSearch:
    """Orders tried on `values` (n,) by AICc of exact likelihoods, d by KPSS and D by seasonal strength.

    Without a season every p + q <= 5; with one steps from neighbour to neighbour, P and Q up to 2. From the best of
    these one coefficient further where it has 5, and two more in p and in q. A constant is tried where d + D < 2.
    Raises ForecastError for a series too short for any, or constant.
    """
    y = _column(values)
    orders = np.zeros((1, kernel.MOST_TRIED, 6), dtype=np.int64)
    facts = np.full((1, kernel.MOST_TRIED, FACTS), np.inf)
    most, how = most_orders(season_length), STEPS if season_length > 1 else GRID
    specs, _, _ = kernel.fit_panel(y[None], FROM_THE_START, most, TOGETHER, BOTH_WAYS, how, orders, facts)
    d, seasonal_d = int(specs[0, 5]), int(specs[0, 6])
    lines = [_line(orders[0, row], facts[0, row], d, seasonal_d) for row in range(kernel.MOST_TRIED)]
    tried = sorted((line for line in lines if np.isfinite(line.aicc)), key=lambda line: line.aicc)
    if not tried:
        raise ForecastError(f"{len(y)} values are too few, or equal", where="search_orders", fix="give ten that vary")
    return OrderSearch(tuple(tried))


def most_orders(season_length: int) -> Ints:
    """(p, q, P, Q, m, d, D) at most, d and D by the tests; no lag of the season is one of p or q as well."""
    lags = min(MOST_LAGS, season_length - 1) if season_length > 1 else MOST_LAGS
    seasonal = MOST_SEASONS if season_length > 1 else 0
    return np.array([lags, lags, seasonal, seasonal, max(season_length, 1), -1, -1], dtype=np.int64)


def _line(order: Ints, facts: Floats, d: int, seasonal_d: int) -> TriedOrder:
    p, q, seasonal_p, seasonal_q, m, mean = (int(number) for number in order)
    loglik, value, converged = (float(facts[at]) for at in (LOGLIK, AICC, CONVERGED))
    return TriedOrder((p, d, q), (seasonal_p, seasonal_d, seasonal_q, m), bool(mean), loglik, value, bool(converged))


def _column(values: Floats) -> Floats:
    """The values as the kernels take them; infinite ones count as missing, leading missing ones are dropped."""
    y = np.ascontiguousarray(values, dtype=np.float64)
    y = np.where(np.isfinite(y), y, np.nan)
    seen = np.flatnonzero(~np.isnan(y))
    return y[seen[0] :] if len(seen) else y[:0]


def _spec(order: Order, seasonal_order: SeasonalOrder) -> Ints:
    """(p, q, P, Q, m, d, D); raises ForecastError for an order that can't be."""
    (p, d, q), (seasonal_p, seasonal_d, seasonal_q, m) = order, seasonal_order
    if min(*order, *seasonal_order) < 0:
        raise ForecastError(f"order {order}{seasonal_order} is negative", where="fit_arima", fix="count from 0")
    if m < 2 and max(seasonal_p, seasonal_d, seasonal_q) > 0:
        raise ForecastError(f"a season of {m} has no lags", where="fit_arima", fix="give its length, 2 or more")
    return np.array([p, q, seasonal_p, seasonal_q, max(m, 1), d, seasonal_d], dtype=np.int64)


def _names(spec: Ints, constant: bool) -> list[str]:
    kinds = zip(("ar", "ma", "sar", "sma"), spec[:4], strict=True)
    names = [f"{kind}{lag}" for kind, count in kinds for lag in range(1, count + 1)]
    return [*names, "constant"] if constant else names


def _residuals(z: Floats, order: Ints, coefficients: Floats, mean: float) -> Floats:
    errors, ones, variances = (np.empty(z.size) for _ in range(3))
    filter_errors(coefficients, order, z - mean, errors, ones, variances)
    return np.asarray(errors / np.sqrt(variances))
