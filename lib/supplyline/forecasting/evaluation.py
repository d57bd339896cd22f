"""Rolling-origin evaluation: every candidate model from several past days, by how far ahead it looked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.forecasting import scores
from supplyline.forecasting.forecast import batches, last_day, models_to_try
from supplyline.forecasting.frames import ALL_DAYS, EVALUATION, SCORE_COLUMNS, SCORE_KEYS, block_frame, joined
from supplyline.forecasting.history import read_history
from supplyline.forecasting.isolation import run_model
from supplyline.forecasting.panel import Floats, Ints, Panel
from supplyline.forecasting.paths import Outlook
from supplyline.forecasting.patterns import demand_patterns
from supplyline.forecasting.periods import Moment
from supplyline.forecasting.plan import Plan
from supplyline.forecasting.quantiles import day_origins, day_quantiles
from supplyline.forecasting.registry import Forecast, Model
from supplyline.forecasting.selection import least_training, score_values

BANDS = {"1-7": (0, 7), "8-14": (7, 14), "15-28": (14, 28), "29 and more": (28, 1 << 20)}


@dataclass(frozen=True)
class Band:
    """One model's scores from one origin for a band of days ahead; `rows` of the panel."""

    model: str
    origin: Moment
    rows: Ints
    values: dict[str, Floats]
    errors: tuple[str, ...]


def evaluate(
    history: pd.DataFrame, plan: Plan | None = None, *, origins: int = 4, step: int = 7, as_of: Moment | None = None
) -> pd.DataFrame:
    """A row a SKU, model, origin and band of days ahead (`all`, 1-7, 8-14, 15-28, 29 and more), with every score.

    The last origin lies a horizon before `as_of`, the others `step` periods apart before it. A model is fitted anew on
    the history before each, and the SKUs it is tried on, their patterns included, are those that the automatic choice
    would have tried it on then: nothing is known from after an origin. `stability` is the mean absolute change of the
    forecast of the same days since the origin before, over the scale of MASE. No model is `selected` here.
    """
    plan = plan or Plan()
    end = last_day(history, plan.calendar) if as_of is None else as_of
    panel, _ = read_history(
        history, as_of=end, season_length=plan.season_length, max_days=plan.window, calendar=plan.calendar
    )
    frames = [frame for batch in batches(panel) for frame in _evaluated(batch, plan, origins, step)]
    return joined(frames, SCORE_COLUMNS, SCORE_KEYS)


def _evaluated(panel: Panel, plan: Plan, origins: int, step: int) -> Iterator[pd.DataFrame]:
    """Origin by origin, the earliest first, so that each knows what was expected from the one before."""
    before: dict[str, Floats] = {}
    for number in reversed(range(origins)):
        past = panel.until(plan.horizon + number * step)
        actual = panel.values[:, past.days : past.days + plan.horizon]
        if not past.days:
            continue
        patterns = demand_patterns(past)
        enough = past.lengths >= least_training(panel.season_length)
        expected = {}
        for model, mask in models_to_try(past, patterns, plan):
            rows = np.flatnonzero(mask & enough)
            if not len(rows):
                continue
            forecast = _calibrated(model, past.take(rows), patterns[rows], plan)
            expected[model.name] = np.full(actual.shape, np.nan)
            expected[model.name][rows] = forecast.mean
            change = _change(expected[model.name], before.get(model.name), step)[rows]
            yield from _bands(past, rows, model, forecast, actual[rows], change, patterns[rows], plan.quantiles)
        before = expected


def _calibrated(model: Model, past: Panel, patterns: npt.NDArray[np.str_], plan: Plan) -> Forecast:
    """The model's forecast with quantiles as `forecast_panel` gives them."""
    origins = day_origins(past, plan.horizon)
    forecast = run_model(model, past, plan.horizon, (), past.days - 1 - origins)
    outlook = Outlook(past, forecast.mean, forecast.expected, origins)
    return replace(forecast, quantiles=day_quantiles(outlook, patterns, plan.quantiles))


def _change(expected: Floats, before: Floats | None, step: int) -> Floats:
    """(n, h) absolute change of the forecast of each day since the origin `step` days before; NaN where it had none."""
    change = np.full(expected.shape, np.nan)
    if before is not None and step < expected.shape[1]:
        change[:, :-step] = np.abs(expected[:, :-step] - before[:, step:])
    return change


def _bands(
    past: Panel, rows: npt.NDArray[np.int64], model: Model, forecast: Forecast, actual: Floats, change: Floats,
    patterns: npt.NDArray[np.str_], quantiles: Sequence[float],
) -> Iterator[pd.DataFrame]:  # fmt: skip
    """Scores of one model from one origin, for all days ahead and each band of them."""
    part, horizon = past.take(rows), actual.shape[1]
    scale = scores.naive_scales(part)[0]
    for band, (first, last) in {ALL_DAYS: (0, horizon), **BANDS}.items():
        days = slice(first, min(last, horizon))
        if first >= horizon:
            continue
        cut = Forecast(
            forecast.mean[:, days], forecast.quantiles[:, days], forecast.expected, forecast.errors, forecast.notes
        )
        values = score_values(part, actual[:, days], cut, quantiles)
        block = Band(model.name, past.end, rows, values, forecast.errors)
        stability = _mean_change(change[:, days]) / np.where(scale > 0, scale, np.nan)
        told = {
            "days_ahead": band,
            "purpose": EVALUATION,
            "pattern": patterns,
            "stability": stability,
            "selected": False,
        }
        yield block_frame(past, block, told)


def _mean_change(change: Floats) -> Floats:
    """(n,) mean over the days known; NaN where none is."""
    known = np.isfinite(change)
    count = known.sum(axis=1)
    total = np.where(known, change, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
