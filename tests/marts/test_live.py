"""Events and thresholds that the monitor reads, against a plain running sum."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from supplyline.marts.live import inventory_events, thresholds
from supplyline.spark.ordered_file import write_ordered_file
from supplyline.spark.schema import spark_schema
from supplyline.tables import INVENTORY_EVENTS, REORDER_POLICY, STOCK_MOVEMENTS

SINCE, UNTIL = dt.date(2011, 11, 12), dt.date(2011, 11, 13)


def movement(number: int, day: int, hour: int, sku: str, quantity: int) -> dict[str, Any]:
    at = dt.datetime(2011, 11, day, hour, tzinfo=dt.UTC)
    row = dict.fromkeys(STOCK_MOVEMENTS.column_names) | {"movement_id": f"m{number:02}", "movement_time": at}
    row |= {"movement_date": at.date(), "warehouse": "main", "sku": sku, "quantity": quantity}
    kind = "sale" if quantity < 0 else "receipt"
    return row | {"movement_type": kind, "origin": "observed", "source": "test"}


DRAWN = [
    *[(10, 8, "A", 50), (11, 9, "A", -5), (12, 9, "A", -7), (12, 9, "A", -8), (12, 8, "B", 20)],
    *[(13, 23, "A", -1), (13, 1, "B", -20), (14, 1, "A", -2)],
]
MOVEMENTS = [movement(number, *drawn) for number, drawn in enumerate(DRAWN)]


@pytest.fixture
def events(spark: Any) -> Any:
    rows = [[row[name] for name in STOCK_MOVEMENTS.column_names] for row in MOVEMENTS]
    return inventory_events(spark.createDataFrame(rows, spark_schema(STOCK_MOVEMENTS)), SINCE, UNTIL)


def test_stock_after_a_movement_is_the_sum_of_all_up_to_it(events: Any) -> None:
    found = {row.event_id: row.stock_after for row in events.collect()}
    stock: dict[str, int] = {}
    expected = {}
    for row in sorted(MOVEMENTS, key=lambda row: (row["movement_time"], row["movement_id"])):
        stock[row["sku"]] = stock.get(row["sku"], 0) + row["quantity"]
        if SINCE <= row["movement_date"] <= UNTIL:
            expected[row["movement_id"]] = stock[row["sku"]]
    assert found == expected
    assert events.columns == INVENTORY_EVENTS.column_names


def test_the_file_is_one_in_the_order_of_time(events: Any, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    assert write_ordered_file(events, path, ("event_time", "event_id")) == 5
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["event_id"] for row in rows] == ["m04", "m02", "m03", "m06", "m05"]
    assert rows[0]["event_time"] == "2011-11-12 08:00:00.000"
    assert [found.name for found in tmp_path.iterdir()] == ["events.jsonl"]


def test_a_policy_holds_from_the_day_after_it_was_made_and_failed_ones_never(spark: Any) -> None:
    row = dict.fromkeys(REORDER_POLICY.column_names) | {"warehouse": "main", "lead_time_days": 2.0, "status": "ok"}
    row |= {"review_days": 1, "service_level": 0.9, "reorder_point": 3, "order_up_to_level": 9}
    row |= {"daily_demand": 1.0, "daily_demand_q95": 2.0}
    policies = [
        row | {"sku": "A", "as_of": dt.date(2011, 11, 11)},
        row | {"sku": "A", "as_of": dt.date(2011, 11, 18)},
        row | {"sku": "B", "as_of": dt.date(2011, 11, 11), "status": "failed", "reorder_point": None},
    ]
    listed = [[policy[name] for name in REORDER_POLICY.column_names] for policy in policies]
    found = thresholds(spark.createDataFrame(listed, spark_schema(REORDER_POLICY)), UNTIL).collect()
    assert [(row.sku, str(row.effective_from)) for row in found] == [("A", "2011-11-12 00:00:00")]
