"""What other tables know of the products whose forecasts were scored, so that scores can be grouped by it."""

from __future__ import annotations

import datetime as dt

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as f

from supplyline.tables import FORECAST_SCORES

ABC_DAYS = 365
# Share of the value sold that the better products have, up to which a product is in the class.
ABC_SHARES = {"A": 0.80, "B": 0.95}


def with_groups(scores: DataFrame, demand: DataFrame, products: DataFrame, forecasts: DataFrame) -> DataFrame:
    """The scores with category, ABC class and whether the model is that of `forecasts` (rows of one as-of)."""
    chosen = forecasts.where("horizon = 1").select("sku", "model", f.lit(True).alias("chosen"))
    category = products.select("sku", f.nullif("category", f.lit("")).alias("category"))
    known = category.join(abc_classes(demand, products), "sku", "full")
    joined = scores.drop("category", "abc_class").join(known, "sku", "left").join(chosen, ["sku", "model"], "left")
    return joined.withColumn("selected", f.coalesce("chosen", f.lit(False))).select(FORECAST_SCORES.column_names)


def abc_classes(demand: DataFrame, products: DataFrame) -> DataFrame:
    """sku, abc_class: by value sold (demand times today's price); products without a price have none.

    A product is in the first class whose share the value sold by better products has not reached.
    """
    sold = demand.groupBy("sku").agg(f.sum(f.col("quantity").cast("decimal(28,4)")).alias("pieces"))
    value = sold.join(products.select("sku", "unit_price"), "sku").where("unit_price IS NOT NULL")
    worth = value.withColumn("value", f.col("pieces") * f.col("unit_price").cast("decimal(18,4)"))
    before = Window.orderBy(f.desc("value"), "sku").rowsBetween(Window.unboundedPreceding, -1)
    share = f.coalesce(f.sum("value").over(before), f.lit(0)) / f.nullif(
        f.sum("value").over(Window.partitionBy()), f.lit(0)
    )
    classes = f.when(share < ABC_SHARES["A"], "A").when(share < ABC_SHARES["B"], "B").otherwise("C")
    return worth.select("sku", classes.alias("abc_class"))


def last_year(demand: DataFrame, as_of: dt.date) -> DataFrame:
    """The days that an ABC class is made from."""
    return demand.where((f.col("date") > f.lit(as_of - dt.timedelta(days=ABC_DAYS))) & (f.col("date") <= f.lit(as_of)))
