"""The Box-Jenkins procedure: correlograms and tests are statsmodels', planted orders are found, the gate holds."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.tsa import stattools

from supplyline.cli.main import build_app
from supplyline.errors import ForecastError, QueryError
from supplyline.forecasting.correlograms import acf, autocorrelations, ljung_box, pacf, partial_autocorrelations
from supplyline.forecasting.diagnosis import Diagnosis, diagnose
from supplyline.report.diagnosis import diagnosis_page, steps, verdict
from tests.support.warehouse import write_rows

WEEK = np.array([5.0, 8.0, 9.0, 12.0, 20.0, 3.0, 1.0])
LAST = dt.date(2011, 11, 11)


def autoregression(seed: int = 11, days: int = 300, phi: float = 0.7) -> np.ndarray:
    rng = np.random.default_rng(seed)
    series = np.zeros(days)
    for t in range(1, days):
        series[t] = phi * series[t - 1] + rng.normal()
    return series + 50


def weekly(seed: int = 2, days: int = 350) -> np.ndarray:
    return np.random.default_rng(seed).poisson(WEEK[np.arange(days) % 7] * 2).astype(float)


@pytest.fixture(scope="module")
def found() -> Diagnosis:
    return diagnose(autoregression())


@given(st.lists(st.integers(-50, 50), min_size=30, max_size=120).filter(lambda values: len(set(values)) > 1))
@settings(max_examples=40, deadline=None)
def test_correlograms_are_those_of_statsmodels(values: list[int]) -> None:
    series = np.array(values, dtype=float)
    assert autocorrelations(series, 12) == pytest.approx(stattools.acf(series, nlags=12, fft=False)[1:], abs=1e-9)
    peer = stattools.pacf(series, nlags=12, method="ldb")[1:]
    # Durbin's recursion divides by what is left to explain, which may be almost nothing.
    if np.abs(peer).max() < 0.98:
        assert partial_autocorrelations(series, 12) == pytest.approx(peer, abs=1e-6)


def test_bands_are_bartletts_and_quenouilles() -> None:
    series = autoregression()
    _, interval = stattools.acf(series, nlags=15, fft=False, alpha=0.05, result_object=False)
    values = autocorrelations(series, 15)
    assert acf(series, 15).bands == pytest.approx(interval[1:, 1] - values, abs=1e-6)
    assert pacf(series, 15).bands == pytest.approx(np.full(15, 1.959964 / np.sqrt(300)))
    assert pacf(series, 15).outside[0] == 1


@pytest.mark.parametrize("parameters", [0, 3])
def test_ljung_box_takes_the_fitted_coefficients_off_its_degrees_of_freedom(parameters: int) -> None:
    series = autoregression(seed=5, phi=0.15)
    found = ljung_box(series, 12, parameters)
    peer = acorr_ljungbox(series, lags=[12], model_df=parameters)
    assert found.freedom == 12 - parameters
    assert found.statistic == pytest.approx(float(peer["lb_stat"].iloc[0]))
    assert found.probability == pytest.approx(float(peer["lb_pvalue"].iloc[0]))


def test_a_planted_autoregression_is_found_and_leaves_noise(found: Diagnosis) -> None:
    assert found.fit is not None
    assert found.residual_test is not None
    assert found.differences == 0
    assert found.stages[0].adf_probability < 0.05
    assert found.stages[0].kpss < found.stages[0].kpss_critical
    assert found.pacf is not None
    assert found.pacf.outside[0] == 1
    assert found.residual_test.probability > 0.05
    assert found.residual_test.freedom == found.residual_test.lags - sum(
        name != "constant" for name in found.fit.parameters
    )
    assert found.search is not None
    assert found.search.best.order == found.fit.order
    assert all(estimate.error > 0 for estimate in found.estimates)


def test_a_strong_week_is_differenced_and_beats_the_seasonal_naive() -> None:
    found = diagnose(weekly(), 7)
    assert found.seasonal_differences == 1
    assert found.seasonal_strength > 0.64
    assert found.gate is not None
    assert found.gate.passed
    assert found.fallback == ""
    assert found.model.startswith("ARIMA(")
    assert found.model.endswith(")7")
    assert found.forecast is not None
    assert found.forecast[:7].argmax() == np.argmax(WEEK)


def test_where_the_seasonal_naive_is_better_it_is_used_and_the_reason_told() -> None:
    found = diagnose(np.concatenate([weekly(days=280), np.tile(WEEK[::-1] * 9, 20)]), 7)
    assert found.gate is not None
    assert not found.gate.passed
    assert found.model == "seasonal naive"
    assert verdict(found).startswith("seasonal naive, because the gate: mean absolute error")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([], "0 values are too few, 30 needed"),
        ([5.0], "1 values are too few"),
        ([3.0] * 90, "all values are the same"),
        ([0.0] * 90, "all values are the same"),
    ],
)
def test_a_series_that_tells_nothing_falls_back_and_says_why(values: list[float], reason: str) -> None:
    found = diagnose(np.array(values), 7)
    assert reason in found.fallback
    assert found.model == "seasonal naive"
    assert steps(found) == []


@pytest.mark.parametrize("values", [[1.0, np.nan] * 40, [1.0, np.inf] * 40])
def test_values_that_are_no_numbers_are_refused(values: list[float]) -> None:
    with pytest.raises(ForecastError, match="not one finite series"):
        diagnose(np.array(values))


def test_huge_values_are_diagnosed_as_small_ones() -> None:
    small, huge = diagnose(weekly(), 7), diagnose(weekly() * 1e12, 7)
    assert huge.fit is not None
    assert small.fit is not None
    assert huge.fit.order == small.fit.order
    assert huge.gate is not None


def test_the_page_is_self_contained_and_escapes_what_comes_from_outside(found: Diagnosis) -> None:
    days = [LAST - dt.timedelta(days=age) for age in range(len(found.values) - 1, -1, -1)]
    page = diagnosis_page("<script>x</script>", days, found)
    assert "<script>x</script>" not in page
    assert all(title in page for title in ("Unit roots", "Order search", "Estimates", "Residuals", "Gate"))
    assert 'src="http' not in page


def rows_of(sku: str, values: np.ndarray) -> list[dict[str, object]]:
    days = [LAST - dt.timedelta(days=age) for age in range(len(values) - 1, -1, -1)]
    return [{"sku": sku, "date": day, "quantity": float(value)} for day, value in zip(days, values, strict=True)]


def run(*words: str) -> None:
    build_app(["diagnose"])(["diagnose", *words], standalone_mode=False)


def test_the_command_prints_draws_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(tmp_path, "demand_daily", [*rows_of("A1", weekly()), *rows_of("SHORT", np.ones(5))])
    place = ["--warehouse", str(tmp_path)]
    run("a1", *place, "--output", str(tmp_path / "a1.html"))
    printed = capsys.readouterr().out
    assert printed.startswith("A1: ARIMA(")
    assert "lag  ACF" in printed
    assert "<h1>A1: ARIMA(" in (tmp_path / "a1.html").read_text(encoding="utf-8")
    run("a1", *place, "--json", "--as-of", (LAST - dt.timedelta(days=7)).isoformat())
    told = json.loads(capsys.readouterr().out)
    assert len(told["values"]) == 343
    assert told["gate"]["passed"] is True
    assert len(told["acf"]["values"]) == len(told["acf"]["bands"])
    run("SHORT", *place)
    assert "SHORT: seasonal naive, because 5 values are too few" in capsys.readouterr().out
    with pytest.raises(QueryError, match="no demand of NONE"):
        run("NONE", *place)
