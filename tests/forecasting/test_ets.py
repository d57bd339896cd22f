"""Exponential smoothing against statsforecast's likelihood, plain loops and numerical slopes, and what must hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsforecast.ets import ets_f, pegelsresid_C

from supplyline.forecasting.kernels import ets, ets_fit, ets_pass
from supplyline.forecasting.models.ets import method
from supplyline.forecasting.registry import models
from tests.support.demand_histories import panel_of

RNG = np.random.default_rng(5)
TIME = np.arange(150)
FLAT = RNG.gamma(20.0, 1.0, 150)
WANDERING = 20 * np.exp(np.cumsum(RNG.normal(0, 0.06, 150)))
WEEKLY = WANDERING * (1 + 0.5 * np.sin(TIME * 2 * np.pi / 7)) * np.exp(RNG.normal(0, 0.05, 150))
RISING = 10 + 0.4 * TIME + RNG.normal(0, 1.5, 150)
SALES = RNG.poisson(2 + 2 * (TIME % 7 < 2)).astype(float)
SERIES = {"flat": FLAT, "weekly": WEEKLY, "rising": RISING, "sales": SALES}
GRID = [(relative, trend, season) for relative in (False, True) for trend in (False, True) for season in (0, 1, 2)]
histories = st.lists(st.integers(0, 50), min_size=1, max_size=40)


def point(trend: bool, season: int, seed: int = 1) -> np.ndarray:
    """Parameters in the middle of nowhere, for series of mean 1."""
    rng = np.random.default_rng(seed)
    theta = np.zeros(ets_pass.SEASONS + (6 if season else 0))
    theta[:6] = 0.2, 0.3 if trend else 0.0, 0.2 if season else 0.0, 0.9 if trend else 1.0, 1.0, 0.01 if trend else 0.0
    theta[6:] = rng.normal(0, 0.1, theta.size - 6) + (1.0 if season == 2 else 0.0)
    return theta


def peers_misfit(y: np.ndarray, relative: bool, trend: bool, season: int, theta: np.ndarray) -> float:
    """-2 log-likelihood by statsforecast, whose newest season stands first."""
    m = 7 if season else 1
    alpha, beta, gamma, phi = theta[0], theta[0] * theta[1], (1 - theta[0]) * theta[2], theta[3]
    seasons = np.zeros(m)
    ets_pass.first_seasons(theta, season, m, seasons)
    state = [theta[4], *([theta[5]] if trend else []), *(seasons[::-1] if season else [])]
    kinds = ("M" if relative else "A", "A" if trend else "N", "NAM"[season], trend)
    return float(pegelsresid_C(y, m, np.array(state), *kinds, alpha, beta, gamma, phi, 3)[3])


@pytest.mark.parametrize(("relative", "trend", "season"), GRID)
def test_the_likelihood_is_statsforecasts(relative: bool, trend: bool, season: int) -> None:
    y, theta, m = WEEKLY / WEEKLY.mean(), point(trend, season), 7 if season else 1
    ours = ets_pass.misfit(y, trend, season, relative, m, theta, np.zeros(m))
    assert ours == pytest.approx(peers_misfit(y, relative, trend, season, theta), abs=1e-8)


@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize(("relative", "trend", "season"), GRID)
def test_slopes_are_those_of_small_steps(relative: bool, trend: bool, season: int, holes: bool) -> None:
    y, theta, m = WEEKLY / WEEKLY.mean(), point(trend, season), 7 if season else 1
    if holes:
        y[[4, 5, 60]] = np.nan
    size, count = theta.size, int(np.isfinite(y).sum())
    seasons, room, rows, gaps = np.zeros(m), np.zeros((3 + m, size)), np.zeros((y.size, size)), np.zeros(y.size)
    ets_pass.slopes(y, trend, season, relative, m, theta, seasons, room, rows, gaps)
    curvature, pull = np.zeros((size, size)), np.zeros(size)
    squares = ets_fit._products(rows, gaps, curvature, pull)
    if relative:
        ets_fit._with_forecasts(count, squares, room[2], curvature, pull)
    for k in np.flatnonzero([True, trend, season > 0, trend, True, trend] + [True] * (size - 6)):
        ends = [theta + sign * 1e-6 * (np.arange(size) == k) for sign in (1, -1)]
        up, down = (ets_pass.misfit(y, trend, season, relative, m, end, seasons) for end in ends)
        assert 2 * count * pull[k] / squares == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-3)


@pytest.mark.parametrize("name", list(SERIES))
def test_aicc_is_no_worse_than_statsforecasts(name: str) -> None:
    state = models()["ets"].fit(panel_of(SERIES[name]))
    assert state.criteria[0] <= ets_f(SERIES[name], 7)["aicc"] + 0.01  # type: ignore[attr-defined]


def test_looking_ahead_from_a_past_day_is_the_recursion_written_out() -> None:
    state = models()["ets"].fit(panel_of(WEEKLY))
    theta, (_, trend, damped, season) = state.thetas[0], ets.FAMILY[state.chosen[0]]  # type: ignore[attr-defined]
    assert (trend, damped, season) == (0, 0, 2), method(state.chosen[0])  # type: ignore[attr-defined]
    level, seasons = theta[4], [7 - theta[6:].sum(), *theta[6:]]
    for t in range(100):
        error = WEEKLY[t] - level * seasons[t % 7]
        old = level
        level += theta[0] * error / seasons[t % 7]
        seasons[t % 7] += (1 - theta[0]) * theta[2] * error / old
    expected = [level * seasons[(100 + h) % 7] for h in range(10)]
    assert state.ahead(np.array([99]), 10)[0, 0] == pytest.approx(expected)


def test_multiplicative_models_stay_away_from_days_without_sales() -> None:
    state = models()["ets"].fit(panel_of(SALES))
    relative, _, _, season = ets.FAMILY[state.chosen[0]]  # type: ignore[attr-defined]
    assert relative == 0
    assert season < 2


def test_a_season_and_a_trend_are_found() -> None:
    names = [method(row) for row in models()["ets"].fit(panel_of(FLAT, WEEKLY, RISING)).chosen]  # type: ignore[attr-defined]
    assert [name[-2] for name in names] == ["N", "M", "N"]
    assert [name.split(",")[1][0] for name in names] == ["N", "N", "A"]


@pytest.mark.parametrize("demand", [[5.0], [0.0] * 30, [7.0] * 30, [3.0, 5.0], [0.0, 0.0, 9.0]])
def test_what_can_not_be_estimated_is_a_mean(demand: list[float]) -> None:
    state = models()["ets"].fit(panel_of(demand))
    ahead = state.ahead(np.array([len(demand) - 1]), 3)[0, 0]
    assert ahead == pytest.approx(np.full(3, np.mean(demand)), rel=1e-3)


def test_short_histories_get_models_of_few_parameters() -> None:
    short = models()["ets"].fit(panel_of([4.0, 6, 5, 7, 6, 5, 8, 6]))
    assert method(short.chosen[0]).endswith(",N)")  # type: ignore[attr-defined]


def test_missing_days_are_skipped() -> None:
    panel = panel_of(RISING)
    panel.values[0, [30, 31, 90]] = np.nan
    state = models()["ets"].fit(panel)
    line = 10 + 0.4 * (149 + np.arange(1, 8))
    assert state.ahead(np.array([149]), 7)[0, 0] == pytest.approx(line, rel=0.05)


@settings(deadline=None, max_examples=30)
@given(demand=histories, scale=st.sampled_from([0.25, 2.0, 1024.0, 2.0**40]))
def test_forecasts_scale_with_demand(demand: list[int], scale: float) -> None:
    y = np.array(demand, dtype=float)
    one, other = (models()["ets"].fit(panel_of(y * size)).ahead(np.array([y.size - 1]), 9) for size in (1.0, scale))
    assert other == pytest.approx(one * scale, rel=1e-9, abs=1e-9 * scale)


def test_numbers_of_any_size_are_forecast() -> None:
    for scale in (1e-9, 1e12):
        forecast = models()["ets"].fit(panel_of(WEEKLY * scale)).ahead(np.array([149]), 14)
        assert forecast.mean() == pytest.approx(WEEKLY[-14:].mean() * scale, rel=0.3)
