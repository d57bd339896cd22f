"""Demand with several seasons at once: hours of the day and of the week."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.seasonal import MSTL

from supplyline.errors import ForecastError
from supplyline.forecasting import forecast_panel
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.plan import Plan
from supplyline.forecasting.registry import models
from supplyline.forecasting.seasonality import by_seasons_held, seasonal_factors, without_seasons
from tests.support.demand_histories import panel_of, shop

WEEK = np.array([1.0, 0.9, 0.9, 1.0, 1.2, 1.6, 0.5])
HOURS, AHEAD, SKUS = 24 * 7 * 4, 168, 8


def planted(skus: int = SKUS, hours: int = HOURS, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """(skus, hours + a week) mean demand, a day and a week multiplied, and what was sold: the mean and noise of 3."""
    rng, t = np.random.default_rng(seed), np.arange(hours + AHEAD)
    day = 1 + 0.6 * np.sin(2 * np.pi * (t[None] % 24 - 6 - np.arange(skus)[:, None]) / 24)
    mean = 40 * day * WEEK[(t // 24) % 7]
    return mean, np.maximum(mean + rng.normal(0, 3, mean.shape), 0.5)


def frame(sold: np.ndarray) -> pd.DataFrame:
    dates = pd.date_range("2020-01-06", periods=sold.shape[1], freq="h")
    rows = [pd.DataFrame({"sku": f"S{row}", "date": dates, "quantity": values}) for row, values in enumerate(sold)]
    return pd.concat(rows, ignore_index=True)


MEAN, SOLD = planted()


def error(season_length: object, model: str = "auto") -> float:
    """Mean absolute error of the week ahead."""
    rows = forecast_panel(frame(SOLD[:, :HOURS]), AHEAD, season_length=season_length, models=model)
    return float(np.abs(rows["mean"].to_numpy().reshape(SKUS, AHEAD) - SOLD[:, HOURS:]).mean())


def test_a_day_and_a_week_are_forecast_near_the_noise_and_better_than_either_alone() -> None:
    floor = np.abs(MEAN - SOLD)[:, HOURS:].mean()
    both, day, week = error((168, 24)), error(24), error(168)
    assert both < 1.1 * floor
    assert both - floor < 0.6 * (week - floor)
    assert both < 0.4 * day


@pytest.mark.parametrize("name", ["ets", "theta", "ces", "arima", "moving_average", "level_combination"])
def test_models_carry_both_seasons(name: str) -> None:
    floor = np.abs(MEAN - SOLD)[:, HOURS:].mean()
    assert error((24, 168), name) < 1.6 * floor


def test_the_seasons_are_those_that_statsmodels_finds() -> None:
    day, week = 10 * np.sin(2 * np.pi * np.arange(HOURS) / 24), 30 * (WEEK[(np.arange(HOURS) // 24) % 7] - 1)
    demand = 60 + day + week + np.random.default_rng(1).normal(0, 2, HOURS)
    demand[-1] = 0.0  # An hour without sales: seasons add.
    theirs = MSTL(demand, periods=(24, 168)).fit().seasonal.sum(axis=1)
    adjusted = without_seasons(panel_of(demand, season_length=24), (24, 168))
    shapes = adjusted.shapes[0]
    hours = np.arange(HOURS)
    ours, truth = shapes[:24][hours % 24] + shapes[24:][hours % 168], day + week - week.mean()
    assert np.corrcoef(ours, theirs)[0, 1] > 0.98
    assert np.abs(ours - truth)[:-24].mean() < np.abs(theirs - truth)[:-24].mean()


def test_one_season_in_a_list_is_that_season_bit_for_bit() -> None:
    history = frame(np.stack([demand for demand in shop().values() if len(demand) == 200]))
    history["date"] = pd.Timestamp("2011-01-01") + (history["date"] - history["date"].min()) * 24
    pd.testing.assert_frame_equal(forecast_panel(history, season_length=[7]), forecast_panel(history, season_length=7))


def test_a_history_keeps_the_seasons_that_it_holds_twice() -> None:
    panel = panel_of(np.ones(400), np.ones(100), np.ones(30)).with_seasons((24, 168))
    found = [(rows.tolist(), seasons) for rows, seasons in by_seasons_held(panel)]
    assert found == [([0], (24, 168)), ([1], (24,)), ([2], ())]


def test_a_short_history_beside_a_long_one_is_forecast_with_the_day_alone() -> None:
    both = frame(SOLD[:2, :HOURS])
    young = both[(both["sku"] == "S0") | (both["date"] >= both["date"].max() - pd.Timedelta(hours=99))]
    rows = forecast_panel(young, 48, season_length=(24, 168)).set_index("sku")
    alone = forecast_panel(young[young["sku"] == "S1"], 48, season_length=24)
    assert rows.loc["S1", "mean"].tolist() == alone["mean"].tolist()


def test_the_seasonal_naive_copies_the_longest_season() -> None:
    panel = Panel(np.array(["a"], dtype=object), SOLD[:1, :HOURS], np.zeros(1, dtype=np.int64), 0)
    state = models()["seasonal_naive"].fit(panel.with_seasons((24, 168)))
    assert state.ahead(np.array([HOURS - 1]), AHEAD)[0, 0].tolist() == SOLD[0, HOURS - AHEAD : HOURS].tolist()


def test_factors_of_a_week_of_hours_lean_on_the_hours_of_the_day() -> None:
    panel = Panel(np.array(["a"], dtype=object), SOLD[:1, :HOURS], np.zeros(1, dtype=np.int64), 0)
    truth = MEAN[0, HOURS - AHEAD : HOURS][::-1] / MEAN[0, :AHEAD].mean()
    alone, both = (seasonal_factors(panel.with_seasons(seasons))[0] for seasons in ((168,), (24, 168)))
    assert both.mean() == pytest.approx(1)
    assert np.abs(both - truth).mean() < 0.8 * np.abs(alone - truth).mean()


def test_several_seasons_are_looked_at_over_eight_of_the_longest() -> None:
    assert Plan(season_length=(24, 168)).window == 1344
    assert Plan(season_length=168).window == 730


@pytest.mark.parametrize("season_length", [0, 2.5, "7", (), (24, 24), (1, 7), (24, None), True + 0.5])
def test_a_season_that_cant_be_is_named(season_length: object) -> None:
    with pytest.raises(ForecastError, match="season_length"):
        forecast_panel(frame(SOLD[:1, :50]), season_length=season_length)
