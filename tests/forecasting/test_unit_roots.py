"""Tests for unit roots and seasons against statsmodels' own."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from statsmodels.tsa.stattools import adfuller
from statsmodels.tsa.stattools import kpss as their_kpss

from supplyline.forecasting.kernels import unit_roots

RNG = np.random.default_rng(0)
NOISE = RNG.normal(5, 1, 150)
WALK = np.cumsum(RNG.normal(0, 1, 150))
WAVES = np.convolve(RNG.normal(0, 1, 160), [1, 0.8, -0.5, 0.3])[:150]


@pytest.mark.parametrize("values", [NOISE, WALK, WAVES, WALK[:40]])
def test_kpss_equals_that_of_statsmodels(values: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = their_kpss(values, nlags=5)[0]
    assert unit_roots.kpss(values, 5) == pytest.approx(theirs)


@pytest.mark.parametrize("values", [NOISE, WALK, WAVES, WALK[:40]])
def test_adf_with_its_choice_of_lags_equals_that_of_statsmodels(values: np.ndarray) -> None:
    statistic, lags = unit_roots.adf(values, unit_roots.adf_lags(len(values)))
    theirs = adfuller(values, result_object=False)
    assert (statistic, lags) == (pytest.approx(theirs[0]), theirs[2])
    assert unit_roots.adf_probability(statistic) == pytest.approx(theirs[1])


def test_a_walk_is_differenced_once_and_noise_not() -> None:
    assert unit_roots.differences_needed(NOISE, 2) == 0
    assert unit_roots.differences_needed(WALK, 2) == 1
    assert unit_roots.differences_needed(np.full(50, 1e12), 2) == 0


def test_a_strong_season_is_differenced_and_none_is_seen_in_noise() -> None:
    week = np.tile([5.0, 6, 7, 8, 20, 4, 3], 20)
    assert unit_roots.seasonal_strength(week, 7) == pytest.approx(1.0)
    assert unit_roots.seasonal_differences_needed(week + RNG.normal(0, 1, 140), 7) == 1
    assert unit_roots.seasonal_differences_needed(NOISE, 7) == 0
    assert unit_roots.seasonal_strength(week[:13], 7) == 0
