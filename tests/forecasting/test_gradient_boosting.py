"""The global boosted model: what it may know, and that it learns what plain averages can't."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from supplyline.config import ForecastingSettings
from supplyline.errors import ForecastError
from supplyline.forecasting import evaluate, forecast_panel
from supplyline.forecasting.features import NAMES, features, scales
from supplyline.forecasting.models.gradient_boosting import MODEL, training_rows
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.shop_plan import plan_of
from supplyline.spark.forecasts import bucket_function

WEEK = np.array([0.4, 1.0, 1.2, 1.3, 1.4, 1.7, 0.0])
SKUS, DAYS, HORIZON = 40, 200, 14


def weekly_panel() -> tuple[Panel, np.ndarray]:
    """A panel of Poisson demand with one week for all, and the demand of the days after it."""
    random = np.random.default_rng(5)
    levels = random.gamma(3.0, 3.0, SKUS)[:, None]
    demand = random.poisson(levels * WEEK[np.arange(DAYS + HORIZON) % 7]).astype(float)
    names = np.array([f"sku-{number:02d}" for number in range(SKUS)], dtype=object)
    starts = np.where(np.arange(SKUS) % 4 == 0, 120, 0).astype(np.int64)
    known = np.where(np.arange(DAYS) >= starts[:, None], demand[:, :DAYS], 0.0)
    return Panel(names, known, starts, dt.date(2011, 6, 30)), demand[:, DAYS:]


def test_features_know_nothing_after_the_origin() -> None:
    panel, _ = weekly_panel()
    origins = np.array([130, 150], dtype=np.int64)
    changed = panel.values.copy()
    changed[:, 151:] += 1000.0
    later = Panel(panel.skus, changed, panel.starts, panel.end)
    assert np.array_equal(features(panel, origins, HORIZON), features(later, origins, HORIZON))
    assert np.array_equal(scales(panel, origins), scales(later, origins))


def test_features_are_the_plain_means_of_the_days_before() -> None:
    panel, _ = weekly_panel()
    row, origin, step = 1, 140, 3
    found = dict(zip(NAMES, features(panel, np.array([origin]), HORIZON)[row, 0, step - 1], strict=True))
    history = panel.values[row, : origin + 1]
    scale = history[-91:].mean()
    assert found["mean_4"] == pytest.approx(history[-28:].mean() / scale)
    assert found["same_phase"] == pytest.approx(history[[origin + step - 7 * k for k in (1, 2, 3, 4)]].mean() / scale)
    assert found["share_with_demand"] == pytest.approx((history[-28:] > 0).mean())
    target = dt.date(2011, 6, 30) - dt.timedelta(days=panel.days - 1 - origin - step)
    assert (found["weekday"], found["day_of_month"], found["month"]) == (target.weekday(), target.day, 0)


def test_training_targets_lie_after_their_origin_and_within_the_history() -> None:
    panel, _ = weekly_panel()
    rows, target = training_rows(panel)
    assert len(rows) == len(target) > 1000
    assert np.isfinite(rows).all()
    assert np.isfinite(target).all()


def test_it_learns_the_week_that_a_level_alone_misses() -> None:
    panel, actual = weekly_panel()
    ahead = MODEL.fit(panel).ahead(np.array([DAYS - 1]), HORIZON)[:, 0]
    level = panel.values[:, -28:].mean(axis=1, keepdims=True)
    assert np.abs(ahead - actual).mean() < 0.85 * np.abs(level - actual).mean()
    closed = WEEK[(DAYS + np.arange(HORIZON)) % 7] == 0
    assert ahead[:, closed].mean() < 0.1 * ahead[:, ~closed].mean()


def test_the_same_panel_gives_the_same_trees() -> None:
    panel, _ = weekly_panel()
    once, twice = (MODEL.fit(panel).ahead(np.array([DAYS - 1]), HORIZON) for _ in range(2))
    assert np.array_equal(once, twice)


def test_too_little_to_learn_from_is_said() -> None:
    panel, _ = weekly_panel()
    with pytest.raises(ForecastError, match="rows to learn from"):
        MODEL.fit(panel.take(np.array([1])).tail(9))


def test_it_forecasts_by_name() -> None:
    panel, _ = weekly_panel()
    dates = np.datetime64("2011-06-30") - np.arange(DAYS - 1, -1, -1)
    frame = {"sku": np.repeat(panel.skus, DAYS), "date": np.tile(dates, SKUS), "quantity": panel.values.reshape(-1)}
    rows = forecast_panel(pd.DataFrame(frame), horizon=HORIZON, models=["gradient_boosting"])
    assert (rows["status"] == "ok").all()
    assert (rows["model"] == "gradient_boosting").all()
    assert (rows["q05"] <= rows["q50"]).all()
    assert (rows["q50"] <= rows["q95"]).all()


def paydays(days: int = 420, skus: int = 30) -> pd.DataFrame:
    """Demand four times as much on the first five days of a month, which no season of days holds."""
    dates = pd.date_range("2010-04-15", periods=days)
    chance = np.random.default_rng(8)
    levels = chance.gamma(3.0, 3.0, skus)[:, None]
    demand = chance.poisson(levels * np.where(dates.day <= 5, 4.0, 1.0))
    names = [f"sku-{number:02d}" for number in range(skus)]
    columns = {"sku": np.repeat(names, days), "date": np.tile(dates, skus), "quantity": demand.reshape(-1)}
    return pd.DataFrame(columns).astype({"quantity": float})


def test_beside_the_automatic_choice_it_is_taken_where_it_is_surely_better_and_learns_from_all() -> None:
    plan = plan_of(ForecastingSettings(models=("auto", "gradient_boosting"), horizon=28))
    history = paydays()
    history.loc[history["sku"] == "sku-29", "quantity"] = 3.0
    day = history["date"].max().date()
    once, again = (bucket_function(plan, as_of=day)(history) for _ in range(2))
    pd.testing.assert_frame_equal(once, again)
    found = once[once["_table"] == "forecasts"]
    model = found.drop_duplicates("sku").set_index("sku")["model"]
    assert (model == "gradient_boosting").mean() > 0.5
    assert model["sku-29"] != "gradient_boosting"
    alone = forecast_panel(history, models="gradient_boosting").set_index(["sku", "horizon"])["mean"]
    taken = found[found["model"] == "gradient_boosting"].set_index(["sku", "horizon"])["mean"]
    assert taken.to_numpy() == pytest.approx(alone[taken.index].to_numpy())
    scored = once.loc[once["_table"] == "forecast_scores", "model"]
    assert {"gradient_boosting", "median_combination", "seasonal_naive"} <= set(scored)


def test_the_evaluation_scores_it_beside_the_others_and_a_model_that_is_none_is_named() -> None:
    plan = plan_of(ForecastingSettings(models=("auto", "gradient_boosting"), horizon=14))
    history = paydays(days=200, skus=6)
    assert "gradient_boosting" in set(evaluate(history, plan, origins=1)["model"])
    with pytest.raises(ForecastError, match="no model named magic"):
        plan_of(ForecastingSettings(models=("auto", "magic")))
