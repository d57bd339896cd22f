"""Upper quantiles drawn towards those of SKUs of the same size: found again, finite, the less the longer the past."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from supplyline.forecasting.common_tails import LIKE_SPANS, Totals, common_excess, drawn_in

LEVELS = np.array([0.25, 0.5, 0.75, 0.95, 0.99])
RNG = np.random.default_rng(5)


def totals_of(excess: np.ndarray, expected: np.ndarray, spans: float = LIKE_SPANS) -> Totals:
    """Totals (n, 1) with medians of their means and this `excess` (n, q), in spreads, at the levels above."""
    expected = expected[:, None]
    medians, spread = expected.copy(), np.sqrt(1.0 + expected)
    above = medians[..., None] + excess[:, None] * spread[..., None]
    own = np.where(LEVELS > 0.5, above, medians[..., None] * LEVELS / 0.5)
    return Totals(own, medians, expected, np.ones((len(expected), 1)), np.full(expected.shape, spans))


def test_what_skus_have_in_common_by_their_size_is_found_again() -> None:
    expected = RNG.uniform(1.0, 200.0, 300)
    x = np.log1p(expected)
    found = common_excess(totals_of(np.exp(0.3 - 0.4 * x + 0.05 * x * x)[:, None] * np.ones(5), expected), LEVELS)
    assert found.shape == (1, 5, 3)
    assert found[0, 2:] == pytest.approx(np.tile([0.3, -0.4, 0.05], (3, 1)), abs=1e-6)


def test_heavy_and_light_tails_both_come_halfway_where_a_past_counts_as_much_as_all_others() -> None:
    excess = np.tile([0.0, 0.0, 1.0, 2.0, 3.0], (200, 1))
    excess[0, 2:], excess[1, 2:] = excess[0, 2:] * 9, excess[1, 2:] / 9
    totals = totals_of(excess, np.full(200, 8.0))
    common = common_excess(totals, LEVELS)
    drawn = (drawn_in(totals, common) - 8.0) / 3.0
    assert drawn[0, 0, 2:] == pytest.approx(3 * excess[2, 2:], rel=1e-6)
    assert drawn[1, 0, 2:] == pytest.approx(excess[2, 2:] / 3, rel=1e-6)
    assert (drawn_in(totals, common)[..., :2] == totals.own[..., :2]).all()


def test_who_knows_much_keeps_more_of_his_own_and_few_have_nothing_in_common() -> None:
    excess = RNG.lognormal(0.0, 0.5, (50, 5)).cumsum(axis=1)
    short, long = (totals_of(excess, np.full(50, 8.0), spans) for spans in (2.0, 500.0))
    moved = [np.abs(drawn_in(each, common_excess(each, LEVELS)) - each.own).sum() for each in (short, long)]
    assert moved[1] < 0.1 * moved[0]
    few = totals_of(excess[:29], np.full(29, 8.0))
    assert (drawn_in(few, common_excess(few, LEVELS)) == few.own).all()


def test_quantiles_of_like_products_come_nearer_to_the_true_ones() -> None:
    """26 totals of a year, gamma of one shape for all: the 98 % quantile is off by less than by the own ones alone."""
    expected = RNG.uniform(20.0, 60.0, 400)
    years = RNG.gamma(2.0, 1.0, (400, 26)) * expected[:, None] / 2
    own, medians = np.quantile(years, LEVELS, axis=1).T[:, None], np.median(years, axis=1)[:, None]
    totals = Totals(own, medians, expected[:, None], expected[:, None] / 2, np.full((400, 1), 26.0))
    truth = stats.gamma(2.0).ppf(LEVELS[-2:]) * expected[:, None] / 2
    off = [
        np.abs(np.log(each[:, 0, -2:] / truth)).mean()
        for each in (drawn_in(totals, common_excess(totals, LEVELS)), own)
    ]
    assert off[0] < 0.85 * off[1]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=30, max_size=40),
    st.floats(0, 1e3),
    st.booleans(),
)
def test_quantiles_stay_finite_and_at_least_their_medians(
    rows: list[tuple[float, float]], spans: float, alike: bool
) -> None:
    excess = np.array([row[0] for row in rows])[:, None] * np.array([0.0, 0.0, 0.5, 1.0, 2.0])
    totals = totals_of(excess, np.full(len(rows), 7.0) if alike else np.array([row[1] for row in rows]), spans)
    drawn = drawn_in(totals, common_excess(totals, LEVELS))
    assert np.isfinite(drawn).all()
    assert (drawn[..., 2:] >= totals.medians[..., None]).all()
