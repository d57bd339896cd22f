"""The mean of four strong models."""

from __future__ import annotations

import numpy as np

from supplyline.forecasting.arrays import Floats, Ints
from supplyline.forecasting.models import ces, dynamic_theta, ets, theta
from supplyline.forecasting.models.median_combination import Combined
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.registry import Model, State

MEMBERS: tuple[Model, ...] = (ets.MODEL, theta.MODEL, dynamic_theta.MODEL, ces.MODEL)


class Averaged(Combined):
    """The fitted members."""

    def ahead(self, origins: Ints, horizon: int) -> Floats:
        """(n, origins, horizon) mean of the members' means, each no less than 0."""
        means = [np.maximum(member.ahead(origins, horizon), 0.0) for member in self.members]
        return np.asarray(np.mean(np.stack(means), axis=0))


class MeanCombination(Model):
    """Mean of exponential smoothing by AICc, both Thetas and complex smoothing; Bates and Granger, ORQ 20, 1969.

    For who asks for it: the automatic choice has the median, which one member gone wrong moves less.
    """

    name = "mean_combination"
    patterns = frozenset()

    def fit(self, panel: Panel) -> State:
        """Fit each member."""
        return Averaged(panel, tuple(member.fit(panel) for member in MEMBERS))


MODEL = MeanCombination()
