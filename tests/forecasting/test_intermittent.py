"""Intermittent demand: the models against statsforecast from the same start, slow loops, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from statsforecast import models as peers

from supplyline.forecasting.kernels.intermittent import (
    aggregate_panel,
    best_alpha,
    croston_panel,
    croston_rates,
    demands_of,
    mean_interval,
    squares,
    tsb_rates,
)
from supplyline.forecasting.registry import models
from tests.support.demand_histories import panel_of

RNG = np.random.default_rng(3)
SPARSE = [np.where(RNG.random(200) < share, RNG.geometric(0.2, 200), 0).astype(float) for share in (0.1, 0.25, 0.6)]
NAMES = ("croston", "sba", "tsb", "adida", "imapa")
demands = st.lists(st.integers(0, 9), min_size=1, max_size=60)


def simple_smoothing(x: np.ndarray, alpha: float, level: float) -> tuple[float, float]:
    """The obvious loop: last level and squared errors."""
    total = 0.0
    for value in x:
        total += (value - level) ** 2
        level += alpha * (value - level)
    return level, total


@pytest.mark.parametrize("demand", SPARSE)
def test_croston_equals_statsforecast_from_the_same_start(demand: np.ndarray) -> None:
    y = panel_of(demand).history(0)
    sizes, intervals, rates = np.empty(y.size), np.empty(y.size), np.empty(y.size)
    count = demands_of(y, sizes, intervals)
    start = (sizes[0], intervals[0])
    alphas = (best_alpha(sizes[:count], sizes[0], 0.1, 0.3), best_alpha(intervals[:count], intervals[0], 0.1, 0.3))
    croston_rates(y, start, alphas, 1.0, rates)
    assert rates[-1] == pytest.approx(peers.CrostonOptimized().forecast(y, h=1)["mean"][0], rel=1e-4)
    croston_rates(y, start, (0.1, 0.1), 0.95, rates)
    assert rates[-1] == pytest.approx(peers.CrostonSBA().forecast(y, h=1)["mean"][0])


@pytest.mark.parametrize("demand", SPARSE)
def test_sba_takes_half_the_constant_of_the_interval_off_croston(demand: np.ndarray) -> None:
    panel = panel_of(demand)
    plain, alphas = croston_panel(panel.values, panel.starts, False)
    unbiased, _ = croston_panel(panel.values, panel.starts, True)
    assert unbiased == pytest.approx(plain * (1 - alphas[0, 1] / 2))


@pytest.mark.parametrize("demand", SPARSE)
def test_tsb_equals_statsforecast_from_the_same_start(demand: np.ndarray) -> None:
    y = panel_of(demand).history(0)
    rates = np.empty(y.size)
    tsb_rates(y, (y[y > 0][0], float(y[0] > 0)), (0.2, 0.1), rates)
    assert rates[-1] == pytest.approx(peers.TSB(alpha_d=0.2, alpha_p=0.1).forecast(y, h=1)["mean"][0])


@pytest.mark.parametrize("demand", SPARSE)
@pytest.mark.parametrize(("name", "peer"), [("adida", peers.ADIDA), ("imapa", peers.IMAPA)])
def test_sums_of_days_equal_statsforecast(demand: np.ndarray, name: str, peer: type) -> None:
    panel = panel_of(demand, season_length=1)
    rates = aggregate_panel(panel.values, panel.starts, name == "imapa")
    assert rates[0, -1] == pytest.approx(peer().forecast(panel.history(0), h=1)["mean"][0], rel=1e-4)


@pytest.mark.parametrize("every", [True, False])
def test_sums_looked_at_from_a_past_day_know_nothing_after_it(every: bool) -> None:
    panel = panel_of(SPARSE[1], season_length=1)
    changed = panel.values.copy()
    changed[0, 150:] = changed[0, 150:][::-1]
    before, after = (aggregate_panel(values, panel.starts, every) for values in (panel.values, changed))
    # The constants may differ, as they are today's; sums and means of the past may not.
    assert before[0, :150] == pytest.approx(after[0, :150], rel=0.35)
    assert np.isfinite(before).all()


def test_the_constant_found_is_the_best_of_a_fine_grid() -> None:
    for seed in range(40):
        x = np.random.default_rng(seed).gamma(2.0, 3.0, 50).cumsum() / (1 + seed)
        found = best_alpha(x, x[0], 0.1, 0.3)
        grid = min(simple_smoothing(x, alpha, x[0])[1] for alpha in np.linspace(0.1, 0.3, 401))
        assert squares(x, found, x[0])[0] <= grid * (1 + 1e-6)


def test_squares_and_their_slopes_are_those_of_the_plain_loop() -> None:
    x, step = SPARSE[2], 1e-5
    total, first, second = squares(x, 0.2, 3.0)
    left, middle, right = (simple_smoothing(x, alpha, 3.0)[1] for alpha in (0.2 - step, 0.2, 0.2 + step))
    assert total == pytest.approx(middle)
    assert first == pytest.approx((right - left) / (2 * step), rel=1e-5)
    assert second == pytest.approx((right - 2 * middle + left) / step**2, rel=1e-3)


def test_mean_interval_counts_days_up_to_the_last_demand() -> None:
    assert mean_interval(np.array([0.0, 0, 5, 0, 0, 1, 0, 0])) == 3.0
    assert mean_interval(np.zeros(4)) == 1.0


def test_tsb_fades_when_demand_stops_and_croston_does_not() -> None:
    panel = panel_of(np.concatenate([SPARSE[1], np.zeros(150)]))
    means = {name: models()[name].forecast(models()[name].fit(panel), 5, (0.5,)).mean for name in ("tsb", "croston")}
    assert means["tsb"][0, 0] < 0.3 * means["croston"][0, 0]


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_day_is_left_out(name: str) -> None:
    panel = panel_of(SPARSE[1], season_length=1)
    holes = np.insert(panel.values, [50, 120], np.nan, axis=1)
    with_holes = type(panel)(panel.skus, holes, panel.starts, panel.end, 1)
    model = models()[name]
    last = [model.fit(one).ahead(np.array([one.days - 1]), 1)[0, 0, 0] for one in (panel, with_holes)]
    assert last[0] == pytest.approx(last[1])


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=25)
@example(demand=[1, 1, 1, 2], scale=1e-6)  # every constant is as good: rounding must not choose
@given(demand=demands, scale=st.sampled_from([1e-6, 3.0, 1e12]))
def test_rates_scale_with_demand_and_are_never_negative(name: str, demand: list[int], scale: float) -> None:
    model, y = models()[name], np.array(demand, dtype=float)
    one, other = (
        model.fit(panel_of(y * size, season_length=1)).ahead(np.arange(len(demand)), 2) for size in (1.0, scale)
    )
    assert (one >= 0).all()
    assert other == pytest.approx(one * scale, rel=1e-6)
