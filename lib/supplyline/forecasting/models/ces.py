"""Complex exponential smoothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyline.forecasting.arrays import Bools, Floats, Ints
from supplyline.forecasting.kernels.ces import STEPS, ces_ahead, ces_panel
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.seasonality import fit_without_seasons


@dataclass(frozen=True)
class Turned:
    """Level and hidden component after each day, the constants and the season of each SKU."""

    panel: Panel
    states: tuple[Floats, Floats]
    constants: Floats
    shapes: Floats
    multiply: Bools
    notes: tuple[str, ...]

    @property
    def errors(self) -> tuple[str, ...]:
        """What can't be estimated is a mean."""
        return ("",) * len(self.panel)

    def ahead(self, origins: Ints, horizon: int) -> Floats:
        """Mean demand of the days after each origin, (n, origins, horizon)."""
        columns = np.ascontiguousarray(origins)
        return ces_ahead(self.states, self.constants, self.shapes, self.multiply, self.panel.starts, columns, horizon)


class Ces(Model):
    """Svetunkov, Kourentzes and Ord 2022 on the seasonally adjusted history: a trend where there is one, by itself."""

    name = "ces"
    patterns = frozenset()
    costly = True

    def fit(self, panel: Panel) -> State:
        """Constants of least squared error, and the states after each day."""
        if panel.shorter_seasons:
            return fit_without_seasons(self.fit, panel)
        levels, hiddens, constants, shapes, multiply, converged = ces_panel(
            panel.values, panel.starts, panel.season_length
        )
        notes = tuple("" if good else f"not converged: {STEPS} steps" for good in converged)
        return Turned(panel, (levels, hiddens), constants, shapes, multiply, notes)


MODEL = Ces()
