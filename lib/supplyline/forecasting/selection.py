"""Which model for which SKU: rolling-origin scores and the gate of the seasonal naive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplyline.forecasting import scores
from supplyline.forecasting.isolation import run_model
from supplyline.forecasting.panel import Bools, Floats, Ints, Panel
from supplyline.forecasting.periods import Moment
from supplyline.forecasting.registry import BASELINE, Forecast, Model

LEAST_TRAINING = 8


@dataclass(frozen=True)
class Scored:
    """One model's forecasts from one origin against what came: `rows` (k,) of the panel, each score (k,).

    `demand` (k,) is true where there was any in the days scored.
    """

    model: str
    origin: Moment
    rows: Ints
    demand: Bools
    values: dict[str, Floats]
    errors: tuple[str, ...]


def score_models(
    panel: Panel, tried: Sequence[tuple[Model, Bools]], *, horizon: int, quantiles: Sequence[float], origins: int
) -> list[Scored]:
    """Scores of each model on its SKUs, from `origins` past days, the last `horizon` days ago, `horizon` apart.

    A model is fitted anew on the history before each origin, so that nothing leaks from the days it is scored on.
    A SKU with too short a history before an origin (`least_training`) has no score there.
    """
    least = least_training(panel.season_length)
    results = []
    for step in range(1, origins + 1):
        past = panel.until(step * horizon)
        actual = panel.values[:, past.days : past.days + horizon]
        enough = past.lengths >= least
        for model, mask in tried:
            rows = np.flatnonzero(mask & enough)
            if len(rows):
                forecast = run_model(model, past.take(rows), horizon, quantiles)
                values = score_values(past.take(rows), actual[rows], forecast, quantiles)
                results.append(Scored(model.name, past.end, rows, actual[rows].any(axis=1), values, forecast.errors))
    return results


def least_training(season_length: int) -> int:
    """Periods that a model is trained on at least: four seasons, of long ones two and 14 more; 8 without any."""
    return max(LEAST_TRAINING, min(4 * season_length, 2 * season_length + 14))


def score_values(past: Panel, actual: Floats, forecast: Forecast, quantiles: Sequence[float]) -> dict[str, Floats]:
    """Score → (n,) of the days of `actual` (n, h); NaN where the forecast failed."""
    absolute, squared = scores.naive_scales(past)
    low, high = forecast.quantiles[..., 0], forecast.quantiles[..., -1]
    failed = np.array([bool(error) for error in forecast.errors])
    values = {
        "mase": scores.mase(actual, forecast.mean, absolute),
        "rmsse": scores.rmsse(actual, forecast.mean, squared),
        "smape": scores.smape(actual, forecast.mean),
        "pinball": scores.pinball(actual, forecast.quantiles, quantiles),
        "bias": scores.bias(actual, forecast.mean),
        "coverage_90": scores.coverage(actual, low, high),
    }
    return {name: np.where(failed, np.nan, value) for name, value in values.items()}


def choose(panel: Panel, tried: Sequence[tuple[Model, Bools]], scored: Sequence[Scored]) -> npt.NDArray[np.object_]:
    """(n,) name of the model with the least mean pinball loss among those that pass the gate of the seasonal naive.

    The pinball loss, because the quantiles are what is ordered by. The absolute error is least at the median, which is
    0 for most of a shop's products: the best model by MASE would never order. A model passes the gate if its pinball
    loss or its RMSSE is less than the seasonal naive's. Only origins followed by demand count: with nothing to miss,
    copying nothing wins whatever the product. A model that failed is out; where none is left, the seasonal naive is
    taken (the first tried, if it is not among them).
    """
    names = [model.name for model, _ in tried]
    loss = _mean_scores(names, len(panel), scored, "pinball")
    allowed = np.array([mask for _, mask in tried], dtype=np.bool_)
    last_resort = np.argmax(allowed, axis=0)
    if BASELINE in names:
        base = names.index(BASELINE)
        squared = _mean_scores(names, len(panel), scored, "rmsse")
        loss[~((loss < loss[base]) | (squared < squared[base]))] = np.inf
        last_resort[:] = base
    best = np.where(np.isfinite(loss).any(axis=0), np.argmin(loss, axis=0), last_resort)
    return np.asarray(np.array(names, dtype=object)[best])


def _mean_scores(names: list[str], rows: int, scored: Sequence[Scored], score: str) -> Floats:
    """(models, n) mean over the origins followed by demand; infinite where there is none or the model failed."""
    totals, counts = np.zeros((len(names), rows)), np.zeros((len(names), rows))
    for block in scored:
        model, told = names.index(block.model), block.rows[block.demand]
        totals[model, told] += block.values[score][block.demand]
        counts[model, told] += 1
    mean = totals / np.maximum(counts, 1)
    return np.where((counts > 0) & np.isfinite(mean), mean, np.inf)
