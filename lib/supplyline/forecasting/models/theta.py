"""The Theta method: simple smoothing of the series with its straight line turned half way down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyline.forecasting.kernels.theta import LEAST_ALPHA, theta_ahead, theta_panel
from supplyline.forecasting.panel import Bools, Floats, Ints, Panel
from supplyline.forecasting.patterns import ERRATIC, INTERMITTENT, LUMPY, SMOOTH
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.seasonality import fit_without_seasons

LONGEST_CYCLE = 24


@dataclass(frozen=True)
class ThetaLines:
    """What `theta_panel` found: `fitted` = constants, levels, lines' A and B, seasons, whether they multiply."""

    panel: Panel
    fitted: tuple[Floats, Floats, Floats, Floats, Floats, Bools]
    notes: tuple[str, ...] = ()

    @property
    def errors(self) -> tuple[str, ...]:
        """These recursions can't fail."""
        return ("",) * len(self.panel)

    def ahead(self, origins: Ints, horizon: int) -> Floats:
        """Mean demand of the days after each origin, (n, origins, horizon)."""
        panel = self.panel
        return theta_ahead(panel.values, panel.starts, self.fitted, np.ascontiguousarray(origins), horizon)


class Theta(Model):
    """Assimakopoulos and Nikolopoulos 2000, as the state space model of Fiorucci et al., IJF 32, 2016.

    The season is taken out first where a test finds one. `optimised`: theta is estimated, else 2; `dynamic`: the line
    runs through the days before each day, else through all.
    """

    name = "theta"
    patterns = frozenset({SMOOTH, ERRATIC, INTERMITTENT, LUMPY})
    optimised = False
    dynamic = False

    def fit(self, panel: Panel) -> State:
        """The alpha, theta and first level of least squared one-step errors."""
        if panel.season_length > LONGEST_CYCLE or panel.shorter_seasons:
            return fit_without_seasons(self.fit, panel)
        fitted = theta_panel(panel.values, panel.starts, panel.season_length, LEAST_ALPHA, self.optimised, self.dynamic)
        return ThetaLines(panel, fitted)


MODEL = Theta()
