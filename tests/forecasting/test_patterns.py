"""The demand patterns of Syntetos, Boylan and Croston, on histories whose ADI and CV² are known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from supplyline.forecasting.patterns import demand_interval, demand_patterns, size_variation
from supplyline.forecasting.seasonality import seasonal_factors
from tests.support.demand_histories import panel_of


@pytest.mark.parametrize(
    ("demand", "pattern"),
    [
        (np.tile([4.0, 5.0, 6.0], 30), "smooth"),
        (np.tile([1.0, 1.0, 20.0], 30), "erratic"),
        (np.tile([4.0, 0.0, 5.0, 0.0], 30), "intermittent"),
        (np.tile([1.0, 0.0, 0.0, 50.0], 30), "lumpy"),
        (np.ones(55), "new"),
        (np.eye(1, 200)[0], "new"),
        (np.zeros(200), "new"),
    ],
)
def test_pattern(demand: np.ndarray, pattern: str) -> None:
    assert demand_patterns(panel_of(demand)).tolist() == [pattern]


def test_interval_and_variation_equal_their_definitions() -> None:
    demand = np.array([0.0, 3.0, 0.0, 0.0, 9.0, 3.0, 0.0, 5.0])
    panel = panel_of(demand, np.ones(30))
    sizes = demand[demand > 0]
    assert demand_interval(panel)[0] == len(demand) / len(sizes)
    assert size_variation(panel)[0] == pytest.approx(sizes.var() / sizes.mean() ** 2)


def test_the_thresholds_themselves_are_not_smooth() -> None:
    # 33 days of 25 demands: ADI is 1.32 exactly, which is not below 1.32.
    demand = np.tile(np.concatenate([np.ones(25), np.zeros(8)]), 2)
    assert demand_patterns(panel_of(demand)).tolist() == ["intermittent"]


def test_seasonal_factors_find_a_closed_day_and_average_one() -> None:
    week = np.array([2.0, 2.0, 2.0, 2.0, 2.0, 0.0, 4.0])
    panel = panel_of(np.tile(week, 50))
    factors = seasonal_factors(panel)[0]
    targets = panel.days + np.arange(7)
    assert factors.mean() == pytest.approx(1)
    assert factors[(panel.days - 1 - targets) % panel.season_length] == pytest.approx(week / 2, abs=0.1)


def test_few_sales_keep_a_flat_week() -> None:
    demand = np.zeros(300)
    demand[[10, 150]] = 5
    assert np.ptp(seasonal_factors(panel_of(demand))[0]) < 2.1
