"""Totals of the coming days: from whole trajectories, in whole pieces, and covering as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from supplyline.forecasting import TOTAL_QUANTILES, Plan, forecast_and_score, forecast_paths, paths
from supplyline.forecasting.calibration import GROWTHS, growth_groups, moved_levels, shifts
from supplyline.forecasting.kernels import paths as kernels
from supplyline.forecasting.kernels import totals
from supplyline.forecasting.paths import (
    Outlook,
    calibrated_lengths,
    held_out,
    misses,
    past_origins,
    total_quantiles,
)
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
    running = np.array(steps)
    kernels.running_totals(running, whole)
    highest = np.maximum.accumulate(np.maximum(np.cumsum(steps), 0))
    assert np.abs(running - highest).max() <= (0.5 if whole else 1e-9)
    assert (np.diff(running) >= 0).all()
    assert not whole or (running == np.floor(running)).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=8, max_size=200), st.floats(0.01, 0.99))
def test_a_share_is_the_inverse_of_its_quantile(sample: list[float], level: float) -> None:
    ordered = np.sort(np.array(sample))
    value = kernels.path_quantile(ordered, kernels.tail_of(ordered), level, False)
    below = kernels.share_of(ordered, np.nextafter(value, -np.inf), True)
    assert below - 1.5 / len(ordered) <= level <= kernels.share_of(ordered, value, False) + 1.5 / len(ordered)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=8, max_size=200), st.floats(0.01, 0.9), st.booleans())
def test_a_level_of_totals_is_the_inverse_of_its_place(sample: list[int], level: float, whole: bool) -> None:
    ordered = np.sort(np.array(sample, dtype=float))
    found = totals.total_level(ordered, kernels.tail_of(ordered), level, whole)
    assert totals.place_of(ordered, found, whole) == pytest.approx(level, abs=1.5 / len(ordered)) or not whole
    quantile = np.ceil(found) if whole else found
    assert (ordered < quantile - 1e-9).mean() - 1.5 / len(ordered) <= level
    assert level <= (ordered <= quantile + 1e-9).mean() + 1.5 / len(ordered)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=8, max_size=80, unique=True), st.floats(0.05, 0.95))
def test_between_totals_that_differ_a_level_is_the_inverse_of_its_place(sample: list[int], level: float) -> None:
    ordered = np.sort(np.array(sample, dtype=float)) / 7.0
    found = totals.total_level(ordered, kernels.tail_of(ordered), level, False)
    assert totals.place_of(ordered, found, False) == pytest.approx(level, abs=1.5 / len(ordered))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-9, 9), min_size=5, max_size=5), st.floats(0.5, 2), st.booleans())
def test_a_total_is_the_last_of_the_running_ones(errors: list[float], scale: float, whole: bool) -> None:
    mean, expected = np.array([1.0, 0, 2, 3, 1]), np.array([2.0, -1, 0, 1, 1])
    values = np.concatenate([[7.0], np.array(errors)])
    path = np.empty(5)
    assert kernels.path_after(values, expected, mean, 0, 5, scale, path) == 5
    kernels.running_totals(path, whole)
    assert kernels.total_after(values, expected, mean, 0, 5, scale, whole) == path[-1]
    assert np.isnan(kernels.total_after(values, expected, mean, 0, 4, scale, whole))


def test_the_tail_of_exponential_sums_is_found_from_few_of_them() -> None:
    ordered = np.sort(RNG.exponential(10.0, (400, 30)), axis=1)
    found = np.mean([kernels.path_quantile(row, kernels.tail_of(row), 0.98, False) for row in ordered])
    assert found == pytest.approx(stats.expon(scale=10).ppf(0.98), rel=0.05)


def test_days_that_belong_together_make_totals_wider_than_single_days_say() -> None:
    """Weeks of much and weeks of little: 14 days vary far more than 14 days drawn one by one."""
    wave = 20 + 15 * np.sign(np.sin(np.arange(700) * 2 * np.pi / 70))
    demand = RNG.poisson(wave).astype(float)
    low, high = total_quantiles(outlook_of(demand), (0.05, 0.95))[0, -1]
    single = demand.std() * np.sqrt(14) * 2 * 1.645
    assert high - low > 1.8 * single


def test_totals_of_whole_pieces_are_whole_and_of_others_are_not() -> None:
    whole, parts = RNG.poisson(3.0, 300).astype(float), RNG.gamma(3.0, 1.0, 300)
    found = total_quantiles(outlook_of(whole, parts), TOTAL_QUANTILES)
    assert (found[0] == np.floor(found[0])).all()
    assert (found[1] != np.floor(found[1])).any()


def test_totals_of_steady_products_are_those_of_the_poisson_distribution() -> None:
    demand = np.random.default_rng(9).poisson(4.0, (200, 600)).astype(float)
    found = total_quantiles(outlook_of(*demand, model="simple_smoothing"), (0.1, 0.5, 0.9))
    assert found[:, -1].mean(axis=0) == pytest.approx(stats.poisson(56).ppf((0.1, 0.5, 0.9)), abs=2)


def held_out_of(outlook: Outlook, levels: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    _, then = totals.growths(outlook.starts, outlook.expected, outlook.origins, outlook.mean)
    past, came, ranks, _ = held_out(outlook, then, levels, lengths)
    return misses(past, came, levels), ranks


def test_levels_miss_as_often_as_they_say_where_the_past_repeats() -> None:
    levels = np.array([0.2, 0.5, 0.9])
    missed, ranks = held_out_of(outlook_of(*RNG.poisson(6, (400, 500)).astype(float)), levels, calibrated_lengths(14))
    assert np.isfinite(missed).all()
    assert (missed[:, :, 0] <= 0).mean(axis=0) == pytest.approx(np.tile(levels, (missed.shape[1], 1)), abs=0.08)
    for at in range(ranks.shape[1]):
        assert stats.kstest(ranks[:, at, 0], "uniform").statistic < 0.1


def test_what_mostly_sells_nothing_has_ranks_but_misses_only_above_nothing() -> None:
    demand = np.where(RNG.random((300, 500)) < 0.1, 6.0, 0.0)
    missed, ranks = held_out_of(outlook_of(*demand), np.array([0.5, 0.99]), np.array([1]))
    assert np.isnan(missed[..., 0]).mean() > 0.8
    assert np.isfinite(missed[..., 1]).mean() > 0.95
    assert stats.kstest(ranks[:, 0, 0], "uniform").statistic < 0.1


def test_misses_know_nothing_of_the_days_after_their_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor of other SKUs' later days: what all had in common is of then, too."""
    monkeypatch.setattr(paths, "usual_sizes", lambda panel: np.ones(len(panel)))  # the unit of all misses is today's
    demand = RNG.poisson(5.0, (60, 300)).astype(float)
    other = demand.copy()
    other[:50, -7:] = 500.0
    lengths, levels = np.array([7], dtype=np.int64), np.array([0.5, 0.95])
    ours, theirs = (outlook_of(*rows, horizon=28, model="seasonal_naive") for rows in (demand, other))
    before, after = (held_out_of(each, levels, lengths)[0][:, 0] for each in (ours, theirs))
    assert np.isfinite(before[:, 1:, 1]).all()
    assert after[:, 1:].tolist() == before[:, 1:].tolist()
    assert after[theirs.panel.values[:, -1] == 500.0, 0].min() > 10


def test_what_levels_lacked_is_added_by_how_much_a_product_has_grown() -> None:
    """Where the 50 % quantile was three spreads too low for what took off, and right for the rest, just that moves."""
    missed = RNG.normal(0.0, 1.0, (4000, 1, 1, 1))
    grown = np.arange(4000)[:, None, None] % 4 == 0
    missed[:, :, :, 0] += np.where(grown, 3.0, 0.0)
    added = shifts(missed, growth_groups(np.where(grown, 9.0, 1.0)), np.array([7]), np.array([0.5]), 14)
    assert added.shape == (len(GROWTHS) + 1, 14, 1)
    assert added[growth_groups(np.array(9.0)), :, 0] == pytest.approx(3.0, abs=0.35)
    assert added[growth_groups(np.array(1.0)), :, 0] == pytest.approx(0.0, abs=0.1)


def test_few_products_shift_nothing() -> None:
    group = np.zeros((99, 1, 1), dtype=np.int64)
    levels = np.array([0.5, 0.9])
    assert (shifts(np.full((99, 1, 1, 2), 9.0), group, np.array([7]), levels, 3) == 0).all()
    assert (moved_levels(np.full((99, 1, 1), 0.99), group, 1, np.array([7]), levels, 3) == levels).all()


def test_levels_move_to_where_the_ranks_of_a_group_say() -> None:
    """If what came was among the upper half of the paths only, the median is the 75 % quantile."""
    group = np.arange(4000)[:, None, None] % 2
    ranks = np.where(group == 1, RNG.uniform(0.5, 1.0, (4000, 1, 1)), RNG.random((4000, 1, 1)))
    moved = moved_levels(ranks, group, 2, np.array([7]), np.array([0.5, 0.9]), 14)
    assert moved.shape == (2, 14, 2)
    assert moved[1, 0] == pytest.approx([0.75, 0.95], abs=0.02)
    assert moved[0, 0] == pytest.approx([0.5, 0.9], abs=0.03)


def test_growth_is_what_is_expected_over_what_was() -> None:
    outlook = outlook_of(np.repeat([2.0, 8.0], [60, 60]), np.zeros(90), model="naive")
    now, then = totals.growths(outlook.starts, outlook.expected, outlook.origins, outlook.mean)
    old = outlook.expected[0].sum(axis=1)[outlook.origins >= outlook.starts[0]]
    assert now.tolist() == pytest.approx([outlook.mean[0].sum() / old.mean(), 1.0])
    assert then[0, 0] == pytest.approx(old[0] / old[1:].mean())


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
    wanted = rows.loc[rows["horizon"] == 14, ["total_q10", "total_q50", "total_q90"]].to_numpy(dtype=float)
    found = np.quantile(simulated.values.sum(axis=2), (0.1, 0.5, 0.9), axis=1).T
    assert found == pytest.approx(wanted, rel=0.06)
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
