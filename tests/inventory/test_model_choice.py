"""The choice of a model by replayed cost: what is sure is taken, chance is not, and a product leans on the shop."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest

from supplyline.config import Settings
from supplyline.forecasting.plan import AUTOMATIC
from supplyline.inventory.model_choice import choose_by_cost, expected_shares, spreads, with_chosen
from supplyline.inventory.model_replay import forecasts_by, past_spans
from supplyline.inventory.shop_replay import with_settings
from tests.support.demand_histories import END, history, shop

SKUS, SPANS = 40, 4


def replayed(noise: float = 0.2, seed: int = 1, **models: float | list[float]) -> pd.DataFrame:
    """Rows of a replay: each model costs its number (one a SKU, or one for all), each span with chance of its own."""
    rng = np.random.default_rng(seed)
    rows = []
    for name, level in models.items():
        cost = np.broadcast_to(np.asarray(level, dtype=float)[..., None], (SKUS, SPANS))
        cost = cost * np.exp(rng.normal(0, noise, (SKUS, SPANS)) - noise**2 / 2)
        for span in range(SPANS):
            sku = [f"S{number:02}" for number in range(SKUS)]
            rows.append(pd.DataFrame({"sku": sku, "policy": name, "span": span, "total_cost": cost[:, span]}))
    return pd.concat(rows, ignore_index=True).assign(status="ok")


def usual(name: str = "usual") -> pd.Series:
    return pd.Series(name, index=[f"S{number:02}" for number in range(SKUS)])


def test_a_model_that_costs_less_all_over_the_shop_takes_over() -> None:
    rows = replayed(usual=20, cheap=14, dear=30)
    chosen = choose_by_cost(rows, usual())
    assert set(chosen) == {"cheap"}
    assert set(with_chosen(rows, chosen, "chosen")["policy"]) == {"chosen"}


def test_equal_models_are_left_to_the_usual_one() -> None:
    """Each of 40 SKUs has a model that was cheaper by chance: few of the best of three may look surely so."""
    left = [
        (choose_by_cost(replayed(seed=seed, usual=20, one=20, two=20, three=20), usual()) != "usual").mean()
        for seed in range(20)
    ]
    assert np.mean(left) < 0.1


def test_one_lucky_product_changes_nothing() -> None:
    rows = replayed(noise=0.05, usual=20, lucky=20.5)
    once = (rows["sku"] == "S07") & (rows["policy"] == "usual") & (rows["span"] == 2)
    rows.loc[once, "total_cost"] = 900.0
    assert set(choose_by_cost(rows, usual())) == {"usual"}


def test_a_model_that_is_always_cheaper_for_some_is_taken_by_those() -> None:
    half = [10.0] * (SKUS // 2) + [30.0] * (SKUS // 2)
    chosen = choose_by_cost(replayed(noise=0.1, usual=20, half=half), usual())
    assert set(chosen[: SKUS // 2]) == {"half"}
    assert set(chosen[SKUS // 2 :]) == {"usual"}


def test_a_sku_that_a_model_failed_on_or_without_a_known_usual_one_keeps_its_own() -> None:
    rows = replayed(usual=20, cheap=10)
    rows.loc[(rows["policy"] == "cheap") & (rows["sku"] == "S03"), ["status", "total_cost"]] = ["failed", np.nan]
    mine = usual()
    mine["S05"] = "another"
    chosen = choose_by_cost(rows, mine)
    assert (chosen["S03"], chosen["S05"]) == ("usual", "another")
    assert set(chosen.drop(["S03", "S05"])) == {"cheap"}


def test_one_span_says_nothing() -> None:
    rows = replayed(usual=20, cheap=5)
    assert set(choose_by_cost(rows[rows["span"] == 0], usual())) == {"usual"}


def test_spreads_are_those_that_the_costs_were_drawn_with() -> None:
    """Shares about a SKU's own with sd 0.3, those about the shop's with sd 0.2, in 2,000 SKUs of four spans."""
    rng = np.random.default_rng(4)
    own = 1 + rng.normal(0, 0.2, (2000, 1, 3))
    drawn = (own + rng.normal(0, 0.3, (2000, 4, 3))).reshape(-1, 3)
    index = pd.MultiIndex.from_product([range(2000), range(4)], names=["sku", "span"])
    assert spreads(pd.DataFrame(drawn, index=index)) == pytest.approx((0.09, 0.04), rel=0.06)


def test_the_own_costs_count_more_with_more_spans_and_shares_add_up() -> None:
    rows = replayed(noise=0.1, usual=20, half=[10.0] * 20 + [30.0] * 20)
    rows = rows[(rows["sku"] != "S00") | (rows["span"] == 0)]
    costs = rows.pivot(index=["sku", "span"], columns="policy", values="total_cost")
    expected = expected_shares(costs)
    assert expected.weight[0] < expected.weight[1:].min()
    assert expected.shares.mean(axis=1).to_numpy() == pytest.approx(np.ones(SKUS))


def test_spans_follow_each_other_up_to_the_day_and_each_warms_up_before() -> None:
    spans = past_spans(with_settings(Settings(), replay_weeks=13), dt.date(2011, 7, 3))
    measured = [(span.days[span.warm_up].date(), span.end) for span in spans]
    assert measured[0] == (dt.date(2011, 4, 4), dt.date(2011, 7, 3))
    assert all(last + dt.timedelta(days=1) == first for (first, _), (_, last) in itertools.pairwise(measured))
    assert {(span.start.weekday(), len(span.days)) for span in spans} == {(0, 119)}


def test_each_sku_is_forecast_by_its_own_model() -> None:
    rows = history(**{sku: demand for sku, demand in shop(days=120).items() if sku in ("STEADY", "DEAD")})
    models = pd.Series({"STEADY": "moving_average", "DEAD": "naive"})
    made = forecasts_by(models, rows, [END], Settings())[END]
    assert made.groupby("sku")["model"].first().to_dict() == models.to_dict()


def test_automatic_is_what_the_settings_name_and_a_model_named_beside_it_is_itself() -> None:
    rows = history(**{sku: demand for sku, demand in shop(days=120).items() if sku in ("STEADY", "DEAD")})
    usual = Settings()
    only_naive = usual.model_copy(update={"forecasting": usual.forecasting.model_copy(update={"models": ("naive",)})})
    models = pd.Series({"STEADY": AUTOMATIC, "DEAD": "moving_average"})
    made = forecasts_by(models, rows, [END], only_naive)[END]
    assert made.groupby("sku")["model"].first().to_dict() == {"STEADY": "naive", "DEAD": "moving_average"}
