"""Demand patterns: how often a product sells and how much the sizes vary."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from supplyline.forecasting.panel import Floats, Panel

SMOOTH, ERRATIC, INTERMITTENT, LUMPY, NEW = "smooth", "erratic", "intermittent", "lumpy", "new"
PATTERNS = (SMOOTH, ERRATIC, INTERMITTENT, LUMPY, NEW)

LARGEST_SMOOTH_ADI = 1.32
LARGEST_STEADY_CV2 = 0.49
LEAST_SEASONS, LEAST_PERIODS, MOST_PERIODS = 8, 8, 56
LEAST_DEMANDS = 2


def demand_interval(panel: Panel) -> Floats:
    """(n,) average demand interval, days of history / days with demand; infinite without demand."""
    demands = (panel.values > 0).sum(axis=1)
    return np.where(demands > 0, panel.lengths / np.maximum(demands, 1), np.inf)


def size_variation(panel: Panel) -> Floats:
    """(n,) squared coefficient of variation of the demand on days with demand, population variance; 0 without."""
    positive = panel.values > 0
    # Scaled by the largest day first: a square of 1e200 pieces would overflow.
    largest = panel.values.max(axis=1, initial=0.0)
    scaled = panel.values / np.where(largest > 0, largest, 1.0)[:, None]
    count = np.maximum(positive.sum(axis=1), 1)
    mean = scaled.sum(axis=1) / count
    variance = (np.where(positive, scaled - mean[:, None], 0.0) ** 2).sum(axis=1) / count
    return np.where(mean > 0, variance / np.where(mean > 0, mean, 1.0) ** 2, 0.0)


def demand_patterns(panel: Panel) -> npt.NDArray[np.str_]:
    """(n,) pattern of each SKU.

    ADI < 1.32 and CV² < 0.49 smooth, ADI < 1.32 erratic, CV² < 0.49 intermittent, else lumpy (Syntetos, Boylan and
    Croston, On the categorization of demand patterns, JORS 56, 2005, 495–503). `new` where there are fewer than eight
    seasons (8 to 56 periods) or 2 demands: neither number means anything yet.
    """
    often = demand_interval(panel) < LARGEST_SMOOTH_ADI
    steady = size_variation(panel) < LARGEST_STEADY_CV2
    pattern = np.where(often, np.where(steady, SMOOTH, ERRATIC), np.where(steady, INTERMITTENT, LUMPY))
    least = min(max(LEAST_SEASONS * panel.season_length, LEAST_PERIODS), MOST_PERIODS)
    unknown = (panel.lengths < least) | ((panel.values > 0).sum(axis=1) < LEAST_DEMANDS)
    return np.asarray(np.where(unknown, NEW, pattern), dtype=np.str_)
