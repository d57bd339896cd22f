"""ARIMA of a fixed order around the week's shape of one SKU's demand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyline.errors import ForecastError
from supplyline.forecasting.panel import Floats, Ints
from supplyline.forecasting.patterns import ERRATIC, LUMPY, SMOOTH
from supplyline.forecasting.states import Fit, SeriesModel

LEAST_DAYS = 30


@dataclass(frozen=True)
class Recursion:
    """(1 - phi B) (1 - B) (y - s) = (1 + theta B) e: `adjusted` = y - s and one-step `errors`, both (days,).

    `season` (m,) is s of the days 0 … m-1 of the history and of every m-th day after them.
    """

    adjusted: Floats
    errors: Floats
    season: Floats
    phi: float
    theta: float

    def ahead(self, origins: Ints, horizon: int) -> Floats:
        """Differences ahead are phi (y_t - y_{t-1}) + theta e_t, then fade by phi; the level is their running sum."""
        before = np.maximum(origins - 1, 0)
        first = self.phi * (self.adjusted[origins] - self.adjusted[before]) + self.theta * self.errors[origins]
        steps = np.cumsum(self.phi ** np.arange(horizon))
        season = self.season[(origins[:, None] + np.arange(1, horizon + 1)) % len(self.season)]
        return np.asarray(self.adjusted[origins][:, None] + first[:, None] * steps + season)


class Arima(SeriesModel):
    """ARIMA(1,1,1) by conditional sum of squares (statsforecast); Box, Jenkins, Reinsel and Ljung 2015, 5.1 and 7.1."""

    name = "arima"
    patterns = frozenset({SMOOTH, ERRATIC, LUMPY})
    order = (1, 1, 1)

    def fit_series(self, demand: Floats, season_length: int) -> Fit:
        """Coefficients and errors of one SKU; needs thirty days."""
        # Importing statsforecast costs a worker 2 s: only when a product is worth it.
        from statsforecast.arima import arima

        if len(demand) < LEAST_DAYS:
            raise ForecastError(f"{len(demand)} days are too few", where=self.name, fix=f"needs {LEAST_DAYS}")
        season = season_means(demand, season_length)
        adjusted = demand - season[np.arange(len(demand)) % season_length]
        no_season = {"order": (0, 0, 0), "period": season_length}
        fitted = arima(adjusted, order=self.order, seasonal=no_season, method="CSS")
        phi, theta = float(fitted["coef"]["ar1"]), float(fitted["coef"]["ma1"])
        return Recursion(adjusted, np.asarray(fitted["residuals"]), season, phi, theta)


def season_means(demand: Floats, season_length: int) -> Floats:
    """(m,) mean demand of the days k, k + m, … less the mean of all days: the coefficients of seasonal dummies."""
    means = [demand[phase::season_length].mean() for phase in range(season_length)]
    return np.asarray(np.array(means) - demand.mean())


MODEL = Arima()
