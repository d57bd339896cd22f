"""What Spark adds to a fit, and a whole forecasting job of 10,000 SKUs, against one grouped pandas call per SKU.

Overhead: the same function, which costs next to nothing, over the same cached rows, by bucket and by SKU in turn in one
session; the CPU time of driver, Java and Python workers less that inside the function. Aim: at most a tenth. Java
compiles what it runs in the first rounds, beside both of them: two go unmeasured, and the first is told beside.

Whole job: `forecast_each_sku` (choice by two rolling origins among ETS, Theta, ARIMA and the intermittent family, with
quantiles of days and totals) against applyInPandas per SKU that does the same work by the usual means: AutoETS,
AutoARIMA, Theta and SBA of statsforecast with cross_validation over two windows and the winner's interval; of
statsmodels the best of four ETS forms and of nine ARIMA orders by AICc, and Theta, at the same two origins and the
winner again. A peer runs on 40 of the SKUs and its time is scaled up to 10,000; ours runs on all. CPU time as above.
Aims: 40 and 100 times.
Results go to benchmarks/results/forecast_udf.json.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import StructType

from supplyline.config import load_settings
from supplyline.forecasting import TOTAL_QUANTILES, Plan
from supplyline.spark.forecasts import forecast_each_sku
from supplyline.spark.groups import map_buckets
from supplyline.spark.session import spark_session

SKUS, DAYS, BUCKETS, WARM_UPS, RUNS = 10_000, 30, 16, 2, 5
JOB_DAYS, PEER_SKUS, HORIZON, SEASON = 364, 40, 28, 7
AIMS = {"overhead": 1 / 10, "statsforecast": 40.0, "statsmodels": 100.0}
AS_OF = dt.date(2011, 12, 9)
RESULT = Path(__file__).with_name("results") / "forecast_udf.json"
SCHEMA = StructType().add("sku", "string").add("mean", "double").add("seconds", "double")
PEER_SCHEMA = StructType().add("sku", "string").add("horizon", "integer").add("mean", "double").add("q95", "double")


def mean_of_each(rows: pd.DataFrame) -> pd.DataFrame:
    """The mean of each SKU, and the seconds it took, spread over the rows returned."""
    started = time.process_time()
    means = rows.groupby("sku")["quantity"].mean().rename("mean").reset_index()
    return means.assign(seconds=(time.process_time() - started) / len(means))


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
    """CPU seconds outside the function."""
    before = _cpu_seconds()
    skus, fitting = run(demand).agg(f.count("*"), f.sum("seconds")).head()  # type: ignore[misc]
    if skus != SKUS:
        raise SystemExit(f"{skus} of {SKUS} SKUs came back")
    return float(_cpu_seconds() - before - fitting)


def histories(skus: int) -> pd.DataFrame:
    """Daily demand with a week's shape: a third smooth, a third that sells on half of the days, a third on a tenth."""
    chance = np.random.default_rng(20111209)
    week = 1 + 0.5 * np.sin(2 * np.pi * np.arange(JOB_DAYS) / SEASON)
    often = chance.random((skus, JOB_DAYS)) < np.resize([1.0, 0.5, 0.1], skus)[:, None]
    demand = np.where(often, chance.poisson(chance.lognormal(2, 1, skus)[:, None] * week), 0).astype(float)
    names = np.repeat([f"S{row:05d}" for row in range(skus)], JOB_DAYS)
    days = pd.date_range(end=pd.Timestamp(AS_OF), periods=JOB_DAYS).date
    return pd.DataFrame({"sku": names, "date": np.tile(days, skus), "quantity": demand.ravel()})


def with_statsforecast(rows: pd.DataFrame) -> pd.DataFrame:
    """One SKU: cross-validation over two windows, then the model of least error with its interval."""
    from statsforecast import StatsForecast
    from statsforecast import models as peers

    models = [
        peers.AutoETS(season_length=SEASON), peers.AutoARIMA(season_length=SEASON),
        peers.Theta(season_length=SEASON), peers.CrostonSBA(),
    ]  # fmt: skip
    frame = rows.sort_values("date").rename(columns={"sku": "unique_id", "date": "ds", "quantity": "y"})
    frame["ds"] = pd.to_datetime(frame["ds"])
    tried = StatsForecast(models, freq="D").cross_validation(df=frame, h=HORIZON, n_windows=2, step_size=HORIZON)
    errors = {str(model): float(((tried[str(model)] - tried["y"]) ** 2).mean()) for model in models}
    best = min(models, key=lambda model: errors[str(model)])
    levels = {} if isinstance(best, peers.CrostonSBA) else {"level": [90]}
    found = best.forecast(frame["y"].to_numpy(), h=HORIZON, **levels)
    return _peer_rows(rows, found["mean"], found.get("hi-90", found["mean"]))


def with_statsmodels(rows: pd.DataFrame) -> pd.DataFrame:
    """One SKU: ETS, ARIMA, each of the form of least AICc, and Theta at two origins, then the model of least error."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel
    from statsmodels.tsa.forecasting.theta import ThetaModel
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    def ets(demand: Any) -> Any:
        forms = [(trend, season) for trend in (None, "add") for season in (None, "add")]
        fits = [
            ETSModel(demand, trend=trend, seasonal=season, seasonal_periods=SEASON if season else None).fit(disp=False)
            for trend, season in forms
        ]
        return min(fits, key=lambda fit: fit.aicc)

    def arima(demand: Any) -> Any:
        orders = [(p, 1, q) for p in range(3) for q in range(3)]
        return min((SARIMAX(demand, order=order).fit(disp=False) for order in orders), key=lambda fit: fit.aicc)

    def theta(demand: Any) -> Any:
        return ThetaModel(demand, period=SEASON).fit()

    demand = rows.sort_values("date")["quantity"].to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        errors = {
            fit: sum(
                float(((np.asarray(fit(demand[:end]).forecast(HORIZON)) - demand[end : end + HORIZON]) ** 2).mean())
                for end in (len(demand) - HORIZON, len(demand) - 2 * HORIZON)
            )
            for fit in (ets, arima, theta)
        }
        mean = np.asarray(min(errors, key=lambda fit: errors[fit])(demand).forecast(HORIZON))
    return _peer_rows(rows, mean, mean + 1.645 * demand.std())


def _peer_rows(rows: pd.DataFrame, mean: Any, high: Any) -> pd.DataFrame:
    days = np.arange(1, HORIZON + 1, dtype=np.int32)
    return pd.DataFrame({"sku": rows["sku"].iloc[0], "horizon": days, "mean": mean, "q95": high})


def seconds_of(frame: DataFrame) -> float:
    """CPU seconds of a whole job in this process and all those it started; its rows are thrown away."""
    before = _cpu_seconds()
    frame.write.format("noop").mode("overwrite").save()
    return _cpu_seconds() - before


def _cpu_seconds() -> float:
    me = psutil.Process()
    return sum(sum(each.cpu_times()[:4]) for each in (me, *me.children(recursive=True)))


def whole_jobs(spark: SparkSession) -> dict[str, float]:
    """CPU seconds for 10,000 SKUs of each way; the peers' are those of 40 SKUs, after a first 4, scaled."""
    plan = Plan(horizon=HORIZON, total_quantiles=TOTAL_QUANTILES)
    demand = spark.createDataFrame(histories(SKUS)).cache()
    demand.count()
    few = demand.where(f"sku < 'S{PEER_SKUS + 4:05d}'")
    forecast_each_sku(few, plan, as_of=AS_OF, buckets=1).count()  # Loads the kernels, as a worker that lives on has.
    seconds = {"ours": seconds_of(forecast_each_sku(demand, plan, as_of=AS_OF, buckets=BUCKETS))}
    for name, function in (("statsforecast", with_statsforecast), ("statsmodels", with_statsmodels)):
        first, rest = few.where("sku < 'S00004'").cache(), few.where("sku >= 'S00004'").cache()
        seconds_of(first.groupBy("sku").applyInPandas(function, PEER_SCHEMA))  # Imports and compiles.
        elapsed = seconds_of(rest.groupBy("sku").applyInPandas(function, PEER_SCHEMA))
        seconds[name] = elapsed * SKUS / PEER_SKUS
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--overhead-only", action="store_true", help="leave out the whole jobs")
    arguments = parser.parse_args()
    settings = load_settings(spark={"master": "local[1]", "shuffle_partitions": 2, "driver_memory": "2g"})
    with spark_session("bench_forecast_udf", settings) as spark:
        demand = demand_of(spark)
        overhead(by_bucket, demand)  # Starts the Python worker, which both then use.
        # In turn, so that a busy moment of the machine meets both.
        pairs = [(overhead(by_bucket, demand), overhead(by_sku, demand)) for _ in range(WARM_UPS + RUNS)]
        jobs = {} if arguments.overhead_only else whole_jobs(spark)
    bucket, sku = (statistics.median(pair[side] for pair in pairs[WARM_UPS:]) for side in (0, 1))
    result: dict[str, Any] = {"skus": SKUS, "bucket_seconds": bucket, "sku_seconds": sku, "ratio": bucket / sku}
    result["rounds"] = pairs
    times = f"by bucket {bucket:.2f} s, by SKU {sku:.2f} s"
    cold = f"the first round {pairs[0][0]:.2f} s, {pairs[0][1]:.2f} s, {pairs[0][0] / pairs[0][1]:.3f}"
    print(f"overhead for {SKUS} SKUs: {times}, ratio {bucket / sku:.3f} (aim {AIMS['overhead']:.3f}); {cold}")
    for name in set(jobs) - {"ours"}:
        times = f"ours {jobs['ours']:.0f} s, per SKU with {name} {jobs[name]:.0f} s (scaled from {PEER_SKUS} SKUs)"
        print(f"whole job of {SKUS} SKUs: {times}, {jobs[name] / jobs['ours']:.0f} times (aim {AIMS[name]:.0f})")
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result | {"jobs": jobs, "aims": AIMS}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
