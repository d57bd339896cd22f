"""The promises of forecast_panel: numbers one can order by, one bad SKU alone, the same twice and in any company."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyline.errors import ForecastError
from supplyline.forecasting import Plan, forecast_and_score, forecast_panel
from supplyline.forecasting import models as model_package
from supplyline.forecasting.plan import QUANTILES, quantile_column
from supplyline.forecasting.registry import Model, models
from tests.support.demand_histories import END, history, shop

LEVELS = ["q05", "q10", "q25", "q50", "q75", "q90", "q95"]


def assert_usable(forecasts: pd.DataFrame) -> None:
    numbers = forecasts[["mean", *LEVELS]].to_numpy(dtype=float)
    assert np.isfinite(numbers).all()
    assert (numbers >= 0).all()
    assert (np.diff(numbers[:, 1:], axis=1) >= 0).all()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.one_of(st.just(0.0), st.floats(0, 50), st.floats(0, 1e12)), min_size=1, max_size=140),
        min_size=1,
        max_size=3,
    )
)
def test_quantiles_are_finite_ordered_and_never_negative_for_any_history(demands: list[list[float]]) -> None:
    forecasts = forecast_panel(
        history(**{f"S{row}": demand for row, demand in enumerate(demands)}), quantiles=QUANTILES
    )
    assert len(forecasts) == 28 * len(demands)
    assert set(forecasts["status"]) <= {"ok", "not_converged", "fallback"}
    assert_usable(forecasts)


@pytest.mark.parametrize("name", sorted(models()))
@pytest.mark.parametrize(
    "demand",
    [
        np.zeros(120),
        np.ones(1),
        np.full(120, 7.0),
        np.eye(1, 120)[0] * 1e12,
        np.tile([0.0, 1e12], 60),
        np.geomspace(1e-300, 1e-290, 120),
        np.geomspace(1, 1e12, 120),
    ],
    ids=["zeros", "one day", "constant", "one spike", "huge", "tiny", "explosive"],
)
def test_every_model_or_its_fallback_stays_usable(name: str, demand: np.ndarray) -> None:
    forecasts = forecast_panel(history(A=demand), quantiles=QUANTILES, models=name)
    assert_usable(forecasts)
    assert (forecasts["error"].notna() == (forecasts["status"] != "ok")).all()


def bad_shop() -> pd.DataFrame:
    frame = history(**shop(), NAN=[1, np.nan], INF=[1, np.inf], NEGATIVE=[-1, 2], ONE=[5], ZERO=np.zeros(90))
    twice = history(TWICE=[1, 2]).assign(date=pd.Timestamp(END))
    return pd.concat([frame, twice], ignore_index=True)


def test_bad_skus_fail_on_every_day_with_a_reason_and_leave_the_others_as_they_were() -> None:
    forecasts = forecast_panel(bad_shop(), quantiles=QUANTILES)
    failed = forecasts[forecasts["status"] == "failed"]
    assert failed.groupby("sku").size().to_dict() == dict.fromkeys(["INF", "NAN", "NEGATIVE", "TWICE"], 28)
    assert failed[["mean", *LEVELS]].isna().all(axis=None)
    assert failed["error"].str.len().gt(10).all()
    good = forecasts[forecasts["sku"].isin(shop())].reset_index(drop=True)
    pd.testing.assert_frame_equal(good, forecast_panel(history(**shop()), quantiles=QUANTILES))


def test_twice_is_the_same_and_the_order_of_rows_does_not_matter() -> None:
    frame = bad_shop()
    shuffled = frame.sample(frac=1, random_state=1)
    for ours, again in zip(forecast_and_score(frame), forecast_and_score(shuffled), strict=True):
        pd.testing.assert_frame_equal(ours, again)


def test_a_forecast_does_not_depend_on_the_skus_beside_it() -> None:
    together, scores = forecast_and_score(history(**shop()), as_of=END)
    for sku, demand in shop().items():
        alone, own_scores = forecast_and_score(history(**{sku: demand}), as_of=END)
        pd.testing.assert_frame_equal(together[together["sku"] == sku].reset_index(drop=True), alone)
        if len(own_scores):
            pd.testing.assert_frame_equal(scores[scores["sku"] == sku].reset_index(drop=True), own_scores)


def test_days_after_as_of_change_nothing() -> None:
    known = history(**shop())
    future = known.tail(40).assign(date=known["date"].max() + pd.to_timedelta(np.arange(1, 41), unit="D"))
    future["quantity"] = np.nan
    for ours, with_future in zip(
        forecast_and_score(known, as_of=END), forecast_and_score(pd.concat([known, future]), as_of=END), strict=True
    ):
        pd.testing.assert_frame_equal(ours, with_future)


def test_columns_days_and_names_of_quantiles() -> None:
    forecasts = forecast_panel(history(A=np.ones(60)), horizon=3, quantiles=(0.5, 0.975))
    assert list(forecasts.columns) == ["sku", "date", "horizon", "model", "mean", "q50", "q97_5", "status", "error"]
    assert forecasts["date"].dt.date.tolist() == [END + dt.timedelta(days=step) for step in (1, 2, 3)]
    assert quantile_column(0.05) == "q05"


def test_quantiles_cover_as_often_as_they_say() -> None:
    """Of 300 steady products the share of days below each quantile, half of those at it counted, is near its level."""
    rng = np.random.default_rng(5)
    demand = rng.poisson(30, (300, 428)).astype(float)
    skus = {f"S{row}": line[:400] for row, line in enumerate(demand)}
    forecasts = forecast_panel(history(**skus), quantiles=QUANTILES, models="simple_smoothing")
    order = np.argsort([f"S{row}" for row in range(300)])
    actual = demand[order, 400:].ravel()
    for level in LEVELS:
        quantile = forecasts[level].to_numpy()
        below = ((actual < quantile).mean() + (actual <= quantile).mean()) / 2
        assert below == pytest.approx(int(level[1:]) / 100, abs=0.035), level


def test_an_empty_history_gives_an_empty_frame() -> None:
    empty = pd.DataFrame({"sku": [], "date": [], "quantity": []})
    assert forecast_panel(empty).empty


@pytest.mark.parametrize(
    "wrong",
    [
        {"horizon": 0}, {"horizon": 2.5}, {"horizon": "7"}, {"quantiles": (0.5, 0.1)}, {"quantiles": (0.0,)},
        {"quantiles": ("median",)}, {"season_length": 0}, {"models": "prophecy"},
    ],
)  # fmt: skip
def test_arguments_that_can_not_be_are_refused_before_work_starts(wrong: dict[str, object]) -> None:
    with pytest.raises(ForecastError):
        forecast_panel(history(A=[1, 2, 3]), **wrong)  # type: ignore[arg-type]


def test_what_is_no_frame_is_named() -> None:
    with pytest.raises(ForecastError, match="history is a list and no pandas frame"):
        forecast_panel([1, 2, 3])  # type: ignore[arg-type]


def test_periods_of_pandas_are_the_days_they_begin_on() -> None:
    rows = history(A=np.arange(60) % 7)
    periods = rows.assign(date=pd.to_datetime(rows["date"]).dt.to_period("D"))
    pd.testing.assert_frame_equal(forecast_panel(periods, horizon=5), forecast_panel(rows, horizon=5))


NEW_MODEL = '''
"""A model that a user added."""
import numpy as np
from supplyline.forecasting.models.seasonal_naive import LastSeason
from supplyline.forecasting.registry import Model


class Raises(Model):
    name = "raises"
    patterns = frozenset({"smooth"})

    def fit(self, panel):
        if (panel.values == 13).any():
            raise ValueError("unlucky demand")
        return LastSeason(panel)


MODEL = Raises()
'''


@pytest.fixture
def added_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    """A module dropped into the package of the models, and nothing else."""
    (tmp_path / "raises.py").write_text(NEW_MODEL)
    monkeypatch.setattr(model_package, "__path__", [*model_package.__path__, str(tmp_path)])
    models.cache_clear()
    yield models()["raises"]
    models.cache_clear()
    sys.modules.pop("supplyline.forecasting.models.raises", None)


def test_a_model_is_added_by_one_new_file(added_model: Model) -> None:
    forecasts = forecast_panel(history(A=np.arange(60.0) % 7), models=added_model.name)
    assert set(forecasts["model"]) == {"raises"}


def test_a_model_that_raises_leaves_its_sku_to_the_seasonal_naive_with_the_error(added_model: Model) -> None:
    skus = {f"GOOD{row}": np.ones(60) for row in range(5)} | {"UNLUCKY": np.array([13.0] + [1.0] * 59)}
    forecasts = forecast_panel(history(**skus), models=added_model.name)
    unlucky = forecasts[forecasts["sku"] == "UNLUCKY"]
    assert set(unlucky["status"]) == {"fallback"}
    assert set(unlucky["model"]) == {"seasonal_naive"}
    assert set(unlucky["error"]) == {"ValueError: unlucky demand"}
    assert set(forecasts.loc[forecasts["sku"] != "UNLUCKY", "status"]) == {"ok"}


def test_a_model_that_raises_has_failed_scores_and_is_not_chosen(added_model: Model) -> None:
    demand = np.random.default_rng(1).poisson(9, 150).astype(float)
    demand[5] = 13
    plan = Plan(models=("seasonal_naive", "raises", "moving_average"))
    forecasts, scores = forecast_and_score(history(A=demand), plan)
    failed = scores[scores["model"] == "raises"]
    assert set(failed["status"]) == {"failed"}
    assert set(failed["error"]) == {"ValueError: unlucky demand"}
    assert failed["pinball"].isna().all()
    assert set(forecasts["model"]) == {"moving_average"}
