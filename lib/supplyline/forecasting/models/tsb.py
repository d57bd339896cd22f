"""Teunter-Syntetos-Babai: intermittent demand that may be dying out."""

from __future__ import annotations

import numpy as np

from supplyline.forecasting.kernels.intermittent import tsb_panel
from supplyline.forecasting.models.croston import mean_intervals, mean_sizes
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.patterns import ERRATIC, INTERMITTENT, LUMPY
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import level_path

SIZE_ALPHAS = np.array([0.05, 0.1, 0.2, 0.3])
CHANCE_BETAS = np.array([0.005, 0.01, 0.02, 0.05, 0.1, 0.2])


class TeunterSyntetosBabai(Model):
    """The chance of demand is updated daily, so that a product nobody buys fades; Teunter et al., EJOR 214, 2011."""

    name = "tsb"
    patterns = frozenset({ERRATIC, INTERMITTENT, LUMPY})

    def fit(self, panel: Panel) -> State:
        """Rates after each day."""
        chances = 1.0 / mean_intervals(panel)
        rates, _ = tsb_panel(panel.values, panel.starts, SIZE_ALPHAS, CHANCE_BETAS, mean_sizes(panel), chances)
        return level_path(panel, rates)


MODEL = TeunterSyntetosBabai()
