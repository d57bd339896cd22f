"""From past forecast errors to quantiles: empirical, per SKU and per day ahead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from supplyline.forecasting.panel import Floats, Panel

LEAST_SAMPLES = 8


def sample_quantiles(samples: Floats, quantiles: Sequence[float]) -> Floats:
    """Quantiles (…, q) of `samples` (…, s) over the last axis, NaN entries left out; NaN where all are.

    Definition 6 of Hyndman and Fan (1996): position p (s + 1), held within the sample. It is the one whose tail
    probabilities are right on average for small samples.
    """
    ordered = np.sort(samples, axis=-1)
    count = np.isfinite(samples).sum(axis=-1)[..., None]
    position = np.clip(np.asarray(quantiles) * (count + 1) - 1, 0, np.maximum(count - 1, 0))
    below = np.floor(position).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    low, high = np.take_along_axis(ordered, below, axis=-1), np.take_along_axis(ordered, above, axis=-1)
    return np.asarray(low + (position - below) * (high - low))


def forecast_quantiles(mean: Floats, errors: Floats, panel: Panel, quantiles: Sequence[float]) -> Floats:
    """Quantiles (n, h, q) of demand: `mean` (n, h) plus the quantiles of `errors` (n, h, s), never below 0, in order.

    A day ahead with fewer than eight past errors takes the spread of the history in `panel` instead.
    """
    few = np.isfinite(errors).sum(axis=-1) < LEAST_SAMPLES
    spread = np.zeros((*mean.shape, len(quantiles))) if few.all() else sample_quantiles(errors, quantiles)
    if few.any():
        plain = sample_quantiles(_centred(panel), quantiles)[:, None, :]
        spread = np.where(few[..., None], np.broadcast_to(plain, spread.shape), spread)
    demand = np.maximum(mean[..., None] + spread, 0.0)
    return np.asarray(np.maximum.accumulate(demand, axis=-1))


def _centred(panel: Panel) -> Floats:
    """(n, days) demand less its mean over the history, NaN before the start."""
    mean = panel.values.sum(axis=1) / np.maximum(panel.lengths, 1)
    return np.asarray(np.where(panel.recorded(), panel.values - mean[:, None], np.nan))
