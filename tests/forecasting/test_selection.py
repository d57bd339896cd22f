"""The right model on planted series, the gate of the seasonal naive, and no look into the future."""

from __future__ import annotations

import numpy as np
import pytest

from supplyline.forecasting import Plan, forecast_and_score
from supplyline.forecasting.isolation import run_model
from supplyline.forecasting.plan import QUANTILES
from supplyline.forecasting.registry import models, named
from supplyline.forecasting.scores import pinball
from supplyline.forecasting.selection import Scored, choose, score_models, usual_models, varying
from tests.support.demand_histories import END, history, panel_of, shop

RNG = np.random.default_rng(11)


def chosen(demand: np.ndarray, *names: str) -> str:
    forecasts, _ = forecast_and_score(history(A=demand), Plan(models=names), as_of=END)
    return str(forecasts["model"][0])


def test_growth_is_seen_by_the_model_with_a_trend() -> None:
    growing = 20 + 0.5 * np.arange(250) + RNG.normal(0, 1, 250)
    assert chosen(growing, "seasonal_naive", "moving_average", "holt") == "holt"


def test_a_week_that_shifts_slowly_is_seen_by_seasonal_smoothing() -> None:
    shape = np.cumsum(RNG.normal(0, 1.0, (50, 7)), axis=0) + np.array([20, 40, 60, 40, 20, 80, 10])
    demand = np.maximum(shape.ravel() + RNG.normal(0, 4, 350), 0)
    assert chosen(demand, "seasonal_naive", "moving_average", "ets") == "ets"


def test_dying_products_are_seen_by_tsb() -> None:
    rate = np.where(np.arange(365) < 280, 0.9, 0.1)
    dying = {f"{number:02d}": np.where(RNG.random(365) < rate, 4.0, 0.0) for number in range(20)}
    forecasts, _ = forecast_and_score(history(**dying), Plan(models=("croston", "tsb")), as_of=END)
    assert (forecasts.query("horizon == 1")["model"] == "tsb").sum() >= 15


def test_a_repeating_week_stays_with_the_seasonal_naive() -> None:
    week = np.tile([5.0, 0, 17, 3, 9, 2, 0], 30)
    assert chosen(week, "seasonal_naive", "moving_average", "simple_smoothing", "tsb") == "seasonal_naive"


def test_noise_around_a_level_is_not_left_to_the_seasonal_naive() -> None:
    assert chosen(RNG.poisson(20, 300).astype(float), "seasonal_naive", "simple_smoothing") == "simple_smoothing"


def test_without_enough_history_to_score_the_usual_model_is_taken() -> None:
    forecasts, scores = forecast_and_score(history(A=[3, 4, 5, 1, 2, 0, 4, 3, 5, 6]), as_of=END)
    assert set(forecasts["model"]) == {"median_combination"}
    assert scores.empty


def test_another_model_has_to_be_a_tenth_better_over_fifty_periods() -> None:
    panel = panel_of(*(RNG.poisson(10, 100).astype(float) for _ in range(3)))
    tried = [(model, np.ones(3, dtype=bool)) for model in named(["median_combination", "holt"])]

    def scored(name: str, periods: int, *loss: float) -> Scored:
        values = {"pinball": np.array(loss), "rmsse": np.array(loss)}
        return Scored(name, END, periods, np.arange(3), np.ones(3, dtype=bool), values, ("",) * 3)

    for periods, second in ((56, "holt"), (36, "median_combination")):
        both = [scored("median_combination", periods, 1.0, 1.0, 1.0), scored("holt", periods, 0.95, 0.85, np.inf)]
        taken = choose(panel, tried, both).tolist()
        assert taken == ["median_combination", second, "median_combination"]


def test_demand_of_varying_sizes_has_a_usual_model_of_its_own() -> None:
    lumpy = np.where(np.arange(100) % 4, 0.0, np.geomspace(1, 500, 100))
    panel = panel_of(lumpy, RNG.poisson(10, 100) + 1.0, np.geomspace(1, 500, 100))
    varies = varying(panel)
    assert varies.tolist() == [True, False, False]
    names = ["level_combination", "median_combination", "seasonal_naive"]
    usual, known = usual_models(names, np.ones((3, 3), dtype=bool), varies)
    assert (usual.tolist(), known.all()) == ([0, 1, 1], True)
    usual, known = usual_models(names[1:], np.ones((2, 3), dtype=bool), varies)
    assert (usual.tolist(), known.tolist()) == ([1, 0, 0], [False, True, True])


def test_a_window_without_demand_decides_nothing() -> None:
    """A product that paused in the days scored is not left to copying its pause."""
    demand = RNG.poisson(10, 300).astype(float)
    demand[-28:] = 0
    panel = panel_of(demand)
    tried = [(model, np.ones(1, dtype=bool)) for model in named(["seasonal_naive", "moving_average"])]
    scored = score_models(panel, tried, horizon=28, quantiles=QUANTILES, origins=2)
    assert [block.demand.tolist() for block in scored] == [[False], [False], [True], [True]]
    assert choose(panel, tried, scored).tolist() == ["moving_average"]


def test_scores_equal_a_forecast_made_by_hand_from_the_origin() -> None:
    demand = shop()["STEADY"]
    _, scores = forecast_and_score(history(A=demand), Plan(models=("moving_average", "sba")), as_of=END)
    past = panel_of(demand[:-28])
    forecast = run_model(models()["moving_average"], past, 28, QUANTILES)
    latest = scores.query("model == 'moving_average'").sort_values("origin").iloc[-1]
    assert latest["origin"].date() == END - np.timedelta64(28, "D").astype(object)
    assert latest["pinball"] == pytest.approx(pinball(demand[None, -28:], forecast.quantiles, QUANTILES)[0])


def test_scores_at_an_origin_do_not_change_with_the_days_scored() -> None:
    """Forecasts from an origin are made of the days before it alone: nothing leaks."""
    demand, other = shop()["LUMPY"], shop()["LUMPY"].copy()
    other[-28:] = 1000
    for model in models().values():
        before = run_model(model, panel_of(demand).until(28), 28, QUANTILES)
        after = run_model(model, panel_of(other).until(28), 28, QUANTILES)
        assert np.array_equal(before.quantiles, after.quantiles), model.name
