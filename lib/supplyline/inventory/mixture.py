"""Quantiles of demand over a random lead time: the mixture of the sums' distributions, inverted numerically."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BISECTIONS = 60
WIDTH = 1e-10  # pieces: less than what rounding up to whole pieces forgives


@njit(cache=True)
def mixture_quantiles(
    weights: Floats, group: Ints, review: Ints, sums: Floats, growth: Floats, levels: Floats, wanted: Floats
) -> tuple[Floats, Floats]:  # pragma: no cover - compiled
    """(n,) mean of the demand, and (n,) least x with Σ_k p_k F_{R+k}(x) >= wanted, F_d that of the demand of d days.

    `weights` (g, k) are the lead-time distributions and `group` (n,) which one is a row's, `review` (n,) the days R
    before it, at least 1, `sums` (n, days, 1 + q) mean and quantiles of the sums of the first 1 … days days at
    `levels` (q,), `growth` (n,) the exponent of their spread after the last of these days, `wanted` (n,) in (0, 1).
    """
    means, result = np.zeros(len(group)), np.empty(len(group))
    table = np.empty((weights.shape[1], sums.shape[2] - 1))
    for row in range(len(group)):
        chance, low, high = weights[group[row]], np.inf, 0.0
        for k in range(len(chance)):
            if chance[k] > 0.0:
                means[row] += chance[k] * sum_quantiles(table[k], sums[row], review[row] + k, growth[row])
                # The mixture's quantile lies between the least and the largest of its parts'.
                quantile = _inverse(table[k], levels, wanted[row])
                low, high = min(low, quantile), max(high, quantile)
        if _mixed(chance, table, levels, low) >= wanted[row]:
            high = low
        for _ in range(BISECTIONS):
            if high - low <= WIDTH:
                break
            middle = 0.5 * (low + high)
            if _mixed(chance, table, levels, middle) >= wanted[row]:
                high = middle
            else:
                low = middle
        result[row] = high
    return means, result


@njit(cache=True)
def sum_quantiles(values: Floats, sums: Floats, days: int, growth: float) -> float:  # pragma: no cover - compiled
    """Quantiles of the demand of so many days into `values`, rising; the mean is returned.

    After the last day of `sums` the average day goes on, and the quantiles' distance from the mean grows with
    days^growth.
    """
    known = len(sums)
    last, factor = sums[min(days, known) - 1], max(days / known, 1.0)
    spread, mean, before = factor**growth, last[0] * factor, 0.0
    for at in range(len(values)):
        value = mean + (last[at + 1] - last[0]) * spread if factor > 1.0 else last[at + 1]
        before = max(before, value)
        values[at] = before
    return float(mean)


@njit(cache=True)
def _mixed(chance: Floats, table: Floats, levels: Floats, x: float) -> float:  # pragma: no cover - compiled
    total = 0.0
    for k in range(len(chance)):
        if chance[k] > 0.0:
            total += chance[k] * distribution(table[k], levels, x)
    return total


@njit(cache=True)
def lowest_of(values: Floats, levels: Floats) -> float:  # pragma: no cover - compiled
    """Where the slope of the first pair of quantiles reaches level 0, not below 0 pieces."""
    slope = (values[1] - values[0]) / (levels[1] - levels[0])
    return float(max(values[0] - slope * levels[0], 0.0))


@njit(cache=True)
def tail_excess(values: Floats, levels: Floats) -> float:  # pragma: no cover - compiled
    """Mean excess of the exponential tail through the last two quantiles."""
    return float((values[-1] - values[-2]) / math.log((1.0 - levels[-2]) / (1.0 - levels[-1])))


@njit(cache=True)
def distribution(values: Floats, levels: Floats, x: float) -> float:  # pragma: no cover - compiled
    """P(demand <= x): straight between two quantiles, exponential above the last."""
    if x >= values[-1]:
        excess = tail_excess(values, levels)
        return 1.0 if excess <= 0.0 else 1.0 - (1.0 - levels[-1]) * math.exp(-(x - values[-1]) / excess)
    if x < values[0]:
        lowest = lowest_of(values, levels)
        return 0.0 if x <= lowest else float(levels[0] * (x - lowest) / (values[0] - lowest))
    at = np.searchsorted(values, x, side="right") - 1
    share = (x - values[at]) / (values[at + 1] - values[at])
    return float(levels[at] + share * (levels[at + 1] - levels[at]))


@njit(cache=True)
def _inverse(values: Floats, levels: Floats, level: float) -> float:  # pragma: no cover - compiled
    """The quantile of one sum, by the same lines and tail."""
    if level > levels[-1]:
        return float(values[-1] + tail_excess(values, levels) * math.log((1.0 - levels[-1]) / (1.0 - level)))
    if level < levels[0]:
        lowest = lowest_of(values, levels)
        return float(lowest + (values[0] - lowest) * level / levels[0])
    at = min(int(np.searchsorted(levels, level, side="right")) - 1, len(levels) - 2)
    share = (level - levels[at]) / (levels[at + 1] - levels[at])
    return float(values[at] + share * (values[at + 1] - values[at]))
