"""Which model for which SKU: rolling-origin scores and the gate of the seasonal naive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from supplyline.forecasting import scores
from supplyline.forecasting.isolation import run_model
from supplyline.forecasting.panel import Bools, Floats, Ints, Panel
from supplyline.forecasting.patterns import LARGEST_STEADY_CV2, demand_interval, size_variation
from supplyline.forecasting.periods import Moment
from supplyline.forecasting.registry import BASELINE, Forecast, Model

LEAST_TRAINING = 8
USUAL, USUAL_VARYING = "median_combination", "level_combination"
MARGIN, LEAST_SCORED = 0.1, 50


@dataclass(frozen=True)
class Scored:
    """One model's forecasts from one origin against what came: `rows` (k,) of the panel, each score (k,).

    `demand` (k,) is true where there was any in the `periods` scored.
    """

    model: str
    origin: Moment
    periods: int
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
        past = replace(panel.until(step * horizon), fits={})
        actual = panel.values[:, past.days : past.days + horizon]
        enough = past.lengths >= least
        for model, mask in tried:
            rows = np.flatnonzero(mask & enough)
            if len(rows):
                forecast = run_model(model, past.take(rows), horizon, quantiles)
                values = score_values(past.take(rows), actual[rows], forecast, quantiles)
                results.append(
                    Scored(model.name, past.end, horizon, rows, actual[rows].any(axis=1), values, forecast.errors)
                )
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
    """(n,) name of the model for each SKU.

    The loss is the mean of pinball loss and RMSSE, each over that of the SKU's usual model (`usual_models`). Another
    one is taken where its loss is a tenth less over fifty periods or more, the seasonal naive's too: that is the gate.
    A few periods say so little of one SKU that the best of ten models is mostly the luckiest (the optimiser's curse:
    Smith and Winkler, Management Science 52, 2006): with two months of days to score and no margin a shop's forecasts
    were worse than with the usual model for all, with a year of months or less at any margin. The pinball loss, because
    the quantiles are what is ordered by; never the absolute error, which is least at the median, 0 for most of a shop's
    products.

    Where a usual model is not tried, as the user named the models, the least loss over the seasonal naive's (or the
    first model's) wins. Only origins followed by demand count: with nothing to miss, copying nothing wins whatever the
    product. A model that failed is out.
    """
    names = [model.name for model, _ in tried]
    allowed = np.array([mask for _, mask in tried], dtype=np.bool_)
    usual, known = usual_models(names, allowed, varying(panel))
    losses = [_over_usual(_mean_scores(names, len(panel), scored, score), usual) for score in ("pinball", "rmsse")]
    loss = np.where(allowed, (losses[0] + losses[1]) / 2, np.inf)
    best = np.argmin(loss, axis=0)
    enough = known & (_scored_periods(len(panel), scored) >= LEAST_SCORED)
    better = loss[best, np.arange(len(panel))] < np.where(known, np.where(enough, 1.0 - MARGIN, 0.0), 1.0)
    return np.asarray(np.array(names, dtype=object)[np.where(better, best, usual)])


def varying(panel: Panel) -> Bools:
    """(n,) whether a SKU's demands differ much in size (CV² >= 0.49) and some periods have none.

    Where every period has demand, a large variation is mostly growth.
    """
    return np.asarray((size_variation(panel) >= LARGEST_STEADY_CV2) & (demand_interval(panel) > 1.0))


def usual_models(names: Sequence[str], allowed: Bools, varies: Bools) -> tuple[Ints, Bools]:
    """(n,) place in `names` of the model to be beaten, and whether it is the usual one of such a SKU.

    The median of four models, of three levels where demand `varies`: each the best or next to it on the M3 series and
    on a real shop's days and weeks. Where that is not tried it is the seasonal naive, else the first model tried.
    """
    mostly, levels = (names.index(name) if name in names else -1 for name in (USUAL, USUAL_VARYING))
    place = np.where(varies, levels, mostly)
    known = (place >= 0) & allowed[np.maximum(place, 0), np.arange(len(varies))]
    last_resort = np.argmax(allowed, axis=0)
    if BASELINE in names:
        last_resort[:] = names.index(BASELINE)
    return np.where(known, place, last_resort), known


def _scored_periods(rows: int, scored: Sequence[Scored]) -> Ints:
    """(n,) periods that the models of a SKU were scored on, over the origins followed by demand."""
    periods = np.zeros((len({block.origin for block in scored}) or 1, rows), dtype=np.int64)
    origins = {origin: number for number, origin in enumerate(dict.fromkeys(block.origin for block in scored))}
    for block in scored:
        periods[origins[block.origin], block.rows[block.demand]] = block.periods
    return np.asarray(periods.sum(axis=0))


def _over_usual(loss: Floats, usual: Ints) -> Floats:
    """(models, n) over the loss of the usual model; 1 for both 0 and for both unknown."""
    base = loss[usual, np.arange(loss.shape[1])]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(loss == base, 1.0, loss / base)


def _mean_scores(names: list[str], rows: int, scored: Sequence[Scored], score: str) -> Floats:
    """(models, n) mean over the origins followed by demand; infinite where there is none or the model failed."""
    totals, counts = np.zeros((len(names), rows)), np.zeros((len(names), rows))
    for block in scored:
        model, told = names.index(block.model), block.rows[block.demand]
        totals[model, told] += block.values[score][block.demand]
        counts[model, told] += 1
    mean = totals / np.maximum(counts, 1)
    return np.where((counts > 0) & np.isfinite(mean), mean, np.inf)
