"""ARIMA against statsmodels on the classic series, a dense covariance matrix, and the ten-point series by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from statsmodels import datasets
from statsmodels.tsa.statespace.sarimax import SARIMAX

from supplyline.errors import ForecastError
from supplyline.forecasting.arima_states import fit_arimas
from supplyline.forecasting.box_jenkins import fit_arima, search_orders
from supplyline.forecasting.kernels.arima_fit import evaluate
from supplyline.forecasting.kernels.arima_forecast import differenced, look_ahead_panel
from supplyline.forecasting.kernels.arima_likelihood import objective, room, slopes
from supplyline.forecasting.kernels.arima_orders import ONE
from supplyline.forecasting.kernels.arima_polynomials import coefficients_of, expand, largest_lag, partials_of
from supplyline.forecasting.registry import models
from tests.support.demand_histories import panel_of

TEN = np.array([100.0, 120, 150, 180, 200, 220, 250, 280, 300, 320])
# Box and Jenkins, series G: international airline passengers, thousands a month, 1949 to 1960.
AIRLINE = np.fromstring(
    """112 118 132 129 121 135 148 148 136 119 104 118 115 126 141 135 125 149 170 170 158 133 114 140 145 150 178 163
    172 178 199 199 184 162 146 166 171 180 193 181 183 218 230 242 209 191 172 194 196 196 236 235 229 243 264 272 237
    211 180 201 204 188 235 227 234 264 302 293 259 229 203 229 242 233 267 269 270 315 364 347 312 274 237 278 284 277
    317 313 318 374 413 405 355 306 271 306 315 301 356 348 355 422 465 467 404 347 305 336 340 318 362 348 363 435 491
    505 404 359 310 337 360 342 406 396 420 472 548 559 463 407 362 405 417 391 419 461 472 535 622 606 508 461 390
    432""",
    sep=" ",
)
# Elton and Nicholson 1942: lynx trapped in the Mackenzie River district a year, 1821 to 1934.
LYNX = np.fromstring(
    """269 321 585 871 1475 2821 3928 5943 4950 2577 523 98 184 279 409 2285 2685 3409 1824 409 151 45 68 213 546 1033
    2129 2536 957 361 377 225 360 731 1638 2725 2871 2119 684 299 236 245 552 1623 3311 6721 4254 687 255 473 358 784
    1594 1676 2251 1426 756 299 201 229 469 736 2042 2811 4431 2511 389 73 39 49 59 188 377 1292 4031 3495 587 105 153
    387 758 1307 3465 6991 6313 3794 1836 345 382 808 1388 2713 3800 3091 2985 3790 374 81 80 108 229 399 1132 2432 3574
    2935 1537 529 485 662 1000 1590 2657 3396""",
    sep=" ",
)
NILE = datasets.nile.load_pandas().data["volume"].to_numpy(dtype=np.float64)
SUNSPOTS = datasets.sunspots.load_pandas().data["SUNACTIVITY"].to_numpy(dtype=np.float64)
CO2 = datasets.co2.load_pandas().data["co2"].resample("MS").mean().to_numpy(dtype=np.float64)[:300]
CLASSICS = [
    ("airline", np.log(AIRLINE), (0, 1, 1), (0, 1, 1, 12), False),
    ("lynx", np.log10(LYNX), (2, 0, 0), (0, 0, 0, 1), True),
    ("Nile", NILE, (1, 1, 1), (0, 0, 0, 1), False),
    ("sunspots", SUNSPOTS, (2, 0, 1), (0, 0, 0, 1), True),
    ("co2, with months missing", CO2, (1, 1, 1), (0, 1, 1, 12), False),
]
ORDERS = [(1, 1, 0, 0, 1), (2, 1, 0, 0, 1), (0, 2, 0, 0, 1), (3, 0, 0, 0, 1), (1, 0, 1, 1, 4), (0, 1, 1, 2, 4)]


@pytest.mark.parametrize(("values", "order", "season", "constant"), [case[1:] for case in CLASSICS])
def test_a_fit_equals_that_of_statsmodels(values: np.ndarray, order: tuple, season: tuple, constant: bool) -> None:
    theirs_season = season if season[3] > 1 else (0, 0, 0, 0)
    model = SARIMAX(
        values, order=order, seasonal_order=theirs_season, trend="c" if constant else "n", simple_differencing=True
    )
    theirs = model.fit(disp=False, maxiter=500, cov_type="approx")
    ours = fit_arima(values, order, season, constant)
    assert ours.converged
    assert ours.loglik == pytest.approx(theirs.llf, abs=1e-3)
    if not np.isnan(values).any():  # they count the missing values as seen
        assert ours.aicc == pytest.approx(theirs.aicc, abs=2e-3)
    assert ours.sigma2 == pytest.approx(theirs.params[-1], rel=1e-2)
    # Theirs is an intercept, ours a mean; all others are the same numbers in the same order.
    names = [name for name in ours.parameters if name != "constant"]
    first = 1 if constant else 0
    last = first + len(names)
    assert [ours.parameters[name] for name in names] == pytest.approx(theirs.params[first:last], abs=1e-2)
    assert [ours.errors[name] for name in names] == pytest.approx(theirs.bse[first:last], rel=0.1, abs=5e-3)


def test_a_mean_and_its_error_equal_those_of_statsmodels() -> None:
    ours = fit_arima(LYNX, (2, 0, 0), constant=True)
    theirs = SARIMAX(LYNX, exog=np.ones(len(LYNX)), order=(2, 0, 0)).fit(disp=False, cov_type="approx")
    assert ours.parameters["constant"] == pytest.approx(theirs.params[0], rel=1e-2)
    assert ours.errors["constant"] == pytest.approx(theirs.bse[0], rel=0.05)


def test_forecasts_of_the_ten_points_are_the_running_sum_of_decaying_differences() -> None:
    coefficients = np.zeros((1, 14))
    coefficients[0, :2] = 0.7, 0.5
    spec, start = np.array([[1, 1, 0, 0, 1, 1, 0]]), np.zeros(1, dtype=np.int64)
    assert differenced(TEN, 1, 0, 1).tolist() == [20, 30, 30, 20, 20, 30, 30, 20, 20]
    ahead = look_ahead_panel(TEN[None], start, spec, coefficients, np.zeros(1), np.array([9]), 6)[0, 0]
    steps = np.diff(np.concatenate([TEN[-1:], ahead]))
    assert steps[1:] / steps[:-1] == pytest.approx(np.full(5, 0.7))
    theirs = SARIMAX(TEN, order=(1, 1, 1), simple_differencing=True).smooth([0.7, 0.5, 1.0]).forecast(6)
    assert ahead == pytest.approx(TEN[-1] + np.cumsum(theirs))


def dense(z: np.ndarray, coefficients: np.ndarray, order: np.ndarray, mean: bool) -> float:
    """The objective from the covariance matrix of the days seen; autocovariances by a long moving average."""
    r = largest_lag(order)
    phi, theta = np.zeros(r + 1), np.zeros(r + 1)
    expand(coefficients, order, phi, theta)
    psi = np.zeros(3000)
    for k in range(len(psi)):
        psi[k] = (theta[k] if k <= r else 0.0) + sum(phi[i] * psi[k - i] for i in range(1, min(k, r) + 1))
    gamma = np.array([psi[: len(psi) - k] @ psi[k:] for k in range(len(z))])
    seen = np.flatnonzero(~np.isnan(z))
    covariance = gamma[np.abs(np.subtract.outer(seen, seen))]
    weights = np.linalg.inv(covariance)
    centre = (weights @ z[seen]).sum() / weights.sum() if mean else 0.0
    squares = (z[seen] - centre) @ weights @ (z[seen] - centre)
    return float(len(seen) / 2 * np.log(squares / len(seen)) + 0.5 * np.linalg.slogdet(covariance)[1])


@given(st.sampled_from(ORDERS), st.integers(0, 10_000), st.booleans(), st.booleans())
@settings(max_examples=25, deadline=None)
def test_the_likelihood_is_that_of_the_dense_covariance(order: tuple, seed: int, mean: bool, gaps: bool) -> None:
    rng = np.random.default_rng(seed)
    arma = np.array(order)
    partials = rng.uniform(-0.8, 0.8, arma[:4].sum())
    coefficients = coefficients_of(partials, arma, np.zeros((len(partials), len(partials))))
    z = rng.normal(1.0, 1.0, 40)
    if gaps:
        z[rng.random(40) < 0.2] = np.nan
    ours = evaluate(coefficients, arma, mean, gaps, room(z, arma))
    assert ours == pytest.approx(dense(z, coefficients, arma, mean), abs=1e-6)


@given(st.sampled_from(ORDERS), st.integers(0, 10_000), st.booleans())
@example((1, 0, 1, 1, 4), 0, False)  # its impulse response has not faded by the end, and ends on a zero
@settings(max_examples=25, deadline=None)
def test_the_gradient_is_that_of_finite_differences(order: tuple, seed: int, mean: bool) -> None:
    rng = np.random.default_rng(seed)
    arma = np.array(order)
    k = int(arma[:4].sum())
    coefficients = coefficients_of(rng.uniform(-0.8, 0.8, k), arma, np.zeros((k, k)))
    work, gradient = room(rng.normal(1.0, 1.0, 60), arma), np.zeros(k)
    objective(coefficients, arma, mean, work)
    slopes(coefficients, arma, mean, work, gradient, np.zeros((k, k)))
    nudges = 1e-6 * np.eye(k)
    pairs = [[objective(coefficients + side * nudge, arma, mean, work) for side in (-1, 1)] for nudge in nudges]
    assert gradient == pytest.approx([(up - down) / 2e-6 for down, up in pairs], rel=1e-6, abs=1e-5)


@given(st.sampled_from(ORDERS), st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_partial_autocorrelations_come_back_from_their_coefficients(order: tuple, seed: int) -> None:
    arma = np.array(order)
    partials = np.random.default_rng(seed).uniform(-0.95, 0.95, arma[:4].sum())
    coefficients = coefficients_of(partials, arma, np.zeros((len(partials), len(partials))))
    assert partials_of(coefficients, arma, 0.9999) == pytest.approx(partials, abs=1e-6)


def test_the_orders_tried_are_fitted_as_well_as_one_by_one() -> None:
    search = search_orders(NILE)
    assert len(search.tried) > 20
    for line in search.tried[:6]:
        alone = fit_arima(NILE, line.order, line.seasonal_order, line.constant)
        assert line.loglik >= alone.loglik - 1e-4


def test_the_airline_model_or_a_better_one_is_found() -> None:
    best = search_orders(np.log(AIRLINE), 12).best
    assert (best.order[1], best.seasonal_order[1]) == (1, 1)
    assert best.aicc <= fit_arima(np.log(AIRLINE), (0, 1, 1), (0, 1, 1, 12)).aicc + 1e-6


def test_many_series_of_different_lengths_are_fitted_as_each_alone() -> None:
    rng = np.random.default_rng(1)
    series = [np.cumsum(rng.normal(0, 1, n)) + 50 for n in (60, 90, 120)]
    state = fit_arimas(
        panel_of(*series, season_length=1), (1, 1, 0, 0, 1, 1, 0), together=2, means=0, how=ONE, dummies=False
    )
    for row, values in enumerate(series):
        alone = fit_arima(values, (1, 1, 1))
        assert state.coefficients[row, :2].tolist() == list(alone.parameters.values())


@pytest.mark.parametrize("name", ["ar", "ma", "arma", "arima", "seasonal_arima"])
def test_a_look_ahead_from_a_past_day_knows_nothing_after_it(name: str) -> None:
    rng = np.random.default_rng(2)
    demand = rng.poisson(np.tile([5.0, 6, 7, 8, 20, 4, 3], 20)).astype(float)
    state = models()[name].fit(panel_of(demand))
    changed = state.adjusted.copy()
    changed[:, 121:] = 1000.0
    other = replace(state, adjusted=changed)
    origins = np.array([100, 120])
    assert state.ahead(origins, 9).tolist() == other.ahead(origins, 9).tolist()


def test_constant_short_and_missing_histories_are_borne() -> None:
    panel = panel_of(np.full(40, 3.0), np.array([5.0, 7.0]), np.ones(40), np.zeros(40))
    panel.values[2] = np.nan
    state = models()["arima"].fit(panel)
    ahead = state.ahead(np.array([39]), 4)[:, 0]
    assert ahead[0].tolist() == [3, 3, 3, 3]
    assert ahead[3].tolist() == [0, 0, 0, 0]
    assert [bool(error) for error in state.errors] == [False, True, True, False]


def test_an_order_that_cannot_be_is_refused_with_its_reason() -> None:
    with pytest.raises(ForecastError, match="negative"):
        fit_arima(NILE, (-1, 0, 0))
    with pytest.raises(ForecastError, match="season of 1"):
        fit_arima(NILE, (1, 0, 0), (1, 0, 0, 1))
    with pytest.raises(ForecastError, match="too few"):
        fit_arima(TEN[:4], (2, 1, 2))
