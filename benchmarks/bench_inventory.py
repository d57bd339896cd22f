"""Stock policies for a million SKUs against a loop over stockpyl, and purchase plans for up to 10,000.

Policies: ours for all SKUs at once against stockpyl's for some of them, one by one, in the same process and in CPU time
on one thread, per SKU; both results are compared on those. Aim: 1000 times, equal within 1e-6 (or as exact as
stockpyl's own search stops). Where theirs is a formula of a line too (2 µs a SKU, the cost of calling it), reading and
writing a million numbers alone takes more than a thousandth of it: those ratios are shown and can't reach the aim.
Purchase plans: CPU seconds, and how far the cost may be above the least, of SKUs that share a budget, a warehouse and
suppliers with order costs and minimum values. Results go to benchmarks/results/inventory.json. `--quick` takes fewer.
"""

from __future__ import annotations

import os

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")

import argparse
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import stockpyl.eoq
import stockpyl.newsvendor
import stockpyl.rq
import stockpyl.ss

from supplyline.inventory.continuous_review import (
    policy_with_backorder_eoq,
    policy_with_eoq,
    policy_with_loss_functions,
    reorder_point_for_time_cost,
)
from supplyline.inventory.counts import poisson
from supplyline.inventory.distributions import normal
from supplyline.inventory.eoq import eoq, eoq_all_units, eoq_incremental, eoq_with_backorders
from supplyline.inventory.exact_review import chances, exact_policy
from supplyline.inventory.newsvendor import newsvendor
from supplyline.inventory.periodic_review import power_approximation
from supplyline.inventory.poisson_review import exact_poisson_policy
from supplyline.inventory.purchase_plan import plan_purchases

Floats = npt.NDArray[np.float64]

SKUS, AIM, LEAD = 1_000_000, 1000.0, 1 / 12
PEER_SECONDS = 3.0
RESULT = Path(__file__).with_name("results") / "inventory.json"
BREAKS = [0, 300, 600]


@dataclass(frozen=True)
class Shop:
    """Costs and demand of each SKU, (n,)."""

    fixed: Floats
    holding: Floats
    shortage: Floats
    mean: Floats
    sd: Floats
    rare: Floats


def shop(skus: int) -> Shop:
    rng = np.random.default_rng(11)
    mean = rng.lognormal(6.0, 0.8, skus)
    return Shop(
        fixed=rng.uniform(5, 50, skus),
        holding=rng.uniform(0.1, 0.9, skus),
        shortage=rng.uniform(4, 30, skus),
        mean=mean,
        sd=mean * rng.uniform(0.1, 0.4, skus),
        rare=rng.uniform(0.2, 12.0, skus),
    )


def prices(given: Shop) -> Floats:
    return np.outer(20.0 * given.holding, [1.0, 0.95, 0.9])


@dataclass(frozen=True)
class Work:
    """`ours` of a Shop gives arrays; `theirs` of one SKU's numbers gives as many numbers."""

    name: str
    ours: Callable[[Shop], tuple[Floats, ...]]
    theirs: Callable[[Shop, int], tuple[float, ...]]
    tolerance: float = 1e-6
    skus: int = SKUS


def lead_demand(given: Shop) -> Any:
    return normal(given.mean * LEAD, given.sd * math.sqrt(LEAD))


def review(policy: Callable[..., Any]) -> Callable[[Shop], tuple[Floats, ...]]:
    def run(given: Shop) -> tuple[Floats, ...]:
        found = policy(lead_demand(given), given.fixed, given.holding, given.shortage, given.mean)
        return found.reorder_point, found.quantity

    return run


def their_review(policy: Callable[..., Any]) -> Callable[[Shop, int], tuple[float, ...]]:
    def run(given: Shop, at: int) -> tuple[float, ...]:
        costs = given.holding[at], given.shortage[at], given.fixed[at]
        return tuple(policy(*costs, given.mean[at], given.sd[at], LEAD))

    return run


def our_poisson(given: Shop) -> tuple[Floats, ...]:
    policy, cost = exact_poisson_policy(2 * given.rare, given.fixed, given.holding, given.shortage, given.rare)
    return policy.reorder_point, policy.quantity, cost


def our_exact(given: Shop) -> tuple[Floats, ...]:
    demand = chances(poisson(given.rare))
    policy, cost = exact_policy(demand, demand, given.fixed, given.holding, given.shortage)
    return policy.reorder_point, policy.order_up_to, cost


def our_newsvendor(given: Shop) -> tuple[Floats, ...]:
    found = newsvendor(normal(given.mean, given.sd), given.holding, given.shortage)
    return found.quantity, found.cost


def our_poisson_newsvendor(given: Shop) -> tuple[Floats, ...]:
    found = newsvendor(poisson(given.rare), given.holding, given.shortage)
    return found.quantity, found.cost


def our_discount(function: Callable[..., Any]) -> Callable[[Shop], tuple[Floats, ...]]:
    def run(given: Shop) -> tuple[Floats, ...]:
        found = function(given.fixed, 0.2, given.mean, BREAKS, prices(given))
        return found.quantity, found.cost

    return run


def their_discount(function: Callable[..., Any]) -> Callable[[Shop, int], tuple[float, ...]]:
    def run(given: Shop, at: int) -> tuple[float, ...]:
        cost = (20.0 * given.holding[at] * np.array([1.0, 0.95, 0.9])).tolist()
        found = function(float(given.fixed[at]), 0.2, float(given.mean[at]), BREAKS, cost)
        return found[0], found[2]

    return run


def our_power(given: Shop) -> tuple[Floats, ...]:
    found = power_approximation(given.mean, given.sd**2, 0, given.fixed, given.holding, given.shortage)
    return found.reorder_point, found.order_up_to


WORK = (
    Work(
        "EOQ",
        lambda s: (eoq(s.fixed, s.holding, s.mean).quantity,),
        lambda s, i: stockpyl.eoq.economic_order_quantity(s.fixed[i], s.holding[i], s.mean[i])[:1],
    ),
    Work(
        "EOQ with backorders",
        lambda s: (eoq_with_backorders(s.fixed, s.holding, s.shortage, s.mean).quantity,),
        lambda s, i: stockpyl.eoq.economic_order_quantity_with_backorders(
            s.fixed[i], s.holding[i], s.shortage[i], s.mean[i]
        )[:1],
    ),
    Work(
        "EOQ, all-units discount",
        our_discount(eoq_all_units),
        their_discount(stockpyl.eoq.economic_order_quantity_with_all_units_discounts),
    ),
    Work(
        "EOQ, incremental discount",
        our_discount(eoq_incremental),
        their_discount(stockpyl.eoq.economic_order_quantity_with_incremental_discounts),
    ),
    Work(
        "newsvendor, Normal",
        our_newsvendor,
        lambda s, i: stockpyl.newsvendor.newsvendor_normal(s.holding[i], s.shortage[i], s.mean[i], s.sd[i]),
    ),
    Work(
        "newsvendor, Poisson",
        our_poisson_newsvendor,
        lambda s, i: stockpyl.newsvendor.newsvendor_poisson(s.holding[i], s.shortage[i], s.rare[i]),
    ),
    Work("(s, Q), EOQ and safety stock", review(policy_with_eoq), their_review(stockpyl.rq.r_q_eoqss_approximation)),
    Work(
        "(s, Q), s for a given Q",
        lambda s: (reorder_point_for_time_cost(lead_demand(s), 300.0, s.holding, s.shortage),),
        lambda s, i: (stockpyl.rq.r_q_optimal_r_for_q(300.0, s.holding[i], s.shortage[i], s.mean[i], s.sd[i], LEAD),),
        tolerance=1e-4,
    ),
    Work(
        "(s, Q), EOQ with backorders",
        review(policy_with_backorder_eoq),
        their_review(stockpyl.rq.r_q_eoqb_approximation),
        tolerance=1e-4,
    ),
    Work(
        "(s, Q), loss functions",
        review(policy_with_loss_functions),
        their_review(stockpyl.rq.r_q_loss_function_approximation),
        tolerance=1e-4,
    ),
    Work(
        "(s, Q), Poisson, exact",
        our_poisson,
        lambda s, i: stockpyl.rq.r_q_poisson_exact(s.holding[i], s.shortage[i], s.fixed[i], s.rare[i], 2.0),
    ),
    Work(
        "(s, S), power approximation",
        our_power,
        lambda s, i: stockpyl.ss.s_s_power_approximation(s.holding[i], s.shortage[i], s.fixed[i], s.mean[i], s.sd[i]),
    ),
    Work(
        "(s, S), Poisson, exact",
        our_exact,
        lambda s, i: stockpyl.ss.s_s_discrete_exact(s.holding[i], s.shortage[i], s.fixed[i], True, s.rare[i]),
        skus=100_000,
    ),
)


def measured(work: Work, skus: int) -> dict[str, Any]:
    """CPU seconds a SKU of both, their ratio, and the largest relative difference on the SKUs that both did."""
    given, few = shop(min(skus, work.skus)), shop(50)
    work.ours(few)  # compiles what is not compiled yet
    started = time.process_time()
    ours = work.ours(given)
    each = (time.process_time() - started) / len(given.mean)
    theirs, started = [], time.process_time()
    while len(theirs) < 2000 and (len(theirs) < 5 or time.process_time() - started < PEER_SECONDS):
        theirs.append(work.theirs(given, len(theirs)))
    peer = (time.process_time() - started) / len(theirs)
    wanted = np.array(theirs, dtype=float)
    found = np.stack(ours, axis=-1)[: len(theirs)]
    apart = np.abs(found - wanted) / np.maximum(np.abs(wanted), 1.0)
    equal = float((apart.max(axis=1) <= work.tolerance).mean())
    return {
        "work": work.name, "skus": len(given.mean), "our_microseconds": 1e6 * each, "peer_microseconds": 1e6 * peer,
        "peer_skus": len(theirs), "ratio": peer / each, "equal_share": equal, "largest_difference": float(apart.max()),
    }  # fmt: skip


def purchase(skus: int) -> dict[str, Any]:
    """A plan of eight weeks; 200 SKUs a supplier, 90 % of the money that it would take to buy freely."""
    frames = purchase_frames(skus)
    free = plan_purchases(**frames, periods=8)
    budget = 0.9 * float(free.lines["cost"].sum())
    suppliers = frames["suppliers"].assign(order_cost=25.0, minimum_order_value=500.0)
    started, clock = time.process_time(), time.perf_counter()
    plan = plan_purchases(**(frames | {"suppliers": suppliers}), periods=8, budget=budget, warehouse_pieces=room(free))
    seconds, waited = time.process_time() - started, time.perf_counter() - clock
    return {
        "skus": skus, "cpu_seconds": seconds, "seconds": waited, "cost": plan.cost, "bound": plan.bound,
        "status": plan.status, "lines": len(plan.lines), "budget": budget, "spent": float(plan.lines["cost"].sum()),
    }  # fmt: skip


def room(free: Any) -> float:
    """Half as much again as the largest order of any week."""
    return 1.5 * float(free.lines.groupby("arrival_period")["quantity"].sum().max())


def purchase_frames(skus: int) -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(0)
    names = np.array([f"P{at:06d}" for at in range(skus)])
    weekly, price = rng.lognormal(2, 1.3, skus), rng.lognormal(1, 0.8, skus)
    sellers = [f"S{at}" for at in range(max(skus // 200, 2))]
    products = pd.DataFrame({
        "sku": names, "on_hand": np.round(rng.gamma(2, weekly)), "holding_cost": price / 2 * 0.25 * 7 / 365,
        "shortage_cost": price, "minimum_stock": np.ceil(weekly), "floor_cost": price / 10,
    })  # fmt: skip
    pack = rng.choice([1, 6, 12, 24], skus)
    offers = pd.DataFrame({
        "sku": names, "supplier": rng.choice(sellers, skus), "unit_cost": price / 2,
        "lead_time": rng.integers(1, 3, skus),
        "pack_size": pack, "minimum_quantity": pack * rng.integers(1, 4, skus), "line_cost": 1.0, "from_quantity": 1,
    })  # fmt: skip
    cheaper = offers[rng.random(skus) < 0.5].assign(
        from_quantity=lambda rows: 5 * rows["minimum_quantity"], unit_cost=lambda rows: 0.93 * rows["unit_cost"]
    )
    demand = pd.DataFrame({
        "sku": np.repeat(names, 8), "period": np.tile(np.arange(1, 9), skus),
        "quantity": rng.gamma(4, np.repeat(weekly, 8) / 4),
    })  # fmt: skip
    return {
        "skus": products, "suppliers": pd.DataFrame({"supplier": sellers}),
        "offers": pd.concat([offers, cheaper], ignore_index=True), "demand": demand,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the SKUs")
    quick = parser.parse_args().quick
    policies = []
    for work in WORK:
        policies.append(measured(work, SKUS // 10 if quick else SKUS))
        print("{work:30} {our_microseconds:9.3f} µs a SKU, stockpyl {peer_microseconds:11.1f} µs: {ratio:10.0f} times, "
              "equal on {equal_share:.1%} of {peer_skus}".format(**policies[-1]), flush=True)  # fmt: skip
    purchase(200)  # compiles
    plans = []
    for skus in (1000,) if quick else (1000, 10_000):
        plans.append(purchase(skus))
        print("purchase plan of {skus} SKUs: {cpu_seconds:.1f} s of CPU, {status}, {lines} lines".format(**plans[-1]))
    ours, theirs = (sum(each[side] for each in policies) for side in ("our_microseconds", "peer_microseconds"))
    reached = sum(each["ratio"] >= AIM for each in policies)
    print(f"a SKU through all of it: {theirs / ours:.0f} times; {reached} of {len(policies)} reach {AIM:.0f}")
    RESULT.parent.mkdir(exist_ok=True)
    result = {"aim": AIM, "ratio": theirs / ours, "policies": policies, "purchase_plans": plans}
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
