"""Seasonal naive: the same day of the last season. Every other model has to beat it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyline.forecasting.panel import Floats, Ints, Panel
from supplyline.forecasting.patterns import PATTERNS
from supplyline.forecasting.registry import BASELINE, Model, State


@dataclass(frozen=True)
class LastSeason:
    """Nothing is estimated: the panel is the state."""

    panel: Panel

    @property
    def errors(self) -> tuple[str, ...]:
        """Copying can't fail."""
        return ("",) * len(self.panel)

    @property
    def notes(self) -> tuple[str, ...]:
        """Nothing to note."""
        return ()

    def ahead(self, origins: Ints, horizon: int) -> Floats:
        """y_{t+h} = y_{t+h-km}, k the least that lands on or before t; days before the history count as no demand."""
        m = self.panel.season_length
        steps = np.arange(1, horizon + 1)
        source = origins[:, None] + (steps - 1) % m + 1 - m
        return np.asarray(np.where(source >= 0, self.panel.values[:, np.maximum(source, 0)], 0.0))


class SeasonalNaive(Model):
    """Hyndman and Athanasopoulos, Forecasting: principles and practice, 5.2."""

    name = BASELINE
    patterns = frozenset(PATTERNS)

    def fit(self, panel: Panel) -> State:
        """Keep the panel."""
        return LastSeason(panel)


MODEL = SeasonalNaive()
