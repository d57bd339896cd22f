"""The median of three levels, and windows of weeks in any calendar."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from supplyline.forecasting.periods import DAYS, INTEGERS, Calendar
from supplyline.forecasting.registry import models
from tests.support.demand_histories import panel_of

RNG = np.random.default_rng(11)
LUMPY = np.where(RNG.random((2, 300)) < 0.3, RNG.geometric(0.1, (2, 300)), 0.0)
WEEKLY = Calendar("seconds", 7 * 86_400, 3 * 86_400)
LAST = np.array([299])


@pytest.mark.parametrize(("calendar", "windows"), [(DAYS, (28, 56)), (WEEKLY, (4, 8))])
def test_each_level_is_the_median_of_two_means_and_imapa(calendar: Calendar, windows: tuple[int, int]) -> None:
    panel = replace(panel_of(*LUMPY, season_length=1), calendar=calendar)
    means = [LUMPY[:, -window:].mean(axis=1) for window in windows]
    imapa = models()["imapa"].fit(panel).ahead(LAST, 1)[:, 0, 0]
    found = models()["level_combination"].fit(panel).ahead(LAST, 3)[:, 0]
    assert found == pytest.approx(np.repeat(np.median([*means, imapa], axis=0)[:, None], 3, axis=1))


def test_a_year_of_weeks_is_put_back_onto_the_level() -> None:
    weeks = np.arange(208)
    season = 1 + 0.5 * np.sin(2 * np.pi * weeks / 52)
    panel = replace(panel_of(100 * season[:156], season_length=52), calendar=WEEKLY)
    found = models()["level_combination"].fit(panel).ahead(np.array([155]), 52)[0, 0]
    assert np.abs(found / (100 * season[156:]) - 1).max() < 0.1


def test_a_season_not_held_twice_is_left_out() -> None:
    panel = replace(panel_of(LUMPY[0, :80], season_length=52), calendar=WEEKLY)
    flat = replace(panel, season_length=1)
    model, last = models()["level_combination"], np.array([79])
    assert model.fit(panel).ahead(last, 8).tolist() == model.fit(flat).ahead(last, 8).tolist()


@pytest.mark.parametrize(
    ("calendar", "periods"),
    [(DAYS, 28), (INTEGERS, 28), (WEEKLY, 4), (Calendar("seconds", 3600), 672), (Calendar("months", 1), 4)],
)
def test_four_weeks_are_counted_in_periods(calendar: Calendar, periods: int) -> None:
    assert calendar.weeks(4) == periods
