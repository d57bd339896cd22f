"""Young SKUs lean on their category, and the less the more they have sold themselves."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from supplyline.forecasting import Plan, forecast_and_score, forecast_panel
from supplyline.forecasting.models.pooled_mean import MODEL
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.pools import credibility, pool_names, pools_of

DAYS = 140


def planted(young_days: int) -> tuple[Panel, np.ndarray]:
    """60 SKUs of two categories with gamma levels around 2 and 20; every fifth is young. The levels are the truth."""
    random = np.random.default_rng(11)
    category = np.array(["small", "large"] * 30, dtype=object)
    levels = random.gamma(8.0, np.where(category == "small", 2.0, 20.0) / 8.0)
    starts = np.where(np.arange(60) % 5 == 0, DAYS - young_days, 0).astype(np.int64)
    demand = random.poisson(levels[:, None], (60, DAYS)).astype(float)
    values = np.where(np.arange(DAYS) >= starts[:, None], demand, 0.0)
    names = np.array([f"sku-{number:02d}" for number in range(60)], dtype=object)
    return Panel(names, values, starts, dt.date(2011, 6, 30), categories=category), levels


def ahead(panel: Panel) -> np.ndarray:
    return MODEL.fit(panel).ahead(np.array([panel.days - 1]), 7)[:, 0].mean(axis=1)


def test_a_young_sku_is_forecast_better_than_by_its_own_mean_or_its_categorys() -> None:
    panel, truth = planted(young_days=4)
    young = panel.starts > 0
    own = panel.values.sum(axis=1) / panel.lengths
    pool = np.array([own[panel.categories == name].mean() for name in panel.categories])
    errors = [np.square((guess - truth)[young] / truth[young]).mean() for guess in (ahead(panel), own, pool)]
    assert errors[0] < min(errors[1:])


def test_a_new_sku_gets_the_mean_of_its_own_category() -> None:
    panel, _ = planted(young_days=1)
    found = ahead(panel)
    for name, level in (("small", 2.0), ("large", 20.0)):
        young = (panel.starts > 0) & (panel.categories == name)
        assert found[young].mean() == pytest.approx(level, rel=0.5)


def test_an_old_sku_keeps_its_own_mean() -> None:
    panel, _ = planted(young_days=2)
    old = panel.starts == 0
    assert ahead(panel)[old] == pytest.approx(panel.values[old].mean(axis=1), rel=0.1)


def test_the_sale_that_a_history_begins_with_says_nothing_of_the_level() -> None:
    panel, _ = planted(young_days=10)
    young = np.flatnonzero(panel.starts > 0)
    panel = replace(panel, pools=pools_of(panel))
    before = ahead(panel)
    panel.values[young, panel.starts[young]] += 500.0
    assert ahead(panel) == pytest.approx(before)


def test_credibility_is_the_variance_within_over_the_variance_between() -> None:
    random = np.random.default_rng(3)
    levels = random.gamma(4.0, 2.5, 4000)
    values = random.poisson(levels[:, None], (4000, 50)).astype(float)
    names = np.arange(4000).astype(str).astype(object)
    panel = Panel(names, values, np.zeros(4000, dtype=np.int64), dt.date(2011, 6, 30))
    assert credibility(panel) == pytest.approx(10.0 / 25.0, rel=0.1)  # Poisson: mean 10; gamma: 4 · 2.5²


def test_small_categories_lean_on_all_skus_without_one_of_their_own() -> None:
    panel, _ = planted(young_days=2)
    panel.categories[:4] = ["", "lone", "pair", "pair"]
    pools = pools_of(panel)
    assert set(pools) == {"", "small", "large"}
    assert pool_names(panel, pools)[:6] == ["", "", "", "", "small", "large"]
    assert pools["small"].level < pools[""].level < pools["large"].level


def frame_of(panel: Panel) -> pd.DataFrame:
    days = pd.date_range(end=pd.Timestamp(panel.end), periods=panel.days)
    rows = pd.DataFrame({"sku": np.repeat(panel.skus, panel.days), "date": np.tile(days, len(panel))})
    rows["quantity"], rows["category"] = panel.values.ravel(), np.repeat(panel.categories, panel.days)
    return rows[panel.recorded().ravel()]


def test_the_automatic_choice_lets_the_young_borrow_and_nobody_else() -> None:
    panel, truth = planted(young_days=3)
    found = forecast_panel(frame_of(panel), horizon=7).groupby("sku").agg({"model": "first", "mean": "mean"})
    young = panel.starts > 0
    assert (found["model"] == "pooled_mean").to_numpy().tolist() == young.tolist()
    alone = forecast_panel(frame_of(panel), 7, models=["median_combination"]).groupby("sku")["mean"].mean()
    errors = [np.square((guess.to_numpy() - truth)[young] / truth[young]).mean() for guess in (found["mean"], alone)]
    assert errors[0] < 0.7 * errors[1]


def test_a_part_of_a_shop_borrows_from_all_of_it() -> None:
    panel, _ = planted(young_days=3)
    whole, parts = Plan(), np.array_split(np.arange(len(panel)), 4)
    pools = pools_of(panel)
    together = forecast_and_score(frame_of(panel), whole)[0]
    pieces = [forecast_and_score(frame_of(panel.take(rows)), whole, pools=pools)[0] for rows in parts]
    # Quantiles are calibrated on the products beside one, and lent by them.
    told = ["sku", "date", "model", "mean", "status"]
    pd.testing.assert_frame_equal(pd.concat(pieces, ignore_index=True)[told], together[told])


def test_a_shop_with_too_few_grown_products_has_nobody_to_borrow_from() -> None:
    panel, _ = planted(young_days=3)
    few = panel.take(np.flatnonzero(panel.starts == 0)[:19])
    both = pd.concat([frame_of(few), frame_of(panel.take(panel.starts > 0))])
    assert "pooled_mean" not in set(forecast_panel(both, horizon=7)["model"])
