"""Seasonal exponential smoothing, ETS(A,N,A): level and season, both additive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from supplyline.errors import ForecastError
from supplyline.forecasting.panel import Floats, Ints
from supplyline.forecasting.patterns import ERRATIC, LUMPY, SMOOTH
from supplyline.forecasting.states import Fit, SeriesModel


@dataclass(frozen=True)
class LevelAndSeason:
    """`levels` (days,) and `seasons` (days, m) after each day; seasons[t, k] is that of day t - k."""

    levels: Floats
    seasons: Floats

    def ahead(self, origins: Ints, horizon: int) -> Floats:
        """l_t + s_{t+h-m}, the season of the same phase as last seen."""
        m = self.seasons.shape[1]
        back = (m - 1) - (np.arange(horizon) % m)
        return np.asarray(self.levels[origins, None] + self.seasons[origins][:, back])


class SeasonalEts(SeriesModel):
    """Maximum likelihood by statsforecast; Hyndman, Koehler, Ord and Snyder 2008, 2.5 and 5."""

    name = "seasonal_ets"
    patterns = frozenset({SMOOTH, ERRATIC, LUMPY})

    def fit_series(self, demand: Floats, season_length: int) -> Fit:
        """Level and season of one SKU; needs two seasons."""
        # Importing statsforecast costs a worker 2 s: only when a product is worth it.
        from statsforecast.ets import ets_f

        if len(demand) < 2 * season_length + 4:
            raise ForecastError(f"{len(demand)} days are too few", where=self.name, fix="needs two seasons")
        seasonal = "A" if season_length > 1 else "N"
        fit: Callable[..., dict[str, Any]] = ets_f
        states = np.asarray(fit(demand, season_length, model=f"AN{seasonal}", damped=False)["states"])[1:]
        seasons = states[:, 1:] if season_length > 1 else np.zeros((len(states), 1))
        return LevelAndSeason(states[:, 0], seasons)


MODEL = SeasonalEts()
