"""No order is made of a forecast or a stock level that can't be: each SKU says why, and the good one is as if alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from supplyline.errors import ForecastError, InventoryError
from supplyline.inventory import reorder_policy

DAYS = 14


def forecast(sku: str) -> pd.DataFrame:
    day = np.arange(1, DAYS + 1)
    dates = pd.Timestamp("2011-11-11") + pd.to_timedelta(day, unit="D")
    numbers = {"mean": 5.0, "q05": 2.0, "q50": 5.0, "q95": 9.0}
    return pd.DataFrame(
        {"sku": sku, "date": dates, "horizon": day, "model": "ets", **numbers, "status": "ok", "error": None}
    )


def with_cell(sku: str, column: str, value: float) -> pd.DataFrame:
    frame = forecast(sku)
    frame.loc[3, column] = value
    return frame


def stock(**on_hand: object) -> pd.DataFrame:
    return pd.DataFrame({"sku": list(on_hand), "on_hand": list(on_hand.values())})


def test_a_forecast_that_can_not_be_makes_no_order() -> None:
    broken = {
        "TWICE": pd.concat([forecast("TWICE"), forecast("TWICE")[:1]]),
        "HOLE": forecast("HOLE").drop(index=4),
        "INFINITE": with_cell("INFINITE", "q95", np.inf),
        "NEGATIVE": with_cell("NEGATIVE", "mean", -1.0),
        "CROSSED": with_cell("CROSSED", "q05", 7.0),
    }
    shelves = stock(GOOD=3.0, **dict.fromkeys(broken, 3.0))
    policy = reorder_policy(pd.concat([forecast("GOOD"), *broken.values()]), shelves)
    assert dict(zip(policy["sku"], policy["error"], strict=True)) == {
        "GOOD": None,
        "TWICE": "forecast: a day is there twice",
        "HOLE": "forecast: days are missing",
        "INFINITE": "forecast: a number is infinite",
        "NEGATIVE": "forecast: a number is below zero",
        "CROSSED": "forecast: quantiles are not rising",
    }
    alone = reorder_policy(forecast("GOOD"), stock(GOOD=3.0))
    pd.testing.assert_frame_equal(policy[policy["sku"] == "GOOD"].reset_index(drop=True), alone)


@pytest.mark.parametrize(
    ("column", "value", "error"),
    [
        ("on_hand", np.inf, "stock: on_hand can't be inf"),
        ("on_hand", "many", "stock: on_hand can't be many"),
        ("on_order", -2.0, "stock: on_order can't be -2.0"),
        ("unit_price", -3.0, "stock: unit_price can't be -3.0"),
    ],
)
def test_a_stock_level_that_can_not_be_makes_no_order(column: str, value: object, error: str) -> None:
    row = reorder_policy(forecast("A"), stock(A=3.0).assign(**{column: value})).iloc[0]
    assert (row["status"], row["error"]) == ("failed", error)


def test_a_misspelt_term_is_named_with_the_word_that_was_meant() -> None:
    terms = pd.DataFrame({"sku": ["A"], "lead_time": [9.0]})
    with pytest.raises(InventoryError, match="terms have no column lead_time .*did you mean lead_time_days"):
        reorder_policy(forecast("A"), stock(A=3.0), terms)


def test_what_is_no_frame_is_named() -> None:
    with pytest.raises(ForecastError, match="stock is a dict and no pandas frame"):
        reorder_policy(forecast("A"), {"A": 3})  # type: ignore[arg-type]
