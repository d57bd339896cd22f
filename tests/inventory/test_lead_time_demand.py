"""Demand over a random lead time: exact small cases, simulated sums, and distributions that keep their mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from supplyline.inventory.demand import lead_time_demand
from supplyline.inventory.lead_times import lead_time_pmf

LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99])


def totals_of(*distributions: stats.rv_continuous) -> np.ndarray:
    """One SKU whose demand of the first 1, 2 … days has these distributions."""
    return np.array([[[each.mean(), *each.ppf(LEVELS)] for each in distributions]])


def demand(totals: np.ndarray, review: int, mean: float, sd: float, level: float) -> tuple[float, float]:
    lead_time = np.array([float(mean)]), np.array([float(sd)])
    pair = lead_time_demand(totals, LEVELS, np.array([review]), lead_time, np.array([level]))
    return float(pair[0][0]), float(pair[1][0])


@settings(max_examples=60, deadline=None)
@given(mean=st.floats(0, 40), sd=st.floats(0, 15), most_spread=st.sampled_from([1.0, 5.0]))
def test_a_lead_time_keeps_its_mean_and_its_chances_add_up_to_one(mean: float, sd: float, most_spread: float) -> None:
    sd = min(sd, most_spread * mean)
    pmf = lead_time_pmf(np.array([mean]), np.array([sd]))[0]
    assert pmf.min() >= 0
    assert pmf.sum() == pytest.approx(1)
    assert pmf @ np.arange(len(pmf)) == pytest.approx(mean, abs=0.01)


def test_a_fixed_time_is_certain_and_one_between_two_days_is_shared() -> None:
    assert lead_time_pmf(np.array([3.0]), np.array([0.0]))[0].tolist()[:4] == [0, 0, 0, 1]
    assert lead_time_pmf(np.array([2.25]), np.array([0.0]))[0][:4] == pytest.approx([0, 0, 0.75, 0.25])


def test_the_chances_are_the_gammas() -> None:
    """Lead time 7 ± 2: the chance of more than 10 days is that of the gamma of shape 12.25 and scale 4/7."""
    pmf = lead_time_pmf(np.array([7.0]), np.array([2.0]))[0]
    assert pmf[11:].sum() + pmf[10] / 2 == pytest.approx(stats.gamma(12.25, scale=4 / 7).sf(10), abs=0.003)


def test_with_a_fixed_lead_time_the_quantile_is_that_of_the_sum_itself() -> None:
    days = [stats.gamma(3 * d, scale=5) for d in range(1, 11)]
    for level in (0.1, 0.5, 0.9, 0.98):
        mean, quantile = demand(totals_of(*days), 3, 4, 0, level)
        assert mean == pytest.approx(days[6].mean())
        assert quantile == pytest.approx(days[6].ppf(level), rel=0.01)


def test_two_equally_likely_lead_times_are_the_half_of_each_distribution() -> None:
    """Uniform demand on 0…10 or 10…20 with chance 1/2 each is uniform on 0…20: quantile 20 p."""
    totals = totals_of(stats.uniform(0, 10), stats.uniform(10, 10))
    for level in (0.2, 0.4, 0.6, 0.9):
        assert demand(totals, 1, 0.5, 0, level)[1] == pytest.approx(20 * level, abs=1e-6)


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95, 0.99])
def test_the_quantile_equals_that_of_simulated_sums_over_simulated_lead_times(level: float) -> None:
    """Gamma demand, lead time gamma 7 ± 3, review 7: 400,000 drawn lead times and sums."""
    rng = np.random.default_rng(3)
    days = [stats.gamma(0.4 * d, scale=20) for d in range(1, 61)]
    lead = np.rint(rng.gamma((7 / 3) ** 2, 9 / 7, 400_000))
    drawn = rng.gamma(0.4 * (lead + 7), 20)
    mean, quantile = demand(totals_of(*days), 7, 7, 3, level)
    assert mean == pytest.approx(drawn.mean(), rel=0.01)
    assert quantile == pytest.approx(np.quantile(drawn, level), rel=0.03)


def test_a_product_that_sold_in_no_sample_needs_no_stock() -> None:
    assert demand(np.zeros((1, 20, 1 + len(LEVELS))), 7, 7, 2, 0.95) == (0, 0)


def test_after_the_horizon_spread_grows_as_it_grew_within_it() -> None:
    """Days that are independent: spread with the root of days; days all alike: in proportion to them."""
    apart = totals_of(*[stats.norm(100 * d, 10 * np.sqrt(d)) for d in range(1, 29)])
    alike = totals_of(*[stats.norm(100 * d, 10 * d) for d in range(1, 29)])
    factor = stats.norm.ppf(0.95)
    assert demand(apart, 7, 105, 0, 0.95) == pytest.approx((11_200, 11_200 + factor * 10 * np.sqrt(112)), rel=1e-6)
    assert demand(alike, 7, 105, 0, 0.95) == pytest.approx((11_200, 11_200 + factor * 10 * 112), rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    mean=st.floats(0, 30),
    sd=st.floats(0, 10),
    review=st.integers(1, 14),
    levels=st.lists(st.floats(0.001, 0.999), min_size=2, max_size=5).map(sorted),
)
def test_quantiles_are_finite_rise_with_the_level_and_are_never_negative(
    seed: int, mean: float, sd: float, review: int, levels: list[float]
) -> None:
    rng = np.random.default_rng(seed)
    paths = np.cumsum(rng.poisson(rng.gamma(0.3, 3, (200, 28))), axis=1)
    totals = np.vstack([paths.mean(axis=0), np.quantile(paths, LEVELS, axis=0)]).T[None]
    found = [demand(totals, review, mean, sd, level)[1] for level in levels]
    assert np.isfinite(found).all()
    assert found[0] >= 0
    assert found == sorted(found)
