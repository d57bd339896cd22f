"""ARIMA models of a panel: fitted in one call of the kernels, forecast from any day by the filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from supplyline.forecasting.kernels import arima_panel as kernel
from supplyline.forecasting.kernels.arima_forecast import look_ahead_panel
from supplyline.forecasting.kernels.arima_search import CONVERGED, FACTS, LOGLIK, MEAN, STEPS_TAKEN
from supplyline.forecasting.panel import Floats, Ints, Panel

NO_ORDERS = np.zeros((0, 0, 6), dtype=np.int64)
NO_FACTS = np.zeros((0, 0, FACTS))
LEAST_F = 4.0


@dataclass(frozen=True)
class ArimaState:
    """Orders (n, 7), coefficients (n, 14) and means (n,) of the differences of `adjusted`, the demand less `season`.

    `adjusted` (n, days) begins at `starts`, `season` (n, m) is what the days k, k + m … before the panel's end have
    more than the others; of zeros where the model has no such part.
    """

    panel: Panel
    adjusted: Floats
    starts: Ints
    season: Floats
    specs: Ints
    coefficients: Floats
    means: Floats
    errors: tuple[str, ...]
    notes: tuple[str, ...]

    def ahead(self, origins: Ints, horizon: int) -> Floats:
        """Mean demand of the days after each origin, (n, origins, horizon); NaN for a failed SKU and too early."""
        ranks = np.argsort(origins, kind="stable")
        rising = np.ascontiguousarray(origins, dtype=np.int64)[ranks]
        found = look_ahead_panel(
            self.adjusted, self.starts, self.specs, self.coefficients, self.means, rising, horizon
        )[:, np.argsort(ranks, kind="stable")]
        phases = (self.panel.days - 1 - origins[:, None] - np.arange(1, horizon + 1)) % self.season.shape[1]
        return np.asarray(found + self.season[:, phases])


def fit_arimas(panel: Panel, most: Sequence[int], *, together: int, means: int, how: int, dummies: bool) -> ArimaState:
    """Fits every SKU; `most`, `together`, `means` and `how` as in `kernels.arima_panel.fit_panel`.

    With `dummies` the mean of each day of the season is taken out first, where it explains the demand.
    """
    starts = _first_seen(panel)
    season = seasonal_means(panel) if dummies else np.zeros((len(panel), 1))
    phases = (panel.days - 1 - np.arange(panel.days)) % season.shape[1]
    adjusted = np.ascontiguousarray(panel.values - season[:, phases])
    bounds = np.array(most, dtype=np.int64)
    specs, coefficients, facts = kernel.fit_panel(adjusted, starts, bounds, together, means, how, NO_ORDERS, NO_FACTS)
    means_found = np.where(np.isnan(facts[:, LOGLIK]), np.nan, facts[:, MEAN])
    errors = tuple(_error(int(length), row) for length, row in zip(panel.days - starts, facts, strict=True))
    notes = tuple("" if error else _note(row) for error, row in zip(errors, facts, strict=True))
    return ArimaState(panel, adjusted, starts, season, specs, coefficients, means_found, errors, notes)


def _first_seen(panel: Panel) -> Ints:
    """(n,) first column with a value: what is missing before it says nothing."""
    seen = panel.recorded() & np.isfinite(panel.values)
    return np.where(seen.any(axis=1), seen.argmax(axis=1), panel.days).astype(np.int64)


def seasonal_means(panel: Panel) -> Floats:
    """(n, m) what the days k, k + m … before the end have more than the mean; 0 where that says too little.

    It is kept where the differences between the days of the season are far beyond chance in an analysis of variance of
    the demand less its mean over a season around it: F above 4, rarer than one in a thousand for a week.
    """
    m = panel.season_length
    if m < 2 or panel.days < 3 * m:
        return np.zeros((len(panel), 1))
    values = np.where(panel.recorded(), panel.values, np.nan)
    rest = values - _around(values, m)
    selector = np.eye(m)[(panel.days - 1 - np.arange(panel.days)) % m]
    known = np.isfinite(rest)
    counts = known @ selector
    clean = np.where(known, rest, 0.0)
    means = (clean @ selector) / np.maximum(counts, 1.0)
    between = (counts * means**2).sum(axis=1) / (m - 1)
    within = (clean**2).sum(axis=1) - (counts * means**2).sum(axis=1)
    freedom = counts.sum(axis=1) - m
    told = (counts.min(axis=1) >= 2) & (between * freedom > LEAST_F * within)
    return np.asarray(np.where(told[:, None], means - means.mean(axis=1, keepdims=True), 0.0))


def _around(values: Floats, m: int) -> Floats:
    """(n, days) mean over the season around each day, NaN where one of its days is missing."""
    width = m if m % 2 else m + 1
    weights = np.ones(width)
    if m % 2 == 0:
        weights[[0, -1]] = 0.5
    windows = np.lib.stride_tricks.sliding_window_view(values, width, axis=1)
    result = np.full(values.shape, np.nan)
    result[:, width // 2 : values.shape[1] - width // 2] = windows @ (weights / m)
    return result


def _error(length: int, facts: Floats) -> str:
    if not np.isnan(facts[LOGLIK]):
        return ""
    return f"ForecastError: {length} days are too few for an ARIMA"


def _note(facts: Floats) -> str:
    if facts[CONVERGED] == 1.0:
        return ""
    return f"not converged: {int(facts[STEPS_TAKEN])} iterations"
