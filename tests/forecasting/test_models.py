"""Every model against another library's value or a plain loop, on the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
from statsforecast import models as peers
from statsforecast.ets import ets_f
from statsmodels.tsa.forecasting.theta import ThetaModel
from statsmodels.tsa.holtwinters import Holt as PeerHolt
from statsmodels.tsa.holtwinters import SimpleExpSmoothing

from supplyline.forecasting.kernels import smoothing as kernels
from supplyline.forecasting.registry import models
from supplyline.forecasting.states import level_path
from tests.support.demand_histories import panel_of

RNG = np.random.default_rng(3)
LEVEL = RNG.poisson(12, 150).astype(float)
TREND = 5 + 0.3 * np.arange(120) + RNG.normal(0, 2, 120)
SPARSE = np.where(RNG.random(200) < 0.25, RNG.geometric(0.2, 200), 0).astype(float)


def mean(name: str, demand: np.ndarray, horizon: int = 10, season_length: int = 1) -> np.ndarray:
    model = models()[name]
    panel = panel_of(demand, season_length=season_length)
    return model.forecast(model.fit(panel), horizon, (0.5,)).mean[0]


def test_simple_smoothing_with_a_given_constant_equals_statsforecast() -> None:
    panel = panel_of(LEVEL)
    levels, _ = kernels.ses_panel(panel.values, panel.starts, np.array([0.2]), 1)
    theirs = peers.SimpleExponentialSmoothing(alpha=0.2).forecast(LEVEL, h=1)["mean"][0]
    assert levels[0, -1] == pytest.approx(theirs)


def test_simple_smoothing_finds_no_worse_a_constant_than_statsmodels() -> None:
    theirs = SimpleExpSmoothing(LEVEL, initialization_method="known", initial_level=LEVEL[:28].mean()).fit()
    panel, path = panel_of(LEVEL), np.zeros(len(LEVEL))
    _, alphas = kernels.ses_panel(panel.values, panel.starts, np.geomspace(0.005, 0.99, 10), 28)
    ours = kernels.ses_path(LEVEL, alphas[0], LEVEL[:28].mean(), path)
    assert ours <= theirs.sse * 1.0001


@pytest.mark.parametrize("phi", [1.0, 0.9])
def test_holt_with_given_parameters_equals_statsmodels(phi: float) -> None:
    known = {"initialization_method": "known", "initial_level": TREND[0], "initial_trend": 0.0}
    fixed = {"smoothing_level": 0.3, "smoothing_trend": 0.2, "optimized": False}
    damped = {} if phi == 1 else {"damping_trend": phi}
    theirs = PeerHolt(TREND, damped_trend=phi < 1, **known).fit(**fixed, **damped).forecast(5)
    panel = panel_of(TREND, season_length=1)
    given = np.array([0.3, 0.2, phi])
    levels, trends, _ = kernels.holt_panel(panel.values, panel.starts, given, given, given, 1)
    state = level_path(panel, levels, trends, np.array([phi]))
    assert state.ahead(np.array([panel.days - 1]), 5)[0, 0] == pytest.approx(theirs)


@pytest.mark.parametrize("name", ["holt", "damped_holt"])
def test_holt_finds_a_fit_as_good_as_a_fine_grid(name: str) -> None:
    module = __import__(f"supplyline.forecasting.models.{name}", fromlist=["FIRST"])
    panel, path, slope = panel_of(TREND), np.zeros(120), np.zeros(120)
    level = TREND[:28].mean()
    _, _, found = kernels.holt_panel(panel.values, panel.starts, module.FIRST, module.LEAST, module.MOST, 28)
    ours = kernels.holt_path(TREND, found[0], level, path, slope)
    grid = [np.linspace(low, high, 15) for low, high in zip(module.LEAST, module.MOST, strict=True)]
    every = np.stack(np.meshgrid(*grid), axis=-1).reshape(-1, 3)
    best = min(kernels.holt_path(TREND, parameters, level, path, slope) for parameters in every)
    assert ours <= best * 1.01


def test_tsb_fades_when_demand_stops_and_croston_does_not() -> None:
    dying = np.concatenate([SPARSE, np.zeros(150)])
    assert mean("tsb", dying)[0] < 0.3 * mean("croston", dying)[0]


def test_theta_is_close_to_statsmodels() -> None:
    theirs = ThetaModel(TREND, period=1, deseasonalize=False).fit(use_mle=False).forecast(10, theta=2)
    assert mean("theta", TREND) == pytest.approx(theirs.to_numpy(), rel=0.03)


def test_ets_is_no_worse_than_statsforecast_by_aicc() -> None:
    weekly = np.tile([5.0, 6, 7, 8, 20, 4, 3], 20) + RNG.normal(0, 0.5, 140)
    state = models()["ets"].fit(panel_of(weekly))
    assert state.criteria[0] <= ets_f(weekly, 7)["aicc"] + 0.01  # type: ignore[attr-defined]


def test_seasonal_naive_and_moving_average_by_hand() -> None:
    demand = np.arange(1.0, 61.0)
    assert mean("seasonal_naive", demand, season_length=7).tolist() == [54, 55, 56, 57, 58, 59, 60, 54, 55, 56]
    assert mean("moving_average", demand) == pytest.approx(np.full(10, demand[-28:].mean()))
    assert mean("moving_average", np.array([3.0, 5.0])) == pytest.approx(np.full(10, 4.0))
