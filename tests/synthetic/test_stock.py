"""Simulated orders: stock that never falls below zero, made by a buyer who can't see the future."""

from __future__ import annotations

import datetime as dt
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from supplyline.config import SyntheticSettings
from supplyline.synthetic.stock import COLUMNS, DailyFlow, daily_flow, orders, simulate_orders
from supplyline.tables import PURCHASE_ORDERS
from supplyline.tables.frames import conform
from tests.support.online_retail import order_lines, raw_file, stock_movements

DAY = dt.date(2011, 3, 20)
UNTIL = DAY + dt.timedelta(days=40)
SIGNS = {"sale": -1, "return": 1, "adjustment": 1}


def movements_of(rows: list[tuple[str, int, int, str, int]]) -> pd.DataFrame:
    """Movements from (sku, day, minute, type, quantity)."""
    days = [DAY + dt.timedelta(days=day) for _, day, *_ in rows]
    frame = pd.DataFrame(
        {
            "warehouse": "main",
            "sku": [row[0] for row in rows],
            "movement_time": pd.to_datetime(days) + pd.to_timedelta([8 * 60 + row[2] for row in rows], unit="min"),
            "movement_date": days,
            "movement_type": [row[3] for row in rows],
            "quantity": np.array([row[4] for row in rows], dtype=np.int64),
        }
    )
    return frame[list(COLUMNS)]


def simulate(movements: pd.DataFrame, until: dt.date = UNTIL, **values: float) -> pd.DataFrame:
    return simulate_orders(movements, SyntheticSettings(**values), until=until)


def came(placed: pd.DataFrame) -> pd.DataFrame:
    """Receipts, at the midnight that the day begins with."""
    lines = placed[placed["received_date"].notna()]
    days = lines.groupby(["warehouse", "sku", "received_date"], as_index=False)["quantity"].sum()
    return days.assign(movement_time=pd.to_datetime(days["received_date"]))


def received_of(flow: DailyFlow) -> np.ndarray:
    """Pieces received each morning, days × items."""
    placed = orders(flow, SyntheticSettings())
    inside, received = placed.received < flow.days, np.zeros_like(flow.net)
    np.add.at(received, (placed.received[inside], placed.item[inside]), placed.quantity[inside])
    return received


@st.composite
def histories(draw: st.DrawFn) -> pd.DataFrame:
    """Any sales, returns and adjustments of a few products over 30 days."""
    kind = st.sampled_from(["sale", "sale", "sale", "return", "adjustment"])
    row = st.tuples(st.sampled_from("ABCD"), st.integers(0, 30), st.integers(0, 3), kind, st.integers(1, 5000))
    rows = draw(st.lists(row, min_size=1, max_size=40))
    sign = draw(st.sampled_from([-1, 1]))
    signed = [(*row[:4], row[4] * (sign if row[3] == "adjustment" else SIGNS[row[3]])) for row in rows]
    return movements_of(signed)


@given(histories(), st.integers(0, 2**32), st.sampled_from([0.0, 60.0]))
@hypothesis_settings(max_examples=80, deadline=None)
def test_stock_is_never_negative_after_any_movement(history: pd.DataFrame, seed: int, opening: float) -> None:
    received = came(simulate(history, seed=seed, opening_stock=opening))
    # The worst order of movements at one moment: decreases first; receipts alone are ordered by their time.
    together = pd.concat([history, received])
    together = together.sort_values(["sku", "movement_time", "quantity"])
    assert (together.groupby("sku")["quantity"].cumsum() >= 0).all()


def test_ties_within_a_minute_are_covered_in_every_order() -> None:
    rows = [("A", 0, 0, "sale", -5), ("A", 0, 0, "return", 3), ("A", 0, 0, "sale", -7), ("A", 0, 1, "sale", -2)]
    first, *others = permutations(rows[:3])
    lowest = min(np.cumsum([row[4] for row in [*order, rows[3]]]).min() for order in [first, *others])
    flow = daily_flow(movements_of(rows), DAY)
    assert flow.lowest.tolist() == [[lowest]]
    assert flow.net.tolist() == [[-11]]


@given(histories(), st.randoms(use_true_random=False))
@hypothesis_settings(max_examples=30, deadline=None)
def test_the_order_of_rows_changes_nothing(history: pd.DataFrame, random: object) -> None:
    shuffled = history.sample(frac=1, random_state=random.randrange(2**31))  # type: ignore[attr-defined]
    pd.testing.assert_frame_equal(simulate(history), simulate(shuffled))


@given(histories(), st.integers(1, 5))
@hypothesis_settings(max_examples=30, deadline=None)
def test_products_apart_are_simulated_as_together(history: pd.DataFrame, buckets: int) -> None:
    bucket = history["sku"].map(ord) % buckets
    apart = pd.concat([simulate(rows) for _, rows in history.groupby(bucket)])
    expected = simulate(history).sort_values("purchase_order_line_id", ignore_index=True)
    pd.testing.assert_frame_equal(apart.sort_values("purchase_order_line_id", ignore_index=True), expected)


@given(histories(), st.integers(0, 30))
@hypothesis_settings(max_examples=40, deadline=None)
def test_the_buyer_never_looks_ahead(history: pd.DataFrame, days: int) -> None:
    today = DAY + dt.timedelta(days=days)
    known = history[history["movement_date"] <= today]
    all_of_it = simulate(history)
    until_today = all_of_it[all_of_it["ordered_date"] <= today].sort_values("purchase_order_line_id", ignore_index=True)
    still_open = until_today["received_date"].map(lambda day: day is None or day > today)
    until_today["received_date"] = until_today["received_date"].where(~still_open, None)
    if known.empty:
        assert until_today.empty
    else:
        found = simulate(known, until=today).sort_values("purchase_order_line_id", ignore_index=True)
        pd.testing.assert_frame_equal(found, until_today, check_dtype=False)


def test_orders_are_rows_of_the_contract_and_known_before_they_come() -> None:
    history = movements_of([("A", day, 0, "sale", -40) for day in range(30)])
    placed = conform(simulate(history), PURCHASE_ORDERS)
    assert placed["purchase_order_line_id"].is_unique
    assert set(placed["origin"]) == {"simulated"}
    assert set(placed["source"]) == {"synthetic"}
    by_policy = placed["purchase_order_line_id"].str.startswith("order/")
    came_then = placed["received_date"].notna()
    assert (placed["received_date"] > placed["ordered_date"])[by_policy & came_then].all()
    assert (placed["received_date"] == placed["ordered_date"])[~by_policy].all()
    assert (placed["expected_date"] >= placed["ordered_date"]).all()


def test_an_order_that_comes_after_the_last_day_is_open() -> None:
    history = movements_of([("A", day, 0, "sale", -40) for day in range(30)])
    whole = simulate(history).set_index("purchase_order_line_id")
    late = whole[whole["received_date"].notna() & whole.index.str.startswith("order/")].iloc[0]
    early = simulate(history, until=late["ordered_date"]).set_index("purchase_order_line_id").loc[late.name]
    assert early["received_date"] is None
    assert early["quantity"] == late["quantity"]
    assert early["expected_date"] == late["expected_date"]


def test_what_lacks_is_expedited_exactly_and_the_shelf_is_empty_in_the_evening() -> None:
    history = movements_of([("A", 0, 0, "sale", -500)])
    received = came(simulate(history, until=DAY, opening_stock=0.0))
    assert received["quantity"].tolist() == [500]


def test_a_steady_seller_is_reordered_about_every_cover_period_and_seldom_runs_out() -> None:
    days = 700
    rows = [("A", day, 0, "sale", -10) for day in range(days)]
    history = movements_of(rows)
    flow = daily_flow(history, DAY + dt.timedelta(days=days - 1))
    received = received_of(flow)[60:, 0]
    closing = (np.cumsum(received_of(flow) + flow.net))[60:]
    orders = received[received > 60]
    # (s, S) with 28 days of cover, looked at each week: 28 to 35 days between orders.
    assert len(received) / 35 - 2 <= len(orders) <= len(received) / 28 + 2
    assert (closing == 0).mean() < 0.1
    assert closing.max() < 10 * (28 + 14 + 14)


def test_an_item_with_receipts_of_its_own_gets_none() -> None:
    rows = [("A", 0, 0, "receipt", 9), ("A", 1, 0, "sale", -5), ("B", 1, 0, "sale", -5)]
    assert set(simulate(movements_of(rows))["sku"]) == {"B"}
    assert simulate(movements_of(rows[:2])).empty


def test_warehouses_keep_stock_of_their_own() -> None:
    history = movements_of([("A", 0, 0, "sale", -5), ("A", 3, 0, "sale", -5)]).assign(warehouse=["east", "west"])
    received = came(simulate(history, until=DAY + dt.timedelta(days=3), opening_stock=0.0))
    assert received[["warehouse", "quantity"]].values.tolist() == [["east", 5], ["west", 5]]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_seed_decides(seed: int) -> None:
    history = movements_of([("A", day, 0, "sale", -40) for day in range(30)])
    pd.testing.assert_frame_equal(simulate(history, seed=seed), simulate(history, seed=seed))
    assert not simulate(history, seed=seed).equals(simulate(history, seed=3))


@pytest.mark.skipif(raw_file() is None, reason="the bundled Online Retail II file is not there")
def test_stock_of_the_real_shop_is_plausible_and_never_negative() -> None:
    history = stock_movements(order_lines(raw_file()))  # type: ignore[arg-type]
    flow = daily_flow(history, dt.date(2011, 12, 9))
    received = received_of(flow)
    closing = np.cumsum(received + flow.net, axis=0)
    assert (closing - flow.net + flow.lowest >= 0).all()
    known = np.arange(flow.days)[:, None] >= flow.first
    assert 0.01 < (closing[known] == 0).mean() < 0.06
    # Half of the products that still sell turn their stock over 2 to 15 times a year.
    sold = np.maximum(-flow.net, 0)
    selling = sold[-84:].sum(axis=0) > 0
    turnover = sold[-365:, selling].sum(axis=0) / np.maximum(closing[-365:, selling].mean(axis=0), 1)
    assert 2 < np.median(turnover) < 15
    # And at the end most of them cover two weeks, lead time and review, of what they sold lately.
    fortnight = 14 * sold[-56:, selling].mean(axis=0)
    assert 0.5 < (closing[-1, selling] > fortnight).mean() < 0.95
