"""Box and Jenkins for one series: a fit of a given order by exact maximum likelihood, and the search for the order."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import numpy as np

from supplyline.errors import ForecastError
from supplyline.forecasting.panel import Floats

Order = tuple[int, int, int]
SeasonalOrder = tuple[int, int, int, int]
NO_SEASON: SeasonalOrder = (0, 0, 0, 1)


@dataclass(frozen=True)
class ArimaFit:
    """An ARIMA (p, d, q)(P, D, Q)_m fitted by exact Gaussian likelihood of the differenced series.

    `parameters` has ar1 …, ma1 …, sar1 …, sma1 …, constant (the mean of the differenced series), in that order;
    `errors` their standard errors from the observed information (NaN where it is not positive definite). `loglik` and
    `aicc` are those of the n - d - mD differences (statsmodels' simple_differencing=True). `sigma2` is the variance of
    the innovations, `residuals` (n - d - mD,) the one-step errors divided by their relative standard deviation; NaN
    where the difference is missing.
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
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    if min(*order, *seasonal_order) < 0:
        raise ForecastError(f"order {order}{seasonal_order} is negative", where="fit_arima", fix="count from 0")
    season = seasonal_order if seasonal_order[3] > 1 else (0, 0, 0, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = SARIMAX(
            values, order=order, seasonal_order=season, trend="c" if constant else "n", simple_differencing=True
        )
        fit = model.fit(disp=False, cov_type="oim")
    names = [name.replace(".L", "").replace("intercept", "constant") for name in fit.param_names]
    kept = [name for name in names if name != "sigma2"]
    return ArimaFit(
        order,
        seasonal_order,
        dict(zip(kept, map(float, fit.params), strict=False)),
        dict(zip(kept, map(float, fit.bse), strict=False)),
        float(fit.llf),
        float(fit.aicc),
        float(fit.params[-1]),
        np.asarray(fit.resid),
        bool(fit.mle_retvals["converged"]),
    )


def search_orders(values: Floats, season_length: int = 1) -> OrderSearch:
    """Orders tried on `values` (n,) by AICc of exact likelihoods, d by KPSS and D by seasonal strength."""
    tried = []
    for p in range(3):
        for q in range(3):
            fit = fit_arima(values, (p, 1, q), (0, 0, 0, season_length))
            tried.append(TriedOrder(fit.order, fit.seasonal_order, False, fit.loglik, fit.aicc, fit.converged))
    return OrderSearch(tuple(sorted(tried, key=lambda one: one.aicc)))
