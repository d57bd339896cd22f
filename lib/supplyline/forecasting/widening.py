"""Quantiles of demand times a factor that is itself not quite known."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from supplyline.forecasting.arrays import Floats

POINTS, FACTORS = 31, 7
ROWS_AT_ONCE = 4096


def level_of(column: str) -> float:
    """Level of a quantile's column: q05 is 0.05, q97_5 is 0.975."""
    return float(column.removeprefix("q").replace("_", ".")) / 100


def widened(quantiles: Floats, levels: Floats, spread: Floats) -> Floats:
    """(n, q) quantiles of X · F, X with these quantiles of demand and F log-normal with median 1, independent.

    `spread` (n,) is the standard deviation of log F; 0 leaves a row as it is to the last bit. The quantile function of
    X is taken linear in the Normal quantile of the level between the levels known, and beyond them. Products of 31
    values of X and 7 of F, equally likely, tell how far each quantile moves.
    """
    result = quantiles.copy()
    rows = np.flatnonzero((spread > 0) & np.isfinite(quantiles).all(axis=1))
    factors = ndtri((np.arange(FACTORS) + 0.5) / FACTORS)
    for first in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[first : first + ROWS_AT_ONCE]
        values = _between(quantiles[part], levels)
        drawn = values[:, :, None] * np.exp(spread[part, None, None] * factors)
        moved = np.quantile(drawn.reshape(len(part), -1), levels, axis=1) - np.quantile(values, levels, axis=1)
        result[part] = np.maximum.accumulate(np.maximum(quantiles[part] + moved.T, 0.0), axis=1)
    return result


def _between(quantiles: Floats, levels: Floats) -> Floats:
    """(n, POINTS) the quantile function at equally spaced levels, not below 0."""
    known, wanted = ndtri(levels), ndtri((np.arange(POINTS) + 0.5) / POINTS)
    at = np.clip(np.searchsorted(known, wanted) - 1, 0, max(len(known) - 2, 0))
    after = np.minimum(at + 1, len(known) - 1)
    gap = np.where(after > at, known[after] - known[at], 1.0)
    share = (wanted - known[at]) / gap
    return np.asarray(np.maximum(quantiles[:, at] + (quantiles[:, after] - quantiles[:, at]) * share, 0.0))
