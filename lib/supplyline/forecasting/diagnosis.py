"""The Box-Jenkins procedure for one series, each step with what it saw and what it decided.

Identification (unit roots, strength of the season, correlograms), estimation (order search by AICc, exact maximum
likelihood), checking (residuals), and the gate: a model that does not beat the seasonal naive on days it has not seen
is not used. Box, Jenkins, Reinsel and Ljung, Time Series Analysis, 5th ed. 2015, chapters 6 to 9.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from supplyline.errors import ForecastError
from supplyline.forecasting.box_jenkins import ArimaFit, OrderSearch, fit_arima, search_orders
from supplyline.forecasting.correlograms import Correlogram, Portmanteau, acf, ljung_box, pacf
from supplyline.forecasting.kernels.arima_forecast import differenced, look_ahead
from supplyline.forecasting.kernels.unit_roots import (
    KPSS_CRITICAL,
    adf,
    adf_lags,
    adf_probability,
    kpss,
    kpss_lags,
    seasonal_strength,
)
from supplyline.forecasting.panel import Floats

LEAST_VALUES = 30
GATE_ORIGINS = 4
MOST_LAGS = 40
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class UnitRoots:
    """Both tests after `differences` differences: KPSS refuses stationarity above its critical value, ADF a unit root
    below the significance."""

    differences: int
    kpss: float
    kpss_critical: float
    adf: float
    adf_lags: int
    adf_probability: float


@dataclass(frozen=True)
class Estimate:
    """A coefficient, its standard error, and the probability of one so far from 0 if it were 0."""

    name: str
    value: float
    error: float
    probability: float


@dataclass(frozen=True)
class Gate:
    """Mean absolute errors over `origins` past days, `horizon` days each, of the procedure and the seasonal naive.

    The procedure saw nothing after the first origin: order search and fit were made on the days before it.
    """

    origins: int
    horizon: int
    error: float
    naive_error: float

    @property
    def passed(self) -> bool:
        """The procedure is better."""
        return self.error < self.naive_error


@dataclass(frozen=True)
class Diagnosis:
    """All of it, for one series. What could not be done is None or empty, and `fallback` says why; "" where the ARIMA
    stands. `stages` are the unit-root tests after D seasonal and 0, 1 … plain differences."""

    values: Floats
    season_length: int
    fallback: str
    stages: Sequence[UnitRoots] = ()
    seasonal_strength: float = 0.0
    seasonal_differences: int = 0
    differences: int = 0
    acf: Correlogram | None = None
    pacf: Correlogram | None = None
    search: OrderSearch | None = None
    fit: ArimaFit | None = None
    estimates: Sequence[Estimate] = ()
    residual_acf: Correlogram | None = None
    residual_test: Portmanteau | None = None
    gate: Gate | None = None
    forecast: Floats | None = None

    @property
    def model(self) -> str:
        """Name of what is used: the ARIMA with its orders, or the fallback."""
        if self.fit is None or self.fallback:
            return "seasonal naive" if self.season_length > 1 else "naive"
        return order_text(self.fit)


def order_text(fit: ArimaFit) -> str:
    """ARIMA(1,1,1)(0,1,1)7."""
    plain, season = (",".join(str(n) for n in orders) for orders in (fit.order, fit.seasonal_order[:3]))
    return f"ARIMA({plain})" + (f"({season}){fit.seasonal_order[3]}" if any(fit.seasonal_order[:3]) else "")


def diagnose(values: Floats, season_length: int = 1, horizon: int | None = None) -> Diagnosis:
    """The procedure on `values` (n,), oldest first, one a day (or whatever the period is), none missing.

    `horizon` is that of the gate and the forecast, by default four seasons, or twelve periods without a season.
    Raises ForecastError for values that are not finite or a season below 1.
    """
    y = np.ascontiguousarray(values, dtype=np.float64)
    if y.ndim != 1 or not np.isfinite(y).all() or season_length < 1:
        raise ForecastError("values are not one finite series", where="diagnose", fix="fill its gaps first")
    if len(y) < max(LEAST_VALUES, 4 * season_length):
        return Diagnosis(
            y, season_length, f"{len(y)} values are too few, {max(LEAST_VALUES, 4 * season_length)} needed"
        )
    if np.ptp(y) == 0:
        return Diagnosis(y, season_length, "all values are the same")
    ahead = horizon or (4 * season_length if season_length > 1 else 12)
    try:
        return _whole(y, season_length, min(ahead, len(y) // 5))
    except (ForecastError, np.linalg.LinAlgError) as error:
        return Diagnosis(y, season_length, f"the search failed: {error}")


def _whole(y: Floats, m: int, horizon: int) -> Diagnosis:
    search = search_orders(y, m)
    best = search.best
    fit = fit_arima(y, best.order, best.seasonal_order, best.constant)
    d, seasonal_d = best.order[1], best.seasonal_order[1]
    stationary = differenced(y, d, seasonal_d, m)
    lags = min(MOST_LAGS, max(3 * m, 20), len(stationary) // 4)
    gate = _gate(y, m, horizon)
    test, residuals = _residual_test(fit, m), fit.residuals[np.isfinite(fit.residuals)]
    return Diagnosis(
        values=y,
        season_length=m,
        fallback=_fallback(fit, gate),
        stages=_stages(differenced(y, 0, seasonal_d, m), d),
        seasonal_strength=float(seasonal_strength(y, m)),
        seasonal_differences=seasonal_d,
        differences=d,
        acf=acf(stationary, lags),
        pacf=pacf(stationary, lags),
        search=search,
        fit=fit,
        estimates=_estimates(fit),
        residual_acf=acf(residuals, lags),
        residual_test=test,
        gate=gate,
        forecast=_ahead(y, fit, np.array([len(y) - 1]), horizon)[0],
    )


def _stages(y: Floats, d: int) -> list[UnitRoots]:
    """The tests at 0 … d differences."""
    found = []
    for differences in range(d + 1):
        n = len(y)
        statistic, lags = adf(y, adf_lags(n))
        root = UnitRoots(
            differences,
            float(kpss(y, kpss_lags(n))),
            KPSS_CRITICAL,
            float(statistic),
            int(lags),
            adf_probability(statistic),
        )
        found.append(root)
        y = np.diff(y)
    return found


def _estimates(fit: ArimaFit) -> list[Estimate]:
    """Each with the two-sided probability of its ratio to the standard error under a Normal."""
    from scipy.stats import norm

    return [
        Estimate(name, value, fit.errors[name], float(2 * norm.sf(abs(value) / fit.errors[name])))
        for name, value in fit.parameters.items()
    ]


def _residual_test(fit: ArimaFit, m: int) -> Portmanteau:
    """Over two seasons, or ten lags (Hyndman and Athanasopoulos, Forecasting, 3rd ed., 5.4); the mean costs no lag."""
    residuals = fit.residuals[np.isfinite(fit.residuals)]
    coefficients = len([name for name in fit.parameters if name != "constant"])
    lags = min(2 * m if m > 1 else 10, len(residuals) // 5)
    return ljung_box(residuals, max(lags, coefficients + 1), coefficients)


def _gate(y: Floats, m: int, horizon: int) -> Gate | None:
    """The procedure on the days before the first origin against the seasonal naive; None on too short a history."""
    last = len(y) - 1 - horizon
    origins = last - m * np.arange(GATE_ORIGINS)[::-1]
    first = int(origins[0]) + 1
    if first < max(LEAST_VALUES, 4 * m) or np.ptp(y[:first]) == 0:
        return None
    best = search_orders(y[:first], m).best
    fit = fit_arima(y[:first], best.order, best.seasonal_order, best.constant)
    actual = y[origins[:, None] + np.arange(1, horizon + 1)]
    naive = y[origins[:, None] - m + 1 + np.arange(horizon) % m]
    errors = [float(np.abs(actual - mean).mean()) for mean in (_ahead(y, fit, origins, horizon), naive)]
    return Gate(GATE_ORIGINS, horizon, *errors)


def _ahead(y: Floats, fit: ArimaFit, origins: np.ndarray[tuple[int], np.dtype[np.int64]], horizon: int) -> Floats:
    """(origins, horizon) means after each origin with the parameters of the fit."""
    (p, d, q), (seasonal_p, seasonal_d, seasonal_q, m) = fit.order, fit.seasonal_order
    spec = np.array([p, q, seasonal_p, seasonal_q, max(m, 1), d, seasonal_d], dtype=np.int64)
    coefficients = np.array([value for name, value in fit.parameters.items() if name != "constant"])
    result = np.empty((len(origins), horizon))
    look_ahead(y, spec, coefficients, fit.parameters.get("constant", 0.0), origins.astype(np.int64), horizon, result)
    return result


def _fallback(fit: ArimaFit, gate: Gate | None) -> str:
    if not fit.converged:
        return f"the fit did not converge in {fit.iterations} steps"
    if gate is None:
        return "the history is too short to hold days back for the gate"
    if not gate.passed:
        return f"the gate: mean absolute error {gate.error:.4g}, of the seasonal naive {gate.naive_error:.4g}"
    return ""
