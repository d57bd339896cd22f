"""The week's shape of each SKU for models that know only a level, and panels without seasons too long for a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from supplyline.forecasting.kernels.decomposition import adjust_panel, put_back
from supplyline.forecasting.kernels.seasonal import week_factors
from supplyline.forecasting.panel import Bools, Floats, Ints, Panel
from supplyline.forecasting.registry import State


def seasonal_factors(panel: Panel) -> Floats:
    """Factor (n, season_length) of each day of the season on the SKU's level; each row averages 1.

    Column k belongs to the days k, k + m, k + 2m … before the panel's end (m the season length). The factor is the mean
    demand of those days over the mean of all days, as if each day of the season had had one more demand of average
    size: a product with few sales keeps a nearly flat week. Demand is capped at the SKU's 90 % quantile of positive
    days first: one bulk order must not make a Tuesday. (Ratio-to-mean factors: Hyndman and Athanasopoulos,
    Forecasting, 3.4.)
    """
    if panel.season_length == 1:
        return np.ones((len(panel), 1))
    m, values, nested = panel.season_length, panel.values, np.ones((len(panel), panel.season_length))
    for shorter in panel.shorter_seasons:
        if m % shorter == 0:
            factors = np.tile(week_factors(values, panel.starts, shorter), m // shorter)
            nested *= factors
            values = values / factors[:, (panel.days - 1 - np.arange(panel.days)) % m]
    factors = nested * week_factors(values, panel.starts, m)
    return factors if not panel.shorter_seasons else factors / factors.mean(axis=1, keepdims=True)


def by_seasons_held(panel: Panel) -> list[tuple[Ints, tuple[int, ...]]]:
    """Rows of the panel by which of its seasons their history holds twice, and those seasons; (1,) counts as held."""
    held = (panel.lengths[:, None] >= 2 * np.array(panel.seasons)).sum(axis=1)
    groups = ((np.flatnonzero(held == count), panel.seasons[:count]) for count in range(len(panel.seasons), -1, -1))
    return [(rows, seasons) for rows, seasons in groups if len(rows)]


@dataclass(frozen=True)
class Adjusted:
    """A panel without its seasons (`panel`, whose season length is 1), and the seasons to put back.

    `shapes` (n, sum of cycles) holds each cycle's by phase since the SKU's start: factors where `multiply` (n), else
    additions.
    """

    panel: Panel
    cycles: Ints
    shapes: Floats
    multiply: Bools

    def put_back(self, expected: Floats, origins: Ints) -> Floats:
        """Forecasts of the adjusted panel after each origin, (n, origins, horizon), with the seasons of those days."""
        result = np.array(expected)
        put_back(result, self.panel.starts, self.cycles, self.shapes, self.multiply, origins)
        return result


def without_seasons(panel: Panel, cycles: Sequence[int]) -> Adjusted:
    """The panel without the seasons of these lengths, in periods (52; 24 and 168), estimated together.

    A cycle that a SKU has not been through twice is left in. See `kernels.decomposition`.
    """
    lengths = np.array(sorted(cycles), dtype=np.int64)
    adjusted, shapes = np.zeros_like(panel.values), np.empty((len(panel), int(lengths.sum())))
    multiply = adjust_panel(panel.values, panel.starts, lengths, adjusted, shapes)
    return Adjusted(replace(panel, values=adjusted).with_seasons(()), lengths, shapes, multiply)


@dataclass(frozen=True)
class Reseasoned:
    """A model's state on the adjusted panel, seen with the seasons: what it returns for a panel of long cycles."""

    panel: Panel
    adjusted: Adjusted
    inner: State

    @property
    def errors(self) -> tuple[str, ...]:
        """Those of the model."""
        return self.inner.errors

    @property
    def notes(self) -> tuple[str, ...]:
        """Those of the model."""
        return self.inner.notes

    def ahead(self, origins: Ints, horizon: int) -> Floats:
        """Mean demand of the days after each origin, (n, origins, horizon)."""
        return self.adjusted.put_back(self.inner.ahead(origins, horizon), origins)


def fit_without_seasons(fit: Callable[[Panel], State], panel: Panel) -> State:
    """`fit` on the panel without its seasons, which are put back onto what the state forecasts."""
    adjusted = without_seasons(panel, panel.seasons)
    return Reseasoned(panel, adjusted, fit(adjusted.panel))
