"""Demand history without gaps, with what empty shelves hid: sales_daily, inventory_daily → demand_daily."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from supplyline.config import job_parser, settings_from
from supplyline.errors import exit_cleanly
from supplyline.forecasting.censoring import ESTIMATED, LOWER_BOUND, OK, Censoring
from supplyline.logs import get_logger
from supplyline.marts.demand import demand_daily
from supplyline.spark.days import last_day
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import DEMAND_DAILY, INVENTORY_DAILY, SALES_DAILY

log = get_logger(job="build_demand")


def main(argv: Sequence[str] | None = None) -> None:
    args = job_parser(__doc__).parse_args(argv)
    settings = settings_from(args)
    with spark_session("build_demand", settings) as spark:
        sales, inventory = read_table(spark, SALES_DAILY), read_table(spark, INVENTORY_DAILY)
        until = args.as_of or last_day(sales, "date")
        plan = Censoring(season_length=settings.forecasting.season_length)
        demand = demand_daily(sales, inventory, until, plan, buckets=settings.forecasting.buckets)
        log.info("built", table="demand_daily", rows=write_table(demand, DEMAND_DAILY))
        report(read_table(spark, DEMAND_DAILY))


def report(demand: DataFrame) -> None:
    """Say how many days were estimated and how many pieces that adds, and name the first products that went wrong."""
    added = f.sum(f.col("quantity") - f.col("sales")).alias("pieces_added")
    counts = [f.count(f.when(f.col("origin") == name, True)).alias(name) for name in (ESTIMATED, LOWER_BOUND)]
    bad = f.count(f.when(f.col("status") != OK, True)).alias("bad_rows")
    found = demand.agg(f.count(f.when(f.col("stock_out"), True)).alias("stock_out_days"), *counts, added, bad).head()
    log.info("hidden demand", **(found.asDict() if found else {}))
    if found and found["bad_rows"]:
        skus = demand.where(f.col("status") != OK).select("sku", "status", "error").distinct()
        for row in skus.orderBy("sku").limit(10).collect():
            log.warning("sku", sku=row["sku"], status=row["status"], error=row["error"])


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
