"""Dates of any regular frequency become whole numbers and dates again; the frequency is read off the panel."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from supplyline.errors import ForecastError
from supplyline.forecasting import forecast_panel
from supplyline.forecasting.periods import DAYS, calendar_of
from tests.support.demand_histories import END, history

FREQUENCIES = ["D", "W-SUN", "W-THU", "2W-MON", "MS", "ME", "QS", "QE", "YS", "YE", "h", "15min", "6h"]


def panel(dates: pd.DatetimeIndex) -> pd.DataFrame:
    demand = 20 + np.random.default_rng(4).poisson(9, len(dates)).astype(float)
    return pd.concat([pd.DataFrame({"sku": sku, "date": dates, "quantity": demand}) for sku in ("A", "B")])


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_forecasts_go_on_at_the_frequency_of_the_history(frequency: str) -> None:
    dates = pd.date_range("2009-01-01", periods=40, freq=frequency)
    rows = forecast_panel(panel(dates), horizon=5, season_length=1, models="moving_average")
    expected = pd.date_range("2009-01-01", periods=45, freq=frequency)[40:]
    assert rows.loc[rows["sku"] == "A", "date"].tolist() == expected.tolist()
    assert set(rows["status"]) == {"ok"}


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_the_periods_of_regular_dates_are_consecutive_and_lead_back(frequency: str) -> None:
    dates = pd.Series(pd.date_range("2009-01-01", periods=40, freq=frequency))
    calendar = calendar_of(pd.Series("A", index=dates.index), dates)
    index, regular = calendar.index(dates)
    assert regular.all()
    assert np.diff(index).tolist() == [1] * 39
    assert calendar.dates(index).astype("M8[ns]").tolist() == dates.to_numpy().astype("M8[ns]").tolist()


def test_missing_periods_do_not_hide_the_frequency() -> None:
    months = pd.Series(pd.date_range("2009-01-01", periods=40, freq="ME")).drop([3, 4, 17])
    calendar = calendar_of(pd.Series("A", index=months.index), months)
    assert (calendar.unit, calendar.step, calendar.day) == ("months", 1, 0)


def test_few_dates_and_dates_of_several_kinds_are_days() -> None:
    for texts in (["2011-01-01", "2011-02-01"], ["2011-01-01", "2011-01-08", "2011-01-15", "2011-01-17", "2011-01-29"]):
        dates = pd.Series(pd.to_datetime(texts))
        assert calendar_of(pd.Series("A", index=dates.index), dates) == DAYS


def test_whole_numbers_are_periods() -> None:
    frame = pd.DataFrame({"sku": "A", "date": np.arange(-30, 0), "quantity": np.arange(30.0)})
    rows = forecast_panel(frame, horizon=3, season_length=1, models="holt")
    assert rows["date"].tolist() == [0, 1, 2]
    assert rows["mean"].iloc[0] == pytest.approx(30, abs=1)


def test_numbers_with_a_fraction_are_no_dates() -> None:
    with pytest.raises(ForecastError, match="not whole"):
        forecast_panel(pd.DataFrame({"sku": ["A", "A"], "date": [0.5, 1.5], "quantity": [1.0, 2.0]}))


def test_a_sku_finer_than_the_others_fails_alone() -> None:
    hours = pd.DataFrame({"sku": "HOURS", "date": pd.date_range(END, periods=9, freq="h"), "quantity": 1.0})
    rows = forecast_panel(pd.concat([history(A=np.ones(60), B=np.ones(30)), hours]))
    assert set(rows.loc[rows["status"] == "failed", "sku"]) == {"HOURS"}
    assert rows.loc[rows["sku"] == "HOURS", "error"].str.contains("time of day").all()


def test_times_with_a_zone_count_by_the_clock_on_the_wall() -> None:
    dates = pd.date_range("2011-03-20", periods=14, freq="D", tz="Europe/London")
    rows = forecast_panel(pd.DataFrame({"sku": "A", "date": dates, "quantity": 3.0}), horizon=1)
    assert rows["date"].tolist() == [pd.Timestamp("2011-04-03")]
