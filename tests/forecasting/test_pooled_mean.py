"""Young SKUs lean on their category, and the less the more they have sold themselves."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from supplyline.forecasting.models.pooled_mean import MODEL, credibility, groups
from supplyline.forecasting.panel import Panel

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
    panel, truth = planted(young_days=2)
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
    masks = groups(panel)
    assert sorted(int(mask.sum()) for mask in masks) == [4, 28, 28]
    assert np.sum(masks, axis=0).tolist() == [1] * 60
