"""Demand distributions: moments, inverses and losses against sums, integrals and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from supplyline.errors import InventoryError
from supplyline.inventory.counts import negative_binomial, poisson
from supplyline.inventory.distributions import Demand, gamma, lognormal, normal
from supplyline.inventory.empirical import (
    Mixture,
    from_paths,
    from_quantile_function,
    moments_over_random_time,
    over_random_time,
)

MEAN, SD = np.array([7.0, 50.0, 0.8]), np.array([4.0, 30.0, 1.5])
DEMANDS: dict[str, Demand] = {
    "normal": normal(MEAN, SD),
    "gamma": gamma(MEAN, SD),
    "lognormal": lognormal(MEAN, SD),
    "poisson": poisson(MEAN),
    "negative binomial": negative_binomial(MEAN, SD),
    "mixture": over_random_time(negative_binomial(MEAN, SD), [1, 2, 4], [0.2, 0.5, 0.3]),
    "continuous mixture": over_random_time(gamma(MEAN, SD), [1, 2, 4], [0.2, 0.5, 0.3]),
    "paths": from_paths(np.random.default_rng(1).poisson(2.0, (3, 200, 4)).astype(float), [1, 3], [0.5, 0.5]),
}
THEIRS = {
    "normal": stats.norm(MEAN, SD),
    "gamma": stats.gamma((MEAN / SD) ** 2, scale=SD**2 / MEAN),
    "poisson": stats.poisson(MEAN),
    "negative binomial": stats.nbinom(MEAN**2 / (SD**2 - MEAN), MEAN / SD**2),
}


@pytest.mark.parametrize("name", THEIRS)
def test_chances_quantiles_and_moments_are_scipys(name: str) -> None:
    ours, theirs = DEMANDS[name], THEIRS[name]
    for x in (0.0, 1.0, 6.5, 40.0):
        np.testing.assert_allclose(ours.cdf(x), theirs.cdf(x), rtol=1e-10)
    for level in (0.05, 0.5, 0.95, 0.999):
        np.testing.assert_allclose(ours.quantile(level), theirs.ppf(level), rtol=1e-9)
    np.testing.assert_allclose(ours.mean, theirs.mean())
    np.testing.assert_allclose(ours.variance, theirs.var())


@pytest.mark.parametrize("name", DEMANDS)
def test_losses_are_what_adding_up_the_chances_gives(name: str) -> None:
    """n(x) is the sum (integral) of P(D > y) above x, the second loss that of n(y)."""
    demand, x = DEMANDS[name], np.array([3.0, 40.0, 1.0])
    if demand.discrete:
        steps = range(600)
        loss = sum(1 - demand.cdf(x + step) for step in steps)
        second = sum(demand.loss(x + step + 1) for step in steps)
    else:
        width = 0.1
        middles = np.arange(width / 2, 1200, width)
        loss = np.array([1 - demand.cdf(x + y) for y in middles]).sum(axis=0) * width
        second = np.array([demand.loss(x + y) for y in middles]).sum(axis=0) * width
    np.testing.assert_allclose(demand.loss(x), loss, rtol=2e-3, atol=1e-9)
    np.testing.assert_allclose(demand.second_loss(x), second, rtol=5e-2 if name == "lognormal" else 2e-3, atol=1e-9)


@pytest.mark.parametrize("name", DEMANDS)
def test_a_quantile_is_the_least_that_reaches_its_level(name: str) -> None:
    demand = DEMANDS[name]
    for level in (0.1, 0.5, 0.9, 0.99):
        found = demand.quantile(level)
        assert (demand.cdf(found) >= level - 1e-9).all()
        assert (demand.cdf(found - (1.0 if demand.discrete else 1e-3 * np.abs(found))) < level).all()


def test_a_random_lead_time_is_a_mixture_and_not_an_average() -> None:
    """Demand of 100 a day for 1 or 9 days is never near 500; its moments are those of the textbook's formula."""
    demand = over_random_time(normal(100.0, 5.0), [1, 9], [0.5, 0.5])
    assert demand.cdf(700.0) - demand.cdf(300.0) < 1e-9
    mean, sd = moments_over_random_time(100.0, 25.0, 5.0, 4.0)
    assert float(demand.mean) == pytest.approx(float(mean))
    assert float(demand.variance) == pytest.approx(float(sd) ** 2)


def test_simulated_demand_over_a_random_lead_time_has_the_mixtures_chances() -> None:
    rng = np.random.default_rng(3)
    days = rng.choice([1, 2, 4], 200_000, p=[0.2, 0.5, 0.3])
    drawn = stats.nbinom(MEAN[0] ** 2 / (SD[0] ** 2 - MEAN[0]) * days, MEAN[0] / SD[0] ** 2).rvs(random_state=rng)
    mixture = DEMANDS["mixture"]
    assert isinstance(mixture, Mixture)
    for x in (4.0, 12.0, 30.0):
        assert mixture.cdf(x)[0] == pytest.approx((drawn <= x).mean(), abs=0.004)


def test_paths_keep_days_together_that_move_together() -> None:
    """Two days that are always equal: their sum spreads twice, not √2 times, as far."""
    day = np.random.default_rng(2).normal(50, 10, (1, 4000))
    paths = np.repeat(day[:, :, None], 2, axis=2)
    assert np.sqrt(from_paths(paths, 2).variance)[0] == pytest.approx(2 * day.std())
    assert from_paths(paths, 2).quantile(0.9)[0] == pytest.approx(2 * np.sort(day[0])[3599])


def test_a_quantile_function_is_enough() -> None:
    known = gamma(MEAN, SD)
    sampled = from_quantile_function(lambda levels: known.quantile(levels[:, None]).T, points=4000)
    np.testing.assert_allclose(sampled.mean, known.mean, rtol=2e-3)
    np.testing.assert_allclose(sampled.loss([5.0, 40.0, 1.0]), known.loss([5.0, 40.0, 1.0]), rtol=1e-2)
    np.testing.assert_allclose(sampled.quantile(0.9), known.quantile(0.9), rtol=2e-3)
    with pytest.raises(InventoryError, match="quantiles fall"):
        from_quantile_function(lambda levels: -levels[None, :])


def test_numbers_outside_their_range_are_named() -> None:
    for call, message in (
        (lambda: normal(1.0, 0.0), "sd is 0"),
        (lambda: poisson([1.0, -2.0]), "mean is -2 at position 1"),
        (lambda: negative_binomial(5.0, 2.0), "variance not above the mean"),
        (lambda: from_paths(np.zeros((1, 2, 3)), [4]), "longer paths"),
        (lambda: over_random_time(poisson(1.0), [1, 2], [1.0]), "one probability for each"),
    ):
        with pytest.raises(InventoryError, match=message):
            call()
