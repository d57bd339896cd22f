"""Demand behind empty shelves: planted truth is found again, nothing is read from later days, one bad SKU is alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats

from supplyline.errors import ForecastError
from supplyline.forecasting.censoring import Censoring, estimate_demand, hidden_demand
from supplyline.forecasting.kernels.censored_counts import without_spikes
from supplyline.forecasting.kernels.count_tails import digamma, tail_mean, tail_quantile
from tests.support.hidden_demand import PATTERNS, bias, estimated, planted, refilled_daily, refilled_weekly

SKUS = 24


@pytest.mark.parametrize("pattern", PATTERNS)
def test_mean_and_spread_of_planted_demand_are_found_behind_a_daily_base_stock(pattern: str) -> None:
    shelf = refilled_daily(planted(pattern, SKUS, seed=11))
    mean, spread = bias(shelf.sales, shelf.demand)
    assert mean < -0.03
    assert spread < -0.05
    found = estimated(shelf)
    mean, spread = bias(found.drawn, shelf.demand)
    assert abs(mean) <= 0.02
    assert abs(spread) <= 0.05
    assert abs(bias(found.expected, shelf.demand)[0]) <= 0.02
    assert found.converged.mean() > 0.9


@pytest.mark.parametrize("pattern", ["erratic", "moving", "slow", "intermittent"])
def test_they_are_found_too_where_orders_follow_the_sales_and_shelves_stay_empty_for_days(pattern: str) -> None:
    shelf = refilled_weekly(planted(pattern, SKUS, seed=12))
    mean, spread = bias(estimated(shelf).drawn, shelf.demand)
    assert bias(shelf.sales, shelf.demand)[0] < -0.01
    assert abs(mean) <= 0.02
    assert abs(spread) <= 0.05


def test_a_day_is_estimated_from_the_days_before_it_alone() -> None:
    shelf = refilled_daily(planted("erratic", 3, seed=5))
    sku, days = np.repeat(list("ABC"), shelf.sales.shape[1]), pd.date_range("2010-01-01", periods=shelf.sales.shape[1])
    rows = pd.DataFrame({"sku": sku, "date": np.tile(days, 3), "sales": shelf.sales.ravel()})
    rows["stock_out"] = shelf.empty.ravel()
    known = rows[rows["date"] < "2011-03-01"]
    other = rows.assign(sales=rows["sales"].where(rows["date"] < "2011-03-01", 999.0))
    before = estimate_demand(known)
    for later in (rows, other):
        after = estimate_demand(later)
        pd.testing.assert_frame_equal(before, after[after["date"] < "2011-03-01"].reset_index(drop=True))


def test_estimates_are_near_the_largest_censored_likelihood_found_by_brute_force() -> None:
    rng = np.random.default_rng(3)
    sizes = 1.0 + rng.negative_binomial(2.0, 2.0 / 22.0, 400)
    level = 32.0
    hidden = sizes >= level
    sales = np.append(np.minimum(sizes, level), 20.0)

    def loss(logs: np.ndarray) -> float:
        mean, r = np.exp(logs)
        seen = stats.nbinom.logpmf(sales[:-1][~hidden] - 1, r, r / (r + mean)).sum()
        return -float(seen + hidden.sum() * stats.nbinom.logsf(level - 2, r, r / (r + mean)))

    mean, r = np.exp(optimize.minimize(loss, [2.5, 0.0], method="Nelder-Mead").x)
    weights = stats.nbinom.pmf(np.arange(19, 5000), r, r / (r + mean))
    expected = 1.0 + (np.arange(19, 5000) * weights).sum() / weights.sum()
    plan = Censoring(season_length=1, window=400, half_life=1e9)
    found = hidden_demand(sales, np.append(hidden, True), np.array([0, 401]), np.zeros(1), plan)
    assert found.expected[-1] == pytest.approx(expected, rel=0.02)


@given(least=st.integers(0, 300), mean=st.floats(0.05, 200.0), r=st.floats(0.05, 100.0), share=st.floats(0.0, 0.999))
@example(least=0, mean=200.0, r=0.05, share=0.99)  # most days of such a product sell nothing, a few sell thousands
@settings(max_examples=60, deadline=None)
def test_the_tail_is_that_of_scipys_negative_binomial(least: int, mean: float, r: float, share: float) -> None:
    pieces = np.arange(least, least + 60_000)
    logs = stats.nbinom.logpmf(pieces, r, r / (r + mean))
    weights = np.exp(logs - logs.max())
    total, spread = weights.sum(), np.sqrt(mean + mean**2 / r)
    found_mean, found_psi = tail_mean(float(least), mean, r)
    assert found_mean == pytest.approx((pieces * weights).sum() / total, abs=0.015 * spread + 1e-6)
    assert found_psi == pytest.approx((special.digamma(pieces + r) * weights).sum() / total, abs=0.01)
    above = tail_quantile(float(least), mean, r, share)
    expected = pieces[np.searchsorted(np.cumsum(weights) / total, share)] - least
    assert above == pytest.approx(expected, abs=spread / 12 + (0 if spread <= 24 else 1) + 1)


@given(st.floats(1e-3, 1e6))
def test_digamma_is_scipys(x: float) -> None:
    assert digamma(x) == pytest.approx(special.digamma(x), rel=1e-7, abs=1e-7)


histories = st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=120)


@given(histories, st.sampled_from([1, 3, 7]))
@settings(max_examples=60, deadline=None)
def test_estimates_are_finite_whole_pieces_not_below_the_sales_and_only_on_hidden_days(
    history: list[tuple[int, bool]], season: int
) -> None:
    sales, hidden = np.array([day[0] for day in history], dtype=float), np.array([day[1] for day in history])
    found = hidden_demand(sales, hidden, np.array([0, len(sales)]), np.array([0.3]), Censoring(season_length=season))
    for values in (found.drawn, found.expected):
        assert np.isfinite(values).all()
        assert (values >= sales).all()
        assert np.array_equal(values[~found.estimated], sales[~found.estimated])
    assert np.array_equal(found.drawn, np.rint(found.drawn))
    assert not (found.estimated & ~hidden).any()


def test_one_huge_order_counts_as_eight_standard_deviations() -> None:
    sales = np.tile([8.0, 12.0, 0.0], 20)
    sales[40] = 9000.0
    assert without_spikes(sales)[40] < 100
    assert np.array_equal(without_spikes(sales)[:40], sales[:40])


def days_of(sku: str, sales: list[float], start: str = "2011-01-01") -> pd.DataFrame:
    dates = pd.date_range(start, periods=len(sales))
    return pd.DataFrame(
        {"sku": sku, "date": dates, "sales": sales, "stock_out": [n % 5 == 4 for n in range(len(sales))]}
    )


def test_a_sku_that_cannot_be_read_fails_alone_and_says_why() -> None:
    good = days_of("GOOD", [3.0, 4.0, 5.0, 6.0, 4.0] * 10)
    minutes = days_of("MINUTES", [1.0] * 9).assign(date=pd.date_range("2011-01-01", periods=9, freq="min"))
    bad = [days_of("NEGATIVE", [1.0, -1.0]), days_of("NAN", [1.0, np.nan]), days_of("INF", [np.inf]), minutes]
    bad += [
        days_of("TWICE", [1.0]),
        days_of("TWICE", [2.0]),
        days_of("GAP", [1.0]),
        days_of("GAP", [1.0], "2011-03-01"),
    ]
    fine = [days_of("ZERO", [0.0] * 30), days_of("ONE", [5.0]), days_of("HUGE", [1e12, 2e12, 3e12] * 12)]
    found = estimate_demand(pd.concat([good, *bad, *fine], ignore_index=True)).set_index("sku")
    status = found.groupby("sku")["status"].first()
    assert set(status[status == "failed"].index) == {"NEGATIVE", "NAN", "INF", "MINUTES", "TWICE", "GAP"}
    assert found.loc["GAP", "error"].iloc[0] == "days are missing (1 rows)"
    assert (found.loc["HUGE", "quantity"] >= found.loc["HUGE", "sales"]).all()
    pd.testing.assert_frame_equal(found.loc[["GOOD"]], estimate_demand(good).set_index("sku"))


def test_before_enough_is_known_the_sales_stand_as_a_lower_bound() -> None:
    found = estimate_demand(days_of("NEW", [3.0, 4.0, 5.0, 6.0, 4.0] * 6))
    assert found["origin"].tolist()[:15].count("lower_bound") == 2
    assert (found["origin"] == "estimated").sum() == 4
    assert (
        found.loc[found["origin"] != "estimated", "quantity"] == found.loc[found["origin"] != "estimated", "sales"]
    ).all()


def test_a_missing_column_and_impossible_plans_are_named() -> None:
    with pytest.raises(ForecastError, match="history lacks stock_out"):
        estimate_demand(days_of("A", [1.0]).drop(columns="stock_out"))
    with pytest.raises(ForecastError, match="half_life above 0"):
        Censoring(half_life=0.0)
