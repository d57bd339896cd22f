"""Croston's method for intermittent demand."""

from __future__ import annotations

import numpy as np

from supplyline.forecasting.kernels.intermittent import croston_panel
from supplyline.forecasting.panel import Floats, Panel
from supplyline.forecasting.patterns import INTERMITTENT, LUMPY
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import level_path


class Croston(Model):
    """Size and interval smoothed apart on days with demand; Croston, ORQ 23, 1972. Forecast: size / interval a day."""

    name = "croston"
    patterns = frozenset({INTERMITTENT, LUMPY})
    unbiased = False

    def fit(self, panel: Panel) -> State:
        """Rates after each day, both smoothing constants by least squared error."""
        sizes, intervals = mean_sizes(panel), mean_intervals(panel)
        rates, _ = croston_panel(panel.values, panel.starts, sizes, intervals, self.unbiased)
        return level_path(panel, rates)


def mean_sizes(panel: Panel) -> Floats:
    """(n,) mean demand of the days with demand; 0 where there is none."""
    demands = (panel.values > 0).sum(axis=1)
    return np.asarray(np.nansum(panel.values, axis=1) / np.maximum(demands, 1))


def mean_intervals(panel: Panel) -> Floats:
    """(n,) known days of history per day with demand.

    The usual start, the first interval, would always be 1: a history begins with its first sale.
    """
    demands = (panel.values > 0).sum(axis=1)
    known = (panel.recorded() & ~np.isnan(panel.values)).sum(axis=1)
    return np.asarray(np.maximum(known, 1) / np.maximum(demands, 1), dtype=np.float64)


MODEL = Croston()
