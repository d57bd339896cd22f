"""The median of three levels: where sizes vary so much that a trend can't be told from chance."""

from __future__ import annotations

import numpy as np

from supplyline.forecasting.kernels.intermittent import aggregate_panel
from supplyline.forecasting.models.ets import LONGEST_CYCLE
from supplyline.forecasting.models.median_combination import Parts
from supplyline.forecasting.models.moving_average import running_mean
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.patterns import PATTERNS
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.seasonality import by_seasons_held, fit_without_seasons
from supplyline.forecasting.states import level_path

WEEKS = (4, 8)


class LevelCombination(Model):
    """Median of the means of the last four and eight weeks and of IMAPA's level, times the season.

    IMAPA (Petropoulos and Kourentzes, JORS 66, 2015) learns from sums over its mean interval how fast the level moves;
    the two means keep it from following a single large order, or from a past that has gone.
    """

    name = "level_combination"
    patterns = frozenset(PATTERNS)

    def fit(self, panel: Panel) -> State:
        """Levels after each period; a season that a history does not hold twice is left out."""
        groups = by_seasons_held(panel)
        return Parts(panel, tuple((rows, _levels(panel.take(rows).with_seasons(held))) for rows, held in groups))


def _levels(panel: Panel) -> State:
    if panel.season_length > LONGEST_CYCLE or panel.shorter_seasons:
        return fit_without_seasons(_levels, panel)
    # Without an additive season a period can be below zero, which no interval between demands is measured by.
    rates = aggregate_panel(np.maximum(panel.values, 0.0), panel.starts, True)
    short, long = (running_mean(panel, panel.calendar.weeks(weeks)) for weeks in WEEKS)
    middle = np.maximum(np.minimum(short, long), np.minimum(np.maximum(short, long), rates))
    return level_path(panel, middle)


MODEL = LevelCombination()
