"""What a global model knows of a SKU at an origin and of the period it is asked about: lags, level, season, calendar.

Everything is measured at the origin or before it, but for what was planned, so that a row of the training data is what
a forecast will see.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from supplyline.forecasting.arrays import Floats, Ints
from supplyline.forecasting.panel import PRICE, Covariates, Panel

WINDOW_SEASONS = (1, 4, 13)
SAME_PHASE_SEASONS = 4
NAMES = (
    "last", *(f"mean_{seasons}" for seasons in WINDOW_SEASONS), "share_with_demand", "since_demand", "age",
    "same_phase", "step", "phase", "weekday", "day_of_month", "month",
)  # fmt: skip
CATEGORICAL = ("phase", "weekday", "month")
PRICE_NOW, PRICE_AHEAD = "price_now", "price_ahead"
LEAST_LEVEL = 1e-9
TWO_YEARS = 720


def scales(panel: Panel, origins: Ints) -> Floats:
    """(n, origins) mean demand of the last thirteen seasons up to each origin; 1 where there was none."""
    mean = window_mean(panel.values, panel.starts, origins, WINDOW_SEASONS[-1] * panel.season_length)
    return np.where(mean > LEAST_LEVEL, mean, 1.0)


def names_of(panel: Panel) -> tuple[str, ...]:
    """Names of the features: NAMES, and those of the covariates that the panel has."""
    if panel.covariates is None:
        return NAMES
    flags = [name for name in panel.covariates.values if name != PRICE]
    priced = [PRICE_NOW, PRICE_AHEAD] if PRICE in panel.covariates.values else []
    return (*NAMES, *priced, *(f"{name}_{when}" for name in flags for when in ("now", "ahead")))


def features(panel: Panel, origins: Ints, horizon: int) -> Floats:
    """(n, origins, horizon, names) for each SKU, origin (a column) and step ahead; demand is over its scale."""
    n, scale = len(panel), scales(panel, origins)
    result = np.empty((n, len(origins), horizon, len(names_of(panel))), dtype=np.float64)
    own = [panel.values[:, origins] / scale, *_windows(panel, origins, scale), *_rhythm(panel, origins)]
    for column, value in enumerate(own):
        result[..., column] = value[:, :, None]
    result[..., len(own)] = _same_phase(panel, origins, horizon) / scale[..., None]
    targets = origins[:, None] + np.arange(1, horizon + 1)
    for column, table in enumerate(_calendar(panel, targets), start=len(own) + 1):
        result[..., column] = table
    if panel.covariates is not None:
        for column, table in enumerate(_beside(panel.covariates, panel, origins, targets), start=len(NAMES)):
            result[..., column] = table
    return result


def _beside(known: Covariates, panel: Panel, origins: Ints, targets: Ints) -> Iterator[Floats]:
    """Of each covariate what holds at the origin, and at the target where that was planned; else NaN, for unknown.

    A price is the logarithm of its ratio to the usual one before the origin. (n, origins, 1 or horizon) each.
    """
    for name, table in known.values.items():
        now = table[:, origins][..., None]
        ahead = table[:, np.minimum(targets, table.shape[1] - 1)] if known.planned else np.full((1, 1, 1), np.nan)
        if name == PRICE:
            usual = known.usual_price(origins, panel.season_length)[..., None]
            now, ahead = np.log(now / usual), np.log(ahead / usual)
        yield now
        yield ahead


def window_mean(values: Floats, starts: Ints, origins: Ints, width: int) -> Floats:
    """(n, origins) mean of the last `width` periods up to each origin, less where the history is shorter."""
    sums = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)
    first = np.maximum(origins[None, :] + 1 - width, starts[:, None])
    count = origins[None, :] + 1 - first
    total = sums[:, origins + 1] - np.take_along_axis(sums, np.maximum(first, 0), axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), 0.0)


def _windows(panel: Panel, origins: Ints, scale: Floats) -> list[Floats]:
    widths = [seasons * panel.season_length for seasons in WINDOW_SEASONS]
    return [window_mean(panel.values, panel.starts, origins, width) / scale for width in widths]


def _rhythm(panel: Panel, origins: Ints) -> list[Floats]:
    """Share of periods with demand in four seasons, seasons since the last demand, seasons of history."""
    m, demand = panel.season_length, panel.values > 0
    share = window_mean(demand.astype(np.float64), panel.starts, origins, 4 * m)
    last = np.maximum.accumulate(np.where(demand, np.arange(panel.days), -1), axis=1)[:, origins]
    since = np.where(last >= 0, origins - last, panel.days) / m
    return [share, since, (origins - panel.starts[:, None] + 1) / m]


def _same_phase(panel: Panel, origins: Ints, horizon: int) -> Floats:
    """(n, origins, horizon) mean of the last four periods up to the origin with the target's place in the season."""
    m = panel.season_length
    total, count = np.zeros((len(panel), len(origins), horizon)), np.zeros((len(panel), len(origins), horizon))
    steps = np.arange(1, horizon + 1)
    for back in range(SAME_PHASE_SEASONS):
        columns = origins[:, None] + steps - m * (-(-steps // m) + back)
        known = columns[None] >= panel.starts[:, None, None]
        total += np.where(known, panel.values[:, np.maximum(columns, 0)], 0.0)
        count += known
    return total / np.maximum(count, 1)


def _calendar(panel: Panel, targets: Ints) -> list[Floats]:
    """Step, place in the season, weekday, day and month of the targets (origins, horizon); 0 where nothing is known.

    A month that came once only is told from the year's trend by nobody: it is left out with less than two years.
    """
    steps = np.broadcast_to(np.arange(1.0, targets.shape[1] + 1), targets.shape)
    place = ((panel.days - 1 - targets) % panel.season_length).astype(np.float64)
    if panel.calendar.unit == "integer":
        return [steps, place, *(np.zeros(targets.shape) for _ in range(3))]
    first = panel.calendar.number(panel.end) - (panel.days - 1)
    dates = pd.DatetimeIndex(panel.calendar.dates((first + targets).reshape(-1)))
    span = pd.DatetimeIndex(panel.calendar.dates(np.array([first, first + panel.days - 1])))
    months = dates.month * int((span[1] - span[0]).days >= TWO_YEARS)
    parts = (np.asarray(part, dtype=np.float64) for part in (dates.weekday, dates.day, months))
    return [steps, place, *(part.reshape(targets.shape) for part in parts)]
