"""Totals of the coming days: from whole trajectories, in whole pieces, and covering as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from supplyline.forecasting import TOTAL_QUANTILES, Plan, forecast_and_score, forecast_paths
from supplyline.forecasting.calibration import moved_levels
from supplyline.forecasting.kernels import paths as kernels
from supplyline.forecasting.paths import Outlook, calibrated_lengths, held_out_ranks, past_origins, total_quantiles
from supplyline.forecasting.patterns import PATTERNS
from supplyline.forecasting.registry import models
from tests.support.demand_histories import END, history, panel_of

RNG = np.random.default_rng(8)


def outlook_of(*demands: np.ndarray, horizon: int = 14, model: str = "moving_average") -> Outlook:
    panel = panel_of(*demands)
    state = models()[model].fit(panel)
    origins = past_origins(panel, horizon)
    mean = np.maximum(state.ahead(np.array([panel.days - 1]), horizon)[:, 0], 0.0)
    return Outlook(panel, mean, np.ascontiguousarray(state.ahead(origins, horizon)), origins)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=1, max_size=30), st.booleans())
def test_running_totals_never_fall_and_stay_near_the_sum(steps: list[float], whole: bool) -> None:
    totals = np.array(steps)
    kernels.running_totals(totals, whole)
    highest = np.maximum.accumulate(np.maximum(np.cumsum(steps), 0))
    assert np.abs(totals - highest).max() <= (0.5 if whole else 1e-9)
    assert (np.diff(totals) >= 0).all()
    assert not whole or (totals == np.floor(totals)).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=8, max_size=200), st.floats(0.01, 0.99))
def test_a_share_is_the_inverse_of_its_quantile(sample: list[float], level: float) -> None:
    ordered = np.sort(np.array(sample))
    tail = kernels.tail_of(ordered)
    value = kernels.path_quantile(ordered, tail, level, False)
    below = kernels.path_share(ordered, tail, np.nextafter(value, -np.inf), True)
    assert below - 1.5 / len(ordered) <= level <= kernels.path_share(ordered, tail, value, False) + 1.5 / len(ordered)


def test_the_tail_of_exponential_sums_is_found_from_few_of_them() -> None:
    ordered = np.sort(RNG.exponential(10.0, (400, 30)), axis=1)
    found = np.mean([kernels.path_quantile(row, kernels.tail_of(row), 0.98, False) for row in ordered])
    assert found == pytest.approx(stats.expon(scale=10).ppf(0.98), rel=0.05)


def test_days_that_belong_together_make_totals_wider_than_single_days_say() -> None:
    """Weeks of much and weeks of little: 14 days vary far more than 14 days drawn one by one."""
    wave = 20 + 15 * np.sign(np.sin(np.arange(700) * 2 * np.pi / 70))
    demand = RNG.poisson(wave).astype(float)
    low, high = total_quantiles(outlook_of(demand), np.array(["smooth"]), (0.05, 0.95))[0, -1]
    single = demand.std() * np.sqrt(14) * 2 * 1.645
    assert high - low > 1.8 * single


def test_totals_of_whole_pieces_are_whole_and_of_others_are_not() -> None:
    whole, parts = RNG.poisson(3.0, 300).astype(float), RNG.gamma(3.0, 1.0, 300)
    totals = total_quantiles(outlook_of(whole, parts), np.array(["smooth", "smooth"]), TOTAL_QUANTILES)
    assert (totals[0] == np.floor(totals[0])).all()
    assert (totals[1] != np.floor(totals[1])).any()


def test_totals_of_steady_products_are_those_of_the_poisson_distribution() -> None:
    totals = total_quantiles(
        outlook_of(*np.random.default_rng(9).poisson(4.0, (200, 600)).astype(float), model="simple_smoothing"),
        np.array(["smooth"] * 200), (0.1, 0.5, 0.9),
    )  # fmt: skip
    assert totals[:, -1].mean(axis=0) == pytest.approx(stats.poisson(56).ppf((0.1, 0.5, 0.9)), abs=2)


def test_ranks_of_what_came_are_uniform_where_the_past_repeats() -> None:
    outlook = outlook_of(*RNG.poisson(0.4, (300, 500)).astype(float))
    ranks = held_out_ranks(outlook, calibrated_lengths(14))
    assert np.isfinite(ranks).all()
    for at in range(ranks.shape[1]):
        assert stats.kstest(ranks[:, at, 0], "uniform").statistic < 0.1


def test_ranks_know_nothing_of_the_days_after_their_origin() -> None:
    demand = RNG.poisson(5.0, 300).astype(float)
    other = demand.copy()
    other[-7:] = 500.0
    lengths = np.array([7], dtype=np.int64)
    ours, theirs = (
        held_out_ranks(outlook_of(row, horizon=28, model="seasonal_naive"), lengths)[0, 0] for row in (demand, other)
    )
    assert ours[1:].tolist() == theirs[1:].tolist()
    assert theirs[0] > 0.99


def test_levels_move_to_where_the_ranks_say() -> None:
    """If what came was among the upper half of the paths only, the median is the 75 % quantile."""
    ranks = np.full((2000, 1, 1), np.nan)
    ranks[:, 0, 0] = RNG.uniform(0.5, 1.0, 2000)
    patterns = np.array(["lumpy"] * 2000)
    moved, group = moved_levels(ranks, np.array([7]), patterns, np.array([0.5, 0.9]), 14)
    assert moved.shape == (len(PATTERNS), 14, 2)
    assert moved[group[0], 0] == pytest.approx([0.75, 0.95], abs=0.02)


def test_few_products_move_no_level() -> None:
    levels = np.array([0.5, 0.9])
    moved, _ = moved_levels(np.full((99, 1, 1), 0.99), np.array([7]), np.array(["new"] * 99), levels, 3)
    assert (moved == levels).all()


def test_totals_cover_what_came_on_held_back_days() -> None:
    demand = np.where(RNG.random((400, 428)) < 0.3, RNG.geometric(0.3, (400, 428)), 0).astype(float)
    skus = {f"S{row:03d}": line[:400] for row, line in enumerate(demand)}
    plan = Plan(models="simple_smoothing", total_quantiles=(0.5, 0.8, 0.9, 0.95, 0.98))
    rows = forecast_and_score(history(**skus), plan, as_of=END)[0]
    total = demand[:, 400:414].sum(axis=1)
    at = rows[rows["horizon"] == 14]
    for level in (50, 80, 90, 95, 98):
        quantile = at[f"total_q{level}"].to_numpy()
        below, at_most = (total < quantile).mean(), (total <= quantile).mean()
        assert below - 0.035 <= level / 100 <= at_most + 0.035, level


def test_simulated_paths_add_up_to_the_totals_and_keep_the_week() -> None:
    week = np.tile([30.0, 20, 25, 40, 60, 0, 5], 60)
    history_of = {f"S{row}": np.where(week > 0, RNG.poisson(week), 0).astype(float) for row in range(3)}
    simulated = forecast_paths(history(**history_of), 14, 400, models="simple_smoothing", seed=3)
    plan = Plan(horizon=14, models="simple_smoothing", total_quantiles=(0.1, 0.5, 0.9))
    rows = forecast_and_score(history(**history_of), plan)[0]
    totals = rows.loc[rows["horizon"] == 14, ["total_q10", "total_q50", "total_q90"]].to_numpy(dtype=float)
    found = np.quantile(simulated.values.sum(axis=2), (0.1, 0.5, 0.9), axis=1).T
    assert found == pytest.approx(totals, rel=0.06)
    assert (simulated.values == np.floor(simulated.values)).all()
    assert (simulated.values >= 0).all()
    assert simulated.values.mean(axis=(0, 1))[:7] == pytest.approx(week[:7], abs=4)


def test_the_same_seed_gives_the_same_paths_and_a_bad_sku_has_none() -> None:
    frame = history(A=RNG.poisson(4.0, 300).astype(float), NEW=[3.0, 1.0], BAD=[1.0, -1.0])
    ours, again, other = (forecast_paths(frame, 7, 50, seed=seed) for seed in (1, 1, 2))
    assert ours.skus.tolist() == ["A", "BAD", "NEW"]
    assert np.array_equal(ours.values, again.values, equal_nan=True)
    assert not np.array_equal(ours.values, other.values, equal_nan=True)
    assert np.isnan(ours.values[1]).all()
    assert "negative" in ours.error[1]
    assert np.isfinite(ours.values[[0, 2]]).all()
