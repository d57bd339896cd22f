"""Demand behind a lower bound, compiled: what a count model says of the pieces above those that were sold.

A day's demand is 0 with chance 1 - π, else 1 + NB(mean μ, dispersion 1/r), the variance of the size μ + μ²/r. With π
near 1 it is a count of every day (r large: Poisson), with a small π an intermittent product: a hurdle model (Mullahy,
Specification and testing of some modified count data models, Journal of Econometrics 33, 1986). π and μ depend on the
day of the season. A fit is (m, 3): π, μ and r of each day of the season.

Of a hidden day only D >= sold is known. Its part of the likelihood has the expected score of all D that are possible
(Fisher's identity), so that the steps towards the maximum need expectations alone; the outer products of the scores
stand for the curvature (Berndt, Hall, Hall and Hausman, Estimation and inference in nonlinear structural models, 1974).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.kernels.count_tails import digamma, tail_mean, tail_quantile
from supplyline.forecasting.panel import Bools, Floats, Ints

# A size further above the mean than so many standard deviations counts as one that far off, once so many are known.
SPIKE = 8.0
SPIKES_FROM = 8
# Demands of average size, and days of average chance, that each day of the season is given in advance.
SHRINKAGE = 3.0
# What is held likely in advance, as standard deviations: log r near 0, log μ near the mean of plain sales. Where all
# sizes known are lower bounds, the likelihood alone has no maximum.
LOG_R_SD, LOG_MEAN_SD = 3.0, 0.7
LARGEST_LOG_R = 8.0
# What must be known before a day is estimated, and the steps of the first and of later fits.
LEAST_DAYS, LEAST_DEMANDS = 14, 2
FIRST_ROUNDS, ROUNDS = 30, 8
STILL = 0.02
# Shares that step round the unit interval by the golden ratio leave no gap: few draws already have the right spread.
GOLDEN = 0.6180339887498949


@njit(cache=True)
def hidden_day(sold: float, chance: float, mean: float, r: float, share: float) -> tuple[float, float]:
    """Mean and `share` quantile of a day's demand D given D >= sold."""
    if sold >= 1.0:
        return 1.0 + tail_mean(sold - 1.0, mean, r)[0], sold + tail_quantile(sold - 1.0, mean, r, share)
    drawn = 0.0
    if share > 1.0 - chance:
        drawn = 1.0 + tail_quantile(0.0, mean, r, (share - 1.0 + chance) / chance)
    return max(chance * (1.0 + mean), sold), max(drawn, sold)


@njit(cache=True)
def without_spikes(y: Floats) -> Floats:
    """(days) sales where one huge order counts as so many standard deviations of the days with sales before it."""
    kept, count, mean, square = y.copy(), 0.0, 0.0, 0.0
    for t in range(y.size):
        if y[t] <= 0:
            continue
        if count >= SPIKES_FROM:
            kept[t] = min(y[t], mean + SPIKE * np.sqrt(max(square / count, mean)))
        count += 1.0
        step = kept[t] - mean
        mean += step / count
        square += step * (kept[t] - mean)
    return kept


@njit(cache=True)
def _chances(y: Floats, hidden: Bools, first: int, last: int, decay: float, fit: Floats) -> None:
    """Set the chance of demand of each day of the season: weighted shares, a little of all days in each.

    A hidden day without a sale tells nothing and is left out; so is the first day, a sale by definition of a history.
    """
    m = fit.shape[0]
    days, some, weight = np.zeros(m), np.zeros(m), 1.0
    for t in range(last - 1, max(first, 1) - 1, -1):
        if not (hidden[t] and y[t] < 1.0):
            days[t % m] += weight
            some[t % m] += weight if y[t] > 0 else 0.0
        weight *= decay
    chance = (some.sum() + 0.05) / (days.sum() + 0.1)
    fit[:, 0] = (some + SHRINKAGE * chance) / (days + SHRINKAGE)


@njit(cache=True)
def _first_sizes(kept: Floats, first: int, last: int, decay: float, fit: Floats) -> None:
    """Set mean size and r from the moments of the sales: where the search begins."""
    weight, count, total, square = 1.0, 0.0, 0.0, 0.0
    for t in range(last - 1, first - 1, -1):
        if kept[t] > 0:
            above = max(kept[t] - 1.0, 0.0)
            count, total, square = count + weight, total + weight * above, square + weight * above * above
        weight *= decay
    mean = max(total / max(count, 1e-12), 1e-3)
    spread = max(square / max(count, 1e-12) - mean * mean - mean, 0.02 * mean * mean)
    fit[:, 1] = mean
    fit[:, 2] = mean * mean / spread


@njit(cache=True)
def _paced(step: float, pace: Floats) -> float:
    """The step, at most 1 and shortened while the search jumps to and fro; `pace` is (share taken, last step)."""
    pace[0] = max(0.5 * pace[0], 0.01) if step * pace[1] < 0 else min(1.3 * pace[0], 1.0)
    pace[1] = pace[0] * min(max(step, -1.0), 1.0)
    return pace[1]


@njit(cache=True)
def _step_sizes(
    y: Floats, kept: Floats, hidden: Bools, first: int, last: int, decay: float, fit: Floats, pace: Floats
) -> float:
    """One step of mean sizes and r towards the largest likelihood of the sizes; returns how far it went (logs).

    Into the last row of `pace` go the variance of the log mean and the number of sizes that the weights are worth.
    """
    m, r, weight = fit.shape[0], fit[0, 2], 1.0
    counts, totals = np.zeros(m), np.zeros(m)
    score_m, score_r, mr, psi_r = 0.0, 0.0, 0.0, digamma(r)
    mm, rr, sold, squares = 1.0 / LOG_MEAN_SD**2, 1.0 / LOG_R_SD**2, 0.0, 0.0
    for t in range(last - 1, first - 1, -1):
        if y[t] >= 1.0:
            d = t % m
            mean, above = fit[d, 1], kept[t] - 1.0
            if hidden[t] and kept[t] == y[t]:
                above, psi = tail_mean(above, mean, r)
            else:
                psi = digamma(above + r)
            by_m = r * (above - mean) / (r + mean)
            by_r = r * (psi - psi_r + np.log(r / (r + mean)) + (mean - above) / (r + mean))
            score_m, score_r = score_m + weight * by_m, score_r + weight * by_r
            mm, mr, rr = mm + weight * by_m * by_m, mr + weight * by_m * by_r, rr + weight * by_r * by_r
            counts[d] += weight
            totals[d] += weight * above
            squares += weight * weight
            sold += weight * max(kept[t] - 1.0, 0.01)
        weight *= decay
    usual = (counts * fit[:, 1]).sum()
    score_m -= np.log(usual / sold) / LOG_MEAN_SD**2 if sold > 0 and usual > 0 else 0.0
    score_r -= np.log(r) / LOG_R_SD**2
    det = mm * rr - mr * mr
    pace[2, 0], pace[2, 1] = rr / det, counts.sum() ** 2 / max(squares, 1e-12)
    go_m = _paced((rr * score_m - mr * score_r) / det, pace[0])
    go_r = _paced((mm * score_r - mr * score_m) / det, pace[1])
    _shape_sizes(counts, totals, fit)
    fit[:, 1] = np.maximum(fit[:, 1] * np.exp(go_m), 1e-3)
    fit[:, 2] = np.exp(min(max(np.log(r) + go_r, -LARGEST_LOG_R), LARGEST_LOG_R))
    return abs(go_m) + abs(np.log(fit[0, 2] / r)) * (fit[0, 1] / (fit[0, 1] + fit[0, 2]))


@njit(cache=True)
def _shape_sizes(counts: Floats, totals: Floats, fit: Floats) -> None:
    """Give the days of the season their shares of the size; the mean size over all demands stays as it is."""
    all_days, before = max(counts.sum(), 1e-12), (counts * fit[:, 1]).sum()
    overall = max(totals.sum() / all_days, 1e-3)
    fit[:, 1] = (totals + SHRINKAGE * overall) / (counts + SHRINKAGE)
    fit[:, 1] *= before / max((counts * fit[:, 1]).sum(), 1e-12) if before > 0 else 1.0


@njit(cache=True)
def unbiased_sizes(mean: float, r: float, variance: float, count: float) -> tuple[float, float]:
    """Mean and r that hidden sizes are drawn by, of the most likely ones from a sample worth `count` sizes.

    The most likely r of few sizes is too large, by about 3 / count of it where the sizes spread as a gamma distribution
    (Anderson and Ray, Improved maximum likelihood estimators for the gamma distribution, Communications in Statistics
    4, 1975), so that the sizes that were cut off are thought too small, and the mean with them: it is raised by the
    `variance` of its log. Both only where over four fifths of the variance are beyond Poisson's: counts nearer to it
    have no such bias.
    """
    beyond = max(5.0 * mean / (mean + r) - 4.0, 0.0)
    return mean * np.exp(min(variance, 1.0) * beyond), r / (1.0 + 3.0 / max(count, 1.0) * beyond)


@njit(cache=True)
def filter_demand(
    y: Floats, hidden: Bools, season: int, window: int, half_life: float, turn: float
) -> tuple[Floats, Floats, Bools, bool]:
    """Expected demand, a spread-preserving one, and which days were estimated, each (days); whether it converged.

    `y` are the pieces sold, `hidden` the days whose demand may have been more. A hidden day is estimated from the days
    before it alone. Parameters are fitted again every season, on `window` days with weights that halve in `half_life`.
    """
    expected, drawn, estimated = y.copy(), y.copy(), np.zeros(y.size, dtype=np.bool_)
    decay, kept = 0.5 ** (1.0 / half_life), without_spikes(y)
    fit, fitted_at, demands, went, count = np.zeros((season, 3)), -1, 0, 0.0, 0
    pace = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    for t in range(y.size):
        if hidden[t] and t >= LEAST_DAYS and demands >= LEAST_DEMANDS:
            if fitted_at < 0 or t - fitted_at >= season:
                first = max(t - window, 0)
                _chances(y, hidden, first, t, decay, fit)
                if fitted_at < 0:
                    _first_sizes(kept, first, t, decay, fit)
                for _ in range(FIRST_ROUNDS if fitted_at < 0 else ROUNDS):
                    went = _step_sizes(y, kept, hidden, first, t, decay, fit, pace)
                    if went < STILL:
                        break
                fitted_at = t
            d, count = t % season, count + 1
            share = (turn + count * GOLDEN) % 1.0
            mean, r = unbiased_sizes(fit[d, 1], fit[d, 2], pace[2, 0], pace[2, 1])
            expected[t], drawn[t] = hidden_day(y[t], fit[d, 0], mean, r, share)
            estimated[t] = True
        demands += 1 if y[t] > 0 else 0
    return expected, drawn, estimated, went < 10 * STILL


@njit(cache=True)
def filter_many(
    sales: Floats, hidden: Bools, bounds: Ints, turns: Floats, season: int, window: int, half_life: float
) -> tuple[Floats, Floats, Bools, Bools]:
    """`filter_demand` of histories that lie one after the other, history i in rows bounds[i] … bounds[i + 1] - 1.

    Returns three arrays as long as `sales`, and (n,) whether each history's last fit converged.
    """
    expected, drawn = sales.copy(), sales.copy()
    estimated, converged = np.zeros(sales.size, dtype=np.bool_), np.ones(bounds.size - 1, dtype=np.bool_)
    for i in range(bounds.size - 1):
        a, b = bounds[i], bounds[i + 1]
        if hidden[a:b].any():
            expected[a:b], drawn[a:b], estimated[a:b], converged[i] = filter_demand(
                sales[a:b], hidden[a:b], season, window, half_life, turns[i]
            )
    return expected, drawn, estimated, converged
