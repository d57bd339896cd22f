"""The Theta method: simple smoothing with half the slope of a straight line as drift."""

from __future__ import annotations

import numpy as np

from supplyline.forecasting.kernels.smoothing import ses_panel
from supplyline.forecasting.models.simple_smoothing import ALPHAS, WARMUP
from supplyline.forecasting.panel import Floats, Panel
from supplyline.forecasting.patterns import ERRATIC, INTERMITTENT, LUMPY, SMOOTH
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import level_path


class Theta(Model):
    """Assimakopoulos and Nikolopoulos 2000 in the form of Hyndman and Billah, Unmasking the Theta method, IJF 19, 2003.

    After n days: y_{n+h} = l_n + b/2 (h - 1 + (1 - (1 - alpha)^n) / alpha), b the slope of the least-squares line.
    """

    name = "theta"
    patterns = frozenset({SMOOTH, ERRATIC, INTERMITTENT, LUMPY})

    def fit(self, panel: Panel) -> State:
        """Levels with the drift's constant part added, and the drift, after each day."""
        levels, alphas = ses_panel(panel.values, panel.starts, ALPHAS, WARMUP)
        drift = 0.5 * slopes(panel)[:, None]
        age = np.maximum(np.arange(panel.days) - panel.starts[:, None] + 1, 0)
        kept = (1.0 - (1.0 - alphas[:, None]) ** age) / alphas[:, None]
        return level_path(panel, levels + drift * (kept - 1.0), np.repeat(drift, panel.days, axis=1))


def slopes(panel: Panel) -> Floats:
    """(n,) slope of the least-squares line through each history, pieces a day per day; 0 for a single day."""
    recorded = panel.recorded()
    time = np.where(recorded, np.arange(panel.days) - panel.starts[:, None], 0.0)
    length = np.maximum(panel.lengths, 1)
    centred = np.where(recorded, time - ((length - 1) / 2.0)[:, None], 0.0)
    weight = (centred**2).sum(axis=1)
    return np.where(weight > 0, (centred * panel.values).sum(axis=1) / np.where(weight > 0, weight, 1.0), 0.0)


MODEL = Theta()
