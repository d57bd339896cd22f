"""Seasonal ARIMA of the order with the least AICc."""

from __future__ import annotations

from supplyline.forecasting.arima_states import fit_arimas
from supplyline.forecasting.box_jenkins import BOTH_WAYS, TOGETHER, most_orders
from supplyline.forecasting.kernels.arima_orders import GRID, STEPS
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.seasonality import fit_without_seasons


class SeasonalArima(Model):
    """ARIMA(p, d, q)(P, D, Q)_m by exact likelihood; Box, Jenkins, Reinsel and Ljung 2015, 9; m the panel's season.

    d by KPSS, D by the strength of the season, the rest by AICc from neighbour to neighbour (Hyndman and Khandakar
    2008). It costs ten times what `arima` does: the automatic choice leaves it to those who name it.
    """

    name = "seasonal_arima"
    patterns = frozenset()
    costly = True

    def fit(self, panel: Panel) -> State:
        """Order, coefficients and mean of each SKU."""
        if panel.shorter_seasons:
            return fit_without_seasons(self.fit, panel)
        how = STEPS if panel.season_length > 1 else GRID
        bounds = most_orders(panel.season_length).tolist()
        return fit_arimas(panel, bounds, together=TOGETHER, means=BOTH_WAYS, how=how, dummies=False)


MODEL = SeasonalArima()
