"""Levels moved so that quantiles cover as often as they say, learnt from origins whose outcome is known."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from supplyline.forecasting.panel import Floats, Ints
from supplyline.forecasting.patterns import PATTERNS

GRID = np.linspace(0.0, 1.0, 401)
LEAST_SKUS = 100
PRIOR_RANKS = 50.0
PRIOR_MISSES = 20.0
GROWTHS = np.array([0.1, 0.5, 0.8, 1.25, 2.0, 4.0])


def growth_groups(growth: Floats) -> Ints:
    """Group of each SKU that is expected to sell `growth` times as much as on average before: from dying to taken off.

    The median of what took off is far below its mean, that of what lies low above it: whatever has moved comes back in
    part, and who pools them calibrates neither.
    """
    return np.asarray(np.searchsorted(GROWTHS, growth), dtype=np.int64)


def shifts(misses: Floats, group: Ints, lengths: Ints, levels: Floats, horizon: int) -> Floats:
    """(groups, horizon, q) spreads to add to the quantile of each level wanted, so that it covers as often as it says.

    `misses` (n, lengths, k, q) are what came after earlier origins less the quantile of then, over the spread to be
    expected of such a total; their own quantile of level p is what the quantile lacked. That of a `group` (n, lengths,
    k) leans on that of all as if that were 20 / (1 - p) misses more, of which 20 lie above the level. With fewer than
    100 SKUs nothing is added: so few say more about their luck than about the quantiles. Between the lengths shifts are
    interpolated. A SKU's own past of a year holds a dozen of months that don't overlap: it can't know its 98 % month,
    those of all can. Moving the level instead asked for the 99.9 % of it where the 98 % had not covered, which promised
    most to whom had been surprised most.
    (Split conformal prediction with normalised scores: Lei et al., Distribution-free predictive inference for
    regression, JASA 113, 2018; quantiles corrected by their own misses: Romano, Patterson and Candès, Conformalized
    quantile regression, NeurIPS 2019.)
    """
    added = np.zeros((len(GROWTHS) + 1, len(lengths), len(levels)))
    if np.isfinite(misses).any(axis=(1, 2, 3)).sum() < LEAST_SKUS:
        return between(added, lengths, horizon)
    beyond = PRIOR_MISSES / (1.0 - levels)
    for at, q in itertools.product(range(len(lengths)), range(len(levels))):
        known = np.isfinite(misses[:, at, :, q])
        told, of = misses[:, at, :, q][known], group[:, at][known]
        everyone = _lacked(told, levels[q], 0.0, PRIOR_MISSES)
        for number in range(len(added)):
            added[number, at, q] = _lacked(told[of == number], levels[q], everyone, beyond[q])
    return between(added, lengths, horizon)


def _lacked(misses: Floats, level: float, prior: float, more: float) -> float:
    """Quantile of the misses: position p (n + 1), held within them; as if so many `more` had it at `prior`."""
    count = len(misses)
    if not count:
        return prior
    position = min(max(level * (count + 1) - 1.0, 0.0), count - 1.0)
    below = int(position)
    ordered = np.partition(misses, (below, min(below + 1, count - 1)))
    own = ordered[below] + (position - below) * (ordered[min(below + 1, count - 1)] - ordered[below])
    return float((count * own + more * prior) / (count + more))


def moved_levels(ranks: Floats, group: Ints, groups: int, lengths: Ints, levels: Floats, horizon: int) -> Floats:
    """(groups, horizon, q) level to take for each level wanted, by the `group` (n, lengths, k) of each rank.

    `ranks` (n, lengths, k) are those of what came among the paths of earlier origins, after `lengths` days. Where a
    share G(u) of them is u or less, the quantile of level u has covered G(u), so the one that covers p is that of level
    G⁻¹(p). G of a group leans on that of all SKUs as if it had 50 ranks more, and that on the diagonal. With fewer
    than 100 SKUs nothing is moved: so few say more about their luck than about the quantiles. Between the lengths
    levels are interpolated. (Kuleshov, Fenner and Ermon, Accurate uncertainties for deep learning using calibrated
    regression, ICML 2018; conformal prediction by ranks: Vovk, Gammerman and Shafer 2005.)
    """
    if np.isfinite(ranks).any(axis=(1, 2)).sum() < LEAST_SKUS:
        return np.ascontiguousarray(np.broadcast_to(levels, (groups, horizon, len(levels))))
    moved = np.empty((groups, len(lengths), len(levels)))
    for at in range(len(lengths)):
        everyone = _covered(ranks[:, at], GRID)
        for number in range(groups):
            moved[number, at] = np.interp(levels, _covered(ranks[:, at][group[:, at] == number], everyone), GRID)
    return between(moved, lengths, horizon)


def moved_day_levels(
    ranks: Floats, patterns: npt.NDArray[np.str_], levels: Floats, horizon: int
) -> tuple[Floats, Ints]:
    """The same for single days by pattern, and the group (n,) of each SKU.

    `ranks` (n, k, horizon) are pooled over the days of a quarter, a half and the rest.
    """
    group = np.array([PATTERNS.index(name) for name in patterns], dtype=np.int64)
    edges, one = np.unique([0, -(-horizon // 4), -(-horizon // 2), horizon]), np.ones(1, dtype=np.int64)
    moved = []
    for first, last in itertools.pairwise(edges):
        band = ranks[:, :, first:last].reshape(len(ranks), 1, -1)
        of = np.broadcast_to(group[:, None, None], band.shape)
        moved.append(moved_levels(band, of, len(PATTERNS), one, levels, int(last - first)))
    return np.ascontiguousarray(np.concatenate(moved, axis=1)), group


def _covered(ranks: Floats, prior: Floats) -> Floats:
    """Share of ranks at or below each point of the grid, with 50 more that are spread as `prior`."""
    known = np.sort(ranks[np.isfinite(ranks)])
    count = np.searchsorted(known, GRID, side="right")
    return np.asarray((count + PRIOR_RANKS * prior) / (len(known) + PRIOR_RANKS))


def between(moved: Floats, lengths: Ints, horizon: int) -> Floats:
    """(…, horizon, q) from (…, lengths, q)."""
    days = np.arange(1, horizon + 1)
    at = np.clip(np.searchsorted(lengths, days, side="right") - 1, 0, max(len(lengths) - 2, 0))
    after = np.minimum(at + 1, len(lengths) - 1)
    gap = np.maximum(lengths[after] - lengths[at], 1)
    share = np.clip((days - lengths[at]) / gap, 0.0, 1.0)[:, None]
    return np.ascontiguousarray(moved[..., at, :] * (1 - share) + moved[..., after, :] * share)
