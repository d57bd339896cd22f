"""ARIMA's inner loops against the plain recursion, the search of a short order against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.statespace.sarimax import SARIMAX

from supplyline.forecasting.box_jenkins import fit_arima
from supplyline.forecasting.kernels.arima_division import divide, respond
from supplyline.forecasting.kernels.arima_fit import evaluate
from supplyline.forecasting.kernels.arima_likelihood import room
from supplyline.forecasting.kernels.arima_short import fit_short


def divided(x: np.ndarray, coefficients: np.ndarray, step: int) -> np.ndarray:
    """y_t = x_t - Σ c_k y_{t-k·step}, term by term."""
    y = x.copy()
    for t in range(len(y)):
        y[t] -= sum(c * y[t - (k + 1) * step] for k, c in enumerate(coefficients) if t >= (k + 1) * step)
    return y


@given(st.integers(1, 300), st.integers(0, 7), st.sampled_from([1, 7]), st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_a_series_divided_in_quarters_is_that_divided_day_by_day(days: int, count: int, step: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    roots = rng.uniform(0.3, 0.999, count) * rng.choice([-1.0, 1.0], count)
    coefficients, pad = np.atleast_1d(np.poly(roots))[1:], count * step
    x = rng.normal(size=days)
    ours = np.concatenate([np.zeros(pad), x])
    divide(ours, pad, coefficients, step)
    expected = divided(x, coefficients, step)
    assert ours[pad:] == pytest.approx(expected, abs=1e-9 * np.abs(expected).max())


@given(st.integers(1, 300), st.integers(0, 5), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_an_impulse_response_is_that_of_the_recursion(days: int, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    coefficients = np.atleast_1d(np.poly(rng.uniform(-0.99, 0.99, count)))[1:]
    response = np.empty(days)
    heard = respond(coefficients, response)
    expected = divided(np.eye(1, days)[0], coefficients, 1)
    assert response == pytest.approx(expected, abs=1e-9 * np.abs(expected).max())
    assert not response[heard:].any()


@pytest.mark.parametrize("mean", [False, True])
@pytest.mark.parametrize("order", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_a_short_order_is_fitted_better_than_at_any_point_of_a_grid(order: tuple[int, int], mean: bool) -> None:
    rng = np.random.default_rng(7)
    arma = np.array([*order, 0, 0, 1])
    grid = np.sin(np.linspace(-1.56, 1.56, 41))
    for z in (rng.normal(0.5, 1.0, 90), np.diff(rng.poisson(9.0, 120)) / 3.0, 0.1 * np.cumsum(rng.normal(size=100))):
        partials, work = np.zeros(2), room(z, arma)
        value, _, _, _, converged = fit_short(z, arma, mean, partials)
        points = [(phi, theta) for phi in (grid if order[0] else [0.0]) for theta in (grid if order[1] else [0.0])]
        least = min(
            evaluate(np.array([phi] * order[0] + [theta] * order[1]), arma, mean, False, work) for phi, theta in points
        )
        found = np.array([partials[0]] * order[0] + [-partials[order[0]]] * order[1])
        assert converged
        assert value == pytest.approx(evaluate(found, arma, mean, False, work), abs=1e-7)
        assert value <= least + 1e-6


def test_a_day_of_hours_is_fitted_as_by_statsmodels() -> None:
    rng = np.random.default_rng(24)
    noise = rng.normal(size=24 * 16)
    # (1 - 0.6 B) z = (1 - 0.5 B^24) e, summed over the days.
    shaped = noise - 0.5 * np.concatenate([np.zeros(24), noise[:-24]])
    z = divided(shaped, np.array([-0.6]), 1)
    hours = 100.0 + 10.0 * np.sin(np.arange(24) / 24 * 2 * np.pi)
    values = np.concatenate([hours, np.zeros(24 * 15)])
    for t in range(24, len(values)):
        values[t] = values[t - 24] + z[t]
    order, season = (1, 0, 0), (0, 1, 1, 24)
    theirs = SARIMAX(values, order=order, seasonal_order=season, simple_differencing=True)
    ours = fit_arima(values, order, season)
    found = np.array([*ours.parameters.values(), ours.sigma2])
    assert ours.converged
    assert ours.loglik == pytest.approx(theirs.loglike(found), abs=1e-3)
    # Their own climb from here, which takes a minute from their own start, ends where it begins.
    best = theirs.fit(start_params=found, disp=False)
    assert ours.loglik >= best.llf - 1e-3
    assert found == pytest.approx(best.params, rel=1e-2, abs=1e-2)
