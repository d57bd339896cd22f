"""One panel holding everything that can go wrong with a SKU: a row and a reason for each, and the others unmoved."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from supplyline.forecasting import TOTAL_QUANTILES, Plan, forecast_and_score, forecast_panel, isolation
from supplyline.forecasting.isolation import run_model
from supplyline.forecasting.registry import models
from tests.support.added_models import HANGS, RAISES, added
from tests.support.demand_histories import END, history, panel_of

GOOD = {
    "STEADY": np.random.default_rng(1).poisson(60, 300).astype(float),
    "SPARSE": np.where(np.random.default_rng(2).random(300) < 0.1, 6.0, 0.0),
}
NAMES = ("seasonal_naive", "moving_average", "simple_smoothing", "tsb", "raises", "hangs")
HARMLESS = Plan(horizon=14, models=NAMES[:4], total_quantiles=TOTAL_QUANTILES)
NUMBERS = ["mean", *HARMLESS.number_columns]


def minutes() -> pd.DataFrame:
    """Ten years, a row a minute would be 5 million; every tenth shows the same."""
    when = pd.date_range(end=pd.Timestamp(END), periods=525_600, freq="10min")
    return pd.DataFrame({"sku": "MINUTES", "date": when, "quantity": 1.0})


def bad_panel() -> pd.DataFrame:
    days = pd.date_range(end=pd.Timestamp(END), periods=120)
    gaps = history(GAPS=np.full(200, 5.0)).iloc[::9]
    twice = pd.DataFrame({"sku": "TWICE", "date": days[[0, 0]], "quantity": 1.0})
    ended = history(ENDED=np.full(150, 8.0)).assign(date=lambda rows: rows["date"] - pd.Timedelta(days=140))
    skus = {
        "ONE": [5.0], "CONSTANT": np.full(120, 7.0), "ZERO": np.zeros(120), "NEGATIVE": [4.0, -1.0, 3.0],
        "NAN": [1.0, np.nan], "INF": [1.0, np.inf], "HUGE": np.tile([0.0, 1e12, 3e12], 40),
        "UNLUCKY": np.append(np.full(119, 2.0), 13.0), "ENDLESS": np.append(np.full(119, 2.0), 17.0),
        "NODATE": [1.0, 1.0],
    }  # fmt: skip
    frame = pd.concat([history(**GOOD, **skus), gaps, twice, ended, minutes()], ignore_index=True)
    frame.loc[frame["sku"] == "NODATE", "date"] = pd.NaT
    return frame


@pytest.fixture(scope="module")
def forecasts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pd.DataFrame]:
    patch = pytest.MonkeyPatch()
    patch.setattr(isolation, "SECONDS", 0.3)
    patch.setattr(isolation, "SECONDS_A_SKU", 0.05)
    with added(tmp_path_factory.mktemp("models"), patch, raises=RAISES, hangs=HANGS):
        yield forecast_and_score(bad_panel(), replace(HARMLESS, models=NAMES), as_of=END)[0]


def test_every_sku_has_its_rows_and_those_that_can_not_be_read_say_why(forecasts: pd.DataFrame) -> None:
    assert set(forecasts.groupby("sku").size()) == {14}
    assert set(forecasts["sku"]) == set(bad_panel()["sku"])
    reasons = forecasts[forecasts["status"] == "failed"].groupby("sku")["error"].first().to_dict()
    expected = {
        "INF": "infinite", "MINUTES": "time of day", "NAN": "not a number", "NEGATIVE": "negative",
        "NODATE": "missing", "TWICE": "twice",
    }  # fmt: skip
    assert reasons.keys() == expected.keys()
    assert all(word in reasons[sku] for sku, word in expected.items())


def test_quantiles_are_finite_ordered_and_never_negative(forecasts: pd.DataFrame) -> None:
    usable = forecasts[forecasts["status"] != "failed"]
    assert np.isfinite(usable[NUMBERS].to_numpy(dtype=float)).all()
    assert (usable[NUMBERS] >= 0).all(axis=None)
    for columns in ([name for name in NUMBERS if name.startswith(head)] for head in ("q", "total_q")):
        assert (np.diff(usable[columns].to_numpy(dtype=float), axis=1) >= 0).all()
    totals = usable.pivot(index="sku", columns="horizon", values="total_q90").to_numpy()
    assert (np.diff(totals, axis=1) >= 0).all()


def test_the_others_are_forecast_as_if_they_were_alone(forecasts: pd.DataFrame) -> None:
    alone = forecast_and_score(history(**GOOD), HARMLESS, as_of=END)[0]
    beside = forecasts[forecasts["sku"].isin(GOOD)].reset_index(drop=True)
    same = beside["model"] == alone["model"]
    assert (same | beside["model"].isin(["raises", "hangs"])).all()
    pd.testing.assert_frame_equal(beside[same], alone[same])


def test_products_that_sell_no_more_are_forecast_to_sell_nothing(forecasts: pd.DataFrame) -> None:
    dead = forecasts[forecasts["sku"].isin(["ENDED", "ZERO"])]
    assert dead["mean"].max() < 0.1
    assert dead["total_q50"].max() == 0


@pytest.mark.parametrize(
    ("name", "unlucky", "reason"),
    [("raises", 13.0, "ValueError: unlucky demand"), ("hangs", 17.0, "OutOfTimeError: no result within")],
)
def test_a_model_that_fails_leaves_one_sku_to_the_seasonal_naive(
    name: str, unlucky: float, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation, "SECONDS", 0.1)
    monkeypatch.setattr(isolation, "SECONDS_A_SKU", 0.02)
    with added(tmp_path, monkeypatch, raises=RAISES, hangs=HANGS):
        rows = forecast_panel(history(**GOOD, BAD=np.append(np.full(60, 2.0), unlucky)), models=name)
    bad = rows[rows["sku"] == "BAD"]
    assert set(bad["status"]) == {"fallback"}
    assert set(bad["model"]) == {"seasonal_naive"}
    assert bad["error"].iloc[0].startswith(reason)
    assert set(rows.loc[rows["sku"] != "BAD", "status"]) == {"ok"}


def test_a_model_that_always_hangs_takes_a_bounded_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "SECONDS", 0.1)
    monkeypatch.setattr(isolation, "SECONDS_A_SKU", 0.0)
    with added(tmp_path, monkeypatch, hangs=HANGS):
        started = time.monotonic()
        forecast = run_model(models()["hangs"], panel_of(*[np.full(60, 17.0)] * 64), 7, (0.5,))
    assert all("OutOfTimeError" in error for error in forecast.errors)
    assert time.monotonic() - started < 30


def test_another_alarm_is_put_back_and_other_threads_do_without() -> None:
    panel, model = panel_of(GOOD["STEADY"]), models()["seasonal_naive"]
    signal.setitimer(signal.ITIMER_REAL, 1000)
    run_model(model, panel, 7, (0.5,))
    assert signal.setitimer(signal.ITIMER_REAL, 0)[0] > 900
    results = []
    thread = threading.Thread(target=lambda: results.append(run_model(model, panel, 7, (0.5,))))
    thread.start()
    thread.join()
    assert results[0].errors == ("",)


@pytest.mark.parametrize("empty", [pd.DataFrame({"sku": [], "date": [], "quantity": []}), minutes().iloc[:0]])
def test_an_empty_panel_is_an_empty_frame(empty: pd.DataFrame) -> None:
    rows = forecast_panel(empty)
    assert rows.empty
    assert list(rows.columns) == ["sku", "date", "horizon", "model", "mean", "q05", "q50", "q95", "status", "error"]
