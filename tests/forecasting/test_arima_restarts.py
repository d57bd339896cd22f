"""Second starts of an ARMA: they bring stuck searches to the statsmodels optimum, and are what they say they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.statespace.sarimax import SARIMAX

from supplyline.forecasting.box_jenkins import search_orders
from supplyline.forecasting.kernels.arima_fit import evaluate
from supplyline.forecasting.kernels.arima_likelihood import room
from supplyline.forecasting.kernels.arima_polynomials import coefficients_of
from supplyline.forecasting.kernels.arima_restarts import (
    AT_PI,
    AT_SEASON,
    AT_ZERO,
    COMPLEX,
    FREQUENCY,
    INNER,
    OUTER,
    SHORTEST,
    drawn_in,
    pair_scores,
    with_pair,
)
from supplyline.forecasting.kernels.arima_search import SCORES

WEEK = 2.0 * np.pi / 7.0
MIXED, UNIT = np.array([1, 1, 0, 0, 1]), np.array([1, 0, 0, 0, 1])


def weekly_wave_in_noise() -> np.ndarray:
    """A wave that dies away from a regression's start: its peak of the spectrum is narrow and the noise is larger."""
    noise = np.random.default_rng(3).normal(0.0, 1.5, 400)
    return 20.0 + np.sin(WEEK * np.arange(400)) + noise


def test_a_search_stuck_from_its_first_start_reaches_the_optimum_of_statsmodels() -> None:
    values = weekly_wave_in_noise()
    theirs = SARIMAX(values, exog=np.ones(400), order=(2, 0, 2)).fit(disp=False, maxiter=500)
    # -736.1; from its first start alone the search ended at -761.4.
    tried = [line for line in search_orders(values).tried if line.order == (2, 0, 2) and line.constant]
    assert tried[0].converged
    assert tried[0].loglik >= theirs.llf - 1e-3


@given(st.floats(-0.9, 0.9), st.floats(-0.9, 0.9), st.floats(0.3, 2.8), st.booleans())
@settings(max_examples=25, deadline=None)
def test_a_pair_adds_its_roots_and_keeps_the_others(phi: float, theta: float, frequency: float, peak: bool) -> None:
    score = 3.0 if peak else -3.0
    wider = np.array([3, 3, 0, 0, 1])
    partials = with_pair(np.array([phi, theta]), MIXED, 0, frequency, score, 2)
    coefficients = coefficients_of(partials, wider, np.zeros((6, 6)))
    near, far = (OUTER, INNER) if peak else (INNER, OUTER)
    # Inverse roots of 1 - Σ phi_k B^k and of 1 + Σ theta_k B^k; the one of MIXED is the partial itself.
    for lags, own, radius in ((-coefficients[:3], phi, near), (coefficients[3:], theta, far)):
        roots = np.roots([1.0, *lags])
        for wanted in (own, radius * np.exp(1j * frequency), radius * np.exp(-1j * frequency)):
            assert np.abs(roots - wanted).min() < 1e-4


def test_a_pair_by_season_leaves_the_other_factors_as_they_are() -> None:
    order, wider = np.array([1, 1, 0, 1, 7]), np.array([1, 1, 1, 2, 7])
    partials = with_pair(np.array([0.5, -0.3, 0.2]), order, 2, 0.0, 3.0, 1)
    coefficients = coefficients_of(partials, wider, np.zeros((5, 5)))
    # (1 - 0.2 B) (1 - 0.94 B) in B^7 for theta, whose first partial is -theta.
    assert coefficients == pytest.approx([0.5, 0.3, OUTER, -0.2 - INNER, 0.2 * INNER], abs=1e-6)


def test_the_loudest_frequency_is_the_one_that_was_planted() -> None:
    found = np.zeros(SCORES)
    pair_scores(weekly_wave_in_noise() - 20.0, 1, found)
    assert found[FREQUENCY] == pytest.approx(WEEK, abs=np.pi / 64)
    assert found[COMPLEX] > 4.0
    alternating = np.random.default_rng(1).normal(0.0, 1.0, 400) + (-1.0) ** np.arange(400)
    pair_scores(alternating, 1, found)
    assert found[AT_PI] > 4.0 > abs(found[AT_ZERO])


def test_days_of_the_week_that_differ_are_heard_by_season() -> None:
    found = np.zeros(SCORES)
    noise = np.random.default_rng(2).normal(0.0, 1.0, 700)
    pair_scores(noise + np.tile([1.0, 0, 0, -1, 0, 0, 0], 100), 7, found)
    assert found[AT_SEASON] > 4.0


def test_white_noise_and_short_series_promise_little() -> None:
    found = np.zeros(SCORES)
    pair_scores(np.random.default_rng(1).normal(0.0, 1.0, 700), 7, found)
    assert np.abs(found[:FREQUENCY]).max() < 4.0
    pair_scores(weekly_wave_in_noise()[: SHORTEST - 1], 7, found)
    assert not found.any()


def test_only_what_lies_on_the_edge_of_a_moving_average_is_drawn_in() -> None:
    inner = np.array([0.99999, 0.3])
    assert drawn_in(inner, MIXED, 0.97).size == 0
    assert drawn_in(np.array([0.99999, -0.99999]), MIXED, 0.97).tolist() == [0.99999, -0.97]


def test_a_root_of_phi_on_the_unit_circle_is_no_likelihood_and_no_error() -> None:
    z = np.random.default_rng(1).normal(0.0, 1.0, 60)
    for mean in (False, True):
        assert evaluate(np.array([1.0]), UNIT, mean, False, room(z, UNIT)) == np.inf
