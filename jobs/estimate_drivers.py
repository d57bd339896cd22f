"""What moves sales, per category: demand_daily, order_lines, products, planned_prices → demand_drivers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd
from pyspark.sql import DataFrame

from supplyline.config import job_parser, settings_from
from supplyline.errors import exit_cleanly
from supplyline.forecasting.drivers import METHOD, DriverPlan
from supplyline.forecasting.holidays import holidays
from supplyline.logs import get_logger
from supplyline.spark.days import last_day
from supplyline.spark.drivers import driver_history, drivers_of_each_category
from supplyline.spark.planned import past_promotions
from supplyline.spark.schema import spark_schema
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import DEMAND_DAILY, DEMAND_DRIVERS, ORDER_LINES, PRODUCTS

log = get_logger(job="estimate_drivers")


def main(argv: Sequence[str] | None = None) -> None:
    args = job_parser(__doc__).parse_args(argv)
    settings = settings_from(args)
    calendar = holidays(settings.shop.holidays)
    with spark_session("estimate_drivers", settings) as spark:
        as_of: dt.date = args.as_of or last_day(read_table(spark, DEMAND_DAILY), "date")
        since = as_of - dt.timedelta(days=settings.forecasting.history_days - 1)
        demand = read_table(spark, DEMAND_DAILY, since=since, until=as_of)
        plan = DriverPlan(most_skus=settings.forecasting.driver_skus)
        history = driver_history(demand, read_table(spark, ORDER_LINES), read_table(spark, PRODUCTS), plan)
        found = drivers_of_each_category(
            history, calendar, plan, buckets=settings.forecasting.buckets, promotions=past_promotions(spark, as_of)
        )
        rows: DataFrame = spark.createDataFrame(_with_gaps(found.assign(as_of=as_of)), spark_schema(DEMAND_DRIVERS))
        log.info("estimated", rows=write_table(rows, DEMAND_DRIVERS, replace={"as_of": as_of}), as_of=str(as_of))
        report(found)


def _with_gaps(found: pd.DataFrame) -> pd.DataFrame:
    """In the contract's order, with None where pandas has NaN."""
    ordered = found[DEMAND_DRIVERS.column_names].astype(object)
    return ordered.where(ordered.notna(), None)


def report(found: pd.DataFrame) -> None:
    """Say the effects, and which there are not and why."""
    for row in found[found["method"] == METHOD].head(20).to_dict("records"):
        if row["status"] == "ok":
            log.info("effect", **{name: row[name] for name in ("category", "driver", "effect", "low", "high")})
        else:
            log.warning("effect", **{name: row[name] for name in ("category", "driver", "status", "error")})


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
