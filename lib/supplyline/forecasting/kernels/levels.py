"""Looking ahead from every day of a path of levels and trends."""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.arrays import Floats, Ints


@njit(cache=True)
def ahead_of_levels(level: Floats, trend: Floats, damped: Floats, factors: Floats, origins: Ints) -> Floats:
    """(n, origins, h): (level_t + damped_h trend_t) · factor of the day t + h, for each origin t.

    `level` and `trend` are (n, days), `damped` (n, h), `factors` (n, m) with column k for the days k, k + m, … before
    the last. A `trend` of no columns is none.
    """
    n, days = level.shape
    horizon, season = damped.shape[1], factors.shape[1]
    result = np.empty((n, len(origins), horizon))
    for row in range(n):
        for at in range(len(origins)):
            origin = origins[at]
            slope = trend[row, origin] if trend.shape[1] else 0.0
            phase = (days - 1 - origin) % season
            for step in range(horizon):
                phase = phase - 1 if phase > 0 else season - 1
                result[row, at, step] = (level[row, origin] + damped[row, step] * slope) * factors[row, phase]
    return result
