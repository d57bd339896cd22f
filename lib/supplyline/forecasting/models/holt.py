"""Holt's linear trend."""

from __future__ import annotations

import numpy as np

from supplyline.forecasting.kernels.smoothing import holt_panel
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import level_path

WARMUP = 28
FIRST = np.array([0.1, 0.1, 1.0])
LEAST = np.array([0.005, 0.001, 1.0])
MOST = np.array([0.99, 0.5, 1.0])


class Holt(Model):
    """Level and trend, alpha and beta of least squared error; Holt 1957; Hyndman et al. 2008, 2.3.2."""

    name = "holt"
    patterns = frozenset()

    def fit(self, panel: Panel) -> State:
        """Levels and trends after each day."""
        levels, trends, _ = holt_panel(panel.values, panel.starts, FIRST, LEAST, MOST, WARMUP)
        return level_path(panel, levels, trends)


MODEL = Holt()
