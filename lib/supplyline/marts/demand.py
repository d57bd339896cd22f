"""Demand history without gaps, as the forecasts need it."""

from __future__ import annotations

import datetime as dt

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as f


def demand_daily(sales_daily: DataFrame, inventory_daily: DataFrame, until: dt.date) -> DataFrame:
    """Table `demand_daily`: net demand of each product and day from its first sale to `until`, zero without a sale.

    A product is out of stock on the days when every warehouse that keeps it closed with an empty shelf.
    """
    sold = sales_daily.where((f.col("date") <= f.lit(until)) & (f.col("units_sold") > 0))
    flagged = _every_day(sold, until).join(_out_of_stock(inventory_daily), ["sku", "date"], "left")
    return flagged.select("sku", "date", "quantity", f.coalesce("stock_out", f.lit(False)).alias("stock_out"))


def _every_day(sold: DataFrame, until: dt.date) -> DataFrame:
    """Days with a sale, and after each the days without one up to the next or `until`."""
    next_sale = f.lead("date").over(Window.partitionBy("sku").orderBy("date"))
    days = sold.select("sku", "net_demand", f.col("date").alias("sold_on"), next_sale.alias("next_sale"))
    last = f.coalesce(f.date_sub("next_sale", 1), f.lit(until))
    quantity = f.when(f.col("date") == f.col("sold_on"), f.col("net_demand")).otherwise(0).cast("double")
    return days.withColumn("date", f.explode(f.sequence("sold_on", last))).select(
        "sku", "date", quantity.alias("quantity")
    )


def _out_of_stock(inventory_daily: DataFrame) -> DataFrame:
    """The (sku, date) whose empty shelves are as many as the warehouses that keep the product by then."""
    empty = inventory_daily.where("stock_out").groupBy("sku", "date").agg(f.count("*").alias("empty"))
    kept_from = inventory_daily.groupBy("warehouse", "sku").agg(f.min("date").alias("kept_from"))
    kept = empty.join(kept_from, "sku").where(f.col("kept_from") <= f.col("date"))
    by_day = kept.groupBy("sku", "date").agg(f.count("*").alias("kept"), f.first("empty").alias("empty"))
    return by_day.where("empty = kept").select("sku", "date", f.lit(True).alias("stock_out"))
