"""What purchase orders bring and have still to bring."""

from __future__ import annotations

import datetime as dt

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

ITEM = ("warehouse", "sku")


def receipts(purchase_orders: DataFrame, timezone: str) -> DataFrame:
    """Rows of `stock_movements` for the lines that came: one a day and item, booked as the business day begins."""
    came = purchase_orders.where(f.col("received_date").isNotNull())
    days = came.groupBy(*ITEM, "received_date", "origin", "source").agg(f.sum("quantity").alias("quantity"))
    # "+" sorts before letters and digits: of movements at the same moment a receipt comes first.
    name = f.concat(f.lit("+receipt/"), "warehouse", f.lit("/"), "sku", f.lit("/"), f.col("received_date"))
    return days.select(
        name.alias("movement_id"),
        f.to_utc_timestamp(f.col("received_date").cast("timestamp"), timezone).alias("movement_time"),
        f.col("received_date").alias("movement_date"),
        *ITEM,
        f.lit("receipt").alias("movement_type"),
        "quantity",
        f.lit(None).cast("string").alias("order_id"),
        f.lit(None).cast("double").alias("unit_price"),
        "origin",
        "source",
    )


def open_orders(purchase_orders: DataFrame, as_of: dt.date) -> DataFrame:
    """Lines that were ordered by the evening of the day and had not come: warehouse, sku, expected_date, quantity."""
    day = f.lit(as_of)
    ordered, came = f.col("ordered_date") <= day, f.col("received_date") <= day
    open_then = purchase_orders.where(ordered & ~f.coalesce(came, f.lit(False)))
    return open_then.select(*ITEM, "expected_date", "quantity")
