"""Simple exponential smoothing."""

from __future__ import annotations

import numpy as np

from supplyline.forecasting.kernels.smoothing import LARGEST_ALPHA, LEAST_ALPHA, ses_panel
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.patterns import ERRATIC, INTERMITTENT, LUMPY, SMOOTH
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import level_path

ALPHAS = np.geomspace(LEAST_ALPHA, LARGEST_ALPHA, 10)
WARMUP = 28


class SimpleSmoothing(Model):
    """l_t = l_{t-1} + alpha (y_t - l_{t-1}); alpha of least squared error; Hyndman et al. 2008, 2.3.1."""

    name = "simple_smoothing"
    patterns = frozenset({SMOOTH, ERRATIC, INTERMITTENT, LUMPY})

    def fit(self, panel: Panel) -> State:
        """Levels after each day."""
        levels, _ = ses_panel(panel.values, panel.starts, ALPHAS, WARMUP)
        return level_path(panel, levels)


MODEL = SimpleSmoothing()
