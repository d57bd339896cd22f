"""Prices, promotions and holidays beside demand: read right, never from the future unless planned, and of use."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from supplyline.errors import ForecastError
from supplyline.forecasting import forecast_panel
from supplyline.forecasting.covariates import with_covariates
from supplyline.forecasting.features import NAMES, features, names_of
from supplyline.forecasting.history import read_history, typed_history
from supplyline.forecasting.panel import Panel
from tests.support.planted_drivers import planted_history

DAYS, HORIZON = 300, 14
PLANNED = ["gradient_boosting"]


def planted(seed: int = 3, skus: int = 30) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A history with price and promotion, and the two weeks after it."""
    rows = planted_history(seed, skus=skus, days=DAYS + HORIZON)
    end = rows["date"].min() + pd.Timedelta(days=DAYS - 1)
    return rows[rows["date"] <= end], rows[rows["date"] > end]


def panel_of(history: pd.DataFrame, future: pd.DataFrame | None = None) -> Panel:
    end = pd.Timestamp(history["date"].max())
    panel, _ = read_history(history, as_of=end, season_length=7, max_days=730)
    return with_covariates(panel, typed_history(history), future, HORIZON)


def test_a_price_is_carried_on_from_the_last_known_and_a_flag_is_not() -> None:
    days = pd.date_range("2011-01-01", periods=5)
    history = pd.DataFrame({"sku": "A", "date": days, "quantity": 1.0, "promotion": [0, 1, np.nan, 0, 0]})
    history["price"] = [np.nan, 2.0, -1.0, np.nan, 3.0]
    future = pd.DataFrame({"sku": "A", "date": ["2011-01-07"], "price": [2.5], "promotion": [1]})
    known = panel_of(history, future).covariates
    assert known is not None
    np.testing.assert_array_equal(known.values["price"][0, :8], [np.nan, 2, 2, 2, 3, 3, 2.5, 2.5])
    np.testing.assert_array_equal(known.values["promotion"][0, :8], [0, 1, 0, 0, 0, 0, 1, 0])
    assert known.usual_price(np.array([0, 1, 4]), 7)[0].tolist() == pytest.approx([np.nan, 2.0, 2.0], nan_ok=True)


def test_without_a_plan_the_features_know_nothing_after_the_origin() -> None:
    history, _ = planted()
    origins = np.array([150, 200])
    last = history["date"].min() + pd.Timedelta(days=200)
    changed = history.assign(price=history["price"].where(history["date"] <= last, 99.0))
    changed["promotion"] = changed["promotion"].where(changed["date"] <= last, 1.0)
    both = [features(panel_of(rows), origins, HORIZON) for rows in (history, changed)]
    np.testing.assert_array_equal(*both)
    assert np.isnan(both[0][..., names_of(panel_of(history)).index("price_ahead")]).all()


def test_with_a_plan_the_price_ahead_is_that_of_its_day_over_the_usual_one() -> None:
    history, after = planted()
    panel = panel_of(history, after[["sku", "date", "price", "promotion"]])
    names = names_of(panel)
    assert names == (*NAMES, "price_now", "price_ahead", "promotion_now", "promotion_ahead")
    found = features(panel, np.array([DAYS - 1]), HORIZON)[4, 0]
    own = history.loc[history["sku"] == "s004", "price"].to_numpy()
    planned = after[after["sku"] == "s004"]
    usual = np.median(own[-56:])
    assert found[:, names.index("price_ahead")] == pytest.approx(np.log(planned["price"] / usual).to_numpy())
    assert found[0, names.index("price_now")] == pytest.approx(np.log(own[-1] / usual))
    assert found[:, names.index("promotion_ahead")].tolist() == planned["promotion"].tolist()


def errors_of(rows: pd.DataFrame, after: pd.DataFrame) -> float:
    both = rows.merge(after[["sku", "date", "quantity"]], on=["sku", "date"])
    return float(np.abs(both["mean"] - both["quantity"]).mean())


def test_boosted_trees_that_know_the_plan_are_better_and_follow_it() -> None:
    history, after = planted(skus=40)
    plain = history[["sku", "date", "quantity"]]
    future = after[["sku", "date", "price", "promotion"]]
    without = forecast_panel(plain, HORIZON, models=PLANNED)
    known = forecast_panel(history, HORIZON, models=PLANNED, future=future)
    assert errors_of(known, after) < 0.97 * errors_of(without, after)
    # A promotion at 20 % off, planted with 0.8 ** -2 * 1.3 = 2.03, for all.
    usual = history.groupby("sku")["price"].median() * 0.8
    offered = future.assign(price=future["sku"].map(usual), promotion=1.0)
    ordinary = future.assign(price=offered["price"] / 0.8, promotion=0.0)
    high, low = (forecast_panel(history, HORIZON, models=PLANNED, future=plan) for plan in (offered, ordinary))
    assert 1.4 < high["mean"].sum() / low["mean"].sum() < 2.6
    pd.testing.assert_frame_equal(known, forecast_panel(history, HORIZON, models=PLANNED, future=future))


def test_models_that_take_no_covariates_follow_the_plan_by_its_effects() -> None:
    history, after = planted(skus=20)
    plain = forecast_panel(history, HORIZON, models=["moving_average"])
    day = after["date"].min()
    usual = history[history["date"] > history["date"].max() - pd.Timedelta(days=56)].groupby("sku")["price"].median()
    future = pd.DataFrame({"sku": usual.index, "date": day, "price": usual.to_numpy() * 0.8, "promotion": 1.0})
    found = forecast_panel(history, HORIZON, models=["moving_average"], future=future)
    ratio = found["mean"] / plain["mean"]
    first = (found["date"] == day).to_numpy()
    assert ratio[first].to_numpy() == pytest.approx(np.full(20, 0.8**-2 * 1.3), rel=0.25)
    assert ratio[~first].to_numpy() == pytest.approx(1.0)
    assert list(found.columns) == list(plain.columns)


def test_columns_that_no_model_looks_at_change_nothing() -> None:
    history, _ = planted(skus=3)
    found, plain = (
        forecast_panel(rows, HORIZON, models=["moving_average", "theta"])
        for rows in (history, history[["sku", "date", "quantity"]])
    )
    pd.testing.assert_frame_equal(found, plain)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sku": "nobody"}, "no readable history of nobody"),
        ({"price": 0.0}, "price is 0.0"),
        ({"price": "cheap"}, "price is cheap"),
        ({"promotion": 2.0}, "promotion is 2.0"),
        ({"holiday": 1.0}, "history lacks holiday"),
        ({"date": "2009-01-01"}, "none of its dates is forecast"),
        ({"date": None}, "is no date of each 1 days"),
    ],
)
def test_a_future_that_can_not_be_is_refused_and_says_why(changes: dict[str, object], message: str) -> None:
    history, after = planted(skus=2)
    future = after[["sku", "date", "price", "promotion"]].head(1).assign(**changes)
    with pytest.raises(ForecastError, match=message):
        forecast_panel(history, HORIZON, future=future)


def test_a_future_without_dates_or_with_a_day_twice_is_refused() -> None:
    history, after = planted(skus=2)
    future = after[["sku", "date", "price"]]
    with pytest.raises(ForecastError, match="future lacks date"):
        forecast_panel(history, HORIZON, future=future.drop(columns="date"))
    with pytest.raises(ForecastError, match="planned twice"):
        forecast_panel(history, HORIZON, future=pd.concat([future, future]))
    numbered = history.assign(date=(history["date"] - history["date"].min()).dt.days)
    ahead = future.assign(date=(future["date"] - history["date"].min()).dt.days)
    with pytest.raises(ForecastError, match="days only"):
        forecast_panel(numbered, HORIZON, models=["naive"], future=ahead)
    assert len(forecast_panel(numbered, HORIZON, models=PLANNED, future=ahead)) == 2 * HORIZON
