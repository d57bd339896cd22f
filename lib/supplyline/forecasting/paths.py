"""Paths of demand: the mean plus a whole trajectory of past errors, so that sums over days keep their correlation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplyline.forecasting.calibration import moved_levels
from supplyline.forecasting.kernels import paths as kernels
from supplyline.forecasting.panel import Bools, Floats, Ints, Panel
from supplyline.forecasting.quantiles import LEAST_SAMPLES

MOST_ORIGINS = 512
MOST_STEPS = 1 << 14
HELD_OUT = 8
RESAMPLED_PATHS = 400
SEED = 20111209


@dataclass(frozen=True)
class Outlook:
    """What was and is expected of a panel: `mean` (n, h) of what comes, `expected` (n, origins, h) from `origins`.

    `origins` are columns of the panel, latest first.
    """

    panel: Panel
    mean: Floats
    expected: Floats
    origins: Ints

    @property
    def starts(self) -> Ints:
        """(n,) the first origin that counts: a season after a SKU's start, when its models have seen something."""
        return np.asarray(self.panel.starts + self.panel.season_length - 1)

    @property
    def horizon(self) -> int:
        """Periods ahead."""
        return int(self.mean.shape[1])


def past_origins(panel: Panel, horizon: int) -> Ints:
    """Every column with a day after it, latest first; thinned evenly where they or their days ahead would be too many.

    Neighbours share most of their days and tell little more than every second or third.
    """
    last = panel.days - 1
    most = max(min(MOST_ORIGINS, MOST_STEPS // horizon), 2 * LEAST_SAMPLES)
    return np.arange(last - 1, -1, -max(1, -(-last // most)), dtype=np.int64)


def total_quantiles(outlook: Outlook, patterns: npt.NDArray[np.str_], levels: Sequence[float]) -> Floats:
    """(n, h, q) quantiles of the demand of the first 1 … h periods together, calibrated on origins held out.

    A SKU whose history is too short for past origins gets those of its days drawn anew.
    """
    wanted = np.asarray(levels, dtype=np.float64)
    whole = whole_pieces(outlook.panel).astype(np.int64)
    lengths = calibrated_lengths(outlook.horizon)
    moved, group = moved_levels(held_out_ranks(outlook, lengths), lengths, patterns, wanted, outlook.horizon)
    result = kernels.total_quantiles(
        outlook.panel.values, outlook.starts, outlook.expected, outlook.origins, outlook.mean, whole, moved, group,
        LEAST_SAMPLES,
    )  # fmt: skip
    for row in np.flatnonzero(np.isnan(result).any(axis=(1, 2))):
        result[row] = _resampled(outlook.panel.history(row), outlook.mean[row], bool(whole[row]), wanted)
    return np.asarray(np.maximum.accumulate(np.maximum.accumulate(result, axis=2), axis=1))


def held_out_ranks(outlook: Outlook, lengths: Ints) -> Floats:
    """(n, lengths, k) randomised ranks of what came after the last origins known, a quarter of a horizon apart.

    Ranks are the probability integral transform F(D - 1) + u (F(D) - F(D - 1)) with u uniform, F that of the paths of
    the origins before: uniform where F is right, also for whole numbers (Czado, Gneiting and Held, Predictive model
    assessment for count data, Biometrics 65, 2009).
    """
    panel = outlook.panel
    apart = max(outlook.horizon // 4, 1)
    back = lengths[:, None] + apart * np.arange(HELD_OUT)
    held = np.searchsorted(panel.days - 1 - outlook.origins, back)
    held = np.where(held < len(outlook.origins), held, -1)
    chance = np.random.default_rng(SEED).random((len(panel), len(lengths), HELD_OUT))
    return kernels.held_out_ranks(
        panel.values, outlook.starts, outlook.expected, outlook.origins, whole_pieces(panel).astype(np.int64), held,
        lengths, chance, LEAST_SAMPLES,
    )  # fmt: skip


def calibrated_lengths(horizon: int) -> Ints:
    """Numbers of days over which sums are calibrated: about halving from the horizon down to 1."""
    halves = {max(round(horizon / 2**k), 1) for k in range(6)}
    return np.array(sorted(halves), dtype=np.int64)


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
    ordered = np.ascontiguousarray(np.sort(steps, axis=0).T)
    tails = [kernels.tail_of(day) for day in ordered]
    return np.array(
        [[kernels.path_quantile(day, tail, p, whole) for p in levels] for day, tail in zip(ordered, tails, strict=True)]
    )
