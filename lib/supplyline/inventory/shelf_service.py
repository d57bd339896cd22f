"""Fill rates of reorder points on forecasts: the share of demand that is served from the shelf, and the point for one.

The sums of forecast days are distributions of the demand of 1, 2 … days (`mixture`), so losses are integrals of
straight lines and of an exponential tail. See `reorder_review` for (R, s, S) on any `Demand`; the formula is the same.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from supplyline.inventory.demand import spread_growth
from supplyline.inventory.lead_times import lead_time_pmf
from supplyline.inventory.mixture import distribution, lowest_of, sum_quantiles, tail_excess

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BISECTIONS = 60
WIDENINGS = 40
WIDTH = 1e-7  # pieces
NO_DEMAND = 1e-9


def shelf_service(
    sums: Floats, levels: Floats, review_days: Ints, lead_time: tuple[Floats, Floats], point: Floats, quantity: Floats
) -> tuple[Floats, Floats]:
    """Fill rate, and cycle service level P(demand over R + L ≤ s), (n,) of reorder points s and S - s = `quantity`.

    `sums`, `levels`, `review_days`, `lead_time` as in `demand.lead_time_demand`. With g(x) the pieces that a position x
    is expected to be short of at the end of R + L and was not of L, G its integral from x on, U the mean undershoot
    E[D²] / (2 E[D]) of a review period's demand D: an order is of Q + U, of which [U g(S) + G(s) - G(S)] / E[D] are
    short, as positions after a look are S or spread evenly below it. What is short is lost: fill rate = ordered /
    (ordered + short). Without demand both are 1.
    """
    wanted = np.full(len(sums), np.nan)
    _, rate, service = _solve(*_inputs(sums, levels, review_days, lead_time), point, quantity, wanted)
    return rate, service


def point_for_fill_rate(
    sums: Floats, levels: Floats, review_days: Ints, lead_time: tuple[Floats, Floats], quantity: Floats, rate: Floats
) -> Floats:
    """Least reorder point (n,), pieces, with a fill rate of at least `rate` (0, 1); 0 where that is NaN."""
    nothing = np.zeros(len(sums))
    return _solve(*_inputs(sums, levels, review_days, lead_time), nothing, quantity, rate)[0]


def _inputs(
    sums: Floats, levels: Floats, review_days: Ints, lead_time: tuple[Floats, Floats]
) -> tuple[Floats, Ints, Ints, Floats, Floats, Floats]:
    pairs, group = np.unique(np.column_stack(lead_time), axis=0, return_inverse=True)
    weights, rows = lead_time_pmf(pairs[:, 0], pairs[:, 1]), group.ravel().astype(np.int64)
    sums = np.ascontiguousarray(sums)
    return weights, rows, review_days, sums, spread_growth(sums), levels


@njit(cache=True)
def _solve(
    weights: Floats, group: Ints, review: Ints, sums: Floats, growth: Floats, levels: Floats,
    point: Floats, quantity: Floats, wanted: Floats,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip  # pragma: no cover - compiled
    """(n,) points (those given where `wanted` is NaN), fill rates, service levels."""
    points, rates, services = point.copy(), np.ones(len(point)), np.ones(len(point))
    longest, size = weights.shape[1], sums.shape[2] - 1
    protection, lead = np.empty((longest, size)), np.empty((longest, size))
    for row in range(len(point)):
        chance, days, period = weights[group[row]], review[row], np.empty(size)
        sum_quantiles(period, sums[row], days, growth[row])
        for k in range(longest):
            if chance[k] > 0.0:
                sum_quantiles(protection[k], sums[row], days + k, growth[row])
                if k > 0:
                    sum_quantiles(lead[k], sums[row], k, growth[row])
        asked, square = _losses(period, levels, 0.0)
        if asked <= NO_DEMAND:
            points[row] = 0.0 if not math.isnan(wanted[row]) else point[row]
            continue
        if not math.isnan(wanted[row]):
            points[row] = _least(chance, protection, lead, levels, asked, square / asked, quantity[row], wanted[row])
        rates[row] = _rate(chance, protection, lead, levels, asked, square / asked, points[row], quantity[row])
        services[row] = 0.0
        for k in range(longest):
            if chance[k] > 0.0:
                services[row] += chance[k] * distribution(protection[k], levels, points[row])
    return points, rates, services


@njit(cache=True)
def _least(
    chance: Floats, protection: Floats, lead: Floats, levels: Floats, asked: float, under: float, quantity: float,
    wanted: float,
) -> float:  # fmt: skip  # pragma: no cover - compiled
    low, high = 0.0, max(asked, 1.0)
    if _rate(chance, protection, lead, levels, asked, under, low, quantity) >= wanted:
        return low
    for _ in range(WIDENINGS):
        if _rate(chance, protection, lead, levels, asked, under, high, quantity) >= wanted:
            break
        low, high = high, 2.0 * high
    for _ in range(BISECTIONS):
        if high - low <= WIDTH:
            break
        middle = 0.5 * (low + high)
        if _rate(chance, protection, lead, levels, asked, under, middle, quantity) >= wanted:
            high = middle
        else:
            low = middle
    return high


@njit(cache=True)
def _rate(
    chance: Floats, protection: Floats, lead: Floats, levels: Floats, asked: float, under: float, point: float,
    quantity: float,
) -> float:  # fmt: skip  # pragma: no cover - compiled
    """Fill rate of s and Q, `asked` pieces a review period, `under` the mean undershoot."""
    at_point = _short(chance, protection, lead, levels, point)
    at_level = _short(chance, protection, lead, levels, point + quantity)
    short = (under * at_level[0] + at_point[1] - at_level[1]) / asked
    return (quantity + under) / (quantity + under + max(short, 0.0))


@njit(cache=True)
def _short(
    chance: Floats, protection: Floats, lead: Floats, levels: Floats, x: float
) -> tuple[float, float]:  # pragma: no cover - compiled
    """g(x) and G(x)."""
    first, second = 0.0, 0.0
    for k in range(len(chance)):
        if chance[k] > 0.0:
            loss, double = _losses(protection[k], levels, x)
            first, second = first + chance[k] * loss, second + chance[k] * double
            if k > 0:
                loss, double = _losses(lead[k], levels, x)
                first, second = first - chance[k] * loss, second - chance[k] * double
    return first, second


@njit(cache=True)
def _losses(values: Floats, levels: Floats, x: float) -> tuple[float, float]:  # pragma: no cover - compiled
    """E[(D - x)⁺] and E[((D - x)⁺)²] / 2 at x >= 0 of the demand with these quantiles."""
    excess, left = tail_excess(values, levels), 1.0 - levels[-1]
    if x >= values[-1]:
        rest = left * math.exp(-(x - values[-1]) / excess) if excess > 0.0 else 0.0
        return rest * excess, rest * excess * excess
    loss, double, above = left * excess, left * excess * excess, left
    for at in range(len(values) - 1, -1, -1):
        end = values[at]
        begin = values[at - 1] if at > 0 else lowest_of(values, levels)
        below = 1.0 - levels[at - 1] if at > 0 else 1.0
        start = max(begin, x)
        if end > start:
            width = end - start
            here = above + (below - above) * width / (end - begin)
            double += width * loss + width * width * (here + 2.0 * above) / 6.0
            loss += width * (here + above) / 2.0
        above = below
        if begin <= x:
            return loss, double
    width = lowest_of(values, levels) - x
    return loss + width, double + width * loss + width * width / 2.0
