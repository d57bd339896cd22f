"""Master data out of order lines: `products` and `customers`, where a source has no list of its own, or half of one."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from supplyline.tables import Table


def products_of(lines: DataFrame, goods: DataFrame) -> DataFrame:
    """Table `products` from `order_lines`: one row a SKU of `goods` [sku].

    The price is that of the last sale, the description the one most sales carry (then the first in the alphabet).
    """
    sales = lines.where(f.col("line_type") == "sale")
    texts = sales.groupBy("sku", "description").agg(
        f.count("*").alias("sales"),
        f.min("order_date").alias("first_sold_on"),
        f.max("order_date").alias("last_sold_on"),
        f.max("order_time").alias("order_time"),
    )
    named = f.when(f.col("description").isNotNull(), f.struct(-f.col("sales"), "description"))
    sold = texts.groupBy("sku").agg(
        f.min_by("description", named).alias("description"),
        f.min("first_sold_on").alias("first_sold_on"),
        f.max("last_sold_on").alias("last_sold_on"),
        f.max("order_time").alias("order_time"),
    )
    shop = lines.agg(f.min("currency").alias("currency"), f.min("source").alias("source"))
    found = goods.select("sku").distinct().join(sold, "sku", "left").join(_last_prices(sales, sold), "sku", "left")
    unknown = f.lit(None).cast("string")
    return found.crossJoin(f.broadcast(shop)).select(
        "sku",
        "description",
        unknown.alias("category"),
        unknown.alias("supplier"),
        "unit_price",
        "currency",
        "first_sold_on",
        "last_sold_on",
        "source",
    )


def customers_of(lines: DataFrame) -> DataFrame:
    """Table `customers` from `order_lines`: one row a known customer, with the country of the last order.

    Of two countries in one minute the last in the alphabet holds.
    """
    sold_on = f.when(f.col("line_type") == "sale", f.col("order_date"))
    countries = (
        lines.where(f.col("customer_id").isNotNull())
        .groupBy("customer_id", "country")
        .agg(
            f.min(sold_on).alias("first_order_on"),
            f.max(sold_on).alias("last_order_on"),
            f.max("order_time").alias("order_time"),
            f.min("source").alias("source"),
        )
    )
    unknown = f.lit(None).cast("string")
    return countries.groupBy("customer_id").agg(
        f.max_by("country", f.struct("order_time", "country")).alias("country"),
        unknown.alias("city"),
        unknown.alias("postal_code"),
        f.min("first_order_on").alias("first_order_on"),
        f.max("last_order_on").alias("last_order_on"),
        f.min("source").alias("source"),
    )


def filled_in(given: DataFrame, derived: DataFrame, table: Table) -> DataFrame:
    """The source's own list, its empty columns filled from the order lines; what only these know is added."""
    [key] = table.keys
    columns = [f.coalesce(given[name], derived[name]).alias(name) for name in table.column_names]
    return given.join(derived, given[key] == derived[key], "full").select(columns)


def _last_prices(sales: DataFrame, latest: DataFrame) -> DataFrame:
    """[sku, unit_price] of the last sale of each SKU, by time and then by place in the source.

    The last time is found first and alone: a maximum over a struct makes Spark sort every sale.
    """
    ties = sales.join(f.broadcast(latest.select("sku", "order_time")), ["sku", "order_time"])
    place = f.struct("source_file", "source_line", "order_line_id")
    return ties.groupBy("sku").agg(f.max_by("unit_price", place).alias("unit_price"))
