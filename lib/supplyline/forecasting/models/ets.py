"""Exponential smoothing, the whole family, chosen by AICc for each SKU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyline.forecasting.kernels.ets import FAMILY
from supplyline.forecasting.kernels.ets_panel import ets_ahead, ets_panel
from supplyline.forecasting.panel import Floats, Ints, Panel
from supplyline.forecasting.patterns import ERRATIC, SMOOTH
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.seasonality import fit_without_seasons
from supplyline.forecasting.sharing import Arrays, shared

LONGEST_CYCLE = 24
NOT_CONVERGED = "not converged: 60 steps"


@dataclass(frozen=True)
class Smoothed:
    """Each SKU's model (row of FAMILY) with its parameters (n, k), and `states`: levels, growths, seasons by day."""

    panel: Panel
    chosen: Ints
    thetas: Floats
    criteria: Floats
    cycle: int
    states: tuple[Floats, Floats, Floats]
    notes: tuple[str, ...]

    @property
    def errors(self) -> tuple[str, ...]:
        """What can't be estimated is a mean."""
        return ("",) * len(self.panel)

    def ahead(self, origins: Ints, horizon: int) -> Floats:
        """Mean demand of the days after each origin, (n, origins, horizon)."""
        return ets_ahead(self.chosen, self.thetas, self.cycle, self.states, np.ascontiguousarray(origins), horizon)


def method(row: int) -> str:
    """The usual name of a row of FAMILY: ETS(M,Ad,A)."""
    relative, trend, damped, season = FAMILY[row]
    return f"ETS({'AM'[relative]},{'NA'[trend]}{'d' if damped else ''},{'NAM'[season]})"


class Ets(Model):
    """Maximum likelihood, initial states and all, and least AICc; Hyndman et al. 2008, 2.5, 5 and 7."""

    name = "ets"
    patterns = frozenset({SMOOTH, ERRATIC})
    costly = True
    members = np.arange(len(FAMILY))

    def fit(self, panel: Panel) -> State:
        """The model of each SKU and its states after each day."""
        if panel.season_length > LONGEST_CYCLE or panel.shorter_seasons:
            return fit_without_seasons(self.fit, panel)
        m = panel.season_length
        chosen, thetas, criteria, *states, converged = shared(panel, self.name, self._fitted)
        notes = tuple("" if good else NOT_CONVERGED for good in converged)
        return Smoothed(panel, chosen, thetas, criteria, m, (states[0], states[1], states[2]), notes)

    def _fitted(self, panel: Panel) -> Arrays:
        return ets_panel(panel.values, panel.starts, panel.season_length, self.members)


MODEL = Ets()
