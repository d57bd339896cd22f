"""`sales_daily` against another reading of the same lines: pandas, and a brute-force matcher of cancellations."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from random import Random

import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession

from supplyline.marts.sales import cancelled_sales, sales_daily
from supplyline.spark.schema import spark_schema
from supplyline.tables import ORDER_LINES, SALES_DAILY
from tests.support.frames import of_contract
from tests.support.online_retail import order_lines, raw_file

DAY = dt.timedelta(hours=24)
needs_file = pytest.mark.skipif(raw_file() is None, reason="the bundled Online Retail II file is not there")


def cancelled_by_brute_force(lines: pd.DataFrame) -> set[str]:
    """Ids of cancelled sales: each return in time order takes the latest open earlier sale of at most 24 hours ago."""
    open_sales: dict[tuple[str, str, int], list[tuple[dt.datetime, str]]] = defaultdict(list)
    cancelled = set()
    known = lines[lines["customer_id"].notna() & lines["line_type"].isin(["sale", "return"])]
    in_time = known.assign(is_sale=known["line_type"] == "sale").sort_values(["order_time", "is_sale", "order_line_id"])
    for line in in_time.itertuples():
        sales = open_sales[line.customer_id, line.sku, abs(line.quantity)]
        if line.is_sale:
            sales.append((line.order_time, line.order_line_id))
            continue
        fitting = [sale for sale in sales if sale[0] < line.order_time <= sale[0] + DAY]
        if fitting:
            sales.remove(fitting[-1])
            cancelled.add(fitting[-1][1])
    return cancelled


def lines_of(rows: list[tuple[str, str | None, int, int]]) -> pd.DataFrame:
    """Lines from (sku, customer, hour, pieces); returns have negative pieces."""
    start = dt.datetime(2011, 1, 18, 10, 1, tzinfo=dt.UTC)
    times = [start + dt.timedelta(hours=hour) for _, _, hour, _ in rows]
    return pd.DataFrame(
        {
            "order_line_id": [f"line-{number:05}" for number in range(len(rows))],
            "order_id": [f"{'C' if row[3] < 0 else ''}{number}" for number, row in enumerate(rows)],
            "line_type": ["return" if row[3] < 0 else "sale" for row in rows],
            "sku": [row[0] for row in rows],
            "description": None,
            "customer_id": pd.Series([row[1] for row in rows], dtype=object),
            "order_time": times,
            "order_date": [time.date() for time in times],
            "quantity": [row[3] for row in rows],
            "unit_price": 0.1,
            "amount": [row[3] * 0.1 for row in rows],
            "currency": "GBP",
            "country": None,
            "warehouse": "main",
            "source": "test",
            "source_file": "test",
            "source_line": 1,
        }
    )


def in_spark(spark: SparkSession, lines: pd.DataFrame) -> DataFrame:
    return of_contract(spark, lines, ORDER_LINES)


def days_of(frame: DataFrame) -> pd.DataFrame:
    return frame.toPandas().set_index(["sku", "date"]).sort_index()


def net_of(spark: SparkSession, rows: list[tuple[str, str | None, int, int]]) -> int:
    return int(days_of(sales_daily(in_spark(spark, lines_of(rows))))["net_demand"].sum())


def test_a_sale_cancelled_in_full_within_a_day_is_no_demand(spark: SparkSession) -> None:
    assert net_of(spark, [("23166", "12346", 0, 74215), ("23166", "12346", 1, -74215), ("23166", "9", 2, 6)]) == 6


@pytest.mark.parametrize(
    "returned",
    [
        ("A", "1", 5, -9),  # in part
        ("A", "2", 5, -10),  # by another customer
        ("B", "1", 5, -10),  # another product
        ("A", "1", 25, -10),  # too late
        ("A", "1", 0, -10),  # in the same minute, so not of this sale
        ("A", "1", -1, -10),  # before it
    ],
)
def test_any_other_return_leaves_the_demand(spark: SparkSession, returned: tuple[str, str, int, int]) -> None:
    assert net_of(spark, [("A", "1", 0, 10), returned]) == 10


def test_a_return_after_exactly_24_hours_still_cancels(spark: SparkSession) -> None:
    assert net_of(spark, [("A", "1", 0, 10), ("A", "1", 24, -10)]) == 0


def test_unknown_customers_cancel_nothing(spark: SparkSession) -> None:
    assert net_of(spark, [("A", None, 0, 10), ("A", None, 1, -10)]) == 10


def test_a_return_cancels_one_sale_the_nearest_before_it(spark: SparkSession) -> None:
    rows = [("A", "1", 0, 10), ("A", "1", 20, 10), ("A", "1", 21, -10), ("A", "1", 30, -10)]
    # The second return comes 30 hours after the only sale that is left.
    found = cancelled_sales(in_spark(spark, lines_of(rows))).select("order_line_id").collect()
    assert [row[0] for row in found] == ["line-00001"]


def test_every_column_of_a_day(spark: SparkSession) -> None:
    rows = [("A", "1", 0, 10), ("A", "1", 1, 3), ("A", None, 2, 7), ("A", "1", 3, -3), ("B", "1", 4, -5)]
    found = days_of(sales_daily(in_spark(spark, lines_of(rows)))).reset_index().to_dict("records")
    a, b = found
    day = dt.date(2011, 1, 18)
    assert a == {
        "sku": "A",
        "date": day,
        "units_sold": 20,
        "units_returned": 3,
        "orders": 3,
        "customers": 1,
        "revenue": 2.0,
        "average_price": 0.1,
        "net_demand": 17,
    }
    assert (b["units_sold"], b["units_returned"], b["orders"], b["revenue"], b["net_demand"]) == (0, 5, 0, 0.0, 0)
    assert pd.isna(b["average_price"])


def any_lines(seed: int) -> list[tuple[str, str | None, int, int]]:
    """Up to 60 sales and returns of each of 60 products by few customers in 60 hours: every kind of overlap."""
    random = Random(seed)
    return [
        (f"S{sku}", random.choice(["1", "2", None]), random.randint(0, 60), random.choice([5, -5, 6, -6]))
        for sku in range(60)
        for _ in range(random.randint(1, 60))
    ]


def test_cancellations_equal_brute_force_in_any_order_of_rows(spark: SparkSession) -> None:
    lines = lines_of(any_lines(1))
    shuffled = lines.sample(frac=1, random_state=1)
    found = {row[0] for row in cancelled_sales(in_spark(spark, shuffled)).select("order_line_id").collect()}
    assert found == cancelled_by_brute_force(lines)


@pytest.fixture(scope="module")
def real_lines() -> pd.DataFrame:
    path = raw_file()
    assert path is not None
    return order_lines(path)


@pytest.fixture(scope="module")
def real_days(_spark: SparkSession, real_lines: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    file = tmp_path_factory.mktemp("real") / "order_lines.parquet"
    times = real_lines["order_time"].astype("datetime64[us, UTC]")
    real_lines.assign(order_time=times).to_parquet(file, coerce_timestamps="us")
    return days_of(sales_daily(_spark.read.schema(spark_schema(ORDER_LINES)).parquet(str(file))))


@needs_file
def test_every_real_day_equals_pandas(real_lines: pd.DataFrame, real_days: pd.DataFrame) -> None:
    day = ["sku", "order_date"]
    sales = real_lines[real_lines["line_type"] == "sale"].groupby(day)
    returns = real_lines[real_lines["line_type"] == "return"].groupby(day)
    expected = pd.DataFrame(
        {
            "units_sold": sales["quantity"].sum(),
            "units_returned": -returns["quantity"].sum(),
            "orders": sales["order_id"].nunique(),
            "customers": sales["customer_id"].nunique(),
            "revenue": sales["amount"].sum(),
        }
    ).fillna(0)
    expected.index.names = ["sku", "date"]
    found = real_days[expected.columns].astype("float64")
    pd.testing.assert_frame_equal(found, expected.astype("float64").sort_index(), rtol=1e-12, atol=1e-9)
    price = real_days["revenue"] / real_days["units_sold"].where(real_days["units_sold"] > 0)
    pd.testing.assert_series_equal(real_days["average_price"], price, check_names=False)
    assert list(real_days.reset_index().columns) == SALES_DAILY.column_names


@needs_file
def test_real_totals_equal_exact_arithmetic_over_the_raw_file(
    real_lines: pd.DataFrame, real_days: pd.DataFrame
) -> None:
    sales = real_lines[real_lines["line_type"] == "sale"]
    exact = sum(
        Decimal(repr(price)) * quantity for price, quantity in zip(sales["unit_price"], sales["quantity"], strict=True)
    )
    assert abs(Decimal(real_days["revenue"].sum()) - exact) < Decimal("0.01")
    assert real_days["units_sold"].sum() == sales["quantity"].sum()


@needs_file
def test_real_net_demand_equals_brute_force_and_loses_the_two_giant_orders(
    real_lines: pd.DataFrame, real_days: pd.DataFrame
) -> None:
    cancelled = real_lines[real_lines["order_line_id"].isin(cancelled_by_brute_force(real_lines))]
    lost = cancelled.groupby(["sku", "order_date"])["quantity"].sum()
    dropped = (real_days["units_sold"] - real_days["net_demand"]).loc[lambda pieces: pieces > 0]
    assert dropped.to_dict() == lost.to_dict()
    for sku, day, pieces in [("23843", dt.date(2011, 12, 9), 80_995), ("23166", dt.date(2011, 1, 18), 74_215)]:
        assert dropped[sku, day] >= pieces
        assert real_days.loc[(sku, day), "net_demand"] < 100
