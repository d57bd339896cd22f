"""Scores against plain loops, scikit-learn and utilsforecast."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error, mean_pinball_loss, mean_squared_error

from supplyline.forecasting import scores
from tests.support.demand_histories import panel_of

RNG = np.random.default_rng(7)
TRAIN = RNG.poisson(4, 60).astype(float)
ACTUAL = RNG.poisson(4, 14).astype(float)
MEAN = RNG.uniform(0, 8, 14)
LEVELS = (0.05, 0.5, 0.9)
QUANTILES = np.sort(RNG.uniform(0, 10, (14, 3)), axis=1)


def seasonal_naive_errors(train: np.ndarray, season: int) -> list[float]:
    return [abs(train[t] - train[t - season]) for t in range(season, len(train))]


def test_mase_is_mean_absolute_error_over_that_of_the_seasonal_naive() -> None:
    absolute, _ = scores.naive_scales(panel_of(TRAIN))
    expected = mean_absolute_error(ACTUAL, MEAN) / np.mean(seasonal_naive_errors(TRAIN, 7))
    assert scores.mase(ACTUAL[None], MEAN[None], absolute)[0] == pytest.approx(expected)


def test_rmsse_is_root_mean_squared_error_over_that_of_the_seasonal_naive() -> None:
    _, squared = scores.naive_scales(panel_of(TRAIN))
    naive = np.mean(np.square(seasonal_naive_errors(TRAIN, 7)))
    expected = np.sqrt(mean_squared_error(ACTUAL, MEAN) / naive)
    assert scores.rmsse(ACTUAL[None], MEAN[None], squared)[0] == pytest.approx(expected)


def test_pinball_is_the_mean_of_scikit_learns_over_the_levels() -> None:
    by_level = [mean_pinball_loss(ACTUAL, QUANTILES[:, k], alpha=level) for k, level in enumerate(LEVELS)]
    assert scores.pinball(ACTUAL[None], QUANTILES[None], LEVELS)[0] == pytest.approx(np.mean(by_level))


def test_smape_of_the_m3_formula_by_hand() -> None:
    # 200 * 1/3 for (1, 2), 0 for (0, 0), 200 for (0, 5): mean 88.889 %.
    assert scores.smape(np.array([1.0, 0.0, 0.0]), np.array([2.0, 0.0, 5.0])) == pytest.approx((200 / 3 + 200) / 3)


def test_bias_and_coverage_by_hand() -> None:
    actual = np.array([1.0, 2.0, 3.0, 4.0])
    assert scores.bias(actual, actual + 0.5) == 0.5
    assert scores.coverage(actual, np.array([1.0, 2.5, 0, 0]), np.array([1.0, 3, 3, 3])) == 0.5


def test_scales_ignore_the_days_before_a_start() -> None:
    absolute, squared = scores.naive_scales(panel_of(TRAIN, TRAIN[-20:]))
    errors = seasonal_naive_errors(TRAIN[-20:], 7)
    assert absolute[1] == pytest.approx(np.mean(errors))
    assert squared[1] == pytest.approx(np.mean(np.square(errors)))


def test_a_scale_of_zero_gives_no_score_instead_of_infinity() -> None:
    absolute, squared = scores.naive_scales(panel_of(np.full(30, 3.0)))
    assert np.isnan(scores.mase(ACTUAL[None], MEAN[None], absolute)).all()
    assert np.isnan(scores.rmsse(ACTUAL[None], MEAN[None], squared)).all()


def test_scores_equal_those_of_utilsforecast() -> None:
    losses = pytest.importorskip("utilsforecast.losses")
    days = pd.date_range("2011-01-01", periods=74)
    train = pd.DataFrame({"unique_id": "A", "ds": days[:60], "y": TRAIN})
    frame = pd.DataFrame({"unique_id": "A", "ds": days[60:], "y": ACTUAL, "model": MEAN, "q": QUANTILES[:, 2]})
    absolute, squared = scores.naive_scales(panel_of(TRAIN))
    theirs = losses.mase(frame, models=["model"], seasonality=7, train_df=train)["model"][0]
    assert scores.mase(ACTUAL[None], MEAN[None], absolute)[0] == pytest.approx(theirs)
    theirs = losses.rmsse(frame, models=["model"], seasonality=7, train_df=train)["model"][0]
    assert scores.rmsse(ACTUAL[None], MEAN[None], squared)[0] == pytest.approx(theirs)
    theirs = losses.quantile_loss(frame, models={"model": "q"}, q=0.9)["model"][0]
    assert scores.pinball(ACTUAL[None], QUANTILES[None][..., 2:], (0.9,))[0] == pytest.approx(theirs)
    # utilsforecast's sMAPE runs from 0 to 1.
    theirs = losses.smape(frame, models=["model"])["model"][0] * 200
    assert scores.smape(ACTUAL[None], MEAN[None])[0] == pytest.approx(theirs)
