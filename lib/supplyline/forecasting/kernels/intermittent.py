"""Recursions of the models of intermittent demand, compiled. NaN is a missing day and is left out.

All of them smooth short series: sizes of demands, intervals between them, whether a day had any, sums of several days.
The smoothing constant of each has the least sum of squared one-step errors, found by Newton's method.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.arrays import Floats, Ints

# Sums may be reordered; NaN and infinity keep their meaning.
REORDER = {"reassoc", "contract", "nsz", "arcp"}
LEAST_ALPHA, MOST_ALPHA = 0.1, 0.3
LEAST_CHANCE_ALPHA = 0.005
STEPS = 12
NEAR = 1e-3
# A slope this small beside the sum of squares is rounding: no constant is better than another.
FLAT = 1e-9


@njit(cache=True, fastmath=REORDER)
def squares(x: Floats, alpha: float, level: float) -> tuple[float, float, float]:
    """Sum of squared one-step errors of simple smoothing from `level`, and its first two derivatives by alpha."""
    kept, slope, bend = 1.0 - alpha, 0.0, 0.0
    total, first, second = 0.0, 0.0, 0.0
    for i in range(x.size):
        error = x[i] - level
        total += error * error
        first -= error * slope
        second += slope * slope - error * bend
        level = kept * level + alpha * x[i]
        bend = kept * bend - 2.0 * slope
        slope = kept * slope + error
    return total, 2.0 * first, 2.0 * second


@njit(cache=True)
def best_alpha(x: Floats, level: float, least: float, most: float) -> float:
    """The constant of least squared error, going down from `least` to `most` at most: Newton's method in a bracket.

    Most intermittent series want the least constant, which one pass tells. A step out of the bracket halves it instead;
    the last step, below 0.001, is taken on trust, as its error is squared.
    """
    alpha, low, high = least, least, most
    for _ in range(STEPS):
        total, first, second = squares(x, alpha, level)
        if (alpha == least and first >= -FLAT * total) or (alpha == most and first <= 0.0):
            return alpha
        if first > 0.0:
            high = alpha
        else:
            low = alpha
        after = alpha - first / second if second > 0.0 else most
        if after >= most and high == most:
            after = most
        elif not low < after < high:
            after = 0.5 * (low + high)
        if abs(after - alpha) < NEAR:
            return after
        alpha = after
    return alpha


@njit(cache=True)
def known_days(y: Floats, days: Floats) -> int:
    """Copies the days that are not missing to the front of `days`; how many."""
    count = 0
    for value in y:
        if value == value:
            days[count] = value
            count += 1
    return count


@njit(cache=True)
def demands_of(y: Floats, sizes: Floats, intervals: Floats) -> int:
    """Sizes of the demands and days since the one before (the first: since before the start); how many."""
    count, since = 0, 0.0
    for value in y:
        if value == value:
            since += 1.0
            sizes[count], intervals[count] = value, since
            sold = value > 0.0
            since = 0.0 if sold else since
            count += sold
    return count


@njit(cache=True)
def mean(x: Floats, nothing: float) -> float:
    """The mean; `nothing` for an empty array."""
    total = 0.0
    for value in x:
        total += value
    return total / x.size if x.size else nothing


@njit(cache=True)
def croston_rates(
    y: Floats, start: tuple[float, float], alphas: tuple[float, float], share: float, rates: Floats
) -> None:  # fmt: skip
    """Rate after each day into `rates` (n): share · smoothed size / smoothed interval, both from `start`."""
    size, interval = start
    since = 0.0
    for t in range(y.size):
        if y[t] == y[t]:
            # Products with 0 or 1: a branch that no processor can foretell costs more.
            sold = 1.0 if y[t] > 0.0 else 0.0
            since += 1.0
            size += alphas[0] * sold * (y[t] - size)
            interval += alphas[1] * sold * (since - interval)
            since *= 1.0 - sold
        rates[t] = share * size / interval


@njit(cache=True)
def croston_panel(values: Floats, starts: Ints, unbiased: bool) -> tuple[Floats, Floats]:
    """Rates (n, days), pieces a day, and constants (n, 2) of size and interval; both start at their means.

    The usual start, the first interval, would always be 1: a history begins with its first sale. `unbiased` takes half
    the interval's constant off the rate (Syntetos and Boylan 2005).
    """
    n, days = values.shape
    rates, alphas, sizes, intervals = np.zeros((n, days)), np.zeros((n, 2)), np.empty(days), np.empty(days)
    for i in range(n):
        y = values[i, min(starts[i], days) :]
        count = demands_of(y, sizes, intervals)
        known = 0
        for value in y:
            known += value == value
        start = (mean(sizes[:count], 0.0), max(known, 1) / max(count, 1))
        alphas[i, 0] = best_alpha(sizes[:count], start[0], LEAST_ALPHA, MOST_ALPHA)
        alphas[i, 1] = best_alpha(intervals[:count], start[1], LEAST_ALPHA, MOST_ALPHA)
        share = 1.0 - 0.5 * alphas[i, 1] if unbiased else 1.0
        croston_rates(y, start, (alphas[i, 0], alphas[i, 1]), share, rates[i, days - y.size :])
    return rates, alphas


@njit(cache=True)
def tsb_rates(y: Floats, start: tuple[float, float], alphas: tuple[float, float], rates: Floats) -> None:
    """Rate after each day into `rates` (n): smoothed size · smoothed chance of demand, from `start`."""
    size, chance = start
    for t in range(y.size):
        if y[t] == y[t]:
            sold = 1.0 if y[t] > 0.0 else 0.0
            chance += alphas[1] * (sold - chance)
            size += alphas[0] * sold * (y[t] - size)
        rates[t] = size * chance


@njit(cache=True)
def tsb_panel(values: Floats, starts: Ints) -> tuple[Floats, Floats]:
    """Rates (n, days), pieces a day, and constants (n, 2) of size and chance; both start at their means."""
    n, days = values.shape
    rates, alphas, sizes, days_known = np.zeros((n, days)), np.zeros((n, 2)), np.empty(days), np.empty(days)
    for i in range(n):
        y = values[i, min(starts[i], days) :]
        count = demands_of(y, sizes, days_known)
        known = known_days(y, days_known)
        for t in range(known):
            days_known[t] = 1.0 if days_known[t] > 0.0 else 0.0
        start = (mean(sizes[:count], 0.0), count / max(known, 1))
        alphas[i, 0] = best_alpha(sizes[:count], start[0], LEAST_ALPHA, MOST_ALPHA)
        alphas[i, 1] = best_alpha(days_known[:known], start[1], LEAST_CHANCE_ALPHA, MOST_ALPHA)
        tsb_rates(y, start, (alphas[i, 0], alphas[i, 1]), rates[i, days - y.size :])
    return rates, alphas


@njit(cache=True)
def mean_interval(y: Floats) -> float:
    """Days from the start to the last demand, per demand; 1 without any."""
    known, last, count = 0, 0, 0
    for value in y:
        known += value == value
        if value > 0.0:
            last, count = known, count + 1
    return last / count if count else 1.0


@njit(cache=True)
def add_level(totals: Floats, width: int, weight: float, sums: Floats, rate: Floats) -> float:
    """Adds `weight` of the rate seen in sums of `width` days to `rate` (n) after each day; the smoothing constant.

    `totals` (n + 1) are running totals. Sums end with the day looked from, so each day goes on from the sum `width`
    days before; the constant is that of the sums ending with the last day.
    """
    n = totals.size - 1
    blocks = n // width
    for k in range(blocks):
        end = n - (blocks - 1 - k) * width
        sums[k] = totals[end] - totals[end - width]
    alpha = best_alpha(sums[1:blocks], sums[0], LEAST_ALPHA, MOST_ALPHA)
    kept, share = 1.0 - alpha, weight / width
    for t in range(min(width - 1, n)):
        sums[t] = totals[t + 1] * width / (t + 1)
    for t in range(width - 1, min(2 * width - 1, n)):
        sums[t] = totals[t + 1] - totals[t + 1 - width]
    for t in range(2 * width - 1, n):
        sums[t] = kept * sums[t - width] + alpha * (totals[t + 1] - totals[t + 1 - width])
    for t in range(n):
        rate[t] += share * sums[t]
    return alpha


@njit(cache=True)
def aggregate_panel(values: Floats, starts: Ints, every: bool) -> Floats:
    """Rates (n, days), pieces a day, of sums over the mean interval, or the mean over sums of 1 … that many days."""
    n, days = values.shape
    rates = np.zeros((n, days))
    known, totals, sums, rate = np.empty(days), np.zeros(days + 1), np.empty(days), np.empty(days)
    for i in range(n):
        y = values[i, min(starts[i], days) :]
        count = known_days(y, known)
        totals[1 : count + 1] = np.cumsum(known[:count])
        # Two sums at least, or there is nothing to smooth.
        widest = max(1, min(int(np.round(mean_interval(y))), count // 2))
        rate[:] = 0.0
        for width in range(1 if every else widest, widest + 1):
            add_level(totals[: count + 1], width, 1.0 / widest if every else 1.0, sums, rate)
        at = -1
        for t in range(y.size):
            at += y[t] == y[t]
            if at >= 0:
                rates[i, days - y.size + t] = rate[at]
    return rates
