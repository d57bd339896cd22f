"""Tables that Spark writes are read by DuckDB, Polars and Spark alike."""

from __future__ import annotations

import datetime as dt

import polars
import pytest
from pyspark.sql import SparkSession

from supplyline.config import Settings
from supplyline.query import connect, sql
from supplyline.query.catalog import table_status
from supplyline.spark.schema import spark_schema
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import table
from supplyline.tables.warehouse import Warehouse
from tests.support.warehouse import ZERO, warehouse_rows


def full_rows(name: str) -> list[dict[str, object]]:
    """The small shop's rows with every column of the contract."""
    empty = {column.name: ZERO.get(column.type) if column.required else None for column in table(name).columns}
    return [empty | row for row in warehouse_rows()[name]]


@pytest.mark.parametrize("name", ["alerts", "forecasts"])
def test_three_engines_read_the_same_rows(spark: SparkSession, settings: Settings, name: str) -> None:
    contract = table(name)
    write_table(spark.createDataFrame(full_rows(name), spark_schema(contract)), contract)
    ours = polars.from_arrow(sql(settings, f"SELECT * FROM {name}").to_arrow_table())
    theirs = polars.read_delta(Warehouse(settings.warehouse).path(contract)).select(contract.column_names)
    by_spark = polars.from_arrow(read_table(spark, contract).toArrow())
    assert isinstance(ours, polars.DataFrame)
    assert isinstance(by_spark, polars.DataFrame)
    assert sorted(ours.rows(), key=str) == sorted(theirs.rows(), key=str)
    assert sorted(ours.rows(), key=str) == sorted(by_spark.rows(), key=str)
    assert ours.height == len(warehouse_rows()[name])


def test_rows_that_spark_replaced_are_not_read_and_the_commit_is_told(spark: SparkSession, settings: Settings) -> None:
    contract, day = table("reorder_policy"), dt.date(2011, 11, 11)
    frame = spark.createDataFrame(full_rows("reorder_policy"), spark_schema(contract))
    write_table(frame, contract)
    write_table(frame.where("order_quantity > 0"), contract, replace={"as_of": day})
    expected = sum(row["order_quantity"] > 0 for row in warehouse_rows()["reorder_policy"])
    with connect(settings) as connection:
        assert connection.rows("SELECT count(*) AS n FROM reorder_policy") == [{"n": expected}]
    status = table_status(Warehouse(settings.warehouse), contract)
    assert (status.rows, status.job) == (expected, "test")
    assert status.run_id
