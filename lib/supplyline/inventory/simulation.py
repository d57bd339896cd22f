"""Real demand replayed through a stock policy: what it would have sold, missed, kept and cost."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from numbers import Integral

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.errors import InventoryError
from supplyline.frame_checks import numbered, plain_numbers, require_columns, require_kind, typed
from supplyline.inventory.clairvoyant import clairvoyant_orders
from supplyline.inventory.ledger import ENTRIES, TRACED, keep_books
from supplyline.inventory.policy_inputs import MOST_PIECES
from supplyline.inventory.terms import TERMS, Terms, terms_errors, terms_of_skus
from supplyline.synthetic import draws

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

DAYS_A_YEAR = 365.0
LEAD_TIME = 0  # the stream of random numbers a SKU's lead times come from
NO_TRACE = np.zeros((len(TRACED), 0, 0), dtype=np.int64)
NO_ORDERS = np.zeros((0, 0), dtype=np.int64)
METRICS = (
    "fill_rate", "cycle_service", "average_stock", "turnover", "holding_cost", "shortage_cost", "ordering_cost",
    "total_cost",
)  # fmt: skip


@dataclass(frozen=True)
class Costs:
    """What stock costs, in currency, from the sales price of a piece (1 where it is unknown).

    Keeping a piece a year: price · unit_cost_share · holding_rate; a piece missed: price · shortage_cost_share; an
    order line: ordering_cost.
    """

    holding_rate: float = 0.25
    unit_cost_share: float = 0.5
    shortage_cost_share: float = 0.5
    ordering_cost: float = 1.0

    def __post_init__(self) -> None:
        """Raises InventoryError for a cost below zero."""
        values = plain_numbers(pd.Series(dataclasses.astuple(self), dtype=object))
        if (values < 0).any() or not np.isfinite(values).all():
            raise InventoryError("a cost is below zero or no number", where="Costs", fix="give numbers of at least 0")

    def of(self, price: Floats) -> Floats:
        """(n, 3) of a piece kept a day, a piece missed and an order."""
        a_day = price * self.unit_cost_share * self.holding_rate / DAYS_A_YEAR
        return np.column_stack([a_day, price * self.shortage_cost_share, np.full(len(price), self.ordering_cost)])


@dataclass(frozen=True)
class Scene:
    """What all policies meet alike: n SKUs, their demand (n, days) in pieces, lead times (n, looks), terms and prices.

    `rules` (n, 4): review days, minimum, maximum (-1: none) and pack of an order. `counted`: the days [first, last)
    that are measured; the days before let each policy come to its own stock level.
    """

    skus: npt.NDArray[np.object_]
    demand: Ints
    opening: Ints
    lead: Ints
    rules: Ints
    price: Floats
    counted: tuple[int, int]
    backorders: bool = False

    def run(self, levels: Ints, version: Ints, trace: Ints = NO_TRACE) -> Ints:
        """Books of reorder points and order-up-to levels (n, versions, 2); `version` (days,) tells which holds."""
        args = (self.lead, self.rules, self.opening, self.counted, self.backorders)
        return keep_books(self.demand, levels, version, NO_ORDERS, *args, trace)

    def run_orders(self, orders: Ints, trace: Ints = NO_TRACE) -> Ints:
        """Books of orders (n, looks) that were decided before."""
        levels, version = (
            np.zeros((len(self.skus), 1, 2), dtype=np.int64),
            np.zeros(self.demand.shape[1], dtype=np.int64),
        )
        args = (self.lead, self.rules, self.opening, self.counted, self.backorders)
        return keep_books(self.demand, levels, version, orders, *args, trace)

    def clairvoyant(self, costs: Costs) -> Ints:
        """Books of the buyer who knows all demand and lead times."""
        orders = clairvoyant_orders(self.demand, self.lead, self.rules[:, 0].copy(), self.opening, costs.of(self.price))
        return self.run_orders(orders)


def simulate_policy(
    history: pd.DataFrame,
    policy: pd.DataFrame,
    terms: Terms | pd.DataFrame | None = None,
    costs: Costs | None = None,
    *,
    warm_up: int = 0,
    backorders: bool = False,
    crossing: bool = False,
    seed: int = 20111209,
) -> pd.DataFrame:
    """One row a SKU of `policy`: pieces of every entry of the books, service, average stock, turnover and costs.

    `history`: sku, date, quantity (whole pieces a day; a day without a row has none), all of it replayed. `policy`:
    sku, reorder_point, order_up_to_level and, where known, as_of (day from whose evening on they hold; several a SKU
    make a policy that learns), on_hand (opening stock; else the first order-up-to level), unit_price. `terms`: as in
    `reorder_policy`; None takes the policy's own columns. Lead times are drawn by `seed`, rounded gamma; orders of a
    SKU overtake each other only with `crossing`. Unmet demand is lost, or waits with `backorders`. `warm_up` days are
    not counted. A SKU that can't be simulated has status `failed` and the reason.
    Raises InventoryError where a column is missing, or no day is left to count.
    """
    history, policy = _readable(history, policy)
    require_kind(costs, Costs, "costs", where="simulate_policy", error=InventoryError)
    own = [name for name in TERMS if name in policy.columns]
    first = policy.sort_values("as_of") if "as_of" in policy.columns else policy
    first = first.drop_duplicates("sku").sort_values("sku", ignore_index=True)
    agreed = terms_of_skus(first[["sku"]], first[["sku", *own]] if terms is None and own else terms)
    errors = _errors(history, policy, first, agreed)
    good = first.loc[errors == "", :].reset_index(drop=True)
    days = _days(history)
    _require_days(warm_up, len(days))
    scene = make_scene(
        history, good, agreed[errors == ""], days, warm_up=warm_up, crossing=crossing, seed=seed, backorders=backorders
    )
    levels, version = policy_versions(policy, scene.skus, days)
    found = measures(scene, scene.run(levels, version), costs or Costs())
    told = first[["sku"]].assign(error=errors).merge(found, on="sku", how="left")
    told["status"], told["error"] = np.where(told["error"] == "", "ok", "failed"), told["error"].replace("", None)
    return told[[*found.columns, "status", "error"]]


def make_scene(
    history: pd.DataFrame,
    skus: pd.DataFrame,
    terms: pd.DataFrame,
    days: pd.DatetimeIndex,
    *,
    warm_up: int = 0,
    cool_down: int = 0,
    crossing: bool = False,
    seed: int = 20111209,
    backorders: bool = False,
) -> Scene:
    """The scene of the SKUs (sku and, where known, on_hand, order_up_to_level, unit_price) over `days`."""
    names = skus["sku"].astype(str).to_numpy(dtype=object)
    review = terms["review_days"].to_numpy(dtype=np.int64)
    limit = terms["max_order"].replace(np.inf, -1.0)
    rules = np.column_stack([review, terms["min_order"], limit, terms["pack_size"]]).astype(np.int64)
    lead = lead_times(names, terms, len(days), crossing=crossing, seed=seed)
    opening = skus["on_hand"] if "on_hand" in skus.columns else skus["order_up_to_level"]
    price = skus["unit_price"] if "unit_price" in skus.columns else pd.Series(1.0, index=skus.index)
    counted = (min(warm_up, len(days)), max(len(days) - cool_down, 0))
    stock = opening.astype(float).fillna(0.0).clip(lower=0.0).to_numpy().astype(np.int64)
    worth = price.astype(float).fillna(1.0).to_numpy()
    return Scene(names, dense_demand(history, names, days), stock, lead, rules, worth, counted, backorders)


def dense_demand(history: pd.DataFrame, skus: npt.NDArray[np.object_], days: pd.DatetimeIndex) -> Ints:
    """(n, days) pieces asked for; what more was returned than asked for on a day counts as none."""
    row = pd.Index(skus).get_indexer(pd.Index(history["sku"].astype(str)))
    column = days.get_indexer(pd.DatetimeIndex(history["date"]))
    kept = (row >= 0) & (column >= 0)
    demand = np.zeros((len(skus), len(days)), dtype=np.int64)
    pieces = np.rint(history["quantity"].to_numpy(dtype=float)[kept]).astype(np.int64)
    np.add.at(demand, (row[kept], column[kept]), pieces)
    return np.maximum(demand, 0)


def lead_times(names: npt.NDArray[np.object_], terms: pd.DataFrame, days: int, *, crossing: bool, seed: int) -> Ints:
    """(n, looks) whole days from each look's evening on: rounded gamma, drawn by SKU and look, equal in every policy.

    Without `crossing` an order comes no sooner than the one before it.
    """
    review = terms["review_days"].to_numpy(dtype=np.int64)
    looks = np.arange(-(-days // int(review.min(initial=1))))
    uniform = draws.uniform(draws.keys(seed, names)[:, None], LEAD_TIME, looks[None, :])
    mean, sd = (terms[name].to_numpy(dtype=float)[:, None] for name in ("lead_time_days", "lead_time_sd_days"))
    drawn = np.rint(_gamma_quantile(uniform, mean, sd)).astype(np.int64)
    if crossing:
        return drawn
    placed = looks[None, :] * review[:, None]
    return np.asarray(np.maximum.accumulate(placed + drawn, axis=1) - placed)


def _gamma_quantile(uniform: Floats, mean: Floats, sd: Floats) -> Floats:
    from scipy import special

    random = (sd > 1e-4 * mean) & (mean > 1e-4 * sd)
    shape = np.where(random, (mean / np.where(random, sd, 1.0)) ** 2, 1.0)
    return np.where(random, special.gammaincinv(shape, uniform) * mean / shape, mean)


def policy_versions(policy: pd.DataFrame, skus: npt.NDArray[np.object_], days: pd.DatetimeIndex) -> tuple[Ints, Ints]:
    """(n, versions, 2) reorder points and order-up-to levels, and (days,) which version holds on the day's evening.

    A SKU without a row in a version keeps that of the one before; before the first version nothing is ordered.
    """
    since = pd.to_datetime(policy["as_of"]) if "as_of" in policy.columns else pd.Series(days[0], index=policy.index)
    starts = np.unique(since.to_numpy())
    levels = np.full((len(skus), len(starts) + 1, 2), np.nan)
    levels[:, 0] = -1.0
    row = pd.Index(skus).get_indexer(pd.Index(policy["sku"].astype(str)))
    column = np.searchsorted(starts, since.to_numpy()) + 1
    numbers = policy[["reorder_point", "order_up_to_level"]].astype(float).to_numpy()
    levels[row[row >= 0], column[row >= 0]] = numbers[row >= 0]
    for version in range(1, levels.shape[1]):
        levels[:, version] = np.where(np.isnan(levels[:, version]), levels[:, version - 1], levels[:, version])
    return levels.astype(np.int64), np.searchsorted(starts, days.to_numpy(), side="right").astype(np.int64)


def measures(scene: Scene, books: Ints, costs: Costs) -> pd.DataFrame:
    """One row a SKU: the entries of the books, and what they amount to; currency in the scene's prices."""
    frame = pd.DataFrame(books, columns=list(ENTRIES))
    frame.insert(0, "sku", scene.skus)
    days = max(scene.counted[1] - scene.counted[0], 1)
    frame["fill_rate"] = _share(frame["demand"] - frame["missed"], frame["demand"])
    frame["cycle_service"] = 1.0 - _share(frame["short_cycles"], frame["cycles"], none=0.0)
    frame["average_stock"] = frame["stock_days"] / days
    frame["turnover"] = _share(frame["sold"] * DAYS_A_YEAR / days, frame["average_stock"], none=np.nan)
    rates = costs.of(scene.price)
    frame["holding_cost"] = frame["stock_days"] * rates[:, 0]
    frame["shortage_cost"] = frame["missed"] * rates[:, 1]
    frame["ordering_cost"] = frame["orders"] * rates[:, 2]
    frame["total_cost"] = frame[["holding_cost", "shortage_cost", "ordering_cost"]].sum(axis=1)
    return frame


def _share(part: pd.Series, whole: pd.Series, none: float = 1.0) -> pd.Series:
    return (part / whole.where(whole > 0)).fillna(none)


def _days(history: pd.DataFrame) -> pd.DatetimeIndex:
    days = history["date"].dropna()
    if days.empty:
        raise InventoryError("history is empty", where="simulate_policy", fix="give days to replay")
    return pd.date_range(days.min(), days.max())


def _readable(history: pd.DataFrame, policy: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both frames in plain types. Raises InventoryError where one is none or lacks a column."""
    for frame, columns, name in (
        (history, ["sku", "date", "quantity"], "history"),
        (policy, ["sku", "reorder_point", "order_up_to_level"], "policy"),
    ):
        require_columns(frame, columns, name, where="simulate_policy", error=InventoryError)
    return (
        numbered(typed(history, texts=("sku",), dates=("date",)), ["quantity"]),
        numbered(typed(policy, texts=("sku",), dates=("as_of",)), ["reorder_point", "order_up_to_level"]),
    )


def _require_days(warm_up: int, days: int) -> None:
    if not isinstance(warm_up, Integral) or not 0 <= warm_up < days:
        fix = f"give 0 to {days - 1} days"
        raise InventoryError(f"warm_up {warm_up} leaves no day to count", where="simulate_policy", fix=fix)


def _known(policy: pd.DataFrame, name: str, least: float = -MOST_PIECES) -> pd.Series:
    """(per row) whether the number is missing, or between `least` and 1e15."""
    if name not in policy.columns:
        return pd.Series(True, index=policy.index)
    number = plain_numbers(policy[name])
    return number.isna() | number.between(least, MOST_PIECES)


def _errors(history: pd.DataFrame, policy: pd.DataFrame, first: pd.DataFrame, terms: pd.DataFrame) -> pd.Series:
    """(per SKU of the policy) why it can't be simulated, "" where it can."""
    quantity = history["quantity"]
    wrong = history.loc[~np.isfinite(quantity) | (quantity.abs() > MOST_PIECES), "sku"].astype(str)
    undated = history.loc[history["date"].isna(), "sku"]
    numbers = policy[["reorder_point", "order_up_to_level"]]
    unknown = policy.loc[~np.isfinite(numbers).all(axis=1), "sku"].astype(str)
    crossed = policy.loc[numbers["order_up_to_level"] < numbers["reorder_point"], "sku"].astype(str)
    broken = history.loc[np.isfinite(quantity) & (quantity % 1 != 0), "sku"].astype(str)
    version = [name for name in ("sku", "as_of") if name in policy.columns]
    twice = policy.loc[policy.duplicated(version), "sku"].astype(str)
    sku = first["sku"].astype(str)
    checks = {
        "no demand history": ~sku.isin(history["sku"].astype(str)),
        "date is missing or no date": sku.isin(undated),
        "quantity is not a finite number": sku.isin(wrong),
        "quantity is not whole pieces": sku.isin(broken),
        "reorder point or order-up-to level is missing": sku.isin(unknown),
        "order-up-to level is below the reorder point": sku.isin(crossed),
        "the policy has two rows of one day": sku.isin(twice),
        "as_of is no date": sku.isin(policy.loc[policy["as_of"].isna(), "sku"] if "as_of" in policy.columns else []),
        "on_hand or unit_price is no number that can be": ~_known(first, "on_hand") | ~_known(first, "unit_price", 0.0),
    }
    reason = np.select([mask.to_numpy() for mask in checks.values()], list(checks), default="")
    return pd.Series(np.where(reason == "", terms_errors(terms), reason), index=first.index, dtype=object)
