"""`sessions` and `behaviour_daily` against the plain definition."""

from __future__ import annotations

import datetime as dt
from random import Random

import pandas as pd
from pyspark.sql import DataFrame, SparkSession

from supplyline.behaviour.sessions import with_sessions as by_definition
from supplyline.marts.behaviour import behaviour_daily, best_sellers, sessions, with_sessions
from supplyline.tables import BEHAVIOUR_DAILY, BEHAVIOUR_EVENTS, SESSIONS
from tests.support.frames import of_contract

START = dt.datetime(2011, 11, 1, 23, 0, tzinfo=dt.UTC)
Click = tuple[str, int, str, str]
# Gaps of exactly 30 minutes, and of one second more, are the ones to get right.
SECONDS = [0, 1, 1800, 1801, 3600, 3601, 5400, 7201, 9000, 86_400]
KINDS = ["view", "view", "cart", "purchase", "favourite", "remove"]


def any_clicks(seed: int) -> list[Click]:
    """Up to 30 clicks of each of 150 visitors, many at one moment."""
    random = Random(seed)
    return [
        (f"visitor {visitor}", random.choice(SECONDS), random.choice(KINDS), random.choice("AB") + str(visitor % 40))
        for visitor in range(150)
        for _ in range(random.randint(1, 30))
    ]


def events_of(rows: list[Click]) -> pd.DataFrame:
    """Events from (visitor, second, type, sku)."""
    times = [START + dt.timedelta(seconds=row[1]) for row in rows]
    return pd.DataFrame(
        {
            "event_id": [f"e{number:03}" for number in range(len(rows))],
            "event_time": times,
            "event_date": [time.date() for time in times],
            "visitor_id": [row[0] for row in rows],
            "customer_id": [None if row[0] == "bob" else "7" for row in rows],
            "session_id": None,
            "event_type": [row[2] for row in rows],
            "sku": [row[3] for row in rows],
            "category": None,
            "quantity": None,
            "unit_price": None,
            "order_id": None,
            "origin": "observed",
            "source": "test",
        }
    )


def in_spark(spark: SparkSession, events: pd.DataFrame) -> DataFrame:
    return with_sessions(of_contract(spark, events, BEHAVIOUR_EVENTS))


def counts(events: pd.DataFrame) -> tuple[int, ...]:
    return tuple(int((events["event_type"] == kind).sum()) for kind in ("view", "cart", "purchase"))


def test_sessions_and_days_equal_the_definition_in_any_order_of_rows(spark: SparkSession) -> None:
    events = events_of(any_clicks(1))
    reference = by_definition(events)
    in_sessions = in_spark(spark, events.sample(frac=1, random_state=1)).persist()

    visits = {
        (visitor, found["event_time"].min(), found["event_time"].max(), len(found), *counts(found))
        for (visitor, _), found in reference.groupby(["visitor_id", "session"])
    }
    columns = ["visitor_id", "started_at", "ended_at", "events", "views", "carts", "purchases"]
    made = sessions(in_sessions).toPandas()
    assert {tuple(row) for row in _utc(made)[columns].itertuples(index=False)} == visits
    assert made["session_id"].is_unique

    days = {
        (sku, date, *counts(found), found["visitor_id"].nunique(), found["dwell_seconds"].sum())
        for (sku, date), found in reference.groupby(["sku", "event_date"])
    }
    columns = ["sku", "date", "views", "carts", "purchases", "visitors", "dwell_seconds"]
    assert {tuple(row) for row in behaviour_daily(in_sessions).toPandas()[columns].itertuples(index=False)} == days


def _utc(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{name: frame[name].dt.tz_localize("UTC") for name in ("started_at", "ended_at")})


def test_a_session_by_hand(spark: SparkSession) -> None:
    rows = [("ann", 0, "view", "A"), ("ann", 40, "cart", "A"), ("ann", 1840, "view", "B"), ("ann", 3641, "view", "A")]
    first, second = sessions(in_spark(spark, events_of(rows))).orderBy("started_at").collect()
    assert (first.views, first.carts, first.purchases) == (2, 1, 0)
    assert (first.dwell_seconds, first.abandoned_cart) == (1840.0, True)
    assert (second.events, second.dwell_seconds, second.abandoned_cart) == (1, 0.0, False)
    assert (first.date, second.date) == (dt.date(2011, 11, 1), dt.date(2011, 11, 2))
    assert (first.customer_id, first.origin) == ("7", "observed")
    days = behaviour_daily(in_spark(spark, events_of(rows))).collect()
    # The view of B was followed by nothing within 30 minutes, that of A on the next day by nothing at all.
    assert {(row.sku, row.date.day, row.dwell_seconds) for row in days} == {
        ("A", 1, 40.0),
        ("B", 1, 0.0),
        ("A", 2, 0.0),
    }


def test_one_visitor_id_in_two_sources_is_two_visitors(spark: SparkSession) -> None:
    here = events_of([("ann", 0, "view", "A")])
    there = here.assign(source="other", event_id="x")
    made = sessions(in_spark(spark, pd.concat([here, there]))).collect()
    assert len({row.session_id for row in made}) == 2
    assert behaviour_daily(in_spark(spark, pd.concat([here, there]))).collect()[0].visitors == 2


def test_frames_are_those_of_the_contracts(spark: SparkSession) -> None:
    events = in_spark(spark, events_of([("ann", 0, "view", "A")]))
    assert sessions(events).columns == SESSIONS.column_names
    assert set(behaviour_daily(events).columns) == set(BEHAVIOUR_DAILY.column_names)


def test_best_sellers_are_those_on_most_lines(spark: SparkSession) -> None:
    lines = spark.createDataFrame(
        [("A", 1.0), ("A", 2.0), ("B", 1.0), ("C", 1.0), ("C", 1.0)], "sku string, unit_price double"
    )
    found = [tuple(row) for row in best_sellers(lines, 2).collect()]
    assert found == [("A", 1.5, 2), ("C", 1.0, 2)]
