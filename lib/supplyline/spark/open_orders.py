"""What was on order on a day, in a warehouse that may know no purchase orders."""

from __future__ import annotations

import datetime as dt

from pyspark.sql import DataFrame, SparkSession

from supplyline.marts.purchase_orders import open_orders
from supplyline.spark.tables import read_table, table_exists
from supplyline.tables import PURCHASE_ORDERS


def orders_at(spark: SparkSession, as_of: dt.date) -> DataFrame | None:
    """`open_orders` of the day; None where no source and no simulation has written purchase_orders."""
    if not table_exists(spark, PURCHASE_ORDERS):
        return None
    return open_orders(read_table(spark, PURCHASE_ORDERS), as_of)
