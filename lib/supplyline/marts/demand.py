"""Demand history without gaps, as the forecasts need it."""

from __future__ import annotations

import datetime as dt

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as f


def demand_daily(sales_daily: DataFrame, inventory_daily: DataFrame, until: dt.date) -> DataFrame:
    """Table `demand_daily`: net demand of each product and day from its first sale to `until`, zero without a sale.

    A product is out of stock on the days when every warehouse that keeps it closed with an empty shelf.
    """
    demand = _every_day(sales_daily.where((f.col("date") <= f.lit(until)) & (f.col("units_sold") > 0)), until)
    empty = inventory_daily.groupBy("sku", "date").agg(f.min("stock_out").alias("stock_out")).where("stock_out")
    return demand.join(empty, ["sku", "date"], "left").select(
        "sku", "date", "quantity", f.coalesce("stock_out", f.lit(False)).alias("stock_out")
    )


def _every_day(sold: DataFrame, until: dt.date) -> DataFrame:
    """Days with a sale, and after each the days without one up to the next or `until`."""
    next_sale = f.lead("date").over(Window.partitionBy("sku").orderBy("date"))
    days = sold.select("sku", "net_demand", f.col("date").alias("sold_on"), next_sale.alias("next_sale"))
    last = f.coalesce(f.date_sub("next_sale", 1), f.lit(until))
    quantity = f.when(f.col("date") == f.col("sold_on"), f.col("net_demand")).otherwise(0).cast("double")
    return days.withColumn("date", f.explode(f.sequence("sold_on", last))).select(
        "sku", "date", quantity.alias("quantity")
    )
