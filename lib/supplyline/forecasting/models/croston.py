"""Croston's method for intermittent demand."""

from __future__ import annotations

from supplyline.forecasting.kernels.intermittent import croston_panel
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import level_path


class Croston(Model):
    """Size and interval smoothed apart on days with demand; Croston, ORQ 23, 1972. Forecast: size / interval a day."""

    name = "croston"
    patterns = frozenset()
    unbiased = False

    def fit(self, panel: Panel) -> State:
        """Rates after each day, both smoothing constants by least squared error."""
        rates, _ = croston_panel(panel.values, panel.starts, self.unbiased)
        return level_path(panel, rates)


MODEL = Croston()
