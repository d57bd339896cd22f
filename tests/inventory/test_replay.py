"""The comparison of policies: nothing later than a look is known at it, rules by hand, and a bound that holds."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from supplyline.cli.main import build_app
from supplyline.config import Settings
from supplyline.errors import ForecastError, InventoryError
from supplyline.forecasting import TOTAL_QUANTILES, Plan, forecast_and_score
from supplyline.inventory import Costs, Terms
from supplyline.inventory.comparison import compared, distance_covered, paired_interval
from supplyline.inventory.replay import (
    MODELS_BY_COST,
    OURS,
    RULE_OF_THUMB,
    Period,
    forecast_policy,
    make_replay,
    normal_policy,
    rolling_forecasts,
    rule_of_thumb,
)
from supplyline.inventory.shop_replay import measured_days, replay_shop, with_settings
from tests.support.demand_histories import END, history, shop

TERMS = Terms(lead_time_days=5, lead_time_sd_days=1, review_days=7, order_cycle_days=7, service_level=0.9)
PERIOD = Period(END - dt.timedelta(days=83), END, warm_up=14, cool_down=14)
POLICIES = ["rule_of_thumb", "forecast_quantiles", "least_cost", "same_money", "clairvoyant"]
COSTS = Costs(ordering_cost=0.1)


def fast_forecasts(rows: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    plan = Plan(models=("moving_average",), total_quantiles=TOTAL_QUANTILES)
    return forecast_and_score(rows, plan, as_of=day)[0]


def ours(rows: pd.DataFrame, period: Period = PERIOD) -> pd.DataFrame:
    return forecast_policy(rolling_forecasts(rows, period.looks(7), fast_forecasts), TERMS)


def test_a_look_knows_no_later_day() -> None:
    rows = history(**shop())
    middle = pd.Timestamp(PERIOD.looks(7)[5])
    later = rows.assign(quantity=rows["quantity"].where(rows["date"] <= middle, 1000.0))
    for made in (ours, lambda frame: rule_of_thumb(frame, PERIOD.looks(7), 3.0, TERMS)):
        before, after = made(rows), made(later)
        known = pd.to_datetime(before["as_of"]) <= middle
        pd.testing.assert_frame_equal(before[known], after[known])
        assert not before[~known].equals(after[~known])


def test_the_rule_of_thumb_is_weeks_of_the_last_four_weeks_mean() -> None:
    """56 pieces in the last 28 days are 2 a day: 3 weeks are 42, and a cycle of 7 days 14 more."""
    rows = history(A=[50.0] * 10 + [2.0] * 28)
    row = rule_of_thumb(rows, [END], 3.0, TERMS).iloc[0]
    assert (row["reorder_point"], row["order_up_to_level"]) == (42, 56)


def test_the_normal_rule_is_the_textbooks() -> None:
    """Mean 20, sd 6, R + L = 12, L ± 1, 90 %: 240 + 1.2816 sqrt(12·36 + 400) = 276.97, and 140 for the cycle."""
    ahead = pd.DataFrame({"sku": "A", "horizon": range(1, 29), "mean": 20.0, "sd": 6.0})
    row = normal_policy({END: ahead}, TERMS).iloc[0]
    assert (row["reorder_point"], row["order_up_to_level"]) == (277, 417)


def replayed() -> pd.DataFrame:
    rows = history(**shop())
    prices = pd.Series(4.0, index=sorted(shop()))
    replay = make_replay(rows, prices, PERIOD, TERMS, COSTS)
    thumb = rule_of_thumb(rows, PERIOD.looks(7), 3.0, TERMS)
    return pd.concat([replay.of(RULE_OF_THUMB, thumb), replay.of(OURS, ours(rows)), replay.clairvoyant()])


def test_every_policy_meets_the_same_demand_and_none_beats_the_clairvoyant() -> None:
    rows = replayed()
    assert rows.groupby("sku")["demand"].nunique().max() == 1
    assert (rows["opening"] + rows["received"] - rows["sold"] == rows["closing"]).all()
    assert (rows["demand"] == rows["sold"] + rows["missed"]).all()
    cost = rows.groupby("policy", sort=False)["total_cost"].sum()
    assert cost.idxmin() == "clairvoyant"
    told = compared(rows, 56).set_index("policy")
    assert told.loc["clairvoyant", "fill_rate"] >= told["fill_rate"].max() - 1e-12
    assert (told["total_cost_low"] <= told["total_cost"]).all()
    assert (told["total_cost"] <= told["total_cost_high"]).all()


def test_the_distance_covered_is_none_for_the_same_and_all_for_the_bound() -> None:
    rows = replayed()
    assert distance_covered(rows, RULE_OF_THUMB, RULE_OF_THUMB)[0] == 0
    share, low, high = distance_covered(rows, RULE_OF_THUMB, "clairvoyant")
    assert (share, low, high) == pytest.approx((1, 1, 1))


def test_a_sku_without_forecasts_is_left_out_everywhere_and_says_why() -> None:
    rows = history(**shop())
    replay = make_replay(rows, pd.Series(4.0, index=sorted(shop())), PERIOD, TERMS, COSTS)
    levels = ours(rows)
    told = replay.of(OURS, levels[levels["sku"] != "STEADY"])
    failed = told[told["status"] == "failed"]
    assert failed["sku"].tolist() == ["STEADY"]
    assert failed["error"].iloc[0] == "no levels: its forecasts failed"
    both = pd.concat([told, replay.clairvoyant()])
    assert set(compared(both, 56)["skus"]) == {len(shop()) - 1}


def test_the_interval_is_that_of_the_mean_of_a_normal_sample() -> None:
    """200 numbers of sd 1: the 90 % interval of their sum is about ± 1.645 · sqrt(200)."""
    values = np.random.default_rng(2).normal(5, 1, 200)
    low, high = paired_interval(lambda drawn: float(drawn.sum()), values)
    assert high - low == pytest.approx(2 * 1.645 * values.std() * np.sqrt(200), rel=0.15)
    assert low < values.sum() < high


def test_a_period_without_a_day_to_measure_is_refused() -> None:
    with pytest.raises(InventoryError, match="leaves no day to measure"):
        Period(END - dt.timedelta(days=20), END)


def test_the_shops_replay_gives_every_policy_of_every_sku_and_the_same_twice() -> None:
    rows = history(**{sku: demand for sku, demand in shop(days=120).items() if sku in ("STEADY", "DEAD")})
    settings = with_settings(Settings(), replay_weeks=2)
    prices = pd.Series([4.0, np.nan], index=["STEADY", "DEAD"])
    told = replay_shop(rows, prices, settings, END)
    assert len(told) == 2 * len(POLICIES)
    assert set(told["status"]) == {"ok"}
    assert measured_days(told) == 14
    pd.testing.assert_frame_equal(told, replay_shop(rows, prices, settings, END))


def test_models_are_chosen_by_what_they_cost_before_the_replay_and_replayed_on_it() -> None:
    rows = history(**{sku: demand for sku, demand in shop(days=300).items() if sku in ("STEADY", "DEAD")})
    prices = pd.Series(4.0, index=["STEADY", "DEAD"])
    told = replay_shop(rows, prices, with_settings(Settings(), replay_weeks=2), END, models=("moving_average",))
    own = told[told["policy"] == MODELS_BY_COST]
    assert set(own["model"]) <= {"auto", "moving_average"}
    assert set(own["status"]) == {"ok"}
    late = rows.assign(quantity=rows["quantity"].where(rows["date"] <= pd.Timestamp(told["first_date"].iloc[0]), 500.0))
    again = replay_shop(late, prices, with_settings(Settings(), replay_weeks=2), END, models=("moving_average",))
    assert own["model"].tolist() == again.loc[again["policy"] == MODELS_BY_COST, "model"].tolist()


def test_the_command_names_the_day_when_nothing_sold_before(tmp_path: object) -> None:
    from tests.support.warehouse import build_warehouse

    warehouse = str(build_warehouse(tmp_path / "warehouse"))  # type: ignore[operator]
    words, few = ["simulate", "--warehouse", warehouse], ["--weeks", "1", "--skus", "2"]
    found = CliRunner().invoke(build_app(words), [*words, "--weeks", "500"])
    assert isinstance(found.exception, InventoryError)
    found = CliRunner().invoke(build_app(words), [*words, *few, "--json"])
    assert [row["policy"] for row in json.loads(found.stdout)] == POLICIES
    found = CliRunner().invoke(build_app(words), [*words, *few, "--model", "naive"])
    assert "models_by_cost: 0 of 2 products" in found.stdout
    # With the shop's own models set to one, the automatic choice is that one, and beside it a model may still be named.
    config = tmp_path / "naive.yaml"  # type: ignore[operator]
    config.write_text("forecasting:\n  models: [naive]\n", encoding="utf-8")
    own = [*words, *few, "--config", str(config), "--model", "moving_average"]
    found = CliRunner().invoke(build_app(own), own)
    assert "models_by_cost: 2 of 2 products by another model than the automatic one" in found.stdout
    found = CliRunner().invoke(build_app(words), [*words, *few, "--model", "no such"])
    assert isinstance(found.exception, ForecastError)
