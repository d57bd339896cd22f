"""Quantiles of single days: whole, zero where nothing sells, covering as often as they say, lent to the young."""

from __future__ import annotations

import numpy as np
import pytest

from supplyline.forecasting.calibration import moved_day_levels
from supplyline.forecasting.kernels import paths
from supplyline.forecasting.paths import Outlook
from supplyline.forecasting.quantiles import day_origins, day_quantiles, season_step
from supplyline.forecasting.registry import models
from tests.support.demand_histories import panel_of

RNG = np.random.default_rng(21)
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


def outlook_of(*demands: np.ndarray, horizon: int = 14, model: str = "moving_average") -> Outlook:
    panel = panel_of(*demands)
    state, origins = models()[model].fit(panel), day_origins(panel, horizon)
    mean = np.maximum(state.ahead(np.array([panel.days - 1]), horizon)[:, 0], 0.0)
    return Outlook(panel, mean, np.ascontiguousarray(state.ahead(origins, horizon)), origins)


def test_a_share_is_that_of_the_ordered_sample() -> None:
    for count in (8, 20, 52, 90):
        sample = np.floor(RNG.gamma(0.5, 10.0, count))
        first, level, excess = paths.tail_of(np.sort(sample))
        for demand in (0.0, *sample, sample.max() + 3.0):
            for strictly in (True, False):
                below = (sample < demand).sum() if strictly else (sample <= demand).sum()
                body = min((below + 0.5) / (count + 1), level)
                tail = 1.0 - (1.0 - level) * np.exp(-max(demand - first, 0.0) / max(excess, 1e-9))
                assert paths.share_of(sample, demand, strictly) == pytest.approx(tail if demand > first else body)


def test_quantiles_of_intermittent_days_are_calibrated_by_the_randomised_transform() -> None:
    demand = np.where(RNG.random((400, 414)) < 0.3, 1.0 + RNG.poisson(2.0, (400, 414)), 0.0)
    grid = np.arange(0.01, 1.0, 0.01)
    found = day_quantiles(outlook_of(*demand[:, :400]), np.array(["intermittent"] * 400), tuple(grid))
    assert (found == np.floor(found)).all()
    came = demand[:, 400:, None]
    below, most = (found < came).mean(axis=2), (found <= came).mean(axis=2)
    ranks = np.where(demand[:, 400:] > 0, below, 0.0) + RNG.random(below.shape) * (most - below)
    for level in LEVELS:
        assert (ranks <= level).mean() == pytest.approx(level, abs=0.03)


def test_a_young_product_borrows_from_those_that_sell_as_much() -> None:
    grown = [RNG.poisson(level, 400).astype(float) for level in np.repeat((2.0, 20.0), 25)]
    young = RNG.poisson(20.0, 10).astype(float)
    outlook = outlook_of(*grown, young)
    found = day_quantiles(outlook, np.array(["smooth"] * 51), (0.05, 0.95))
    youngest, much = np.argmax(outlook.panel.starts), outlook.mean.mean(axis=1) > 10
    much[youngest] = False
    relative = found[much].mean(axis=(0, 1)) / outlook.mean[much].mean()
    assert found[youngest].mean(axis=0) == pytest.approx(relative * outlook.mean[youngest].mean(), rel=0.1)


def test_origins_are_seasons_apart_where_the_history_holds_twelve() -> None:
    long, short = panel_of(np.ones(400)), panel_of(np.ones(90))
    assert (season_step(long, 28), season_step(short, 28)) == (7, 1)
    assert season_step(long.with_seasons((24, 168)), 28) == 24
    assert season_step(panel_of(np.ones(700)).with_seasons((24, 168)), 168) == 24
    assert season_step(panel_of(np.ones(97), season_length=52), 8) == 1


def test_levels_of_days_move_by_the_quarter_of_the_horizon_they_are_in() -> None:
    ranks = np.tile(RNG.random((200, 4, 1)) ** 0.5, (1, 1, 8))
    ranks[:, :, :2] = RNG.random((200, 4, 2))
    moved, group = moved_day_levels(ranks, np.array(["smooth"] * 200), np.array([0.5]), 8)
    assert moved[group[0], :2, 0] == pytest.approx(0.5, abs=0.04)
    assert moved[group[0], 2:, 0] == pytest.approx(0.5**0.5, abs=0.04)
