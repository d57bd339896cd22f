"""Reorder points and order quantities for every SKU: forecasts, inventory_daily, products → reorder_policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from supplyline.config import InventorySettings, job_parser, settings_from
from supplyline.errors import ForecastError, exit_cleanly
from supplyline.inventory import Terms, reorder_policy
from supplyline.logs import get_logger
from supplyline.spark.days import last_day
from supplyline.spark.schema import spark_schema
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import FORECASTS, INVENTORY_DAILY, PRODUCTS, REORDER_POLICY

log = get_logger(job="plan_inventory")


def main(argv: Sequence[str] | None = None) -> None:
    args = job_parser(__doc__).parse_args(argv)
    settings = settings_from(args)
    with spark_session("plan_inventory", settings) as spark:
        forecasts = read_table(spark, FORECASTS)
        as_of = args.as_of or last_day(forecasts, "as_of")
        made = forecasts.where(f.col("as_of") == f.lit(as_of)).toPandas()
        if made.empty:
            raise ForecastError(
                f"no forecasts of {as_of}", where="forecasts", fix=f"run forecast_demand --as-of {as_of}"
            )
        stock = stock_at(spark, as_of).toPandas()
        policy = reorder_policy(made, stock, terms_of(settings.inventory), as_of=as_of)
        rows = spark.createDataFrame(policy.astype(object).where(policy.notna(), None), spark_schema(REORDER_POLICY))
        write_table(rows, REORDER_POLICY, replace={"as_of": as_of})
        log.info("planned", as_of=str(as_of), rows=len(policy), **policy["status"].value_counts().to_dict())
        log.info("to order", skus=int((policy["order_quantity"] > 0).sum()), value=float(policy["order_value"].sum()))


def terms_of(settings: InventorySettings) -> Terms:
    return Terms(
        lead_time_days=settings.lead_time_days,
        lead_time_sd_days=settings.lead_time_sd_days,
        review_days=settings.review_days,
        order_cycle_days=settings.order_cycle_days,
        service_level=settings.service_level,
    )


def stock_at(spark: SparkSession, as_of: dt.date) -> DataFrame:
    """Last known stock of each SKU and warehouse on or before the day, with the product's last price."""
    until = read_table(spark, INVENTORY_DAILY, until=as_of)
    latest = until.groupBy("warehouse", "sku").agg(f.max_by("closing", "date").alias("on_hand"))
    return latest.join(read_table(spark, PRODUCTS).select("sku", "unit_price"), "sku", "left")


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
