"""Dated purchase orders for many products and suppliers at the least cost within all limits."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.errors import InventoryError
from supplyline.frame_checks import require_kind
from supplyline.inventory.arrays import Floats, floats
from supplyline.inventory.purchase_plan.inputs import Inputs, read_inputs
from supplyline.inventory.purchase_plan.limits import conflict
from supplyline.inventory.purchase_plan.lines import Line, lines_of, shared_rest
from supplyline.inventory.purchase_plan.parts import Effort, Part, Planned, cost_of, parts_of, plan_part
from supplyline.inventory.purchase_plan.problem import Limits, Problem, Shortage

LINE_COLUMNS = [field.name for field in dataclasses.fields(Line)]


@dataclass(frozen=True)
class PurchasePlan:
    """`lines`: one row an order line (the fields of Line); `failed`: sku → why it has no plan.

    No plan costs less than `bound`; `status` is `optimal`, `gap 0.8 %` or `time limit, gap 0.8 %`.
    """

    lines: pd.DataFrame
    failed: dict[str, str]
    cost: float
    bound: float
    status: str


def plan_purchases(
    skus: pd.DataFrame,
    suppliers: pd.DataFrame,
    offers: pd.DataFrame,
    demand: pd.DataFrame,
    *,
    on_order: pd.DataFrame | None = None,
    periods: int,
    budget: npt.ArrayLike = math.inf,
    warehouse_volume: npt.ArrayLike = math.inf,
    warehouse_pieces: npt.ArrayLike = math.inf,
    shortage: Shortage = "lost",
    rates: Mapping[str, float] | None = None,
    effort: Effort | None = None,
) -> PurchasePlan:
    """The cheapest orders over `periods` periods: goods, lines and orders, holding, shortage, stock under the floor.

    `skus`: sku, on_hand, holding_cost (currency per piece at the end of a period), shortage_cost (per piece lost, its
    whole price as it is not bought either, or per piece and period waited for with shortage="backorder"; infinite
    forbids), minimum_stock and floor_cost (per piece and period under it; infinite, the default, forbids), end_cost
    (per piece under it at the end of the plan, besides: what refilling takes after it, default 0), volume.
    `suppliers`: supplier, order_cost, minimum_order_value, currency. `offers`: sku, supplier, unit_cost, lead_time
    (periods), pack_size, minimum_quantity, maximum_quantity, line_cost; a row for each price break with its
    from_quantity, whose price holds for the whole line. `demand` and `on_order`: sku, period from 1, quantity.
    `budget` is one sum for all goods, or one a period in which they are ordered; warehouse limits are one number or one
    a period. `rates`: currency → what one unit of it is in the plan's currency.
    What is lost is lost because the shelf is empty: nothing is kept from customers.
    Products with faults are in `failed`. Raises InventoryError for a frame, supplier or limit that can't be used, and
    InfeasiblePlanError for limits that products share and that can't be kept together.
    """
    whole = isinstance(periods, Integral) and not isinstance(periods, bool)
    if not whole or periods < 1 or shortage not in ("lost", "backorder"):
        raise InventoryError("no period, or unknown kind of shortage", where="plan_purchases", fix="correct it")
    require_kind(effort, Effort, "effort", where="plan_purchases", error=InventoryError)
    inputs = read_inputs(skus, suppliers, offers, demand, on_order, rates=rates or {}, periods=periods)
    limits = Limits(
        _budgets(budget, periods),
        _per_period("warehouse_volume", warehouse_volume, periods),
        _per_period("warehouse_pieces", warehouse_pieces, periods),
    )
    return _planned(inputs, Problem(periods, inputs.items, inputs.suppliers, limits, shortage), effort or Effort())


def _planned(inputs: Inputs, problem: Problem, effort: Effort) -> PurchasePlan:
    problem, failed = _without_hopeless(problem, effort)
    parts = [_part(problem, part, effort) for part in parts_of(problem)]
    packs = {at: made for part in parts for at, made in part.packs.items()}
    shared = shared_rest(problem, packs)
    lines = [line for at in sorted(packs) for line in lines_of(problem, at, packs[at], shared)]
    frame = pd.DataFrame([dataclasses.asdict(line) for line in lines], columns=LINE_COLUMNS)
    cost, bound = cost_of(problem, packs), math.fsum(part.bound for part in parts)
    late = any(part.status == "time limit" for part in parts)
    return PurchasePlan(frame, dict(sorted((inputs.refused | failed).items())), cost, bound, _status(cost, bound, late))


def _part(problem: Problem, part: Part, effort: Effort) -> Planned:
    planned = plan_part(problem, part, effort)
    if planned is None:
        raise conflict(problem, part.items, effort.time_limit)
    return planned


def _without_hopeless(problem: Problem, effort: Effort) -> tuple[Problem, dict[str, str]]:
    """The problem without products whose own limits contradict each other, and what these have to give."""
    free = dataclasses.replace(
        problem,
        suppliers=tuple(dataclasses.replace(each, order_cost=0.0, minimum_value=0.0) for each in problem.suppliers),
        limits=Limits((), np.full(problem.periods, np.inf), np.full(problem.periods, np.inf)),
    )
    strict = [
        at for at, item in enumerate(problem.items)
        if math.isinf(item.shortage) or (np.isinf(item.floor_cost) & (item.floor > 0)).any()
    ]  # fmt: skip
    hopeless = [at for at in strict if plan_part(free, Part((at,), shares=False), effort) is None]
    failed = {problem.items[at].sku: str(conflict(free, (at,), effort.time_limit)) for at in hopeless}
    kept = tuple(item for at, item in enumerate(problem.items) if at not in set(hopeless))
    return dataclasses.replace(problem, items=kept), failed


def _status(cost: float, bound: float, late: bool) -> str:
    share = max(cost - bound, 0.0) / max(abs(cost), 1e-9)
    gap = "optimal" if share <= 1e-6 else f"gap {share:.2%}".replace("%", " %")
    return f"time limit, {gap}" if late else gap


def _per_period(name: str, values: npt.ArrayLike, periods: int) -> Floats:
    numbers = np.atleast_1d(floats(name, values))
    if numbers.shape not in ((1,), (periods,)) or np.isnan(numbers).any() or (numbers < 0).any():
        raise InventoryError("no limit", where=name, fix="give one number from 0, or one a period")
    return np.array(np.broadcast_to(numbers, (periods,)))


def _budgets(budget: npt.ArrayLike, periods: int) -> tuple[tuple[tuple[int, ...], float], ...]:
    amounts = _per_period("budget", budget, periods)
    if np.ndim(budget) == 0:
        return ((tuple(range(periods)), float(amounts[0])),)
    return tuple(((period,), float(amount)) for period, amount in enumerate(amounts))
