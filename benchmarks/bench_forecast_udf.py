"""Grouped pandas calls per hash bucket against one per SKU: what Spark adds to a fit, with a model that costs nothing.

Both run the same function over the same cached rows on one core, in turn. Overhead is the elapsed time less the time
inside the function. The ratio is printed and written to benchmarks/results/forecast_udf.json; the aim is at most 1/6.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import StructType

from supplyline.config import load_settings
from supplyline.spark.groups import map_buckets
from supplyline.spark.session import spark_session

SKUS, DAYS, BUCKETS, RUNS, AIM = 10_000, 30, 16, 3, 1 / 6
RESULT = Path(__file__).with_name("results") / "forecast_udf.json"
SCHEMA = StructType().add("sku", "string").add("mean", "double").add("seconds", "double")


def mean_of_each(rows: pd.DataFrame) -> pd.DataFrame:
    """The mean of each SKU, and the seconds it took, spread over the rows returned."""
    started = time.perf_counter()
    means = rows.groupby("sku")["quantity"].mean().rename("mean").reset_index()
    return means.assign(seconds=(time.perf_counter() - started) / len(means))


def by_bucket(demand: DataFrame) -> DataFrame:
    return map_buckets(demand, mean_of_each, SCHEMA, buckets=BUCKETS)


def by_sku(demand: DataFrame) -> DataFrame:
    return demand.groupBy("sku").applyInPandas(mean_of_each, SCHEMA)


def demand_of(spark: SparkSession) -> DataFrame:
    number = f.col("id")
    columns = ((number % SKUS).cast("string").alias("sku"), (number % 7).cast("double").alias("quantity"))
    demand = spark.range(SKUS * DAYS).select(*columns).cache()
    demand.count()
    return demand


def overhead(run: Callable[[DataFrame], DataFrame], demand: DataFrame) -> float:
    """Seconds outside the function."""
    started = time.perf_counter()
    skus, fitting = run(demand).agg(f.count("*"), f.sum("seconds")).head()  # type: ignore[misc]
    if skus != SKUS:
        raise SystemExit(f"{skus} of {SKUS} SKUs came back")
    return float(time.perf_counter() - started - fitting)


def main() -> None:
    settings = load_settings(spark={"master": "local[1]", "shuffle_partitions": 2})
    with spark_session("bench_forecast_udf", settings) as spark:
        demand = demand_of(spark)
        overhead(by_bucket, demand)  # Starts the Python worker, which both then use.
        # In turn, so that a busy moment of the machine meets both.
        pairs = [(overhead(by_bucket, demand), overhead(by_sku, demand)) for _ in range(RUNS)]
    bucket, sku = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    result = {"skus": SKUS, "bucket_seconds": bucket, "sku_seconds": sku, "ratio": bucket / sku, "aim": AIM}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    times = f"by bucket {bucket:.2f} s, by SKU {sku:.2f} s"
    print(f"overhead for {SKUS} SKUs: {times}, ratio {bucket / sku:.3f} (aim {AIM:.3f})")


if __name__ == "__main__":
    main()
