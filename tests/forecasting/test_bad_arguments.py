"""forecast_panel with what a stranger hands it: a named error before work starts, or rows; never a trace of numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from supplyline.errors import ForecastError
from supplyline.forecasting import forecast_panel


def history(**columns: Any) -> pd.DataFrame:
    dates = pd.date_range("2024-01-01", periods=30)
    given = {"sku": ["A"] * 30, "date": dates, "quantity": np.arange(30) % 4 + 1.0} | columns
    return pd.DataFrame(given)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"horizon": True}, "horizon True"),
        ({"horizon": 10**7}, "at most 10000"),
        ({"season_length": True}, "season_length True"),
        ({"models": None}, "models None are no names"),
        ({"models": 3}, "models 3 are no names"),
        ({"models": [None]}, "no model named None"),
        ({"models": []}, "none given"),
        ({"as_of": "soon"}, "as_of 'soon' is no date"),
        ({"as_of": 5}, "as_of 5 is no date"),
        ({"as_of": pd.NaT}, "as_of NaT is no date"),
        ({"future": [1]}, "future is a list and no pandas frame"),
        ({"future": pd.DataFrame()}, "future lacks date"),
    ],
)
def test_an_argument_that_cannot_be_is_named(arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(ForecastError, match=told) as raised:
        forecast_panel(history(), **arguments)
    assert raised.value.fix


def test_numbered_periods_take_no_date_as_their_end() -> None:
    numbered = history(date=np.arange(30))
    with pytest.raises(ForecastError, match="is no whole number"):
        forecast_panel(numbered, as_of=pd.Timestamp("2024-01-05"))
    assert forecast_panel(numbered, horizon=2, as_of=np.int64(9), models="naive")["date"].tolist() == [10, 11]


@pytest.mark.parametrize("name", ["sku", "date", "quantity"])
def test_a_column_that_is_there_twice_is_named(name: str) -> None:
    with pytest.raises(ForecastError, match=f"history has {name} twice"):
        forecast_panel(pd.concat([history(), history()[[name]]], axis=1))


@pytest.mark.parametrize("moment", ["2024-01-20", np.datetime64("2024-01-20"), pd.Timestamp("2024-01-20", tz="UTC")])
def test_the_end_may_be_any_kind_of_date(moment: Any) -> None:
    found = forecast_panel(history(), horizon=1, models="naive", as_of=moment)
    assert found["date"].tolist() == [pd.Timestamp("2024-01-21")]


def test_a_category_may_be_categorical_with_some_missing() -> None:
    kinds = pd.Categorical(["x"] * 29 + [None])
    found = forecast_panel(history(category=kinds), horizon=1, models="naive")
    assert found["status"].tolist() == ["ok"]
    nothing = pd.Categorical([None] * 30, categories=["x"])
    assert forecast_panel(history(category=nothing), horizon=1, models="naive")["status"].tolist() == ["ok"]


def test_complex_numbers_are_not_demand() -> None:
    found = forecast_panel(history(quantity=np.full(30, 2.0 + 1.0j)), horizon=1, models="naive")
    assert found["status"].tolist() == ["failed"]
    assert found["error"].str.contains("quantity is not a number").all()
