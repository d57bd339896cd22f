"""Demand over a time of several, perhaps a random number of days, from the forecast of each day."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from supplyline.inventory.lead_times import lead_time_pmf
from supplyline.inventory.mixture import mixture_quantiles

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEAST_DEMAND = 1e-9


def spread_growth(sums: Floats) -> Floats:
    """(n,) exponent g with which the spread of sums (n, days, 1 + q) grew over the second half of the days.

    spread(days) ~ days^g: 1/2 where days are independent, 1 where they are alike; held between both, 1/2 if unknown.
    """
    days = sums.shape[1]
    half = max(days // 2, 1)
    late, early = (sums[:, at - 1, -1] - sums[:, at - 1, 1] for at in (days, half))
    told = (early > 0) & (late > 0) & (days > half)
    grown = np.log(np.where(told, late, 1.0) / np.where(told, early, 1.0)) / np.log(max(days / half, 1.0 + 1e-9))
    return np.asarray(np.where(told, np.clip(grown, 0.5, 1.0), 0.5))


def lead_time_demand(
    sums: Floats, levels: Floats, review_days: Ints, lead_time: tuple[Floats, Floats], wanted: Floats
) -> tuple[Floats, Floats]:
    """Mean and quantile at `wanted` (n,) of the demand over review period plus lead time, pieces.

    `sums` (n, days, 1 + q) has mean and quantiles at `levels` (q,), at least two, of the demand of the first 1 … days
    days. The lead time L (mean and sd (n,), days) is random with p_k = P(L = k): F(x) = Σ p_k F_{R+k}(x), F_d the
    distribution of the demand of d days, so that days that move together and the lead time's own chance both count
    (demand over a random lead time as a compound: Zipkin, Foundations of Inventory Management, chapter 7). Days after
    the last forecast one are extrapolated: `spread_growth`.
    """
    pairs, group = np.unique(np.column_stack(lead_time), axis=0, return_inverse=True)
    weights, rows = lead_time_pmf(pairs[:, 0], pairs[:, 1]), group.ravel().astype(np.int64)
    sums = np.ascontiguousarray(sums)
    return mixture_quantiles(weights, rows, review_days, sums, spread_growth(sums), levels, wanted)


def daily_variance(mean: Floats, quantile_values: Floats, levels: Floats) -> Floats:
    """Variance (…) of a day's demand from its mean (…) and its quantiles (…, q) at `levels` (q,), pieces².

    Between two quantiles the demand is uniform; below the first the slope of the first pair goes on, not under 0.
    Above the last it is exponential with the mean excess that gives the forecast's mean, and at least the one that the
    last two quantiles imply. That tail matters: a product that sells on 3 % of the days has quantiles of 0, its mean is
    not.
    """
    first = _lowest(quantile_values, levels)
    values = np.concatenate([first[..., None], quantile_values], axis=-1)
    weight = np.diff(np.concatenate([[0.0], levels]))
    low, high = values[..., :-1], values[..., 1:]
    tail, last = 1.0 - levels[-1], values[..., -1]
    excess = _mean_excess(mean - (weight * (low + high) / 2).sum(axis=-1), quantile_values, levels)
    first_moment = (weight * (low + high) / 2).sum(axis=-1) + tail * (last + excess)
    second = (weight * (low**2 + low * high + high**2) / 3).sum(axis=-1)
    second += tail * (last**2 + 2 * last * excess + 2 * excess**2)
    return np.asarray(np.maximum(second - first_moment**2, 0.0))


def _lowest(values: Floats, levels: Floats) -> Floats:
    if len(levels) < 2:
        return np.zeros(values.shape[:-1])
    slope = (values[..., 1] - values[..., 0]) / (levels[1] - levels[0])
    return np.asarray(np.maximum(values[..., 0] - slope * levels[0], 0.0))


def _mean_excess(mass_left: Floats, values: Floats, levels: Floats) -> Floats:
    """Mean of the demand above the last quantile, less that quantile: never below 0."""
    tail, last = 1.0 - levels[-1], values[..., -1]
    implied = np.zeros_like(last)
    if len(levels) > 1:
        implied = (last - values[..., -2]) / np.log((1.0 - levels[-2]) / tail)
    return np.asarray(np.maximum(mass_left / tail - last, implied))


def period_moments(
    mean: Floats, variance: Floats, days: npt.ArrayLike, days_sd: npt.ArrayLike
) -> tuple[Floats, Floats]:
    """Mean and variance (n,) of the demand over a time of `days` ± `days_sd` days, from those of each day (n, h).

    E = sum of the means of `days` days, Var = sum of their variances + d² days_sd², d the mean demand a day: the
    formula of Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains, 4th ed., 6.10 (demand and
    lead time independent), with each day's own forecast instead of one mean. A part of a day counts in proportion;
    after the last forecast day the average day goes on.
    """
    average, spread = mean.mean(axis=1), variance.mean(axis=1)
    length, sd = np.broadcast_to(days, average.shape), np.broadcast_to(days_sd, average.shape)
    after = np.maximum(length - mean.shape[1], 0.0)
    total = _sum_over(mean, length) + average * after
    return total, _sum_over(variance, length) + spread * after + average**2 * sd**2


def _sum_over(daily: Floats, days: Floats) -> Floats:
    weight = np.clip(days[:, None] - np.arange(daily.shape[1]), 0.0, 1.0)
    return np.asarray((daily * weight).sum(axis=1))


def demand_quantile(mean: Floats, variance: Floats, level: npt.ArrayLike) -> Floats:
    """Quantile (n,) of a demand of this mean and variance, pieces.

    Negative binomial where the variance is above the mean (pieces are counted, a shop's demand comes in clumps), the
    gamma distribution of the same moments elsewhere; both are never negative and skewed to the right, which a Normal is
    not. Without variance, the mean. (Silver, Pyke and Thomas 6.7 and 9; Burgin, ORQ 26, 1975, for the gamma.)
    """
    result, level = np.where(mean > 0, mean, 0.0), np.broadcast_to(level, mean.shape)
    # Below that the distributions' own parameters underflow; it is no demand in any shop.
    moving = (mean > LEAST_DEMAND) & (variance > 0)
    clumped = moving & (variance > mean * (1 + 1e-9))
    even = moving & ~clumped
    m, v = mean[clumped], variance[clumped]
    result[clumped] = stats.nbinom.ppf(level[clumped], m * m / (v - m), m / v)
    m, v = mean[even], variance[even]
    result[even] = stats.gamma.ppf(level[even], m * m / v, scale=v / m)
    return np.asarray(result)
