"""Autocorrelations of one series with their bands, and whether residuals have any left. Series are (n,), no gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from supplyline.forecasting.panel import Floats


@dataclass(frozen=True)
class Correlogram:
    """`values` (lags,) at lags 1 …, and the half width `bands` (lags,) that chance leaves at 5 %."""

    values: Floats
    bands: Floats

    @property
    def outside(self) -> list[int]:
        """Lags whose value chance alone would hardly give."""
        return [int(lag) for lag in np.flatnonzero(np.abs(self.values) > self.bands) + 1]


@dataclass(frozen=True)
class Portmanteau:
    """Ljung-Box test: `statistic` of the first `lags` autocorrelations, its degrees of freedom and p-value."""

    lags: int
    freedom: int
    statistic: float
    probability: float


def autocorrelations(series: Floats, lags: int) -> Floats:
    """(lags,) r_k = Σ (y_t - ȳ)(y_{t-k} - ȳ) / Σ (y_t - ȳ)², k = 1 …; 0 for a constant series.

    Box, Jenkins, Reinsel and Ljung, Time Series Analysis, section 2.1.
    """
    around = np.asarray(series, dtype=np.float64) - np.mean(series)
    total = float(around @ around)
    # What rounding leaves of a constant series is no variance.
    if total <= 1e-20 * len(around) * float(np.mean(series)) ** 2 or total == 0.0:
        return np.zeros(lags)
    sums = [around[k:] @ around[: len(around) - k] if k < len(around) else 0.0 for k in range(1, lags + 1)]
    return np.asarray(sums) / total


def partial_autocorrelations(series: Floats, lags: int) -> Floats:
    """(lags,) last coefficient of the autoregression of each order, by Durbin's recursion on the autocorrelations.

    Box, Jenkins, Reinsel and Ljung, Time Series Analysis, section 3.2.5 and appendix A3.2.
    """
    r, partial, phi, left = autocorrelations(series, lags), np.zeros(lags), np.zeros(0), 1.0
    for k in range(lags):
        last = (r[k] - phi @ r[:k][::-1]) / left if left > 1e-12 else 0.0
        phi = np.append(phi - last * phi[::-1], last)
        partial[k], left = last, left * (1.0 - last**2)
    return partial


def acf(series: Floats, lags: int) -> Correlogram:
    """Autocorrelations; the band at lag k is Bartlett's, 1.96 √((1 + 2 Σ_{j<k} r_j²) / n), a moving average till k."""
    values = autocorrelations(series, lags)
    before = np.concatenate([[0.0], np.cumsum(values**2)[:-1]])
    return Correlogram(values, 1.959964 * np.sqrt((1.0 + 2.0 * before) / len(series)))


def pacf(series: Floats, lags: int) -> Correlogram:
    """Partial autocorrelations; the band is Quenouille's, 1.96 / √n."""
    return Correlogram(partial_autocorrelations(series, lags), np.full(lags, 1.959964 / np.sqrt(len(series))))


def ljung_box(residuals: Floats, lags: int, parameters: int) -> Portmanteau:
    """Q = n (n + 2) Σ r_k² / (n - k), chi-squared with lags - `parameters` degrees of freedom under white noise.

    `parameters` counts the autoregressive and moving-average coefficients that were fitted. Ljung and Box, On a measure
    of lack of fit in time series models, Biometrika 65, 1978.
    """
    n, freedom = len(residuals), max(lags - parameters, 1)
    r = autocorrelations(residuals, lags)
    statistic = float(n * (n + 2) * (r**2 / (n - np.arange(1, lags + 1))).sum())
    return Portmanteau(lags, freedom, statistic, float(stats.chi2.sf(statistic, freedom)))
