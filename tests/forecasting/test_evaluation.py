"""Rolling-origin evaluation: each origin knows nothing after it, bands and stability are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from supplyline.forecasting import Plan, evaluate
from supplyline.forecasting.isolation import run_model
from supplyline.forecasting.registry import models
from supplyline.forecasting.scores import naive_scales
from tests.support.demand_histories import END, history, panel_of

DEMAND = np.random.default_rng(6).poisson(12, 300).astype(float)
PLAN = Plan(models=("moving_average", "seasonal_naive"))


def test_a_row_for_each_origin_model_and_band() -> None:
    scores = evaluate(history(A=DEMAND), PLAN, origins=3, step=7, as_of=END)
    assert len(scores) == 3 * 2 * 4
    days = [(END - day.date()).days for day in sorted(scores["origin"].unique(), reverse=True)]
    assert days == [28, 35, 42]
    assert set(scores["purpose"]) == {"evaluation"}


def test_scores_of_a_band_are_those_of_its_days() -> None:
    scores = evaluate(history(A=DEMAND), PLAN, origins=1, as_of=END).query("model == 'moving_average'")
    past = panel_of(DEMAND).until(28)
    mean = run_model(models()["moving_average"], past, 28, (0.5,)).mean[0]
    error = np.abs(DEMAND[-28:] - mean) / naive_scales(past)[0][0]
    found = scores.set_index("days_ahead")["mase"].to_dict()
    expected = {"all": error, "1-7": error[:7], "8-14": error[7:14], "15-28": error[14:]}
    assert found == pytest.approx({band: days.mean() for band, days in expected.items()})


def test_stability_is_the_change_of_a_days_forecast_since_the_origin_before() -> None:
    scores = evaluate(history(A=DEMAND), PLAN, origins=2, step=7, as_of=END)
    rows = scores[(scores["model"] == "moving_average") & (scores["days_ahead"] == "all")].sort_values("origin")
    assert np.isnan(rows["stability"].iloc[0])
    panel = panel_of(DEMAND)
    late, early = (run_model(models()["moving_average"], panel.until(back), 28, (0.5,)).mean[0] for back in (28, 35))
    change = np.abs(late[:21] - early[7:]).mean() / naive_scales(panel.until(28))[0][0]
    assert rows["stability"].iloc[1] == pytest.approx(change)


def test_days_after_an_origin_change_nothing_but_the_actual_demand() -> None:
    """Two histories that differ in their last 28 days have the same forecasts before: the same stability."""
    other = DEMAND.copy()
    other[-28:] = 99.0
    ours, theirs = (evaluate(history(A=demand), PLAN, origins=3, as_of=END) for demand in (DEMAND, other))
    assert ours["stability"].tolist() == pytest.approx(theirs["stability"].tolist(), nan_ok=True)
    assert ours["mase"].sum() < theirs["mase"].sum()


def test_a_product_too_young_for_an_origin_has_no_scores_there() -> None:
    assert evaluate(history(A=DEMAND[:20]), PLAN, as_of=END).empty
    young = evaluate(history(A=DEMAND[:60]), PLAN, origins=4, step=7, as_of=END)
    assert young["origin"].nunique() == 1
