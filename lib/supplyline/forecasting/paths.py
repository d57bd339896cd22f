"""Paths of demand: the mean plus a whole trajectory of past errors, so that sums over days keep their correlation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from supplyline.forecasting.calibration import GROWTHS, between, growth_groups, moved_levels, shifts
from supplyline.forecasting.common_tails import Totals, common_excess, drawn_in
from supplyline.forecasting.kernels import paths as samples
from supplyline.forecasting.kernels import totals as kernels
from supplyline.forecasting.panel import Bools, Floats, Ints, Panel

LEAST_SAMPLES, LEAST_AGE = 8, 14
MOST_BACK, MOST_ORIGINS = 364, 512
MOST_STEPS = 1 << 14
HELD_OUT = 8
RESAMPLED_PATHS = 400
SEED = 20111209
LEAST_ALIGNED = 30
LEAST = 1e-6
ROUNDING = 1e-9
PATH_LEVELS = np.linspace(0.005, 0.995, 199)


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
        """(n,) the first origin that counts, when models have seen something: a season after the start, or 14 days."""
        return np.asarray(self.panel.starts + min(self.panel.season_length, LEAST_AGE) - 1)

    @property
    def horizon(self) -> int:
        """Periods ahead."""
        return int(self.mean.shape[1])


def past_origins(panel: Panel, horizon: int) -> Ints:
    """Every column of the last 364 with a day after it, latest first; thinned evenly where they would be too many.

    What is further back is another product: one that has not sold for a year needs no stock for what it once did.
    Neighbours share most of their days and tell little more than every second or third.
    """
    last = min(panel.days - 1, MOST_BACK)
    most = max(min(MOST_ORIGINS, MOST_STEPS // horizon), 2 * LEAST_SAMPLES)
    return panel.days - 2 - np.arange(0, last, max(1, -(-last // most)), dtype=np.int64)


def total_quantiles(outlook: Outlook, levels: Sequence[float]) -> Floats:
    """(n, h, q) quantiles of the demand of the first 1 … h periods together, calibrated on origins held out.

    A SKU whose history is too short for past origins gets those of its days drawn anew.
    """
    wanted = np.asarray(levels, dtype=np.float64)
    whole = whole_pieces(outlook.panel)
    days = np.arange(1, outlook.horizon + 1)
    result = _calibrated_levels(outlook, wanted, calibrated_lengths(outlook.horizon), days)
    # 0 is added for that a ceiling just below it is -0.
    result = np.maximum(np.where(whole[:, None, None], np.ceil(result - ROUNDING), result), 0.0) + 0.0
    for row in np.flatnonzero(np.isnan(result).any(axis=(1, 2))):
        result[row] = _resampled(outlook.panel.history(row), outlook.mean[row], bool(whole[row]), wanted)
    return np.asarray(np.maximum.accumulate(np.maximum.accumulate(result, axis=2), axis=1))


def sampled_paths(outlook: Outlook, paths: int, seed: int) -> Floats:
    """(n, paths, h) simulated demand of each period: whole trajectories of past errors, drawn by their totals.

    The totals wanted are those of evenly spread levels, calibrated, so that the paths' sums over the horizon are
    distributed as `total_quantiles` says, up to the largest trajectory known: its tail beyond that is not simulated.
    A SKU whose history is too short for past origins has days drawn anew. Any `seed` gives the same paths twice.
    """
    chance = np.random.default_rng(seed)
    size = (len(outlook.panel), paths)
    even = (np.arange(paths) + chance.random(size)) / paths
    last = np.array([outlook.horizon])
    known = _calibrated_levels(outlook, PATH_LEVELS, last, last)[:, 0]
    known = np.maximum.accumulate(known, axis=1)
    totals = np.array([np.interp(row, PATH_LEVELS, own) for row, own in zip(even, known, strict=True)])
    whole = whole_pieces(outlook.panel)
    result = kernels.chosen_paths(
        outlook.panel.values, outlook.starts, outlook.expected, outlook.origins, outlook.mean, whole,
        chance.permuted(totals.reshape(size), axis=1), LEAST_SAMPLES,
    )  # fmt: skip
    for row in np.flatnonzero(np.isnan(result).any(axis=(1, 2))):
        redrawn = _redrawn(outlook.panel.history(row), outlook.mean[row], bool(whole[row]), paths, chance)
        result[row] = np.diff(redrawn, axis=1, prepend=0.0)
    return result


def _calibrated_levels(outlook: Outlook, levels: Floats, lengths: Ints, days: Ints) -> Floats:
    """(n, days, q) totals of so many days at these levels, unrounded, shifted by what was missed on origins held out.

    Above 0 where the level that the ranks say is, and only there.
    """
    now, then = kernels.growths(outlook.starts, outlook.expected, outlook.origins, outlook.mean)
    past, came, ranks, growth = held_out(outlook, then, levels, lengths)
    groups, recent = growth_groups(growth), growth_groups(now)
    moved = moved_levels(ranks, groups, len(GROWTHS) + 1, lengths, levels, outlook.horizon)
    coming, sells = _coming_totals(outlook, levels, moved, recent)
    common = common_excess(coming.at(lengths - 1), levels)
    added = shifts(misses(past, came, levels), groups, lengths, levels, outlook.horizon)
    every_day = np.stack([between(term, lengths, outlook.horizon) for term in np.moveaxis(common, -1, 0)], axis=-1)
    asked = coming.at(days - 1)
    found = drawn_in(asked, every_day[days - 1]) + added[:, days - 1][recent] * asked.spread[..., None]
    return np.asarray(np.where(sells[:, days - 1], np.maximum(found, LEAST), np.minimum(found, 0.0)))


def _coming_totals(outlook: Outlook, levels: Floats, moved: Floats, group: Ints) -> tuple[Totals, Bools]:
    """Totals (n, h) of the coming days by each SKU's own past, and (n, h, q) whether anything sells."""
    panel, whole = outlook.panel, whole_pieces(outlook.panel)
    own, medians, sells = kernels.total_levels(
        panel.values, outlook.starts, outlook.expected, outlook.origins, outlook.mean, whole, levels, moved, group,
        LEAST_SAMPLES,
    )  # fmt: skip
    spans = _days_known(outlook, np.array([panel.days - 1])) / np.arange(1, outlook.horizon + 1)
    return Totals(own, medians, np.maximum(outlook.mean, 0.0).cumsum(axis=1), usual_sizes(panel)[:, None], spans), sells


def aligned_origins(panel: Panel, horizon: int) -> Ints:
    """Origins whole seasons before the end, so that the errors of a path fall on the days of the week they come from.

    Every past origin where there are fewer than 30 such.
    """
    last = panel.days - 1
    aligned = np.arange(last - panel.season_length, -1, -panel.season_length, dtype=np.int64)[:MOST_ORIGINS]
    return aligned if (aligned <= last - horizon).sum() >= LEAST_ALIGNED else past_origins(panel, horizon)


def held_out(outlook: Outlook, growth: Floats, levels: Floats, lengths: Ints) -> tuple[Totals, Floats, Floats, Floats]:
    """What was known of the last totals whose outcome is, and (n, lengths, k) that outcome, its rank and the growth.

    The k origins lie a quarter of a horizon apart; `growth` (n, origins) is by what factor a SKU had grown till then.
    Of whole pieces the outcome is D - 1 + U, U uniform on (0, 1).
    """
    panel, whole = outlook.panel, whole_pieces(outlook.panel)
    apart = max(outlook.horizon // 4, 1)
    back = lengths[:, None] + apart * np.arange(HELD_OUT)
    held = np.searchsorted(panel.days - 1 - outlook.origins, back)
    held = np.where(held < len(outlook.origins), held, -1)
    chance = np.random.default_rng(SEED).random((len(panel), len(lengths), HELD_OUT))
    own, medians, came, ranks = kernels.held_out_levels(
        panel.values, outlook.starts, outlook.expected, outlook.origins, whole, held, lengths, levels, chance,
        LEAST_SAMPLES,
    )  # fmt: skip
    running = [np.maximum(outlook.expected[:, held[i], :days], 0.0).sum(axis=2) for i, days in enumerate(lengths)]
    spans = _days_known(outlook, outlook.origins[held]) / lengths[:, None]
    totals = Totals(own, medians, np.stack(running, axis=1), usual_sizes(panel)[:, None, None], spans)
    return totals, came - whole[:, None, None] * (1.0 - chance), ranks, growth[:, held]


def _days_known(outlook: Outlook, columns: Ints) -> Ints:
    """(n, *columns) days between each SKU's first past origin and these columns."""
    first = np.maximum(outlook.starts, outlook.origins[-1])
    return np.maximum(columns - first.reshape(-1, *[1] * columns.ndim), 0)


def misses(past: Totals, came: Floats, levels: Floats) -> Floats:
    """(n, lengths, k, q) what `came` (n, lengths, k) less what the quantiles of then were, over the spread.

    Those were drawn towards what all had in common then. NaN where a quantile was 0 or less: what mostly sells nothing
    is told by its ranks. Where nothing came it is a spread or more: a quantile above 0 covers that however much is
    taken off.
    """
    said = drawn_in(past, common_excess(past, levels))
    missed = (came[..., None] - said) / past.spread[..., None]
    return np.where(said > 0, np.where(came[..., None] > 0, missed, np.minimum(missed, -1.0)), np.nan)


def calibrated_lengths(horizon: int) -> Ints:
    """Numbers of days over which sums are calibrated: about halving from the horizon down to 1."""
    halves = {max(round(horizon / 2**k), 1) for k in range(6)}
    return np.array(sorted(halves), dtype=np.int64)


def whole_pieces(panel: Panel) -> Bools:
    """(n,) true where all demand so far was in whole pieces."""
    return np.asarray((panel.values == np.floor(panel.values)).all(axis=1))


def usual_sizes(panel: Panel) -> Floats:
    """(n,) mean demand of the periods with demand; 1 without any."""
    sold = panel.values > 0
    total, count = np.where(sold, panel.values, 0.0).sum(axis=1), sold.sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), 1.0)


def _resampled(history: Floats, mean: Floats, whole: bool, levels: Floats) -> Floats:
    """(h, q) for a history too short for past origins."""
    totals = _redrawn(history, mean, whole, RESAMPLED_PATHS, np.random.default_rng(SEED))
    ordered = np.ascontiguousarray(np.sort(totals, axis=0).T)
    tails = [samples.tail_of(day) for day in ordered]
    return np.array(
        [[samples.path_quantile(day, tail, p, whole) for p in levels] for day, tail in zip(ordered, tails, strict=True)]
    )


def _redrawn(history: Floats, mean: Floats, whole: bool, paths: int, chance: np.random.Generator) -> Floats:
    """(paths, h) running totals of the days of the history, less their mean, drawn anew for each day."""
    spread = history - history.mean() if len(history) else np.zeros(1)
    steps = mean + chance.choice(spread, (paths, len(mean)))
    for path in steps:
        samples.running_totals(path, whole)
    return np.asarray(steps)
