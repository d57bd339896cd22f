"""Brown's double smoothing."""

from __future__ import annotations

from supplyline.forecasting.kernels.smoothing import brown_panel
from supplyline.forecasting.models.simple_smoothing import ALPHAS, WARMUP
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import level_path


class Brown(Model):
    """Level and trend with one constant: smoothing, smoothed again; Brown 1959; Hyndman et al. 2008, 2.3.2.

    Holt's method with its constants bound together; the automatic choice has the damped trend instead.
    """

    name = "brown"
    patterns = frozenset()

    def fit(self, panel: Panel) -> State:
        """Levels and trends after each day."""
        levels, trends, _ = brown_panel(panel.values, panel.starts, ALPHAS, WARMUP)
        return level_path(panel, levels, trends)


MODEL = Brown()
