"""Demand over a lead time: textbook numbers, exact distributions and a simulation of the same days."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from supplyline.inventory.demand import daily_variance, demand_quantile, period_moments

LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])


def test_period_moments_of_the_textbook_example() -> None:
    """Demand 50 ± 10 a day, lead time 10 ± 2 days: mean 500, sd sqrt(10·100 + 2500·4) = 104.9 (SPT 6.10)."""
    mean, variance = period_moments(np.full((1, 28), 50.0), np.full((1, 28), 100.0), 10, 2)
    assert mean[0] == 500
    assert np.sqrt(variance[0]) == pytest.approx(104.88, abs=0.01)


def test_parts_of_a_day_and_days_after_the_forecast_count_in_proportion() -> None:
    mean, variance = period_moments(np.array([[1.0, 2.0, 3.0]]), np.array([[4.0, 5.0, 6.0]]), 1.5, 0)
    assert (mean[0], variance[0]) == (2.0, 6.5)
    mean, variance = period_moments(np.array([[1.0, 2.0, 3.0]]), np.array([[4.0, 5.0, 6.0]]), 5, 0)
    assert (mean[0], variance[0]) == (6 + 2 * 2, 15 + 2 * 5)


@pytest.mark.parametrize(
    "distribution",
    [stats.gamma(4, scale=5), stats.norm(100, 10), stats.uniform(10, 30), stats.poisson(30), stats.expon(scale=8)],
    ids=["gamma", "normal", "uniform", "poisson", "exponential"],
)
def test_daily_variance_from_quantiles_is_that_of_the_distribution(distribution: stats.rv_continuous) -> None:
    variance = daily_variance(np.array([distribution.mean()]), distribution.ppf(LEVELS)[None], LEVELS)[0]
    assert np.sqrt(variance) == pytest.approx(distribution.std(), rel=0.1)


def test_a_product_that_sells_on_few_days_has_a_variance_though_its_quantiles_are_zero() -> None:
    """3 % of days with exponential demand of mean 10: variance 0.03·200 - 0.09 = 5.91."""
    variance = daily_variance(np.array([0.3]), np.zeros((1, 7)), LEVELS)[0]
    assert 0.5 * 5.91 < variance < 1.5 * 5.91


def test_a_forecast_that_is_certain_has_no_variance() -> None:
    assert daily_variance(np.array([5.0]), np.full((1, 7), 5.0), LEVELS)[0] == pytest.approx(0, abs=1e-9)
    assert daily_variance(np.array([0.0]), np.zeros((1, 7)), LEVELS)[0] == 0


def test_quantiles_are_those_of_scipys_distributions_with_the_same_moments() -> None:
    poisson_gamma = stats.nbinom(2.5, 0.2)
    got = demand_quantile(np.array([poisson_gamma.mean()]), np.array([poisson_gamma.var()]), 0.95)
    assert got[0] == poisson_gamma.ppf(0.95)
    even = stats.gamma(400, scale=0.5)
    assert demand_quantile(np.array([even.mean()]), np.array([even.var()]), 0.9)[0] == pytest.approx(even.ppf(0.9))
    assert demand_quantile(np.array([0.0, 7.0]), np.array([0.0, 0.0]), 0.95).tolist() == [0, 7]


def test_a_large_even_demand_is_ordered_as_by_the_normal_of_the_textbooks() -> None:
    """Mean 1000, sd 30 at 95 %: 1000 + 1.645 · 30 = 1049.3 (safety factor of SPT's table)."""
    assert demand_quantile(np.array([1000.0]), np.array([900.0]), 0.95)[0] == pytest.approx(1049.3, rel=0.002)


def simulated(quantiles: np.ndarray, mean: float, days: float, days_sd: float, level: float) -> float:
    """Quantile of 10,000 sums over a rounded normal number of days, drawn from the days' own quantiles and tail."""
    rng = np.random.default_rng(8)
    number = np.maximum(np.rint(rng.normal(days, days_sd, 10_000)), 0).astype(int)
    uniform = rng.random((10_000, number.max()))
    knots, values = np.concatenate([[0.0], LEVELS]), np.concatenate([[quantiles[0] / 2], quantiles])
    body = np.trapezoid(values, knots)
    excess = max((mean - body) / 0.05 - quantiles[-1], 0.0)
    draws = np.interp(uniform, knots, values)
    tail = uniform > LEVELS[-1]
    draws[tail] += rng.exponential(1, tail.sum()) * excess
    draws[np.arange(number.max()) >= number[:, None]] = 0
    return float(np.quantile(draws.sum(axis=1), level))


@pytest.mark.parametrize(
    ("distribution", "days", "days_sd"),
    [
        (stats.nbinom(2, 0.1), 14, 2),
        (stats.poisson(25), 14, 2),
        (stats.poisson(25), 7, 0),
        (stats.nbinom(0.3, 0.05), 14, 2),
        (stats.gamma(1, scale=40), 14, 4),
    ],
    ids=["clumped", "counts", "fixed time", "lumpy", "exponential"],
)
@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
def test_quantile_over_a_random_time_equals_a_simulation(
    distribution: stats.rv_discrete, days: float, days_sd: float, level: float
) -> None:
    quantiles, mean = distribution.ppf(LEVELS).astype(float), float(distribution.mean())
    variance = daily_variance(np.array([mean]), quantiles[None], LEVELS)[0]
    moments = period_moments(np.full((1, 28), mean), np.full((1, 28), variance), days, days_sd)
    got = demand_quantile(*moments, level)[0]
    assert got == pytest.approx(simulated(quantiles, mean, days, days_sd, level), rel=0.1)
