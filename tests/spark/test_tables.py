"""Spark in and out: contracts held, nothing changed by a refused write."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import LongType, StructField, StructType

from supplyline.errors import ContractError, LockedError, TableError
from supplyline.spark.schema import differences, spark_schema
from supplyline.spark.tables import read_table, write_table, write_tables
from supplyline.tables import DEMAND_DAILY, SUPPLIERS, Table, all_tables
from supplyline.tables.warehouse import Warehouse

DAY = dt.date(2011, 11, 11)


def demand(spark: SparkSession, *rows: tuple[str, dt.date, float | None]) -> DataFrame:
    schema = "sku string, date date, quantity double, stock_out boolean, sales double, expected double"
    schema += ", origin string, status string, error string"
    return spark.createDataFrame([(*row, False, 0.0, 0.0, "observed", "ok", None) for row in rows], schema)


@pytest.mark.parametrize("each", all_tables().values(), ids=lambda each: each.name)
def test_spark_schema_goes_into_delta_and_comes_back(spark: SparkSession, warehouse: str, each: Table) -> None:
    schema = spark_schema(each)
    assert [(field.name, not field.nullable) for field in schema] == [(c.name, c.required) for c in each.columns]
    assert StructType.fromJson(json.loads(schema.json())) == schema
    assert differences(schema, each) == []


def test_replace_changes_only_the_rows_named_and_a_rerun_changes_nothing(spark: SparkSession, settings: object) -> None:
    write_table(demand(spark, ("a", DAY, 1.0), ("b", DAY, 2.0)), DEMAND_DAILY)
    for _ in range(2):
        assert write_table(demand(spark, ("a", DAY, 5.0)), DEMAND_DAILY, replace={"sku": "a"}) == 1
        rows = {(row.sku, row.quantity) for row in read_table(spark, DEMAND_DAILY).collect()}
        assert rows == {("a", 5.0), ("b", 2.0)}


@pytest.mark.parametrize("quantity", [None, -1.0, float("nan"), float("inf")])
def test_a_row_that_breaks_the_contract_is_refused_and_the_table_stays(
    spark: SparkSession, settings: object, quantity: float | None
) -> None:
    write_table(demand(spark, ("a", DAY, 1.0)), DEMAND_DAILY)
    with pytest.raises(ContractError, match="breaks the contract.*quantity") as caught:
        write_table(demand(spark, ("a", DAY, quantity)), DEMAND_DAILY)
    assert "\n" not in str(caught.value)
    assert [row.quantity for row in read_table(spark, DEMAND_DAILY).collect()] == [1.0]


def test_tables_written_side_by_side_are_commits_of_their_own_and_the_first_error_is_told(
    spark: SparkSession, settings: object
) -> None:
    good, bad = demand(spark, ("a", DAY, 1.0)), demand(spark, ("a", DAY, -1.0))
    supplier = spark.createDataFrame([("s", "Leeds", None, None, "test")], spark_schema(SUPPLIERS))
    assert write_tables({DEMAND_DAILY: good, SUPPLIERS: supplier}) == {DEMAND_DAILY: 1, SUPPLIERS: 1}
    with pytest.raises(ContractError, match="quantity"):
        write_tables({DEMAND_DAILY: bad, SUPPLIERS: supplier.limit(0)})
    assert read_table(spark, DEMAND_DAILY).count() == 1
    assert read_table(spark, SUPPLIERS).count() == 0


def test_a_frame_of_another_schema_is_refused_with_every_difference(spark: SparkSession, settings: object) -> None:
    frame = demand(spark, ("a", DAY, 1.0)).withColumnRenamed("sku", "code").withColumn("quantity", f.col("stock_out"))
    with pytest.raises(ContractError) as caught:
        write_table(spark.createDataFrame([], frame.schema), DEMAND_DAILY)
    assert all(
        part in str(caught.value) for part in ("missing column sku", "unknown column code", "quantity is boolean")
    )


def test_a_table_of_another_schema_is_left_as_it_is(spark: SparkSession, warehouse: str) -> None:
    path = Warehouse(warehouse).path(DEMAND_DAILY)
    spark.createDataFrame([(1,)], StructType([StructField("other", LongType())])).write.format("delta").save(path)
    for attempt in (
        lambda: write_table(demand(spark, ("a", DAY, 1.0)), DEMAND_DAILY),
        lambda: read_table(spark, DEMAND_DAILY),
    ):
        with pytest.raises(TableError, match="another schema.*missing column sku.*unknown column other"):
            attempt()
    assert DeltaTable.forPath(spark, path).history().count() == 1


def test_a_missing_table_is_named_with_the_fix(spark: SparkSession, warehouse: str) -> None:
    with pytest.raises(TableError, match="not built yet.*demand_daily.*run the job"):
        read_table(spark, DEMAND_DAILY)


def test_a_second_writer_is_refused(spark: SparkSession, warehouse: str) -> None:
    with Warehouse(warehouse).lock(DEMAND_DAILY), pytest.raises(LockedError, match="being written"):
        write_table(demand(spark, ("a", DAY, 1.0)), DEMAND_DAILY)
    assert not Path(Warehouse(warehouse).path(DEMAND_DAILY)).exists()


def test_each_commit_carries_run_code_version_and_input_versions(spark: SparkSession, warehouse: str) -> None:
    write_table(demand(spark, ("a", DAY, 1.0)), DEMAND_DAILY)
    write_table(read_table(spark, DEMAND_DAILY, until=DAY), DEMAND_DAILY)
    last = DeltaTable.forPath(spark, Warehouse(warehouse).path(DEMAND_DAILY)).history(1).head()
    assert last is not None
    metadata = json.loads(last["userMetadata"])
    assert metadata["inputs"] == {"demand_daily": 1}
    assert {"run_id", "job", "code_version"} <= set(metadata)


def older(spark: SparkSession, warehouse: str, *rows: tuple[str, dt.date, float]) -> str:
    """demand_daily as an older contract had it: without `error`, and with other checks."""
    path = Warehouse(warehouse).path(DEMAND_DAILY)
    schema = StructType([field for field in spark_schema(DEMAND_DAILY) if field.name != "error"])
    builder = DeltaTable.createIfNotExists(spark).location(path).addColumns(schema)
    builder.property("delta.constraints.quantity_minimum", "quantity >= -5").execute()
    kept = spark.createDataFrame(demand(spark, *rows).select(schema.fieldNames()).collect(), schema)
    kept.write.format("delta").mode("append").save(path)
    return path


def test_a_table_of_an_older_contract_is_read_and_written_with_the_columns_and_checks_of_today(
    spark: SparkSession, warehouse: str
) -> None:
    path = older(spark, warehouse, ("a", DAY, 1.0))
    assert [(row.quantity, row.error) for row in read_table(spark, DEMAND_DAILY).collect()] == [(1.0, None)]
    new = demand(spark, ("b", DAY, 2.0)).withColumn("error", f.lit("why"))
    write_table(new, DEMAND_DAILY, replace={"sku": "b"})
    rows = {(row.sku, row.error) for row in read_table(spark, DEMAND_DAILY).collect()}
    assert rows == {("a", None), ("b", "why")}
    with pytest.raises(ContractError, match="breaks the contract.*quantity"):
        write_table(demand(spark, ("b", DAY, -1.0)), DEMAND_DAILY, replace={"sku": "b"})
    commits = DeltaTable.forPath(spark, path).history().count()
    write_table(new, DEMAND_DAILY, replace={"sku": "b"})
    assert DeltaTable.forPath(spark, path).history().count() == commits + 1


def test_older_rows_that_break_todays_checks_are_told_with_the_fix(spark: SparkSession, warehouse: str) -> None:
    older(spark, warehouse, ("a", DAY, -1.0))
    with pytest.raises(TableError, match="rows from before that break .*build it again"):
        write_table(demand(spark, ("b", DAY, 2.0)), DEMAND_DAILY)
