"""Paths of demand: the mean plus a whole trajectory of past errors, so that sums over days keep their correlation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from supplyline.forecasting.kernels import paths as kernels
from supplyline.forecasting.panel import Bools, Floats, Ints, Panel
from supplyline.forecasting.quantiles import LEAST_SAMPLES

if TYPE_CHECKING:
    from supplyline.forecasting.registry import State

MOST_ORIGINS = 512
RESAMPLED_PATHS = 400
SEED = 20111209


def total_quantiles(state: State, mean: Floats, levels: Sequence[float]) -> Floats:
    """(n, h, q) quantiles of the demand of the first 1 … h days together, from the errors after every past origin."""
    panel, horizon = state.panel, mean.shape[1]
    if not levels:
        return np.zeros((*mean.shape, 0))
    wanted = np.asarray(levels, dtype=np.float64)
    whole = whole_pieces(panel).astype(np.int64)
    origins = past_origins(panel)
    expected = np.ascontiguousarray(state.ahead(origins, horizon))
    least_start = panel.starts + panel.season_length - 1
    result = kernels.total_quantiles(panel.values, least_start, expected, origins, mean, whole, wanted, LEAST_SAMPLES)
    few = np.flatnonzero(np.isnan(result).any(axis=(1, 2)))
    for row in few:
        result[row] = _resampled(panel.history(row), mean[row], bool(whole[row]), wanted)
    return np.asarray(np.maximum.accumulate(np.maximum.accumulate(result, axis=2), axis=1))


def past_origins(panel: Panel) -> Ints:
    """Columns from which there is at least one day to look ahead to: every one, thinned evenly beyond 512."""
    last = panel.days - 1
    step = max(1, -(-last // MOST_ORIGINS))
    return np.arange(last - 1, -1, -step, dtype=np.int64)


def whole_pieces(panel: Panel) -> Bools:
    """(n,) true where all demand so far was in whole pieces."""
    return np.asarray((panel.values == np.floor(panel.values)).all(axis=1))


def _resampled(history: Floats, mean: Floats, whole: bool, levels: Floats) -> Floats:
    """(h, q) for a history too short for past origins: its days, less their mean, drawn anew for each day."""
    chance = np.random.default_rng(SEED)
    spread = history - history.mean() if len(history) else np.zeros(1)
    steps = mean + chance.choice(spread, (RESAMPLED_PATHS, len(mean)))
    for path in steps:
        kernels.running_totals(path, whole)
    ordered = np.sort(steps, axis=0)
    return np.array([[kernels.sorted_quantile(day, len(day), level) for level in levels] for day in ordered.T.copy()])
