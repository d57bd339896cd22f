"""The simulated clickstream: every order ends a visit, every visit could have happened."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from supplyline.config import SyntheticSettings
from supplyline.synthetic.behaviour import simulate_clickstream
from supplyline.tables import BEHAVIOUR_EVENTS
from supplyline.tables.frames import conform
from tests.support.online_retail import order_lines, raw_file

CATALOGUE = pd.DataFrame({"sku": ["A", "B", "C"], "unit_price": [1.0, 2.0, 3.0], "weight": [5, 3, 2]})
LONDON = "Europe/London"
MORNING = pd.Timestamp("2011-11-01 09:00")


def simulate(lines: pd.DataFrame, catalogue: pd.DataFrame = CATALOGUE, **values: float) -> pd.DataFrame:
    return simulate_clickstream(lines, catalogue, SyntheticSettings(**values), timezone=LONDON)


def lines_of(rows: list[tuple[int, int | None, int, str]]) -> pd.DataFrame:
    """Sale lines from (order, customer, minute, sku)."""
    customers = [None if customer is None else str(customer) for _, customer, _, _ in rows]
    orders = [f"5{order:03}" for order, *_ in rows]
    return pd.DataFrame(
        {
            "order_line_id": [f"line-{number:04}" for number in range(len(rows))],
            "order_id": orders,
            "customer_id": pd.Series(customers, dtype=object),
            "order_time": [MORNING + pd.Timedelta(minutes=minute) for _, _, minute, _ in rows],
            "sku": [row[3] for row in rows],
            "quantity": np.arange(1, len(rows) + 1),
            "unit_price": 1.5,
            "owner": [customer or order for customer, order in zip(customers, orders, strict=True)],
        }
    )


@st.composite
def order_books(draw: st.DrawFn) -> pd.DataFrame:
    """Orders of a few customers, many of them within minutes of each other."""
    minute = st.one_of(st.integers(0, 60), st.integers(0, 5000))
    order = st.tuples(st.sampled_from([None, 1, 2]), minute, st.integers(1, 12))
    rows = [
        (number, customer, at, sku)
        for number, (customer, at, lines) in enumerate(draw(st.lists(order, min_size=1, max_size=8)))
        for sku in "ABCDEFGHIJKL"[:lines]
    ]
    return lines_of(rows)


def assert_visits_are_possible(events: pd.DataFrame) -> None:
    """Within 30 minutes in a visit, more than 30 between two of a visitor; all of a visit by one visitor."""
    ordered = events.sort_values(["visitor_id", "event_time", "event_id"])
    pause = ordered.groupby("visitor_id")["event_time"].diff().dropna()
    same = (ordered["session_id"] == ordered.groupby("visitor_id")["session_id"].shift()).reindex(pause.index)
    assert pause[same].max() < pd.Timedelta(minutes=30) or not same.any()
    assert pause[~same].min() > pd.Timedelta(minutes=30) or same.all()
    assert (events.groupby("session_id")["visitor_id"].nunique() == 1).all()


@given(order_books(), st.integers(0, 2**32))
@hypothesis_settings(max_examples=50, deadline=None)
def test_visits_are_possible_and_purchases_are_the_sale_lines(lines: pd.DataFrame, seed: int) -> None:
    events = conform(simulate(lines, seed=seed), BEHAVIOUR_EVENTS)
    assert events["event_id"].is_unique
    assert_visits_are_possible(events)
    bought = events[events["event_type"] == "purchase"]
    columns = ["order_id", "sku", "quantity", "unit_price"]
    found = bought.assign(order_time=bought["event_time"].dt.tz_localize(None))[[*columns, "order_time"]]
    found = found.sort_values("quantity", ignore_index=True)
    assert found.values.tolist() == lines[[*columns, "order_time"]].values.tolist()


@given(order_books(), st.integers(1, 3))
@hypothesis_settings(max_examples=30, deadline=None)
def test_neither_buckets_nor_the_order_of_rows_change_an_event(lines: pd.DataFrame, buckets: int) -> None:
    bucket = lines["owner"].map(lambda owner: sum(map(ord, owner)) % buckets)
    apart = pd.concat([simulate(rows.sample(frac=1, random_state=1)) for _, rows in lines.groupby(bucket)])
    expected = simulate(lines).sort_values("event_id", ignore_index=True)
    pd.testing.assert_frame_equal(apart.sort_values("event_id", ignore_index=True), expected)


def test_the_rates_of_the_funnel_are_the_configured_ones() -> None:
    lines = lines_of([(number, None, number, sku) for number in range(2000) for sku in "AB"])
    events = simulate(lines, conversion_rate=0.1, cart_abandonment_rate=0.6, views_per_visit=4.0)
    visits = events.pivot_table(index="session_id", columns="event_type", values="sku", aggfunc="count", fill_value=0)
    ordered, left = visits["purchase"] > 0, (visits["purchase"] == 0) & (visits["cart"] > 0)
    assert ordered.mean() == pytest.approx(0.1, rel=0.03)
    assert left.sum() / (left | ordered).sum() == pytest.approx(0.6, rel=0.03)
    assert visits.loc[~ordered, "view"].mean() == pytest.approx(4.0, rel=0.03)
    assert (visits.loc[ordered, "view"] > visits.loc[ordered, "purchase"]).all()


def test_a_customer_keeps_the_visitor_id_and_strangers_have_no_customer() -> None:
    events = simulate(lines_of([(1, 7, 0, "A"), (2, 7, 3000, "B"), (3, None, 0, "A")]))
    known = events[events["customer_id"].notna()]
    assert set(known["customer_id"]) == {"7"}
    assert known["visitor_id"].nunique() == 1
    assert not set(known["visitor_id"]) & set(events.loc[events["customer_id"].isna(), "visitor_id"])


def test_an_order_of_a_thousand_lines_is_squeezed_into_a_visit_of_two_hours() -> None:
    events = simulate(lines_of([(1, 7, 0, f"S{number}") for number in range(1000)]), returning_share=0.0)
    visit = events[events["session_id"] == "5001.0/0"]["event_time"]
    assert visit.max() == MORNING.tz_localize("UTC")
    assert visit.max() - visit.min() <= pd.Timedelta(hours=2)


def test_days_are_the_shops() -> None:
    late = lines_of([(1, 7, 0, "A")]).assign(order_time=pd.Timestamp("2011-06-01 23:30"))
    bought = simulate(late).query("event_type == 'purchase'")
    assert bought["event_date"].tolist() == [dt.date(2011, 6, 2)]


@pytest.mark.skipif(raw_file() is None, reason="the bundled Online Retail II file is not there")
def test_the_real_orders_of_a_month_give_possible_visits() -> None:
    lines = order_lines(raw_file())  # type: ignore[arg-type]
    recent = lines[(lines["line_type"] == "sale") & (lines["order_date"] > dt.date(2011, 11, 9))]
    events = simulate(recent.assign(owner=recent["customer_id"].fillna(recent["order_id"])))
    assert_visits_are_possible(events)
    bought = events[events["event_type"] == "purchase"].groupby(["sku", "event_date"])["quantity"].sum()
    expected = recent.groupby(["sku", "order_date"])["quantity"].sum()
    assert bought.astype("int64").to_dict() == expected.to_dict()
