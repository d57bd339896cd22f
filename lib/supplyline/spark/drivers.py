"""What moves the sales of each category, out of Spark's buckets: a category is fitted whole, in one grouped call."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import pandas as pd
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as f
from pyspark.sql.types import DoubleType, LongType, StringType, StructField, StructType

from supplyline.forecasting.driver_report import driver_report
from supplyline.forecasting.drivers import ALL, COLUMNS, METHOD, DriverPlan, category_effects, finished
from supplyline.forecasting.planned import with_promotions
from supplyline.spark.groups import map_buckets
from supplyline.spark.planned import day_prices

# Both kinds of rows in one frame: of an effect its logarithm and error, of the report what the table says.
TEXTS = ("category", "driver", "method", "status", "error")
NUMBERS = ("log_effect", "error_of", "freedom", "effect", "low", "high", "lowest", "highest")
EITHER = StructType(
    [StructField(name, StringType()) for name in TEXTS]
    + [StructField(name, DoubleType()) for name in NUMBERS]
    + [StructField("n", LongType())]
)


def drivers_of_each_category(
    history: DataFrame,
    holidays: Collection[dt.date],
    plan: DriverPlan,
    *,
    buckets: int,
    promotions: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Rows of the table demand_drivers but for as_of: `history` has sku, date, quantity, price and category.

    `promotions` are a plan's rows of past days, where the shop marks its promotions. The effects of all categories meet
    here, on the driver: they are pulled towards each other.
    """
    calendar = list(holidays)

    def fit(sold: pd.DataFrame) -> pd.DataFrame:
        rows = sold if promotions is None else with_promotions(sold, promotions)
        effects = [category_effects(part, calendar, plan).assign(method=METHOD) for _, part in rows.groupby("category")]
        both = pd.concat([*effects, driver_report(rows, calendar, plan)], ignore_index=True)
        return both.reindex(columns=EITHER.fieldNames()).astype(dict.fromkeys(NUMBERS, float))

    found = map_buckets(history, fit, EITHER, key="category", buckets=buckets).toPandas()
    effects = found["method"] == METHOD
    return pd.concat([finished(found[effects], plan), found.loc[~effects, list(COLUMNS)]], ignore_index=True)


def driver_history(demand: DataFrame, order_lines: DataFrame, products: DataFrame, plan: DriverPlan) -> DataFrame:
    """Demand with the median price of the day's lines and the category, of the SKUs that sell most often."""
    price = day_prices(order_lines.where((f.col("line_type") == "sale") & (f.col("unit_price") > 0)))
    often = demand.groupBy("sku").agg(f.count(f.when(f.col("quantity") > 0, True)).alias("demands"))
    named = often.join(products.select("sku", "category"), "sku", "left").fillna(ALL, ["category"])
    place = f.row_number().over(Window.partitionBy("category").orderBy(f.desc("demands"), "sku"))
    kept = named.withColumn("place", place).where((f.col("place") <= plan.most_skus) & (f.col("demands") > 0))
    rows = demand.join(f.broadcast(kept.select("sku", "category")), "sku").join(price, ["sku", "date"], "left")
    return rows.select("sku", "date", "quantity", "price", "category")
