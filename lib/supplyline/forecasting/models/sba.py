"""Syntetos-Boylan approximation: Croston's method without its bias."""

from __future__ import annotations

from supplyline.forecasting.kernels.intermittent import croston_panel
from supplyline.forecasting.models.croston import ALPHAS, mean_intervals, mean_sizes
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.patterns import INTERMITTENT, LUMPY
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import level_path


class SyntetosBoylan(Model):
    """Croston's rate times (1 - alpha / 2); Syntetos and Boylan, IJF 21, 2005, 303–314."""

    name = "sba"
    patterns = frozenset({INTERMITTENT, LUMPY})

    def fit(self, panel: Panel) -> State:
        """Rates after each day."""
        rates, alphas = croston_panel(panel.values, panel.starts, ALPHAS, mean_sizes(panel), mean_intervals(panel))
        return level_path(panel, rates * (1.0 - alphas[:, None] / 2.0))


MODEL = SyntetosBoylan()
