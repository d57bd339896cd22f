"""Moving average of the last four weeks, the rule of thumb of many shops."""

from __future__ import annotations

import numpy as np

from supplyline.forecasting.panel import Floats, Panel
from supplyline.forecasting.patterns import PATTERNS
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import level_path

WEEKS = 4


class MovingAverage(Model):
    """Mean of the last four weeks (28 days, 4 periods of a week or more; fewer in a short history), times the season.

    Whole numbers as dates count as days.
    """

    name = "moving_average"
    patterns = frozenset(PATTERNS)

    def fit(self, panel: Panel) -> State:
        """Running means of the whole history."""
        return level_path(panel, running_mean(panel, panel.calendar.weeks(WEEKS)))


def running_mean(panel: Panel, window: int) -> Floats:
    """(n, periods) mean of the last `window` periods up to each, fewer where the history is shorter."""
    totals = np.cumsum(panel.values, axis=1)
    earlier = np.zeros_like(totals)
    earlier[:, window:] = totals[:, :-window]
    known = np.clip(np.arange(panel.days) - panel.starts[:, None] + 1, 1, window)
    # Differences of running sums can fall below zero by rounding where demand was large long ago.
    return np.asarray(np.maximum(totals - earlier, 0.0) / known)


MODEL = MovingAverage()
