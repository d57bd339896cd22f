"""ARIMA of the order with the least AICc, around the week's shape."""

from __future__ import annotations

from supplyline.forecasting.arima_states import fit_arimas
from supplyline.forecasting.kernels.arima_orders import GRID
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.patterns import ERRATIC, SMOOTH
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.seasonality import fit_without_seasons


class Arima(Model):
    """ARIMA(p, d, q), p and q up to 2, by exact likelihood; Box, Jenkins, Reinsel and Ljung 2015, 6 and 7.

    d by KPSS, a mean or a drift where AICc wants one. The season is taken out first as the mean of each of its days,
    where those differ beyond chance.
    """

    name = "arima"
    patterns = frozenset({SMOOTH, ERRATIC})
    costly = True

    def fit(self, panel: Panel) -> State:
        """Order, coefficients and mean of each SKU."""
        if panel.shorter_seasons:
            return fit_without_seasons(self.fit, panel)
        return fit_arimas(panel, (2, 2, 0, 0, 1, -1, -1), together=4, means=2, how=GRID, dummies=True)


MODEL = Arima()
