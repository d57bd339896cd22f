"""Stock of each product on each business day, from its movements."""

from __future__ import annotations

import datetime as dt

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as f

ITEM = ("warehouse", "sku")
# What a day's movements of a type are called, and the sign that makes them a positive number of pieces.
FLOWS = {"receipt": ("received", 1), "sale": ("sold", -1), "return": ("returned", 1), "adjustment": ("adjusted", 1)}


def inventory_daily(stock_movements: DataFrame, until: dt.date) -> DataFrame:
    """Table `inventory_daily`: a row for each item and day from its first movement to `until`, gaps filled.

    Stock starts at zero before the first movement. A stock level is simulated where any movement of the item is.
    """
    moved = _moved_daily(stock_movements.where(f.col("movement_date") <= f.lit(until)))
    every_day = _with_quiet_days(_with_levels(moved), until)
    on_quiet = f.col("date") != f.col("moved_on")
    flows = [f.when(on_quiet, 0).otherwise(f.col(name)).alias(name) for name, _ in FLOWS.values()]
    return every_day.select(
        *ITEM,
        "date",
        f.when(on_quiet, f.col("closing")).otherwise(f.col("opening")).alias("opening"),
        *flows,
        "closing",
        (f.col("closing") == 0).alias("stock_out"),
        "origin",
    )


def _moved_daily(movements: DataFrame) -> DataFrame:
    """One row for each item and day with movements."""
    flows = [(f.lit(sign) * _pieces(kind)).alias(name) for kind, (name, sign) in FLOWS.items()]
    # Origins sort so that simulated is the larger: it wins.
    return movements.groupBy(*ITEM, "movement_date").agg(
        *flows, f.sum("quantity").alias("change"), f.max("origin").alias("origin")
    )


def _pieces(kind: str) -> Column:
    return f.sum(f.when(f.col("movement_type") == kind, f.col("quantity")).otherwise(0))


def _with_levels(moved: DataFrame) -> DataFrame:
    """Opening and closing stock of the days with movements, and the next such day."""
    item = Window.partitionBy(*ITEM)
    in_time = item.orderBy("movement_date")
    return moved.select(
        *ITEM,
        f.col("movement_date").alias("moved_on"),
        f.lead("movement_date").over(in_time).alias("next_moved_on"),
        *(name for name, _ in FLOWS.values()),
        f.sum("change").over(in_time).alias("closing"),
        f.max("origin").over(item).alias("origin"),
        "change",
    ).withColumn("opening", f.col("closing") - f.col("change"))


def _with_quiet_days(moved: DataFrame, until: dt.date) -> DataFrame:
    """Each day with movements, and after it the days without any up to the next one or `until`."""
    last = f.coalesce(f.date_sub("next_moved_on", 1), f.lit(until))
    return moved.withColumn("date", f.explode(f.sequence("moved_on", last)))
