"""Holt's trend, damped."""

from __future__ import annotations

import numpy as np

from supplyline.forecasting.kernels.smoothing import holt_panel
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.patterns import ERRATIC, SMOOTH
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import level_path

WARMUP = 28
FIRST = np.array([0.1, 0.1, 0.9])
LEAST = np.array([0.005, 0.001, 0.8])
MOST = np.array([0.99, 0.5, 0.98])


class DampedHolt(Model):
    """A trend that fades by phi a day; Gardner and McKenzie 1985; Hyndman et al. 2008, 2.3.3."""

    name = "damped_holt"
    patterns = frozenset({SMOOTH, ERRATIC})

    def fit(self, panel: Panel) -> State:
        """Levels and trends after each day."""
        levels, trends, parameters = holt_panel(panel.values, panel.starts, FIRST, LEAST, MOST, WARMUP)
        return level_path(panel, levels, trends, np.ascontiguousarray(parameters[:, 2]))


MODEL = DampedHolt()
