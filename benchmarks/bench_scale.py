"""Cost a SKU from 1,000 to 1,000,000 synthetic SKUs of 104 weeks, automatic choice of the model.

Buckets of 1,000 SKUs go one after the other through the function that the Spark job calls for each of its buckets, on
one core: the cost a SKU should be the same within 10 % at every size, and the peak memory that of a bucket. The aim of
a million SKUs on two cores within an hour leaves 7.2 ms CPU a SKU. With --days the histories are of 728 days, not 104
weeks; with --spark SKUs so many go through Spark as well, on two cores, from file to file. Results go to
benchmarks/results/scale.json.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from supplyline.forecasting import TOTAL_QUANTILES, Plan
from supplyline.forecasting.periods import DAY, DAYS, Calendar
from supplyline.spark.forecasts import bucket_function, forecast_each_sku

BUCKET, WEEKS = 1_000, 104
AIM_MS = 2 * 3600 * 1000 / 1_000_000
AS_OF = dt.date(2011, 12, 5)
WEEKLY = Calendar("seconds", 7 * DAY, 4 * DAY)
RESULT = Path(__file__).with_name("results") / "scale.json"


def histories(bucket: int, periods: int, season: int) -> pd.DataFrame:
    """A thousand SKUs: steady, growing, seasonal, erratic, intermittent and lumpy ones, a quarter of them younger."""
    chance = np.random.default_rng(bucket)
    level = chance.lognormal(1.5, 1.2, BUCKET)[:, None]
    time_line = np.arange(periods)
    trend = 1 + chance.choice([0, 0, 0.8, -0.5], BUCKET)[:, None] * time_line / periods
    wave = 1 + chance.choice([0, 0.4], BUCKET)[:, None] * np.sin(2 * np.pi * time_line / season)
    noise = chance.gamma(4, 0.25, (BUCKET, periods)) ** chance.choice([0.3, 1.0, 2.0], BUCKET)[:, None]
    often = chance.random((BUCKET, periods)) < chance.choice([1.0, 1.0, 0.5, 0.2, 0.1], BUCKET)[:, None]
    demand = np.where(often, chance.poisson(level * trend * wave * noise), 0).astype(np.float64)
    first = np.where(chance.random(BUCKET) < 0.25, chance.integers(0, periods - 10, BUCKET), 0)
    kept = time_line >= first[:, None]
    step = 1 if season == 7 else 7
    dates = np.datetime64(AS_OF, "D") - step * (periods - 1 - time_line)
    skus = np.array([f"{bucket:05d}-{row:04d}" for row in range(BUCKET)], dtype=object)
    rows, columns = np.nonzero(kept)
    return pd.DataFrame({"sku": skus[rows], "date": dates[columns].astype("M8[ns]"), "quantity": demand[kept]})


def measure(skus: int, plan: Plan, periods: int, season: int) -> dict[str, float]:
    """CPU milliseconds a SKU in the bucket's function, and the peak memory so far."""
    function, seconds = bucket_function(plan, as_of=AS_OF), 0.0
    for bucket in range(max(skus // BUCKET, 1)):
        rows = histories(bucket, periods, season)
        started = time.process_time()
        result = function(rows)
        seconds += time.process_time() - started
        if result["sku"].nunique() != BUCKET:
            raise SystemExit("a SKU is missing")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"skus": skus, "ms_a_sku": 1000 * seconds / skus, "peak_mb": peak}


def through_spark(skus: int, plan: Plan, periods: int, season: int) -> dict[str, float]:
    """The Spark job's own grouped call on two cores, from a Parquet file to a Parquet file; elapsed time and memory."""
    from supplyline.config import load_settings
    from supplyline.spark.session import spark_session

    settings = load_settings(spark={"master": "local[2]", "shuffle_partitions": 8, "driver_memory": "3g"})
    with tempfile.TemporaryDirectory() as folder, spark_session("bench_scale", settings) as spark:

        def made(parts: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
            for bucket in (int(row) for part in parts for row in part["id"]):
                yield histories(bucket, periods, season).assign(date=lambda rows: rows["date"].dt.date)

        buckets = spark.range(skus // BUCKET, numPartitions=min(skus // BUCKET, 40))
        buckets.mapInPandas(made, "sku string, date date, quantity double").write.parquet(f"{folder}/history")
        demand = spark.read.parquet(f"{folder}/history")
        with PeakMemory() as peak:
            started, before = time.perf_counter(), _cpu_seconds()
            forecast_each_sku(demand, plan, as_of=AS_OF, buckets=skus // BUCKET).write.parquet(f"{folder}/forecasts")
            elapsed, spent = time.perf_counter() - started, _cpu_seconds() - before
        found = spark.read.parquet(f"{folder}/forecasts").where("status <> 'failed'").select("sku").distinct().count()
    cost = 1000 * spent / skus
    return {"skus": skus, "forecast": found, "seconds_in_spark": elapsed, "ms_a_sku": cost, "peak_mb": peak.megabytes}


def _cpu_seconds() -> float:
    """CPU seconds so far of this process and all those it started, ended ones too."""
    me = psutil.Process()
    return sum(sum(each.cpu_times()[:4]) for each in (me, *me.children(recursive=True)))


class PeakMemory:
    """The most memory that this process and all it started held at once, looked at each second."""

    megabytes = 0.0

    def __enter__(self) -> PeakMemory:
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._look)
        self._watch.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._done.wait(1.0):
            me = psutil.Process()
            held = [_resident(each) for each in (me, *me.children(recursive=True))]
            self.megabytes = max(self.megabytes, sum(held) / 2**20)


def _resident(process: psutil.Process) -> int:
    """Bytes held; 0 of a worker that ended since it was listed."""
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skus", type=int, nargs="+", default=[1_000, 10_000], help="sizes of the panel")
    parser.add_argument("--days", action="store_true", help="728 days instead of 104 weeks")
    parser.add_argument("--spark", type=int, help="so many SKUs (1000000) through Spark on two cores as well")
    arguments = parser.parse_args()
    periods, season, calendar = (7 * WEEKS, 7, DAYS) if arguments.days else (WEEKS, 1, WEEKLY)
    horizon = 28 if arguments.days else 8
    plan = Plan(horizon=horizon, season_length=season, calendar=calendar, total_quantiles=TOTAL_QUANTILES)
    bucket_function(plan, as_of=AS_OF)(
        histories(0, periods, season).head(20 * periods)
    )  # Compiles or loads the kernels.
    results = []
    for skus in arguments.skus:
        results.append(measure(skus, plan, periods, season))
        cost, peak = results[-1]["ms_a_sku"], results[-1]["peak_mb"]
        print(
            f"{skus:9,} SKUs of {periods} periods: {cost:.2f} ms CPU a SKU (aim {AIM_MS}), peak memory {peak:.0f} MB",
            flush=True,
        )
    if arguments.spark:
        results.append(through_spark(arguments.spark, plan, periods, season))
        row = results[-1]
        print(
            f"in Spark, two cores: {row['forecast']:,} of {arguments.spark:,} SKUs in {row['seconds_in_spark']:.0f} s"
        )
        print(f"  {row['ms_a_sku']:.2f} ms CPU a SKU and {row['peak_mb']:.0f} MB over all its processes")
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"periods": periods, "aim_ms": AIM_MS, "runs": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
