"""An autoregression of the order with the least AICc, around the week's shape."""

from __future__ import annotations

from supplyline.forecasting.arima_states import fit_arimas
from supplyline.forecasting.kernels.arima_orders import GRID
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.registry import Model, State


class Ar(Model):
    """AR(p) around a mean, p up to 5, by exact likelihood; Box, Jenkins, Reinsel and Ljung 2015, 3.2.

    For demand without trend: the automatic choice leaves it to `arima`, which differences where that is needed.
    """

    name = "ar"
    patterns = frozenset()
    costly = True

    def fit(self, panel: Panel) -> State:
        """Order, coefficients and mean of each SKU."""
        return fit_arimas(panel, (5, 0, 0, 0, 1, 0, 0), together=5, means=1, how=GRID, dummies=True)


MODEL = Ar()
