"""The jobs of the marts, one after another over a small warehouse."""

from __future__ import annotations

import datetime as dt
import importlib
from random import Random
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from supplyline.errors import TableError
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import ORDER_LINES, STOCK_MOVEMENTS, Table, table
from tests.support.frames import of_contract
from tests.support.online_retail import stock_movements

JOBS = ["build_sales", "simulate_stock", "build_inventory", "simulate_behaviour", "build_behaviour", "build_demand"]
TABLES = ["sales_daily", "stock_movements", "inventory_daily", "demand_daily"]
TABLES += ["behaviour_events", "sessions", "behaviour_daily"]
# The jobs that draw random numbers or add up money.
AGAIN = {"build_sales": "sales_daily", "simulate_stock": "stock_movements", "simulate_behaviour": "behaviour_events"}


def small_shop() -> pd.DataFrame:
    """Sales and some returns of 12 products over 40 days."""
    random = Random(5)
    start = dt.datetime(2011, 10, 1, 9, 0, tzinfo=dt.UTC)
    times = sorted(start + dt.timedelta(minutes=random.randrange(40 * 1440 - 600)) for _ in range(400))
    pieces = [random.choice([1, 6, 12, 48, -2]) for _ in times]
    return pd.DataFrame(
        {
            "order_line_id": [f"line-{number:05}" for number in range(400)],
            "order_id": [f"{'C' if pieces[number] < 0 else ''}{number // 4}" for number in range(400)],
            "line_type": ["return" if quantity < 0 else "sale" for quantity in pieces],
            "sku": [f"1000{random.randrange(10)}" for _ in times],
            "description": "THING",
            "customer_id": [None if number // 4 % 5 == 0 else str(number // 4 % 7) for number in range(400)],
            "order_time": times,
            "order_date": [time.astimezone(ZoneInfo("Europe/London")).date() for time in times],
            "quantity": pieces,
            "unit_price": 1.25,
            "amount": [1.25 * quantity for quantity in pieces],
            "currency": "GBP",
            "country": None,
            "warehouse": "main",
            "source": "test",
            "source_file": "test.csv",
            "source_line": range(400),
        }
    )


def run(name: str, warehouse: str, *options: str) -> None:
    importlib.import_module(f"jobs.{name}").main(["--warehouse", warehouse, *options])


def rows_of(spark: SparkSession, wanted: Table) -> pd.DataFrame:
    frame = read_table(spark, wanted).toPandas()
    return frame.sort_values(list(wanted.keys), ignore_index=True)


def test_a_run_of_all_jobs_agrees_with_the_orders_and_a_second_one_changes_nothing(
    spark: SparkSession, warehouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = small_shop()
    write_table(of_contract(spark, lines, ORDER_LINES), ORDER_LINES)
    write_table(of_contract(spark, stock_movements(lines), STOCK_MOVEMENTS), STOCK_MOVEMENTS)
    for job in JOBS:
        run(job, warehouse)
    first = {name: rows_of(spark, table(name)) for name in TABLES}
    check_against_orders(first, lines)
    monkeypatch.setenv("SUPPLYLINE_SYNTHETIC__BUCKETS", "3")
    for job, name in AGAIN.items():
        run(job, warehouse)
        pd.testing.assert_frame_equal(rows_of(spark, table(name)), first[name])


def check_against_orders(tables: dict[str, pd.DataFrame], lines: pd.DataFrame) -> None:
    """Every sale is in each table that tells of it, and stock is never negative after any movement."""
    sales = lines[lines["line_type"] == "sale"]
    pieces = sales["quantity"].sum()
    assert tables["sales_daily"]["units_sold"].sum() == tables["inventory_daily"]["sold"].sum() == pieces
    assert tables["demand_daily"]["quantity"].sum() == tables["sales_daily"]["net_demand"].sum()
    assert tables["behaviour_daily"]["purchases"].sum() == tables["sessions"]["purchases"].sum() == len(sales)
    bought = tables["behaviour_daily"].query("purchases > 0").set_index(["sku", "date"])["purchases"]
    assert bought.to_dict() == sales.groupby(["sku", "order_date"]).size().to_dict()
    movements = tables["stock_movements"].sort_values(["movement_time", "movement_id"])
    assert (movements.groupby("sku")["quantity"].cumsum() >= 0).all()
    closing = tables["inventory_daily"].groupby("sku")["closing"].last()
    assert closing.to_dict() == movements.groupby("sku")["quantity"].sum().to_dict()


def test_as_of_ends_the_tables_on_that_day(spark: SparkSession, warehouse: str) -> None:
    lines = small_shop()
    write_table(of_contract(spark, stock_movements(lines), STOCK_MOVEMENTS), STOCK_MOVEMENTS)
    run("simulate_stock", warehouse, "--as-of", "2011-10-20")
    run("build_inventory", warehouse, "--as-of", "2011-10-20")
    assert rows_of(spark, table("inventory_daily"))["date"].max() == dt.date(2011, 10, 20)


@pytest.mark.parametrize("job", JOBS)
def test_a_missing_table_is_one_line_that_names_it(spark: SparkSession, warehouse: str, job: str) -> None:
    with pytest.raises(TableError, match=r"table is not built yet \(.*\): run the job that writes"):
        run(job, warehouse)


def test_an_empty_table_is_named(spark: SparkSession, warehouse: str) -> None:
    empty = of_contract(spark, stock_movements(small_shop()), STOCK_MOVEMENTS).limit(0)
    write_table(empty, STOCK_MOVEMENTS)
    with pytest.raises(TableError, match="no row has a movement_date"):
        run("build_inventory", warehouse)
