"""What was ordered becomes stock on the day it comes, and is on order until then."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession

from supplyline.config import Settings, conf_text
from supplyline.marts.purchase_orders import open_orders, receipts
from supplyline.spark.schema import differences
from supplyline.tables import PURCHASE_ORDERS, STOCK_MOVEMENTS
from tests.support.frames import of_contract
from tests.support.ingest import bearing, ingest

DAY = dt.date(2011, 3, 20)
Line = tuple[str, str, int, int | None, int]


def day(number: int) -> dt.date:
    return DAY + dt.timedelta(days=number)


def lines_of(spark: SparkSession, rows: list[Line]) -> DataFrame:
    """Order lines from (warehouse, sku, day ordered, day received, pieces)."""
    frame = pd.DataFrame(
        {
            "purchase_order_line_id": [f"o{number}" for number in range(len(rows))],
            "warehouse": [row[0] for row in rows],
            "sku": [row[1] for row in rows],
            "ordered_date": [day(row[2]) for row in rows],
            "expected_date": [day(row[2] + 7) for row in rows],
            "received_date": [None if row[3] is None else day(row[3]) for row in rows],
            "quantity": [row[4] for row in rows],
            "origin": "simulated",
            "source": "test",
        }
    )
    return of_contract(spark, frame, PURCHASE_ORDERS)


LINES: list[Line] = [
    ("east", "A", 0, 8, 5),
    ("east", "A", 1, 8, 7),
    ("west", "A", 0, 8, 2),
    ("east", "A", 8, 8, 1),
    ("east", "B", 3, None, 9),
]


def test_lines_that_came_are_receipts_of_their_item_and_day(spark: SparkSession) -> None:
    found = receipts(lines_of(spark, LINES), "Europe/London")
    assert not differences(found.schema, STOCK_MOVEMENTS)
    rows = found.toPandas().sort_values("movement_id")
    assert rows[["warehouse", "sku", "movement_date", "quantity"]].values.tolist() == [
        ["east", "A", day(8), 13],
        ["west", "A", day(8), 2],
    ]
    assert rows["movement_id"].tolist() == [f"+receipt/{name}/A/2011-03-28" for name in ("east", "west")]


def test_receipts_are_booked_as_the_shops_day_begins(spark: SparkSession) -> None:
    # 2011-03-27 is the day London's clocks go forward: midnight is still UTC, on the 28th it is 23:00 UTC.
    rows: list[Line] = [("main", "A", 0, 7, 5), ("main", "A", 0, 8, 5)]
    found = receipts(lines_of(spark, rows), "Europe/London").toPandas().set_index("movement_date")["movement_time"]
    assert str(found[day(7)]) == "2011-03-27 00:00:00"
    assert str(found[day(8)]) == "2011-03-27 23:00:00"


def test_a_midnight_that_the_clocks_skip_is_the_next_moment(spark: SparkSession) -> None:
    # São Paulo's clocks went forward at midnight of 2011-10-16.
    number = (dt.date(2011, 10, 16) - DAY).days
    rows: list[Line] = [("main", "A", 0, number, 5)]
    found = receipts(lines_of(spark, rows), "America/Sao_Paulo").toPandas()["movement_time"]
    assert str(found[0]) == "2011-10-16 03:00:00"


@pytest.mark.parametrize("today", range(-1, 10))
def test_on_order_is_what_was_ordered_by_the_day_and_came_after_it(spark: SparkSession, today: int) -> None:
    expected = [
        (warehouse, sku, day(ordered + 7), pieces)
        for warehouse, sku, ordered, came, pieces in LINES
        if ordered <= today and (came is None or came > today)
    ]
    found = open_orders(lines_of(spark, LINES), day(today)).collect()
    assert sorted(tuple(row) for row in found) == sorted(expected)


def test_a_shops_own_orders_come_from_a_csv_file(spark: SparkSession, settings: Settings, tmp_path: Path) -> None:
    lines = ["line,sku,ordered,expected,received,pieces", "7-1,A,2011-03-20,2011-03-28,,40"]
    lines += ["7-2,A,2011-03-20,2011-03-28,2011-03-27,60", "8-1,B,2011-03-21,2011-03-20,,5"]
    (tmp_path / "purchase_orders.csv").write_text("\n".join(lines) + "\n")
    tables, _ = ingest(spark, conf_text("sources/purchase_orders.yaml"), tmp_path, bearing(settings, 1.0))
    # The third is expected before it is ordered.
    assert {row["purchase_order_line_id"]: row["received_date"] for row in tables["purchase_orders"]} == {
        "7-1": None,
        "7-2": day(7),
    }
    assert {(row["origin"], row["warehouse"]) for row in tables["purchase_orders"]} == {("observed", "main")}
