"""Master data out of order lines: `products` and `customers`, where a source has no list of its own, or half of one."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from supplyline.tables import Table


def products_of(lines: DataFrame, goods: DataFrame) -> DataFrame:
    """Table `products` from `order_lines`: one row a SKU of `goods` [sku].

    The price is that of the last sale, the description the one most sales carry (then the first in the alphabet).
    """
    sales = lines.where(f.col("line_type") == "sale")
    days = sales.groupBy("sku").agg(
        f.min("order_date").alias("first_sold_on"), f.max("order_date").alias("last_sold_on")
    )
    named = lines.where(f.col("description").isNotNull()).groupBy("sku", "description")
    counted = named.agg(f.count(f.when(f.col("line_type") == "sale", 1)).alias("sales")).where("sales > 0")
    first = f.struct(-f.col("sales"), "description")
    usual = counted.groupBy("sku").agg(f.min_by("description", first).alias("description"))
    price = _last(sales, "sku", f.struct("unit_price", "currency"))
    shop = lines.agg(f.min("currency").alias("shop_currency"), f.min("source").alias("source"))
    found = (
        goods.select("sku").distinct().join(days, "sku", "left").join(usual, "sku", "left").join(price, "sku", "left")
    )
    return found.crossJoin(f.broadcast(shop)).select(
        "sku",
        "description",
        f.lit(None).cast("string").alias("category"),
        f.lit(None).cast("string").alias("supplier"),
        f.col("last.unit_price").alias("unit_price"),
        f.coalesce("last.currency", "shop_currency").alias("currency"),
        "first_sold_on",
        "last_sold_on",
        "source",
    )


def customers_of(lines: DataFrame) -> DataFrame:
    """Table `customers` from `order_lines`: one row a known customer, with the country of the last order."""
    known = lines.where(f.col("customer_id").isNotNull())
    sold_on = f.when(f.col("line_type") == "sale", f.col("order_date"))
    days = known.groupBy("customer_id").agg(
        f.min(sold_on).alias("first_order_on"), f.max(sold_on).alias("last_order_on"), f.min("source").alias("source")
    )
    return days.join(_last(known, "customer_id", f.struct("country")), "customer_id").select(
        "customer_id",
        f.col("last.country").alias("country"),
        f.lit(None).cast("string").alias("city"),
        f.lit(None).cast("string").alias("postal_code"),
        "first_order_on",
        "last_order_on",
        "source",
    )


def filled_in(given: DataFrame, derived: DataFrame, table: Table) -> DataFrame:
    """The source's own list, its empty columns filled from the order lines; what only these know is added."""
    [key] = table.keys
    columns = [f.coalesce(given[name], derived[name]).alias(name) for name in table.column_names]
    return given.join(derived, given[key] == derived[key], "full").select(columns)


def _last(lines: DataFrame, key: str, what: Column) -> DataFrame:
    """[key, last]: `what` on the last line of each key, by time and then by place in the source.

    The last time comes first and alone: a maximum over a struct makes Spark sort all lines.
    """
    latest = lines.groupBy(key).agg(f.max("order_time").alias("order_time"))
    ties = lines.join(latest, [key, "order_time"])
    place = f.struct("source_file", "source_line", "order_line_id")
    return ties.groupBy(key).agg(f.max_by(what, place).alias("last"))
