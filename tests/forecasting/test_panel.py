"""Histories become panels; what can't be read is named, and only that."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from supplyline.errors import ForecastError
from supplyline.forecasting.history import read_history
from tests.support.demand_histories import END, history, panel_of


def read(frame: pd.DataFrame, max_days: int = 730):
    return read_history(frame, as_of=END, season_length=7, max_days=max_days)


def test_days_without_a_row_are_days_without_demand() -> None:
    frame = history(A=[3, 0, 0, 5]).query("quantity > 0")
    panel, unreadable = read(frame)
    assert not unreadable
    assert panel.values.tolist() == [[3, 0, 0, 5]]


def test_shorter_histories_end_on_the_same_day() -> None:
    panel = panel_of([1, 2, 3, 4], [9])
    assert panel.values.tolist() == [[1, 2, 3, 4], [0, 0, 0, 9]]
    assert panel.starts.tolist() == [0, 3]
    assert panel.history(1).tolist() == [9]


def test_a_sku_that_sold_long_ago_is_filled_with_zeros_up_to_as_of() -> None:
    frame = pd.DataFrame({"sku": "A", "date": [pd.Timestamp(END) - pd.Timedelta(days=3)], "quantity": [7.0]})
    assert read(frame)[0].values.tolist() == [[7, 0, 0, 0]]


def test_only_the_last_days_are_kept() -> None:
    assert read(history(A=[1, 2, 3, 4]), max_days=2)[0].values.tolist() == [[3, 4]]


@pytest.mark.parametrize(
    ("quantity", "reason"),
    [([1, np.nan, 2], "not a number"), ([1, np.inf, 2], "infinite"), ([1, -4, 2], "negative")],
)
def test_a_bad_quantity_fails_its_sku_alone(quantity: list[float], reason: str) -> None:
    panel, unreadable = read(history(BAD=quantity, GOOD=[1, 2, 3]))
    assert list(panel.skus) == ["GOOD"]
    assert reason in unreadable["BAD"]
    assert "2011-11-10" in unreadable["BAD"]


def test_duplicate_dates_missing_dates_and_times_of_day_fail_their_sku() -> None:
    frame = history(TWICE=[1, 2], NODATE=[1, 2], HOURS=[1, 2], GOOD=[1, 2])
    frame.loc[1, "date"] = frame.loc[0, "date"]
    frame.loc[3, "date"] = pd.NaT
    frame.loc[5, "date"] += pd.Timedelta(hours=3)
    panel, unreadable = read(frame)
    assert list(panel.skus) == ["GOOD"]
    assert "twice" in unreadable["TWICE"]
    assert "missing" in unreadable["NODATE"]
    assert "time of day" in unreadable["HOURS"]


def test_text_in_a_quantity_and_a_missing_sku_are_reported() -> None:
    frame = history(A=[1, 2], B=[1, 2]).astype({"quantity": object, "sku": object})
    frame.loc[0, "quantity"] = "many"
    frame.loc[3, "sku"] = None
    _, unreadable = read(frame)
    assert "not a number" in unreadable["A"]
    assert "sku is missing" in unreadable["(none)"]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ForecastError, match="lacks quantity"):
        read(pd.DataFrame({"sku": ["A"], "date": [END]}))


def test_an_empty_history_is_an_empty_panel() -> None:
    panel, unreadable = read(pd.DataFrame({"sku": [], "date": [], "quantity": []}))
    assert (len(panel), panel.days, unreadable) == (0, 0, {})


def test_until_and_tail_cut_days_and_keep_starts() -> None:
    panel = panel_of([1, 2, 3, 4, 5], [8, 9])
    assert panel.until(2).values.tolist() == [[1, 2, 3], [0, 0, 0]]
    assert panel.until(2).end == END - dt.timedelta(days=2)
    assert panel.until(2).lengths.tolist() == [3, 0]
    assert panel.tail(3).values.tolist() == [[3, 4, 5], [0, 8, 9]]
    assert panel.tail(3).starts.tolist() == [0, 1]
