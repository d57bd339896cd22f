"""Intermittent demand seen in sums of one day, two days … up to its mean interval."""

from __future__ import annotations

from supplyline.forecasting.kernels.intermittent import aggregate_panel
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.patterns import INTERMITTENT, LUMPY
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import level_path


class Imapa(Model):
    """Mean of the smoothed rates of all sums; Petropoulos and Kourentzes, JORS 66, 2015, 914–924."""

    name = "imapa"
    patterns = frozenset({INTERMITTENT, LUMPY})
    every = True

    def fit(self, panel: Panel) -> State:
        """Rates after each day, one smoothing constant for the sums of each width."""
        return level_path(panel, aggregate_panel(panel.values, panel.starts, self.every))


MODEL = Imapa()
