"""The week's shape of each SKU, for the models that know only a level."""

from __future__ import annotations

import numpy as np

from supplyline.forecasting.panel import Floats, Ints, Panel

SHRINKAGE_DEMANDS = 1.0
LARGEST_SHARE = 0.9


def seasonal_factors(panel: Panel) -> Floats:
    """Factor (n, season_length) of each day of the season on the SKU's level; each row averages 1.

    Column k belongs to the days k, k + m, k + 2m … before the panel's end (m the season length). The factor is the mean
    demand of those days over the mean of all days, as if each day of the season had had one more demand of average
    size: a product with few sales keeps a nearly flat week. Demand is capped at the SKU's 90 % quantile of positive
    days first: one bulk order must not make a Tuesday. (Ratio-to-mean factors: Hyndman and Athanasopoulos,
    Forecasting, 3.4.)
    """
    m = panel.season_length
    capped = np.minimum(panel.values, _caps(panel)[:, None])
    phases = np.arange(panel.days - 1, -1, -1) % m
    selector = np.eye(m)[phases]
    totals, counts = capped @ selector, panel.recorded() @ selector
    size = totals.sum(axis=1, keepdims=True) / np.maximum((panel.values > 0).sum(axis=1, keepdims=True), 1)
    means = (totals + SHRINKAGE_DEMANDS * size) / np.maximum(counts, 1.0)
    average = means.mean(axis=1, keepdims=True)
    return np.where(average > 0, means / np.where(average > 0, average, 1.0), 1.0)


def phases_of(panel: Panel, columns: Ints) -> Ints:
    """Column of the seasonal factors for each day given by its column; days after the end continue the count."""
    return np.asarray((panel.days - 1 - columns) % panel.season_length)


def _caps(panel: Panel) -> Floats:
    """(n,) 90 % quantile of the days with demand; infinite where there is none."""
    positive = np.where(panel.values > 0, panel.values, np.inf)
    ordered = np.sort(positive, axis=1)
    counts = (panel.values > 0).sum(axis=1)
    at = np.maximum(np.ceil(LARGEST_SHARE * counts).astype(np.int64) - 1, 0)
    return ordered[np.arange(len(panel)), at] if panel.days else np.full(len(panel), np.inf)
