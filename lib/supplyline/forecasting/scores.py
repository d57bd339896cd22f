"""Forecast scores, each over the last axis: `actual` and `mean` are (…, h), `quantile_values` (…, h, q)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from supplyline.forecasting.panel import Floats, Panel


def naive_scales(panel: Panel) -> tuple[Floats, Floats]:
    """(n,) in-sample mean absolute and mean squared error of the seasonal naive; NaN without a season to compare.

    1/(T-m) sum |y_t - y_{t-m}| and the same of squares, over each SKU's own history (days since its start).
    """
    m = panel.season_length
    if panel.days <= m:
        return np.full(len(panel), np.nan), np.full(len(panel), np.nan)
    change = panel.values[:, m:] - panel.values[:, :-m]
    known = np.arange(m, panel.days) - panel.starts[:, None] >= m
    count = known.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        absolute = np.where(known, np.abs(change), 0.0).sum(axis=1) / count
        squared = np.where(known, change**2, 0.0).sum(axis=1) / count
    return absolute, squared


def mase(actual: Floats, mean: Floats, scale: Floats) -> Floats:
    """Mean absolute scaled error: mean |y - f| / scale, scale the in-sample mean absolute error of the seasonal naive.

    NaN where the scale is 0. Hyndman and Koehler, Another look at measures of forecast accuracy, IJF 22, 2006, 679–688.
    """
    return _over(np.abs(actual - mean).mean(axis=-1), scale)


def rmsse(actual: Floats, mean: Floats, squared_scale: Floats) -> Floats:
    """Root mean squared scaled error: sqrt(mean (y - f)² / scale), scale the in-sample squared seasonal naive error.

    NaN where the scale is 0. M5 competitors' guide, 2020, with the season instead of the step before.
    """
    return np.sqrt(_over(((actual - mean) ** 2).mean(axis=-1), squared_scale))


def smape(actual: Floats, mean: Floats) -> Floats:
    """Symmetric mean absolute percentage error, 0 … 200 %: mean 200 |y - f| / (|y| + |f|), a day with both 0 counts 0.

    Makridakis and Hibon, The M3-Competition, IJF 16, 2000, 451–476.
    """
    size = np.abs(actual) + np.abs(mean)
    share = np.where(size > 0, np.abs(actual - mean) / np.where(size > 0, size, 1.0), 0.0)
    return np.asarray(200.0 * share.mean(axis=-1))


def pinball(actual: Floats, quantile_values: Floats, quantiles: Sequence[float]) -> Floats:
    """Mean pinball loss, pieces, over days and quantiles: mean max(p (y - x_p), (p - 1) (y - x_p)).

    Koenker and Bassett, Regression quantiles, Econometrica 46, 1978; M5 uncertainty guide, 2020.
    """
    excess = actual[..., None] - quantile_values
    levels = np.asarray(quantiles)
    return np.asarray(np.maximum(levels * excess, (levels - 1.0) * excess).mean(axis=(-2, -1)))


def bias(actual: Floats, mean: Floats) -> Floats:
    """Mean forecast less actual, pieces a day: above 0 where too much was expected."""
    return np.asarray((mean - actual).mean(axis=-1))


def coverage(actual: Floats, low: Floats, high: Floats) -> Floats:
    """Share of days with low <= actual <= high."""
    return np.asarray(((low <= actual) & (actual <= high)).mean(axis=-1))


def _over(error: Floats, scale: Floats) -> Floats:
    return np.where(scale > 0, error / np.where(scale > 0, scale, 1.0), np.nan)
