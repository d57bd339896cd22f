"""Forecasts follow a plan of prices, promotions and holidays, as far as the effects are known."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from supplyline.errors import ForecastError
from supplyline.forecasting.drivers import METHOD, estimate_drivers
from supplyline.forecasting.planned import PlannedDrivers, apply_drivers, holiday_calendar, planned_days
from supplyline.forecasting.widening import widened
from tests.support.planted_drivers import HOLIDAYS, planted_history

NO_PLAN = pd.DataFrame(columns=["sku", "first_day", "last_day", "price", "promotion"])
NO_CALENDAR = holiday_calendar([], [])
LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])


def forecasts_of(*skus: str) -> pd.DataFrame:
    days = pd.date_range("2011-12-24", periods=3)
    numbers = {"mean": [2.0, 4.0, 4.0], "q05": [0.0, 1.0, 1.0], "q95": [4.0, 8.0, 8.0], "total_q90": [3.0, 9.0, 15.0]}
    numbers |= {"total_mean": [2.0, 6.0, 10.0]}
    return pd.concat(
        [pd.DataFrame({"sku": sku, "date": days, "horizon": [1, 2, 3], **numbers}) for sku in skus], ignore_index=True
    )


def effects_of(category: str = "all", **effects: tuple[float, float, float]) -> pd.DataFrame:
    rows = [{"driver": name, "effect": mid, "low": low, "high": high} for name, (mid, low, high) in effects.items()]
    return pd.DataFrame(rows).assign(category=category, method=METHOD, status="ok")


def plan_of(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=NO_PLAN.columns)


def test_a_forecast_follows_a_planned_price_promotion_and_holiday() -> None:
    forecasts = forecasts_of("A", "B")
    planned = pd.DataFrame({"sku": "A", "date": ["2011-12-25"], "price": [0.5], "holiday": [1]})
    found = apply_drivers(forecasts, planned, {"price": -2.0, "holiday": 0.5})
    # 0.5 ** -2 * 0.5 = 2; sums of means 2, 6, 10 become 2, 10, 14.
    assert found["mean"].tolist() == pytest.approx([2.0, 8.0, 4.0, 2.0, 4.0, 4.0])
    assert found["q95"].tolist() == pytest.approx([4.0, 16.0, 8.0, 4.0, 8.0, 8.0])
    assert found["total_q90"].tolist()[:3] == pytest.approx([3.0, 15.0, 21.0])
    assert found["total_mean"].tolist()[:3] == pytest.approx(found["mean"].cumsum().tolist()[:3])
    assert found["planned_factor"].tolist()[1] == pytest.approx(2.0)
    assert found["planned_factor"].notna().sum() == 1
    pd.testing.assert_frame_equal(found[3:].drop(columns="planned_factor"), forecasts[3:])
    everywhere = apply_drivers(forecasts, planned.drop(columns="sku"), {"price": -2.0, "holiday": 0.5})
    assert everywhere["mean"].tolist() == pytest.approx([2.0, 8.0, 4.0] * 2)


def test_the_rows_of_the_table_are_effects_and_a_price_never_seen_counts_as_the_nearest_that_was() -> None:
    effects = estimate_drivers(planted_history(8), HOLIDAYS)
    known = effects.set_index("driver")
    assert 0.7 < known.lowest["price"] < 0.8 < 1.0 < known.highest["price"] < 1.3
    planned = pd.DataFrame({"date": pd.to_datetime(["2011-12-25"]), "price": [0.001], "promotion": [1]})
    found = apply_drivers(forecasts_of("A"), planned, effects)
    factor = known.lowest["price"] ** known.effect["price"] * known.effect["promotion"]
    assert found["mean"].tolist() == pytest.approx([2.0, 4.0 * factor, 4.0])


def test_no_factor_is_above_ten() -> None:
    planned = pd.DataFrame({"date": pd.to_datetime(["2011-12-25"]), "price": [0.001]})
    found = apply_drivers(forecasts_of("A"), planned, {"price": -2.0})
    assert found["mean"].tolist() == pytest.approx([2.0, 40.0, 4.0])


@pytest.mark.parametrize(
    ("planned", "message"),
    [
        ({"price": [0.0]}, "not above 0"),
        ({"promotion": [1.0]}, "no effect of promotion"),
        ({"date": ["2011-12-25"] * 2, "price": [1.0, 1.0]}, "planned twice"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(planned: dict[str, list[object]], message: str) -> None:
    with pytest.raises(ForecastError, match=message):
        apply_drivers(forecasts_of("A"), pd.DataFrame({"date": ["2011-12-25"]} | planned), {"price": -2.0})


def test_a_log_normal_demand_times_a_log_normal_factor_is_log_normal() -> None:
    for own, spread in ((0.5, 0.2), (0.8, 0.4), (0.3, 0.3)):
        before = np.exp(own * stats.norm.ppf(LEVELS))[None]
        exact = np.exp(np.hypot(own, spread) * stats.norm.ppf(LEVELS))
        assert widened(before, LEVELS, np.array([spread]))[0] == pytest.approx(exact, rel=0.1)
    kept = np.array([[0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 3.5]])
    assert np.array_equal(widened(kept, LEVELS, np.zeros(1)), kept)


def test_an_effect_that_is_hardly_known_makes_wider_quantiles_than_one_that_is() -> None:
    planned = pd.DataFrame({"date": ["2011-12-25"], "promotion": [1.0]})
    sure, unsure = (
        apply_drivers(forecasts_of("A"), planned, effects_of(promotion=(2.0, 2.0 / reach, 2.0 * reach)))
        for reach in (1.0, 2.0)
    )
    assert sure["mean"].tolist() == unsure["mean"].tolist() == pytest.approx([2.0, 8.0, 4.0])
    assert (unsure["q95"] - sure["q95"])[1] > 0.5
    assert (unsure["q05"] - sure["q05"])[1] < 0
    assert unsure["q95"].tolist()[::2] == sure["q95"].tolist()[::2] == [4.0, 8.0]


def test_days_before_the_first_that_is_planned_keep_every_bit_and_nothing_planned_changes_nothing() -> None:
    forecasts = forecasts_of("A", "B")
    effects = effects_of(price=(-2.0, -2.2, -1.8), holiday=(0.5, 0.4, 0.6))
    found = PlannedDrivers(plan_of(("A", "2011-12-26", "2012-01-31", 0.8, 0.0)), NO_CALENDAR, effects).applied(
        forecasts, {}
    )
    same = found["planned_factor"].isna()
    assert same.tolist() == [True, True, False, True, True, True]
    pd.testing.assert_frame_equal(found[same].drop(columns="planned_factor"), forecasts[same])
    nothing = PlannedDrivers(NO_PLAN, NO_CALENDAR, effects).applied(forecasts, {})
    pd.testing.assert_frame_equal(nothing.drop(columns="planned_factor"), forecasts)


def test_a_products_own_plan_wins_over_that_of_all_and_the_later_over_the_earlier() -> None:
    plan = plan_of(
        ("*", "2011-12-24", "2011-12-31", 0.9, 0.0),
        ("A", "2011-12-25", "2011-12-31", 0.7, 1.0),
        ("A", "2011-12-26", "2011-12-26", 0.5, 0.0),
    )
    found = planned_days(forecasts_of("A", "B"), plan, NO_CALENDAR).set_index(["sku", "date"])
    assert found.loc["A", "price"].tolist() == [0.9, 0.7, 0.5]
    assert found.loc["A", "promotion"].tolist() == [0.0, 1.0, 0.0]
    assert found.loc["B", "price"].tolist() == [0.9, 0.9, 0.9]


def test_each_product_has_the_effects_of_its_category_and_an_unknown_effect_is_left_out() -> None:
    effects = pd.concat([effects_of("dear", price=(-3.0, -3.0, -3.0)), effects_of("all", price=(-1.0, -1.0, -1.0))])
    plan = plan_of(("*", "2011-12-25", "2011-12-25", 0.5, 1.0))
    found = PlannedDrivers(plan, NO_CALENDAR, effects).applied(
        forecasts_of("A", "B", "C"), {"A": "dear", "B": "", "C": "new"}
    )
    assert found["planned_factor"].tolist()[1::3] == pytest.approx([8.0, 2.0, np.nan], nan_ok=True)


def test_holidays_and_the_days_before_come_from_the_calendar() -> None:
    days = [dt.date(2011, 12, 21) + dt.timedelta(days=n) for n in range(7)]
    calendar = holiday_calendar(days, {dt.date(2011, 12, 26): "Boxing Day"})
    assert calendar["date"].dt.day.tolist() == [23, 24, 25, 26]
    assert calendar["holiday"].tolist() == [0, 0, 0, 1]
    found = PlannedDrivers(NO_PLAN, calendar, effects_of(holiday=(0.01, 0.005, 0.02))).applied(forecasts_of("A"), {})
    assert found["mean"].tolist() == pytest.approx([2.0, 4.0, 0.04])


@settings(max_examples=40, deadline=None)
@given(
    price=st.lists(st.floats(0.3, 3.0), min_size=3, max_size=3),
    elasticity=st.floats(-4, 0),
    reach=st.floats(0, 2),
    table=st.lists(st.lists(st.floats(0, 50), min_size=4, max_size=4), min_size=3, max_size=3),
)
def test_quantiles_stay_ordered_and_totals_never_fall(
    price: list[float], elasticity: float, reach: float, table: list[list[float]]
) -> None:
    rows = np.sort(np.array(table), axis=1)
    totals = np.maximum.accumulate(np.cumsum(rows, axis=0), axis=0)
    columns = {"mean": rows.mean(axis=1), "total_mean": rows.mean(axis=1).cumsum()}
    names = ["q05", "q25", "q50", "q95"]
    columns |= {name: rows[:, at] for at, name in enumerate(names)}
    columns |= {f"total_{name}": totals[:, at] for at, name in enumerate(names)}
    days = pd.date_range("2011-12-24", periods=3)
    forecasts = pd.DataFrame({"sku": "A", "date": days} | columns)
    effects = effects_of(price=(elasticity, elasticity - reach, elasticity + reach))
    found = apply_drivers(forecasts, pd.DataFrame({"date": days, "price": price}), effects)
    for prefix in ("", "total_"):
        numbers = found[[f"{prefix}{name}" for name in names]].to_numpy()
        assert np.isfinite(numbers).all()
        assert (numbers >= 0).all()
        assert (np.diff(numbers, axis=1) >= 0).all()
    assert (np.diff(numbers, axis=0) >= 0).all()
    assert found["total_mean"].to_numpy() == pytest.approx(found["mean"].cumsum().to_numpy())
