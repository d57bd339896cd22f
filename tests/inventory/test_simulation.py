"""The simulator against a slow one that names every piece, balances that hold to the piece, and books kept by hand."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyline.errors import InventoryError
from supplyline.inventory import Costs, Terms, simulate_policy
from supplyline.inventory.clairvoyant import clairvoyant_orders
from supplyline.inventory.ledger import ENTRIES, keep_books

START = dt.date(2011, 3, 1)
DAYS = 40
FIXED = Terms(lead_time_days=2, lead_time_sd_days=0, review_days=3)


def history(**demand: list[float]) -> pd.DataFrame:
    frames = [
        pd.DataFrame({"sku": sku, "date": pd.date_range(START, periods=len(pieces)), "quantity": pieces})
        for sku, pieces in demand.items()
    ]
    return pd.concat(frames, ignore_index=True)


def policy(sku: str = "A", point: int = 4, level: int = 10, **more: object) -> pd.DataFrame:
    return pd.DataFrame([{"sku": sku, "reorder_point": point, "order_up_to_level": level, **more}])


def test_ten_days_kept_by_hand() -> None:
    """Opening 5, s = 4, S = 10, looks on days 0, 3, 6, 9, two days of lead time: an order of day 0 serves day 3.

    day       0  1  2  3  4  5  6  7  8  9
    demand    2  2  3  1  0  6  4  0  1  2
    arrives   .  .  .  7  .  .  .  .  . 10
    missed    .  .  2  .  .  .  4  .  1  .
    closing   3  1  0  6  6  0  0  0  0  8
    ordered   7  .  .  .  .  . 10  .  .  .     day 3: the position of 6 is above s, as are the 8 of day 9
    """
    demand = [2, 2, 3, 1, 0, 6, 4, 0, 1, 2]
    row = simulate_policy(history(A=demand), policy(on_hand=5), FIXED).iloc[0]
    assert row[["received", "sold", "missed", "closing"]].tolist() == [17, 14, 7, 8]
    assert row[["ordered", "orders", "short_days", "in_transit"]].tolist() == [17, 2, 3, 0]
    assert row["stock_days"] == 3 + 1 + 0 + 6 + 6 + 0 + 0 + 0 + 0 + 8
    assert (row["cycles"], row["short_cycles"]) == (2, 2)
    assert row["fill_rate"] == pytest.approx(14 / 21)


def test_backorders_wait_and_are_served_first() -> None:
    demand = [2, 2, 3, 1, 0, 6, 4, 0, 1, 2]
    row = simulate_policy(history(A=demand), policy(on_hand=5), FIXED, backorders=True).iloc[0]
    # Day 2 owes 2; day 3 brings 7, 4 are left, 6 are ordered; day 5 owes 2, day 6 brings 6; day 8 owes 1, day 9 brings
    # 10.
    assert row[["received", "sold", "missed", "closing", "owed_after"]].tolist() == [23, 21, 5, 7, 0]


def test_costs_are_what_is_kept_missed_and_ordered() -> None:
    """Price 10: keeping 24 piece-days costs 24 · 10 · 0.5 · 0.25 / 365, missing 7 pieces 7 · 5, two orders 2 · 3."""
    demand = [2, 2, 3, 1, 0, 6, 4, 0, 1, 2]
    row = simulate_policy(history(A=demand), policy(on_hand=5, unit_price=10.0), FIXED, Costs(ordering_cost=3)).iloc[0]
    assert row["holding_cost"] == pytest.approx(24 * 1.25 / 365)
    assert (row["shortage_cost"], row["ordering_cost"]) == (35, 6)
    assert row["total_cost"] == pytest.approx(41 + 24 * 1.25 / 365)


def slow_books(
    demand: list[int], levels: list[tuple[int, int]], lead: list[int], rules: tuple[int, int, int, int], opening: int,
    first: int, backorders: bool,
) -> dict[str, int]:  # fmt: skip
    """The same rules in plain words: orders are a list of (arrival, pieces), customers who wait are a list too."""
    review, least, most, pack = rules
    shelf, waiting, underway = opening, 0, []
    books = dict.fromkeys(ENTRIES, 0)
    short = False
    for day, asked in enumerate(demand):
        if day == first:
            books["opening"], books["owed_before"] = shelf, waiting
        came = sum(pieces for arrival, pieces in underway if arrival == day)
        underway = [order for order in underway if order[0] != day]
        if came:
            books["cycles"] += day >= first
            books["short_cycles"] += short and day >= first
            short = False
        shelf += came
        sold = 0
        while waiting and shelf:
            waiting, shelf, sold = waiting - 1, shelf - 1, sold + 1
        missed = 0
        for _ in range(asked):
            if shelf:
                shelf, sold = shelf - 1, sold + 1
            else:
                missed += 1
        waiting += missed if backorders else 0
        short = short or missed > 0
        order = 0
        if day % review == 0:
            position = shelf - waiting + sum(pieces for _, pieces in underway)
            point, level = levels[day]
            if position <= point and level > position:
                order = max(level - position, least)
                order = -(-order // pack) * pack
                order = order if most < 0 else min(order, most // pack * pack)
                underway.append((day + 1 + lead[day // review], order))
        if day >= first:
            for name, value in (("demand", asked), ("received", came), ("sold", sold), ("missed", missed)):
                books[name] += value
            books["ordered"] += order
            books["orders"] += order > 0
            books["stock_days"] += shelf
            books["short_days"] += missed > 0
            books["empty_days"] += shelf == 0
            books["closing"], books["owed_after"] = shelf, waiting
            books["in_transit"] = sum(pieces for _, pieces in underway)
    return books


stocks = st.tuples(st.integers(0, 20), st.integers(0, 30)).map(lambda pair: (pair[0], sum(pair)))


@settings(max_examples=60, deadline=None)
@given(
    demand=st.lists(st.integers(0, 9), min_size=DAYS, max_size=DAYS),
    versions=st.lists(stocks, min_size=1, max_size=4),
    lead=st.lists(st.integers(0, 12), min_size=DAYS, max_size=DAYS),
    rules=st.tuples(
        st.integers(1, 9), st.integers(0, 15), st.one_of(st.just(-1), st.integers(15, 30)), st.integers(1, 6)
    ),
    opening=st.integers(0, 40),
    first=st.integers(0, 10),
    backorders=st.booleans(),
)
def test_the_books_are_those_of_a_slow_simulator_and_balance_to_the_piece(
    demand: list[int], versions: list[tuple[int, int]], lead: list[int], rules: tuple[int, int, int, int],
    opening: int, first: int, backorders: bool,
) -> None:  # fmt: skip
    version = np.arange(DAYS) * len(versions) // DAYS
    trace = np.zeros((4, 1, DAYS), dtype=np.int64)
    args = np.array([demand]), np.array([versions]), version, np.zeros((0, 0), dtype=np.int64), np.array([lead])
    found = keep_books(*args, np.array([rules]), np.array([opening]), (first, DAYS), backorders, trace)[0]
    books = dict(zip(ENTRIES, found.tolist(), strict=True))
    assert books == slow_books(demand, [versions[v] for v in version], lead, rules, opening, first, backorders)
    assert books["opening"] + books["received"] - books["sold"] == books["closing"]
    gone = 0 if backorders else books["missed"]
    assert books["demand"] + books["owed_before"] - books["owed_after"] == books["sold"] + gone
    received, sold, missed, closing = trace[:, 0]
    assert (np.concatenate([[opening], closing[:-1]]) + received - sold == closing).all()
    assert closing.min() >= 0
    assert missed[closing > 0].sum() == 0


def test_versions_hold_from_the_evening_of_their_day() -> None:
    weeks = pd.concat([policy(point=0, level=0), policy(point=50, level=60)])
    weeks["as_of"] = [START, START + dt.timedelta(days=6)]
    row = simulate_policy(history(A=[1.0] * 12), weeks.assign(on_hand=30), FIXED).iloc[0]
    # Until day 5 nothing is ordered; on day 6 the position is 30 - 7 = 23, so 37; on day 9 it is 57, above the point.
    assert (row["ordered"], row["orders"]) == (37, 1)


def test_lead_times_are_those_agreed_and_equal_in_every_policy_and_company() -> None:
    rows = history(**{sku: [3.0] * 400 for sku in "ABCD"})
    terms = Terms(lead_time_days=9, lead_time_sd_days=3, review_days=1)
    plans = pd.concat([policy(sku, 40, 50) for sku in "ABCD"])
    together = simulate_policy(rows, plans, terms)
    alone = simulate_policy(rows[rows["sku"] == "C"], plans[plans["sku"] == "C"], terms)
    pd.testing.assert_frame_equal(together[together["sku"] == "C"].reset_index(drop=True), alone)
    waiting = together["in_transit"].sum() + (together["received"] - together["ordered"]).sum()
    assert waiting == 0


def test_skus_that_can_not_be_simulated_say_why_and_leave_the_others_alone() -> None:
    rows = pd.concat([history(GOOD=[1.0] * 20, TERMS=[1.0] * 20, POINT=[1.0] * 20), history(NAN=[1.0, np.nan])])
    plans = pd.concat([policy(sku) for sku in ("GOOD", "NAN", "NONE", "TERMS")])
    plans = pd.concat([plans, policy("POINT").assign(reorder_point=np.nan)])
    terms = pd.DataFrame([{"sku": "TERMS", "lead_time_days": -1.0}])
    found = simulate_policy(rows, plans, terms).set_index("sku")
    assert found["status"].to_dict() == {
        "GOOD": "ok", "NAN": "failed", "NONE": "failed", "POINT": "failed", "TERMS": "failed"
    }  # fmt: skip
    assert found.loc["TERMS", "error"] == "a time is below zero"
    assert found.loc["NONE", "error"] == "no demand history"
    assert found.loc["GOOD", "demand"] == 20


def test_what_is_no_policy_or_no_pieces_is_no_result() -> None:
    rows = history(CROSSED=[1.0] * 9, HALF=[0.5] * 9, TWICE=[1.0] * 9)
    plans = pd.concat([policy("CROSSED", point=9, level=3), policy("HALF"), policy("TWICE"), policy("TWICE", 1, 2)])
    found = simulate_policy(rows, plans).set_index("sku")["error"].to_dict()
    assert found == {
        "CROSSED": "order-up-to level is below the reorder point",
        "HALF": "quantity is not whole pieces",
        "TWICE": "the policy has two rows of one day",
    }


def test_a_missing_column_and_an_empty_history_are_named() -> None:
    with pytest.raises(InventoryError, match="history is a list"):
        simulate_policy([1], policy())  # type: ignore[arg-type]
    with pytest.raises(InventoryError, match="warm_up 5 leaves no day to count"):
        simulate_policy(history(A=[1.0] * 5), policy(), warm_up=5)
    with pytest.raises(InventoryError, match="policy lacks order_up_to_level"):
        simulate_policy(history(A=[1.0]), policy().drop(columns="order_up_to_level"))
    with pytest.raises(InventoryError, match="history is empty"):
        simulate_policy(history(A=[1.0])[:0], policy())


def planned(demand: list[int], lead: int, review: int, opening: int, costs: tuple[float, float, float]) -> np.ndarray:
    looks = -(-len(demand) // review)
    times = np.full((1, looks), lead)
    return clairvoyant_orders(np.array([demand]), times, np.array([review]), np.array([opening]), np.array([costs]))[0]


def total(demand: list[int], orders: tuple[int, ...], lead: int, review: int, opening: int, costs: np.ndarray) -> float:
    books = keep_books(
        np.array([demand]), np.zeros((1, 1, 2), dtype=np.int64), np.zeros(len(demand), dtype=np.int64),
        np.array([orders]), np.full((1, len(orders)), lead), np.array([[review, 0, -1, 1]]), np.array([opening]),
        (0, len(demand)), False, np.zeros((4, 0, 0), dtype=np.int64),
    )[0]  # fmt: skip
    entry = dict(zip(ENTRIES, books.tolist(), strict=True))
    return float(costs @ [entry["stock_days"], entry["missed"], entry["orders"]])


def test_the_clairvoyant_orders_as_wagner_and_whitin_in_the_textbook() -> None:
    """Silver, Pyke and Thomas, the twelve months of section 6.2: A = 54, v r = 0.40 a piece and month, cost 501.20."""
    demand = [0, 10, 62, 12, 130, 154, 129, 88, 52, 124, 160, 238, 41]
    orders = planned(demand, 0, 1, 0, (0.4, 1000.0, 54.0))
    assert orders.tolist() == [84, 0, 0, 130, 283, 0, 140, 0, 124, 160, 279, 0, 0]
    assert total(demand, tuple(orders), 0, 1, 0, np.array([0.4, 1000.0, 54.0])) == pytest.approx(501.20)


@settings(max_examples=25, deadline=None)
@given(
    demand=st.lists(st.integers(0, 3), min_size=8, max_size=8),
    opening=st.integers(0, 3),
    lead=st.integers(0, 2),
    order_cost=st.sampled_from([0.0, 1.0, 4.0]),
    lost=st.sampled_from([3.0, 20.0]),
)
def test_no_orders_cost_less_than_the_clairvoyants(
    demand: list[int], opening: int, lead: int, order_cost: float, lost: float
) -> None:
    """Brute force over every order of 0 … 6 pieces at four looks; a piece lost costs more than keeping it."""
    costs = np.array([0.2, lost, order_cost])
    own = total(demand, tuple(planned(demand, lead, 2, opening, tuple(costs))), lead, 2, opening, costs)
    best = min(total(demand, orders, lead, 2, opening, costs) for orders in itertools.product(range(0, 7, 1), repeat=4))
    assert own <= best + 1e-9
