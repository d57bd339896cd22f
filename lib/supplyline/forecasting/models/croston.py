"""Croston's method for intermittent demand."""

from __future__ import annotations

import numpy as np

from supplyline.forecasting.kernels.intermittent import croston_panel
from supplyline.forecasting.panel import Floats, Panel
from supplyline.forecasting.patterns import INTERMITTENT, LUMPY
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import level_path

ALPHAS = np.array([0.05, 0.1, 0.2, 0.3])


class Croston(Model):
    """Size and interval smoothed apart on days with demand; Croston, ORQ 23, 1972. Forecast: size / interval a day."""

    name = "croston"
    patterns = frozenset({INTERMITTENT, LUMPY})

    def fit(self, panel: Panel) -> State:
        """Rates after each day, the smoothing constant by least squared error."""
        rates, _ = croston_panel(panel.values, panel.starts, ALPHAS, mean_sizes(panel), mean_intervals(panel))
        return level_path(panel, rates)


def mean_sizes(panel: Panel) -> Floats:
    """(n,) mean demand of the days with demand; 0 where there is none."""
    demands = (panel.values > 0).sum(axis=1)
    return np.asarray(panel.values.sum(axis=1) / np.maximum(demands, 1))


def mean_intervals(panel: Panel) -> Floats:
    """(n,) days of history per day with demand.

    The usual start, the first interval, would always be 1: a history begins with its first sale.
    """
    demands = (panel.values > 0).sum(axis=1)
    return np.asarray(np.maximum(panel.lengths, 1) / np.maximum(demands, 1), dtype=np.float64)


MODEL = Croston()
