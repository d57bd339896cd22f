"""(R, s, S) with service targets: sums over the undershoot, the books of a simulated stock, any kind of demand."""

from __future__ import annotations

import numpy as np
import pytest

from supplyline.inventory.counts import negative_binomial, poisson
from supplyline.inventory.distributions import Demand, gamma, normal
from supplyline.inventory.empirical import from_paths
from supplyline.inventory.exact_review import chances
from supplyline.inventory.ledger import ENTRIES, keep_books
from supplyline.inventory.reorder_review import (
    reorder_fill_rate,
    reorder_point_for_cycle_service,
    reorder_point_for_fill_rate,
    short_cycles,
    short_pieces,
)

R, L = 5.0, 2.0
DAY = {
    "negative binomial": negative_binomial(np.array([1.5]), np.sqrt(np.array([3.0]))),
    "poisson": poisson(np.array([3.0])),
    "gamma": gamma(np.array([3.0]), np.array([2.0])),
    "normal": normal(np.array([9.0]), np.array([2.0])),
}
TRACE = np.zeros((4, 0, 0), dtype=np.int64)


def over(day: Demand) -> tuple[Demand, Demand, Demand]:
    """Demand over R + L, L and R."""
    return day.over(R + L), day.over(L), day.over(R)


@pytest.mark.parametrize("point", [3, 8, 15])
def test_shortages_are_the_sums_over_the_undershoot(point: int) -> None:
    """Σ_u P(D_R > u) / E[D_R] · what is short of s - u, term by term."""
    for name in ("poisson", "negative binomial"):
        protection, lead, period = over(DAY[name])
        u = np.arange(chances(period).shape[1])
        weight = (1 - period.cdf(u)) / period.mean
        short = sum(w * float(lead.loss(np.array([point - each]))[0]) for w, each in zip(weight, u, strict=True))
        cycles = sum(w * (1 - float(lead.cdf(np.array([point - each]))[0])) for w, each in zip(weight, u, strict=True))
        assert short_pieces(protection, lead, point)[0] == pytest.approx(short, rel=1e-6)
        assert short_cycles(protection, lead, point)[0] == pytest.approx(cycles, rel=1e-6)


@pytest.mark.parametrize("unmet", ["backorder", "lost"])
@pytest.mark.parametrize("name", ["poisson", "negative binomial"])
def test_points_reach_their_targets_in_a_long_simulated_stock(name: str, unmet: str) -> None:
    protection, lead, period = over(DAY[name])
    quantity = 40
    rng, days = np.random.default_rng(5), 200_000
    mean = float(DAY[name].mean[0])
    drawn = rng.poisson(mean, days) if name == "poisson" else rng.negative_binomial(1.5, 0.5, days)
    for point, measure, target in (
        (reorder_point_for_fill_rate(protection, lead, period, quantity, 0.97, unmet), "fill", 0.97),
        (reorder_point_for_cycle_service(protection, lead, 0.9), "cycle", 0.9),
    ):
        books = simulated(drawn.astype(np.int64), int(point[0]), quantity, backorders=unmet == "backorder")
        fill = 1 - books["missed"] / books["demand"]
        cycle = 1 - books["short_cycles"] / books["cycles"]
        assert (fill if measure == "fill" else cycle) == pytest.approx(
            target, abs=0.02 if measure == "cycle" else 0.008
        )


def simulated(demand: np.ndarray, point: int, quantity: int, *, backorders: bool) -> dict[str, int]:
    days = len(demand)
    looks = np.full((1, -(-days // int(R))), int(L), dtype=np.int64)
    levels, rules = np.array([[[point, point + quantity]]]), np.array([[int(R), 0, -1, 1]])
    args = (np.zeros(days, dtype=np.int64), np.zeros((0, 0), dtype=np.int64), looks, rules, np.array([point]))
    books = keep_books(demand[None], levels, *args, (0, days), backorders, TRACE)[0]
    return dict(zip(ENTRIES, books, strict=True))


@pytest.mark.parametrize("name", list(DAY))
def test_every_kind_of_demand_gives_the_least_point(name: str) -> None:
    protection, lead, period = over(DAY[name])
    step = 1.0 if protection.discrete else 1e-3
    for unmet in ("backorder", "lost"):
        point = reorder_point_for_fill_rate(protection, lead, period, 30.0, 0.98, unmet)
        assert reorder_fill_rate(protection, lead, period, point, 30.0, unmet)[0] >= 0.98 - 1e-9
        assert reorder_fill_rate(protection, lead, period, point - step, 30.0, unmet)[0] < 0.98
    point = reorder_point_for_cycle_service(protection, lead, 0.95)
    assert short_cycles(protection, lead, point)[0] <= 0.05 + 1e-9
    assert short_cycles(protection, lead, point - step)[0] > 0.05


def test_paths_and_random_lead_times_are_demand_like_any_other() -> None:
    paths = np.random.default_rng(2).poisson(3.0, (1, 20_000, 10)).astype(float)
    protection, lead = (from_paths(paths, np.array([days, days + 2]), [0.5, 0.5]) for days in (6, 1))
    period, exact = from_paths(paths, 5), poisson(np.array([3.0]))
    point = reorder_point_for_fill_rate(protection, lead, period, 30.0, 0.97)
    fixed = reorder_point_for_fill_rate(exact.over(7.0), exact.over(2.0), exact.over(5.0), 30.0, 0.97)
    assert fixed[0] <= point[0] <= fixed[0] + 4
