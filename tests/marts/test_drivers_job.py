"""estimate_drivers over a small warehouse: every method has its rows, the same twice, and no later day counts."""

from __future__ import annotations

import datetime as dt

import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from jobs import estimate_drivers
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import DEMAND_DAILY, DEMAND_DRIVERS
from tests.support.warehouse import build_warehouse

TABLES = ["demand_daily", "order_lines", "products"]
AS_OF = dt.date(2011, 11, 11)


def drivers(spark: SparkSession, warehouse: str) -> pd.DataFrame:
    estimate_drivers.main(["--warehouse", warehouse, "--as-of", AS_OF.isoformat()])
    return read_table(spark, DEMAND_DRIVERS).toPandas().sort_values(list(DEMAND_DRIVERS.keys), ignore_index=True)


def test_drivers_of_a_day_know_nothing_of_later_ones_and_are_the_same_twice(
    spark: SparkSession, warehouse: str
) -> None:
    build_warehouse(warehouse, tables=TABLES)
    first = drivers(spark, warehouse)
    assert set(first["as_of"]) == {AS_OF}
    assert {"quasi_poisson", "covariance", "correlation", "linear_regression", "decision_tree"} == set(first["method"])
    effects = first[first["method"] == "quasi_poisson"].set_index("driver")
    assert {"price", "price_cut", "holiday", "before_holiday"} == set(effects.index)
    assert effects.loc[effects["status"] == "ok", ["effect", "low", "high"]].notna().all(axis=None)
    demand = read_table(spark, DEMAND_DAILY)
    doubled = f.when(f.col("date") > f.lit(AS_OF), f.col("quantity") * 9).otherwise(f.col("quantity"))
    write_table(demand.withColumn("quantity", doubled).localCheckpoint(), DEMAND_DAILY)
    pd.testing.assert_frame_equal(drivers(spark, warehouse), first)
