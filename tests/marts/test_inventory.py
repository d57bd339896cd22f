"""`inventory_daily` and `demand_daily`: no gap, exact balance, nothing invented."""

from __future__ import annotations

import datetime as dt
from random import Random

import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from supplyline.marts.demand import demand_daily
from supplyline.marts.inventory import inventory_daily
from supplyline.spark.schema import spark_schema
from supplyline.tables import INVENTORY_DAILY, SALES_DAILY, STOCK_MOVEMENTS
from tests.support.frames import of_contract

DAY = dt.date(2011, 11, 1)
UNTIL = DAY + dt.timedelta(days=12)
ITEM = ["warehouse", "sku"]
NAMES = {"receipt": "received", "sale": "sold", "return": "returned", "adjustment": "adjusted"}

Move = tuple[str, str, int, str, int]


def movements_of(rows: list[Move]) -> pd.DataFrame:
    """Movements from (warehouse, sku, day, type, pieces)."""
    days = [DAY + dt.timedelta(days=row[2]) for row in rows]
    return pd.DataFrame(
        {
            "movement_id": [f"m{number}" for number in range(len(rows))],
            "movement_time": pd.to_datetime(days, utc=True) + pd.Timedelta(hours=9),
            "movement_date": days,
            "warehouse": [row[0] for row in rows],
            "sku": [row[1] for row in rows],
            "movement_type": [row[3] for row in rows],
            "quantity": [-row[4] if row[3] == "sale" else row[4] for row in rows],
            "order_id": None,
            "unit_price": None,
            "origin": ["simulated" if row[3] == "receipt" else "observed" for row in rows],
            "source": "test",
        }
    )


def in_spark(spark: SparkSession, movements: pd.DataFrame) -> DataFrame:
    return of_contract(spark, movements, STOCK_MOVEMENTS)


def day_by_day(movements: pd.DataFrame, until: dt.date) -> list[dict[str, object]]:
    """The table by a plain loop over items and days."""
    rows: list[dict[str, object]] = []
    for (warehouse, sku), item in movements.groupby(ITEM):
        level, date = 0, item["movement_date"].min()
        origin = "simulated" if "simulated" in set(item["origin"]) else "observed"
        while date <= until:
            row: dict[str, object] = {"warehouse": warehouse, "sku": sku, "date": date, "opening": level}
            for kind, name in NAMES.items():
                today = item[(item["movement_date"] == date) & (item["movement_type"] == kind)]
                row[name] = abs(int(today["quantity"].sum()))
            level += int(item.loc[item["movement_date"] == date, "quantity"].sum())
            rows.append({**row, "closing": level, "stock_out": level == 0, "origin": origin})
            date += dt.timedelta(days=1)
    return rows


def any_moves(seed: int) -> list[Move]:
    """Up to 25 movements of each of 60 products in two warehouses over 12 days."""
    random = Random(seed)
    return [
        (
            random.choice(["east", "west"]),
            f"S{sku}",
            random.randint(0, 12),
            random.choice([*NAMES]),
            random.randint(1, 10**6),
        )
        for sku in range(60)
        for _ in range(random.randint(1, 25))
    ]


def test_every_day_equals_a_plain_loop_and_balances_in_any_order_of_rows(spark: SparkSession) -> None:
    movements = movements_of(any_moves(1))
    found = inventory_daily(in_spark(spark, movements.sample(frac=1, random_state=1)), UNTIL).toPandas()
    found = found.sort_values([*ITEM, "date"], ignore_index=True)
    assert found.to_dict("records") == day_by_day(movements, UNTIL)
    balance = found["opening"] + found["received"] - found["sold"] + found["returned"] + found["adjusted"]
    assert (balance == found["closing"]).all()


def test_days_after_the_last_one_asked_for_are_left_out(spark: SparkSession) -> None:
    movements = movements_of([("east", "A", 0, "receipt", 5), ("east", "A", 9, "sale", 2), ("east", "B", 9, "sale", 2)])
    found = inventory_daily(in_spark(spark, movements), DAY + dt.timedelta(days=3)).toPandas()
    assert found["closing"].tolist() == [5, 5, 5, 5]


def sales_of(spark: SparkSession, rows: list[tuple[str, int, int, int]]) -> DataFrame:
    """`sales_daily` from (sku, day, units sold, net demand)."""
    full = [(sku, DAY + dt.timedelta(days=day), sold, 0, 1, 1, 1.0, 1.0, net) for sku, day, sold, net in rows]
    return spark.createDataFrame(full, spark_schema(SALES_DAILY))


def shelves_of(spark: SparkSession, rows: list[tuple[str, str, int, int]]) -> DataFrame:
    """`inventory_daily` from (warehouse, sku, day, closing)."""
    full = [
        (warehouse, sku, DAY + dt.timedelta(days=day), 0, 0, 0, 0, 0, closing, closing == 0, "simulated")
        for warehouse, sku, day, closing in rows
    ]
    return spark.createDataFrame(full, spark_schema(INVENTORY_DAILY))


def test_demand_has_every_day_from_the_first_sale(spark: SparkSession) -> None:
    sales = sales_of(spark, [("A", 1, 9, 4), ("A", 4, 7, 7), ("B", 0, 0, 0), ("B", 3, 5, 0), ("C", 9, 5, 5)])
    shelves = shelves_of(spark, [("east", "A", 2, 0), ("east", "A", 4, 6), ("east", "B", 5, 0)])
    found = demand_daily(sales, shelves, DAY + dt.timedelta(days=5)).toPandas()
    rows = [
        (row.sku, (row.date - DAY).days, row.quantity, row.stock_out)
        for row in found.sort_values(["sku", "date"]).itertuples(index=False)
    ]
    assert rows == [
        ("A", 1, 4.0, False),
        ("A", 2, 0.0, True),
        ("A", 3, 0.0, False),
        ("A", 4, 7.0, False),
        ("A", 5, 0.0, False),
        # A day with returns alone starts no history, one whose only sale was cancelled does.
        ("B", 3, 0.0, False),
        ("B", 4, 0.0, False),
        ("B", 5, 0.0, True),
    ]


@pytest.mark.parametrize(("west", "out"), [(0, True), (3, False), (None, True)])
def test_a_product_is_out_of_stock_where_no_warehouse_that_keeps_it_has_any(
    spark: SparkSession, west: int | None, out: bool
) -> None:
    shelves = [("east", "A", 0, 0)] + ([("west", "A", 0, west)] if west is not None else [])
    shelves.append(("west", "A", 1, 5))
    found = demand_daily(sales_of(spark, [("A", 0, 1, 1)]), shelves_of(spark, shelves), DAY).toPandas()
    assert found["stock_out"].tolist() == [out]


@pytest.mark.parametrize("origin", ["observed", "simulated"])
def test_demand_is_estimated_behind_observed_empty_shelves_and_not_behind_simulated_ones(
    spark: SparkSession, origin: str
) -> None:
    sales = sales_of(spark, [(sku, day, 5 + day % 3, 5 + day % 3) for sku in "AB" for day in range(60) if day != 59])
    shelves = shelves_of(spark, [("main", "A", day, 0 if day >= 58 else 9) for day in range(60)])
    last = DAY + dt.timedelta(days=59)
    demand = demand_daily(sales, shelves.withColumn("origin", f.lit(origin)), last, buckets=2)
    found = demand.toPandas().sort_values(["sku", "date"], ignore_index=True)
    estimated = found[found["origin"] == "estimated"]
    assert (found["quantity"] >= found["sales"]).all()
    assert len(found) == 120
    days = [(sku, (date - DAY).days) for sku, date in zip(estimated["sku"], estimated["date"], strict=True)]
    assert days == ([("A", 58), ("A", 59)] if origin == "observed" else [])
    assert found["quantity"].sum() == pytest.approx(found["sales"].sum(), rel=0.05)
    assert estimated["expected"].between(5, 9).all()
