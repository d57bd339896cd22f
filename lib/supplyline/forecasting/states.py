"""Fitted models in the two shapes most of them share: a path of level and trend, and one series fitted at a time."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from supplyline.forecasting.kernels.levels import ahead_of_levels
from supplyline.forecasting.panel import Floats, Ints, Panel
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.seasonality import seasonal_factors


@dataclass(frozen=True)
class LevelPath:
    """A level (n, days) and a damped trend after each day, times the week's shape of the SKU.

    h days after day t: (level_t + (phi + phi² + … + phi^h) trend_t) · factor of the target's weekday. `phi` is (n,).
    """

    panel: Panel
    level: Floats
    factors: Floats
    trend: Floats | None = None
    phi: Floats | None = None
    notes: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[str, ...]:
        """These recursions can't fail."""
        return ("",) * len(self.panel)

    def ahead(self, origins: Ints, horizon: int) -> Floats:
        """Mean demand of the days after each origin, (n, origins, horizon)."""
        trend = np.zeros((len(self.panel), 0)) if self.trend is None else self.trend
        damped = _damped_steps(self.phi, len(self.panel), horizon)
        return ahead_of_levels(self.level, trend, damped, self.factors, np.ascontiguousarray(origins))


def _damped_steps(phi: Floats | None, rows: int, horizon: int) -> Floats:
    """(n, h) phi + phi² + … + phi^h; h itself without damping."""
    base = np.ones(rows) if phi is None else phi
    return np.asarray(np.cumsum(base[:, None] ** np.arange(1, horizon + 1), axis=1))


def level_path(panel: Panel, level: Floats, trend: Floats | None = None, phi: Floats | None = None) -> LevelPath:
    """The path with the week's shape measured on its own panel."""
    return LevelPath(panel, level, seasonal_factors(panel), trend, phi)


class Fit(Protocol):
    """One SKU fitted."""

    def ahead(self, origins: Ints, horizon: int) -> Floats:
        """(origins, horizon) mean demand after each origin, a day of the SKU's own history counted from 0."""


@dataclass(frozen=True)
class SeriesState:
    """Many SKUs fitted one by one; None and an error where a fit failed."""

    panel: Panel
    fits: Sequence[Fit | None]
    errors: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def ahead(self, origins: Ints, horizon: int) -> Floats:
        """Mean demand after each origin, (n, origins, horizon); NaN for a failed SKU and before a SKU's start."""
        result = np.full((len(self.panel), len(origins), horizon), np.nan)
        for row, fit in enumerate(self.fits):
            own = origins - self.panel.starts[row]
            if fit is not None and (own >= 0).any():
                result[row, own >= 0] = fit.ahead(own[own >= 0], horizon)
        return result


class SeriesModel(Model):
    """A model that fits one SKU at a time on its last `max_days` days."""

    costly = True
    max_days = 365

    @abstractmethod
    def fit_series(self, demand: Floats, season_length: int) -> Fit:
        """Fit one SKU's demand, oldest day first."""

    def fit(self, panel: Panel) -> State:
        """Fit each SKU; a SKU whose fit raises keeps type and message instead."""
        recent = panel.tail(self.max_days)
        fits: list[Fit | None] = []
        errors: list[str] = []
        for row in range(len(recent)):
            fit, error = self._guarded(recent.history(row), recent.season_length)
            fits.append(fit)
            errors.append(error)
        return SeriesState(recent, fits, tuple(errors))

    def _guarded(self, demand: Floats, season_length: int) -> tuple[Fit | None, str]:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                return self.fit_series(demand, season_length), ""
            except Exception as error:  # noqa: BLE001 - one SKU's fit never fails the others: its row says why
                return None, describe(error)


def describe(error: BaseException) -> str:
    """Type and message of an error on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:500]
