"""Hash buckets of keys: each row in one of them, the tasks that share them even, and neither changes a result."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from supplyline.spark.groups import map_buckets

SCHEMA = "sku string, quantity double"


def sales(spark: SparkSession) -> DataFrame:
    return spark.range(2000).selectExpr("concat('sku', id % 370) AS sku", "cast(id AS double) AS quantity")


def totals(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.groupby("sku", as_index=False)["quantity"].sum()


def test_neither_the_number_of_buckets_nor_of_tasks_changes_a_result(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = set(totals(sales(spark).toPandas()).itertuples(index=False, name=None))
    schema = spark.createDataFrame([], SCHEMA).schema
    for buckets, tasks in ((1, 1), (5, 2), (16, 1), (16, 3), (16, 16)):
        monkeypatch.setattr("supplyline.spark.groups._tasks", lambda *_, tasks=tasks: tasks)
        found = map_buckets(sales(spark), totals, schema, buckets=buckets)
        assert found.rdd.getNumPartitions() == tasks
        assert sorted(map(tuple, found.collect())) == sorted(expected)


def test_every_task_has_its_share_of_the_buckets_and_a_call_sees_one_bucket(spark: SparkSession) -> None:
    def bucket_of_keys(rows: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"sku": [",".join(sorted(set(rows["sku"])))], "quantity": float(len(rows))})

    schema = spark.createDataFrame([], SCHEMA).schema
    called = map_buckets(sales(spark), bucket_of_keys, schema, buckets=16).withColumn("task", f.spark_partition_id())
    calls = called.collect()
    keys = [key for call in calls for key in call["sku"].split(",")]
    assert len(keys) == len(set(keys)) == 370, "a key is in one call"
    assert sum(call["quantity"] for call in calls) == 2000
    assert set(Counter(call["task"] for call in calls).values()) == {4}, "two tasks for each of two cores, no one idle"


@pytest.mark.parametrize(
    ("shuffles", "buckets", "tasks"), [("200", 16, 16), ("1", 16, 4), ("6", 16, 6), ("1", 3, 3), ("2", 1000, 125)]
)
def test_there_are_tasks_for_all_cores_and_few_buckets_in_each(
    spark: SparkSession, shuffles: str, buckets: int, tasks: int
) -> None:
    session = spark.newSession()
    session.conf.set("spark.sql.shuffle.partitions", shuffles)
    frame = session.range(10).selectExpr("cast(id AS string) AS sku")
    found = map_buckets(frame, lambda rows: rows, frame.schema, buckets=buckets)
    assert found.rdd.getNumPartitions() == tasks
