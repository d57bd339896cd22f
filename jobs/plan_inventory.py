"""Reorder points and orders of all SKUs: forecasts, inventory_daily, purchase_orders, demand_daily → reorder_policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from supplyline.config import job_parser, settings_from
from supplyline.errors import ForecastError, exit_cleanly
from supplyline.inventory import reorder_policy
from supplyline.inventory.assumed import excess_of, stock_costs, terms_of
from supplyline.logs import get_logger
from supplyline.spark.days import last_day
from supplyline.spark.open_orders import orders_at
from supplyline.spark.schema import spark_schema
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import DEMAND_DAILY, FORECASTS, INVENTORY_DAILY, PRODUCTS, REORDER_POLICY

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
        terms, excess = terms_of(settings.inventory), excess_of(settings.inventory)
        costs = stock_costs(settings.inventory) if settings.inventory.least_cost else None
        policy = reorder_policy(made, stock, terms, as_of=as_of, excess=excess, costs=costs)
        # Spark takes columns by their place, so the contract's order counts.
        ordered = policy[list(REORDER_POLICY.column_names)]
        rows = spark.createDataFrame(ordered.astype(object).where(ordered.notna(), None), spark_schema(REORDER_POLICY))
        write_table(rows, REORDER_POLICY, replace={"as_of": as_of})
        log.info("planned", as_of=str(as_of), rows=len(policy), **policy["status"].value_counts().to_dict())
        report(policy)


def report(policy: pd.DataFrame) -> None:
    """What is to be ordered, and what lies there for nothing."""
    log.info("to order", skus=int((policy["order_quantity"] > 0).sum()), value=float(policy["order_value"].sum()))
    for reason, rows in policy.groupby("excess_reason"):
        pieces, cost = int(rows["excess_quantity"].sum()), float(rows["carrying_cost"].sum())
        log.info("too much", reason=reason, skus=len(rows), pieces=pieces, carrying_cost=round(cost, 2))


def stock_at(spark: SparkSession, as_of: dt.date) -> DataFrame:
    """Last known stock of each SKU and warehouse on or before the day, what is on order, last price and day of demand.

    A shop without purchase_orders has nothing on order. An order placed by the day that came after it is on order.
    """
    until = read_table(spark, INVENTORY_DAILY, until=as_of)
    latest = until.groupBy("warehouse", "sku").agg(f.max_by("closing", "date").alias("on_hand"))
    asked = read_table(spark, DEMAND_DAILY, until=as_of).where("quantity > 0")
    last = asked.groupBy("sku").agg(f.max("date").alias("last_demand"))
    prices = read_table(spark, PRODUCTS).select("sku", "unit_price")
    coming = orders_at(spark, as_of)
    if coming is not None:
        on_order = coming.groupBy("warehouse", "sku").agg(f.sum("quantity").alias("on_order"))
        latest = latest.join(on_order, ["warehouse", "sku"], "left")
    return latest.join(prices, "sku", "left").join(last, "sku", "left")


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
