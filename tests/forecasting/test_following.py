"""Simulated paths follow a plan day by day, so that sums over days stay sums of what happens together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from supplyline.errors import ForecastError
from supplyline.forecasting import forecast_panel, forecast_paths
from supplyline.forecasting.planned import PlannedDrivers, holiday_calendar
from tests.forecasting.test_drivers_planned import effects_of, plan_of
from tests.support.planted_drivers import PROMOTION, planted_history

HORIZON, PATHS, MODEL = 10, 400, "simple_smoothing"
HISTORY = planted_history(12, skus=12)
LAST = HISTORY["date"].max()
PROMOTED = slice(3, 8)
FUTURE = pd.DataFrame({"date": LAST + pd.to_timedelta(np.arange(4, 9), unit="D"), "promotion": 1.0})


def test_the_days_of_a_promotion_are_higher_and_the_days_before_keep_every_bit() -> None:
    plain = forecast_paths(HISTORY.drop(columns="price"), HORIZON, PATHS, models=MODEL, seed=4)
    planned = forecast_paths(HISTORY.drop(columns="price"), HORIZON, PATHS, models=MODEL, seed=4, future=FUTURE)
    np.testing.assert_array_equal(planned.values[:, :, :3], plain.values[:, :, :3])
    # Without prices the promotion has its price cut's effect, too: 1.3 times 0.8 to the power of -2.
    ratio = planned.values[:, :, PROMOTED].sum() / plain.values[:, :, PROMOTED].sum()
    assert ratio == pytest.approx(PROMOTION * 0.8**-2, rel=0.15)
    assert (planned.values == np.floor(planned.values)).all()
    assert planned.values[:, :, 8:].sum() == pytest.approx(plain.values[:, :, 8:].sum(), rel=0.01)


def test_paths_come_to_the_forecast_of_the_same_plan_and_the_same_seed_gives_the_same() -> None:
    history = HISTORY.drop(columns="price")
    rows = forecast_panel(history, HORIZON, models=MODEL, future=FUTURE)
    ours, again = (forecast_paths(history, HORIZON, PATHS, models=MODEL, seed=4, future=FUTURE) for _ in range(2))
    np.testing.assert_array_equal(ours.values, again.values)
    expected = rows["mean"].to_numpy().reshape(-1, HORIZON)[:, PROMOTED].sum()
    assert ours.values.mean(axis=1)[:, PROMOTED].sum() == pytest.approx(expected, rel=0.1)


def test_a_path_draws_an_effect_once_for_all_days_and_products_of_a_category() -> None:
    rows = pd.DataFrame({"sku": np.repeat(["A", "B"], 3), "date": list(pd.date_range("2011-12-24", periods=3)) * 2})
    effects = effects_of(promotion=(2.0, 1.0, 4.0))
    plan = PlannedDrivers(plan_of(("*", "2011-12-25", "2011-12-26", 1.0, 1.0)), holiday_calendar([], []), effects)
    factors = plan.path_factors(rows, {}, 5000, 1)
    assert (factors[[0, 3]] == 1.0).all()
    for other in (2, 4, 5):
        np.testing.assert_array_equal(factors[other], factors[1])
    # The interval of 90 % is that of the draws.
    assert np.quantile(factors[1], [0.05, 0.5, 0.95]) == pytest.approx([1.0, 2.0, 4.0], rel=0.08)


def test_boosted_trees_look_at_the_plan_by_themselves_and_other_periods_than_days_are_refused() -> None:
    trees = forecast_paths(HISTORY, HORIZON, 20, models="gradient_boosting", future=FUTURE.assign(price=4.0))
    assert np.isfinite(trees.values).all()
    weeks = HISTORY[HISTORY["date"].dt.dayofweek == 0].drop(columns="price")
    ahead = pd.DataFrame({"date": [weeks["date"].max() + pd.Timedelta(days=7)], "promotion": [1.0]})
    with pytest.raises(ForecastError, match="known of days only"):
        forecast_paths(weeks, 4, 10, 1, models=MODEL, future=ahead)
