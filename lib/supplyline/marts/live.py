"""What the live monitors read: stock movements as events, the reorder policy as thresholds."""

from __future__ import annotations

import datetime as dt

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as f

from supplyline.tables import INVENTORY_EVENTS, THRESHOLDS

PLACE = ("warehouse", "sku")


def inventory_events(movements: DataFrame, since: dt.date, until: dt.date) -> DataFrame:
    """Movements of the days `since` to `until`, both inclusive, each with the stock that it left behind.

    Stock is the sum of all movements of a product in the order of (time, id), those before `since` included.
    """
    day = f.col("movement_date")
    opening = movements.where(day < f.lit(since)).groupBy(*PLACE).agg(f.sum("quantity").alias("opening"))
    shown = movements.where((day >= f.lit(since)) & (day <= f.lit(until)))
    so_far = (
        Window.partitionBy(*PLACE).orderBy("movement_time", "movement_id").rowsBetween(Window.unboundedPreceding, 0)
    )
    stock = f.coalesce("opening", f.lit(0)) + f.sum("quantity").over(so_far)
    events = shown.join(opening, [*PLACE], "left").withColumn("stock_after", stock)
    named = events.withColumnsRenamed({"movement_id": "event_id", "movement_time": "event_time"})
    return named.select(INVENTORY_EVENTS.column_names)


def thresholds(policy: DataFrame, until: dt.date) -> DataFrame:
    """Each policy made up to `until`, in force from the day after it was made; failed SKUs have none."""
    made = policy.where((f.col("status") == "ok") & (f.col("as_of") <= f.lit(until)))
    dated = made.withColumn("effective_from", f.date_add("as_of", 1).cast("timestamp"))
    needed = [column.name for column in THRESHOLDS.columns if column.required]
    return dated.select(THRESHOLDS.column_names).dropna(subset=needed)
