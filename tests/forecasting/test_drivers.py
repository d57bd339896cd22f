"""Sales drivers: planted effects lie in their intervals as often as these say."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from supplyline.errors import ConfigError
from supplyline.forecasting.driver_report import driver_report
from supplyline.forecasting.drivers import DriverPlan, estimate_drivers, row_groups
from supplyline.forecasting.held_prices import held_prices
from supplyline.forecasting.holidays import holidays
from supplyline.forecasting.pooled_effects import fit_effects, shrunk
from tests.support.planted_drivers import ELASTICITY, HOLIDAY, HOLIDAYS, PROMOTION, planted_history

TRUTH = {"price": ELASTICITY, "promotion": PROMOTION, "holiday": HOLIDAY}


def test_planted_effects_lie_in_their_90_percent_intervals() -> None:
    runs = [estimate_drivers(planted_history(seed, skus=20), HOLIDAYS).set_index("driver") for seed in range(15)]
    inside = {name: [run.low[name] <= value <= run.high[name] for run in runs] for name, value in TRUTH.items()}
    # 45 intervals: 0.79 … 0.98 is what 90 % coverage gives in 95 of 100 such tests.
    assert 0.79 <= np.mean(list(inside.values())) <= 0.98
    for name, value in TRUTH.items():
        assert np.mean([run.effect[name] for run in runs]) == pytest.approx(value, rel=0.06)


def test_without_a_promotion_column_price_cuts_are_found_in_the_prices() -> None:
    history = planted_history(3)
    found = estimate_drivers(history.drop(columns="promotion"), HOLIDAYS).set_index("driver")
    assert "promotion" not in found.index
    # A cut of 20 % at elasticity -2 with a promotion's own 30 %: 0.8 ** -2 * 1.3.
    assert found.low["price_cut"] < 0.8**ELASTICITY * PROMOTION < found.high["price_cut"] * 1.1
    assert found.effect["price_cut"] == pytest.approx(2.03, rel=0.15)


def test_prices_known_only_on_days_with_sales_are_carried_on() -> None:
    history = planted_history(4)
    history["price"] = history["price"].where(history["quantity"] > 0)
    found = estimate_drivers(history, HOLIDAYS).set_index("driver")
    assert found.effect["price"] == pytest.approx(ELASTICITY, abs=0.6)


def test_the_discounts_of_large_orders_are_hardly_taken_for_an_elasticity() -> None:
    """One day in twelve somebody takes five times a day's pieces at 20 % less; the list price does what it did."""
    history = planted_history(11, skus=20)
    bulk = np.random.default_rng(11).random(len(history)) < 1 / 12
    size = history.groupby("sku")["quantity"].transform("mean").round()
    history["quantity"] += bulk * 5 * size
    history["price"] *= np.where(bulk, 0.8, 1.0)
    sku, day, quarter = row_groups(history)
    x = np.column_stack([np.log(history["price"]), history["promotion"]])
    plain = fit_effects(history["quantity"].to_numpy(), x, quarter, (sku, day)).log_effects[0]
    found = estimate_drivers(history, HOLIDAYS).set_index("driver").effect["price"]
    assert plain < 3 * ELASTICITY
    assert 1.5 * ELASTICITY < found < 0.9 * ELASTICITY


def test_a_change_of_price_keeps_its_day_and_one_days_price_is_none() -> None:
    sku = pd.Series(["a"] * 12 + ["b"] * 3)
    price = pd.Series([5, 5, 4, 5, 5, 5, 3, 3, 3, np.nan, 3, 3, np.nan, np.nan, 7.0])
    found = held_prices(price, sku)
    assert found[:12].tolist() == [5, 5, 5, 5, 5, 5, 3, 3, 3, 3, 3, 3]
    assert found[12:].tolist() == pytest.approx([7, 7, np.nan], nan_ok=True)


def test_effects_are_those_of_statsmodels_with_a_dummy_for_each_group() -> None:
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(8), 60)
    x = rng.normal(size=(480, 2))
    demand = rng.poisson(np.exp(0.3 * group / 8 + x @ [0.5, -0.7])).astype(float)
    found = fit_effects(demand, x, group, (group, np.arange(480)), prior_sd=1e6)
    design = np.column_stack([x, np.eye(8)[group]])
    peer = sm.GLM(demand, design, family=sm.families.Poisson()).fit(cov_type="HC0")
    assert found.log_effects == pytest.approx(peer.params[:2], abs=1e-6)
    assert found.converged
    by_row = fit_effects(demand, x, group, (np.arange(480), np.arange(480)), prior_sd=1e6)
    # Ours are larger by the small-sample factor of the effective number of clusters.
    assert by_row.standard_errors == pytest.approx(peer.bse[:2], rel=0.02)


def test_the_ridge_keeps_an_effect_in_bounds_that_the_data_hardly_tell() -> None:
    demand, flag = np.array([5.0, 6.0, 4.0, 5.0, 0.0]), np.array([[0.0], [0.0], [0.0], [0.0], [1.0]])
    found = fit_effects(demand, flag, np.zeros(5, dtype=np.int64), (np.arange(5), np.arange(5)))
    assert -5 < found.log_effects[0] < -0.5
    assert found.converged


def test_categories_that_differ_only_by_chance_are_pulled_together_and_others_are_not() -> None:
    errors = np.full(4, 0.2)
    alike, _ = shrunk(np.array([1.0, 1.2, 0.9, 1.1]), errors)
    assert np.ptp(alike) < 0.02
    apart, posterior = shrunk(np.array([1.0, 5.0, 9.0, 3.0]), errors)
    assert apart == pytest.approx([1.0, 5.0, 9.0, 3.0], abs=0.05)
    assert (posterior < 0.2).all()
    assert shrunk(np.array([1.0]), np.array([0.3]))[0].tolist() == [1.0]


def test_each_category_has_its_own_effects_and_a_bad_one_fails_alone() -> None:
    dear = planted_history(5, skus=15).assign(category="dear")
    cheap = planted_history(6, skus=15, elasticity=-0.5).assign(category="cheap")
    cheap["sku"] = "c" + cheap["sku"]
    dead = cheap[cheap["sku"] == "cs000"].assign(sku="dead", quantity=0.0, category="dead")
    alone = estimate_drivers(pd.concat([dear, cheap]), HOLIDAYS)
    found = estimate_drivers(pd.concat([dear, cheap, dead]), HOLIDAYS)
    price = found[found["driver"] == "price"].set_index("category")
    assert price.effect["dear"] < -1.2 < price.effect["cheap"]
    failed = found[found["status"] == "failed"]
    assert set(failed["category"]) == {"dead"}
    assert "no SKU has demand" in failed["error"].iloc[0]
    pd.testing.assert_frame_equal(found[found["category"] != "dead"].reset_index(drop=True), alone)


def test_bad_skus_are_left_out_and_drivers_that_never_move_say_so() -> None:
    history = planted_history(7, skus=10)
    bad = history[history["sku"] == "s000"].assign(sku="bad")
    bad.loc[bad.index[:3], "quantity"] = [-1.0, np.inf, np.nan]
    rows = pd.concat([history, bad]).assign(promotion=0.0)
    found = estimate_drivers(rows, HOLIDAYS).set_index("driver")
    assert found.error["promotion"] == "it never changes within a product"
    assert found.n["price"] == len(history)
    fixed = rows["sku"].str[1:].replace("ad", "0").astype(float) + 1
    assert estimate_drivers(rows.assign(price=fixed), HOLIDAYS).set_index("driver").status["price"] == "failed"


def test_the_report_names_the_planted_drivers_and_its_r2_is_of_days_it_has_not_seen() -> None:
    found = driver_report(planted_history(9), HOLIDAYS, DriverPlan(most_skus=20)).set_index(["method", "driver"])
    correlation = found.loc["correlation"]
    assert correlation.high["price"] < 0 < correlation.low["promotion"]
    assert found.loc["linear_regression"].high["holiday"] < 0
    shares = found.loc["decision_tree"]["effect"].drop("all_drivers")
    assert shares.sum() == pytest.approx(1.0)
    assert set(shares.sort_values().index[-2:]) == {"weekday", "price"}
    assert 0.05 < found.loc[("linear_regression", "all_drivers"), "effect"] < 0.6
    assert (found["status"] == "ok").all()


def test_the_calendar_of_england_knows_moved_and_extra_holidays() -> None:
    days = holidays("GB")
    assert days[dt.date(2011, 4, 22)] == "Good Friday"
    assert {dt.date(2011, 4, 29), dt.date(2012, 6, 5), dt.date(2010, 12, 28), dt.date(2011, 12, 27)} <= set(days)
    assert dt.date(2012, 5, 28) not in days
    assert holidays("") == {}
    with pytest.raises(ConfigError, match="no holiday calendar 'XX'"):
        holidays("XX")
