"""The last day, over and over."""

from __future__ import annotations

import numpy as np

from supplyline.forecasting.panel import Panel
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import LevelPath


class Naive(Model):
    """Hyndman and Athanasopoulos, Forecasting: principles and practice, 5.2. A yardstick, never chosen by itself."""

    name = "naive"
    patterns = frozenset()

    def fit(self, panel: Panel) -> State:
        """The values are the levels; a missing day repeats the one before it."""
        known = np.where(np.isnan(panel.values), 0, np.arange(panel.days))
        last = np.maximum.accumulate(known, axis=1)
        levels = np.nan_to_num(np.take_along_axis(panel.values, last, axis=1))
        return LevelPath(panel, levels, np.ones((len(panel), 1)))


MODEL = Naive()
