"""Domain functions over groups of rows: one grouped pandas call fits a whole hash bucket of SKUs."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import StructType

from supplyline.spark.schema import spark_schema
from supplyline.spark.workers import lighten_worker
from supplyline.tables import Table

BUCKET = "_bucket"
TASKS_A_CORE, BUCKETS_A_TASK = 2, 8


def map_buckets(
    frame: DataFrame,
    function: Callable[[pd.DataFrame], pd.DataFrame],
    result: Table | StructType,
    *,
    key: str = "sku",
    buckets: int = 16,
) -> DataFrame:
    """`function` over hash buckets of `key`: a frame with all rows of many keys in, a frame of `result` out.

    One call a bucket and not a key: the overhead of a grouped call (1.8 ms) is larger than a good fit (0.3 ms).
    Which keys share a bucket depends on `buckets` only, and `function` must not mix keys.
    """
    schema = spark_schema(result) if isinstance(result, Table) else result
    bucketed = frame.withColumn(BUCKET, f.pmod(f.xxhash64(f.col(key)), f.lit(buckets)).cast("int"))
    # Left to itself adaptive execution merges these few, small-looking, slow groups into one task. By id and not by
    # hash: hashed again, sixteen buckets would fall into ten of sixteen tasks, three of them into one.
    spread = bucketed.repartitionById(_tasks(frame.sparkSession, buckets), f.col(BUCKET))

    def call(rows: pd.DataFrame) -> pd.DataFrame:
        result = function(rows.drop(columns=BUCKET))[schema.fieldNames()]
        lighten_worker()
        return result

    return spread.groupBy(BUCKET).applyInPandas(call, schema)


def _tasks(spark: SparkSession, buckets: int) -> int:
    """How many tasks share the buckets, each the same number but for one: at most one task a bucket.

    A task costs 20 ms of driver and worker, so no more than keep all cores busy, and as many as the session's other
    shuffles have: on a cluster that starts its executors later, the cores of now say little. Few buckets in a task let
    its sort stay in memory, and little is done again where an executor is lost.
    """
    others = int(str(spark.conf.get("spark.sql.shuffle.partitions")))
    cores = spark.sparkContext.defaultParallelism
    return min(buckets, max(others, TASKS_A_CORE * cores, -(-buckets // BUCKETS_A_TASK)))
