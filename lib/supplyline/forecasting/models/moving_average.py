"""Moving average of the last four weeks, the rule of thumb of many shops."""

from __future__ import annotations

import numpy as np

from supplyline.forecasting.panel import Panel
from supplyline.forecasting.patterns import PATTERNS
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import level_path


class MovingAverage(Model):
    """Mean of the last `window` days (fewer where the history is shorter), times the week's shape."""

    name = "moving_average"
    patterns = frozenset(PATTERNS)

    def __init__(self, window: int = 28) -> None:
        self.window = window

    def fit(self, panel: Panel) -> State:
        """Running means of the whole history."""
        totals = np.cumsum(panel.values, axis=1)
        earlier = np.zeros_like(totals)
        earlier[:, self.window :] = totals[:, : -self.window]
        known = np.clip(np.arange(panel.days) - panel.starts[:, None] + 1, 1, self.window)
        # Differences of running sums can fall below zero by rounding where demand was large long ago.
        return level_path(panel, np.maximum(totals - earlier, 0.0) / known)


MODEL = MovingAverage()
