"""Demand history without gaps, as the forecasts need it: sales, and an estimate where an empty shelf hid demand."""

from __future__ import annotations

import datetime as dt

import pandas as pd
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as f

from supplyline.forecasting.censoring import OBSERVED, OK, Censoring, estimate_demand
from supplyline.spark.groups import map_buckets
from supplyline.tables import DEMAND_DAILY


def demand_daily(
    sales_daily: DataFrame,
    inventory_daily: DataFrame,
    until: dt.date,
    censoring: Censoring | None = None,
    *,
    buckets: int = 16,
) -> DataFrame:
    """Table `demand_daily`: demand of each product and day from its first sale to `until`, zero without a sale.

    A product is out of stock on the days when every warehouse that keeps it closed with an empty shelf. On such a day
    demand may have been more than what was sold, and is estimated from the days before it (see forecasting.censoring),
    so that rows don't depend on `until`. Where the stock levels are simulated it is not: receipts were made up so that
    every real sale could be served, and what was sold is all that was wanted.
    """
    sold = sales_daily.where((f.col("date") <= f.lit(until)) & (f.col("units_sold") > 0))
    empty = _out_of_stock(inventory_daily)
    hiding = empty.where("hidden").select("sku").distinct()
    days = _every_day(sold, until).join(empty, ["sku", "date"], "left")
    days = days.withColumns({name: f.coalesce(name, f.lit(False)) for name in ("stock_out", "hidden")})
    # A shop whose levels are all simulated is spared the joins: the question costs one scan.
    if inventory_daily.where(f.col("stock_out") & (f.col("origin") == OBSERVED)).isEmpty():
        return _as_sold(days)
    seen = _as_sold(days.join(hiding, "sku", "left_anti"))
    return seen.unionByName(_estimated(days.join(hiding, "sku", "left_semi"), censoring or Censoring(), buckets))


def _every_day(sold: DataFrame, until: dt.date) -> DataFrame:
    """Days with a sale, and after each the days without one up to the next or `until`."""
    next_sale = f.lead("date").over(Window.partitionBy("sku").orderBy("date"))
    days = sold.select("sku", "net_demand", f.col("date").alias("sold_on"), next_sale.alias("next_sale"))
    last = f.coalesce(f.date_sub("next_sale", 1), f.lit(until))
    sales = f.when(f.col("date") == f.col("sold_on"), f.col("net_demand")).otherwise(0).cast("double")
    return days.withColumn("date", f.explode(f.sequence("sold_on", last))).select("sku", "date", sales.alias("sales"))


def _out_of_stock(inventory_daily: DataFrame) -> DataFrame:
    """The (sku, date) whose empty shelves are as many as the warehouses that keep the product by then.

    `hidden` where every one of these levels was observed.
    """
    known = f.min(f.col("origin") == OBSERVED).alias("hidden")
    empty = inventory_daily.where("stock_out").groupBy("sku", "date").agg(f.count("*").alias("empty"), known)
    kept_from = inventory_daily.groupBy("warehouse", "sku").agg(f.min("date").alias("kept_from"))
    kept = empty.join(kept_from, "sku").where(f.col("kept_from") <= f.col("date"))
    by_day = kept.groupBy("sku", "date").agg(
        f.count("*").alias("kept"), f.first("empty").alias("empty"), f.first("hidden").alias("hidden")
    )
    return by_day.where("empty = kept").select("sku", "date", f.lit(True).alias("stock_out"), "hidden")


def _as_sold(days: DataFrame) -> DataFrame:
    """Products that no observed empty shelf ever hid: Python has nothing to do with them."""
    plain = {"quantity": f.col("sales"), "expected": f.col("sales"), "origin": f.lit(OBSERVED), "status": f.lit(OK)}
    return days.withColumns({**plain, "error": f.lit(None).cast("string")}).select(DEMAND_DAILY.column_names)


def _estimated(days: DataFrame, censoring: Censoring, buckets: int) -> DataFrame:
    def estimate(rows: pd.DataFrame) -> pd.DataFrame:
        demand = estimate_demand(rows, censoring)
        return demand.assign(date=demand["date"].dt.date)

    return map_buckets(days, estimate, DEMAND_DAILY, buckets=buckets)
