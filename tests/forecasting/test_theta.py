"""The Theta models against statsforecast, a plain loop and the paper's own identities; long seasons taken out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsforecast.theta import auto_theta, forecast_theta
from statsmodels.tsa.seasonal import seasonal_decompose

from supplyline.forecasting.kernels.seasonal import classical, is_seasonal, moving_average, seasonal_adjustment
from supplyline.forecasting.kernels.theta import best_alpha, lines, squares_at
from supplyline.forecasting.registry import models
from supplyline.forecasting.seasonality import seasonal_factors, without_seasons
from tests.support.demand_histories import panel_of

RNG = np.random.default_rng(9)
TIME = np.arange(140)
RISING = 20 + 0.2 * TIME + RNG.normal(0, 2, 140)
WEEKLY = (30 + 0.1 * TIME) * (1 + 0.4 * np.sin(TIME * 2 * np.pi / 7)) + RNG.normal(0, 2, 140)
WALK = 100 + np.cumsum(RNG.normal(0, 3, 140))
PEERS = {"theta": "STM", "optimised_theta": "OTM", "dynamic_theta": "DOTM"}


@pytest.mark.parametrize("name", list(PEERS))
@pytest.mark.parametrize("demand", [RISING, WEEKLY, WALK])
def test_squared_errors_are_no_more_than_statsforecasts(name: str, demand: np.ndarray) -> None:
    state = models()[name].fit(panel_of(demand))
    theirs = auto_theta(demand, 7, model=PEERS[name])
    errors = theirs["residuals"]
    if theirs.get("decompose"):
        # The peer puts the season back into its residuals.
        errors = errors / state.fitted[4][0][TIME % 7]  # type: ignore[attr-defined]
    assert state.fitted[0][0, 3] <= np.sum(errors[3:] ** 2) * (1 + 1e-6)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", list(PEERS))
@pytest.mark.parametrize("demand", [RISING, WEEKLY, WALK])
def test_forecasts_are_statsforecasts_with_the_same_constants(name: str, demand: np.ndarray) -> None:
    state = models()[name].fit(panel_of(demand))
    alpha, share, level, _ = state.fitted[0][0]  # type: ignore[attr-defined]
    theta = 1 / max(1 - share, 1e-10)
    theirs = auto_theta(demand, 7, PEERS[name], initial_smoothed=level, alpha=alpha, theta=theta)
    assert state.ahead(np.array([139]), 14)[0, 0] == pytest.approx(forecast_theta(theirs, 14)["mean"])


def test_the_standard_model_is_smoothing_with_half_the_slope_as_drift() -> None:
    # Hyndman and Billah, Unmasking the Theta method, IJF 19, 2003.
    state = models()["theta"].fit(panel_of(RISING, season_length=1))
    alpha, slope = state.fitted[0][0, 0], np.polyfit(TIME, RISING, 1)[0]  # type: ignore[attr-defined]
    ahead = state.ahead(np.array([139]), 10)[0, 0]
    assert np.diff(ahead) == pytest.approx(np.full(9, slope / 2))
    assert ahead[0] == pytest.approx(state.fitted[1][0, -1] + slope / 2 / alpha, rel=1e-6)  # type: ignore[attr-defined]


@pytest.mark.parametrize("dynamic", [False, True])
def test_lines_are_numpys_least_squares(dynamic: bool) -> None:
    starts, rises = np.empty(141), np.empty(141)
    lines(RISING, dynamic, starts, rises)
    seen = RISING[:90] if dynamic else RISING
    slope, start = np.polyfit(np.arange(1, len(seen) + 1), seen, 1)
    assert (rises[90], starts[90]) == pytest.approx((slope, start))


@pytest.mark.parametrize("free", [False, True])
def test_level_and_theta_are_the_best_there_are_for_an_alpha(free: bool) -> None:
    line = (np.empty(141), np.empty(141))
    lines(WALK, False, *line)
    least, level, share = squares_at(WALK, 0.3, line, free)
    assert share == 0.5 or free

    def squares(level: float, share: float) -> float:
        total = 0.0
        for t, value in enumerate(WALK):
            drift = line[0][t] * 0.7**t + line[1][t] * (1 - 0.7 ** (t + 1)) / 0.3
            total += (value - level - share * drift) ** 2 if t >= 3 else 0.0
            level = 0.3 * value + 0.7 * level
        return total

    assert least == pytest.approx(squares(level, share))
    nearby = [(level + a, share + b) for a in (-1, 0, 1) for b in ((-0.01, 0, 0.01) if free else (0,))]
    assert all(least <= squares(*other) * (1 + 1e-12) for other in nearby if 0 <= other[1] <= 1)


def test_the_alpha_found_is_the_best_of_a_fine_grid() -> None:
    for seed in range(20):
        y = np.random.default_rng(seed).normal(0, 1, 80).cumsum() + 20
        line = (np.empty(81), np.empty(81))
        lines(y, True, *line)
        found = squares_at(y, best_alpha(y, 0.1, line, True), line, True)[0]
        assert found <= min(squares_at(y, alpha, line, True)[0] for alpha in np.linspace(0.1, 0.99, 300)) * (1 + 1e-6)


@pytest.mark.parametrize("name", list(PEERS))
@pytest.mark.parametrize("demand", [[5.0], [0.0] * 30, [7.0] * 30, [3.0, 5.0]])
def test_what_can_not_be_estimated_stays_near_what_was_seen(name: str, demand: list[float]) -> None:
    ahead = models()[name].fit(panel_of(demand)).ahead(np.array([len(demand) - 1]), 3)[0, 0]
    assert (ahead >= min(demand) - 1e-9).all()
    assert (ahead <= max(demand) + 1e-9).all()


@pytest.mark.parametrize("name", list(PEERS))
@settings(deadline=None, max_examples=25)
@given(demand=st.lists(st.integers(0, 50), min_size=1, max_size=40), scale=st.sampled_from([0.25, 8.0, 2.0**40]))
def test_forecasts_scale_with_demand(name: str, demand: list[int], scale: float) -> None:
    y = np.array(demand, dtype=float)
    one, other = (models()[name].fit(panel_of(y * size)).ahead(np.array([y.size - 1]), 9) for size in (1.0, scale))
    assert np.isfinite(one).all()
    assert other == pytest.approx(one * scale, rel=1e-6, abs=1e-6 * scale)


@pytest.mark.parametrize("m", [4, 7, 12])
@pytest.mark.parametrize("kind", ["additive", "multiplicative"])
def test_classical_decomposition_is_statsmodels(m: int, kind: str) -> None:
    shape, trend = np.empty(m), np.empty(140)
    classical(WEEKLY, m, kind == "multiplicative", shape)
    moving_average(WEEKLY, m, trend)
    theirs = seasonal_decompose(WEEKLY, period=m, model=kind)
    assert shape == pytest.approx(theirs.seasonal[:m])
    assert trend == pytest.approx(theirs.trend, nan_ok=True)


def test_a_week_is_found_where_there_is_one() -> None:
    assert is_seasonal(WEEKLY, 7)
    assert not is_seasonal(RNG.normal(0, 1, 140), 7)
    assert not is_seasonal(WEEKLY[:13], 7)


def test_days_without_sales_are_adjusted_by_addition() -> None:
    sales, shape, adjusted = np.maximum(np.round(WEEKLY - 25), 0), np.empty(7), np.empty(140)
    assert not seasonal_adjustment(sales, 7, shape, adjusted)
    assert adjusted == pytest.approx(sales - shape[TIME % 7])
    assert shape.mean() == pytest.approx(0, abs=1e-12)


def test_a_year_of_weeks_is_found_and_put_back() -> None:
    weeks = np.arange(156)
    season = 1 + 0.4 * np.sin(2 * np.pi * weeks / 52) + 0.5 * (weeks % 52 > 47)
    demand = (50 + 0.1 * weeks) * season * np.exp(RNG.normal(0, 0.05, 156))
    adjusted = without_seasons(panel_of(demand, season_length=52), (52,))
    assert adjusted.multiply[0]
    assert adjusted.shapes[0] == pytest.approx(season[:52] / season[:52].mean(), abs=0.12)
    flat = np.full((1, 1, 52), 100.0)
    assert adjusted.put_back(flat, np.array([155]))[0, 0] == pytest.approx(100 * adjusted.shapes[0])


def test_two_cycles_are_told_apart() -> None:
    hours = np.arange(24 * 7 * 6)
    day, week = 10 * np.sin(2 * np.pi * hours / 24), 8.0 * ((hours // 24) % 7 > 4)
    demand = np.maximum(30 + day + week + RNG.normal(0, 1, hours.size), 0)
    demand[-1] = 0.0  # A day without sales: seasons add.
    adjusted = without_seasons(panel_of(demand, season_length=24), (24, 168))
    assert not adjusted.multiply[0]
    assert np.std(adjusted.panel.values[0, :-24]) < 1.5
    put_back = adjusted.put_back(np.zeros((1, 1, 168)), np.array([hours.size - 1]))[0, 0]
    assert np.median(np.abs(put_back - (day + week - week.mean())[:168])) < 0.5


def test_noise_has_no_long_season_and_a_short_history_none_at_all() -> None:
    noise = panel_of(RNG.normal(50, 3, 104), season_length=52)
    assert without_seasons(noise, (52,)).shapes.std() < 0.03
    assert (without_seasons(panel_of(WEEKLY[:80]), (52,)).shapes == 1.0).all()


@pytest.mark.parametrize("name", ["ets", "theta", "dynamic_theta"])
def test_models_carry_a_year_of_weeks(name: str) -> None:
    weeks = np.arange(208)
    season = 1 + 0.5 * np.sin(2 * np.pi * weeks / 52)
    state = models()[name].fit(panel_of(100 * season[:156], season_length=52))
    assert state.ahead(np.array([155]), 52)[0, 0] == pytest.approx(100 * season[156:], rel=0.06)


def test_factors_of_the_week_average_one_and_lean_on_little_evidence() -> None:
    panel = panel_of(WEEKLY, [0.0] * 20 + [5.0], np.zeros(10))
    factors = seasonal_factors(panel)
    assert factors.mean(axis=1) == pytest.approx(np.ones(3))
    # One sale in three weeks, weighed against one more of its size on every weekday.
    assert factors[1].max() == pytest.approx(2 * 7 / 8)
    assert (factors[2] == 1.0).all()
