"""What is planned for the days ahead, out of the warehouse: planned_prices, demand_drivers, order_lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from supplyline.forecasting.drivers import METHOD, USUAL_DAYS
from supplyline.forecasting.planned import PlannedDrivers, holiday_calendar
from supplyline.logs import get_logger
from supplyline.spark.tables import read_table, table_exists
from supplyline.tables import DEMAND_DRIVERS, ORDER_LINES, PLANNED_PRICES

log = get_logger(job="planned")
COLUMNS = ["sku", "first_day", "last_day", "price", "discount", "promotion"]


def planned_drivers(
    spark: SparkSession, as_of: dt.date, horizon: int, holidays: Mapping[dt.date, str]
) -> PlannedDrivers | None:
    """What differs from the usual on the days after `as_of`; None where nothing does, or no effect is known."""
    days = [as_of + dt.timedelta(days=step) for step in range(1, horizon + 1)]
    plan, calendar = plan_between(spark, days[0], days[-1]), holiday_calendar(days, holidays)
    if plan.empty and calendar.empty:
        return None
    effects = latest_effects(spark, as_of)
    if effects.empty:
        log.warning("no effects of prices, promotions and holidays are known", fix="run estimate_drivers")
        return None
    return PlannedDrivers(price_ratios(spark, plan, as_of), calendar, effects)


def plan_between(spark: SparkSession, first: dt.date, last: dt.date) -> pd.DataFrame:
    """Rows of planned_prices that hold on a day between the two; none where there is no such table."""
    if not table_exists(spark, PLANNED_PRICES):
        return pd.DataFrame(columns=COLUMNS)
    plan = read_table(spark, PLANNED_PRICES).where((f.col("first_day") <= last) & (f.col("last_day") >= first))
    return plan.select(COLUMNS).toPandas().sort_values(["sku", "first_day"], ignore_index=True)


def latest_effects(spark: SparkSession, as_of: dt.date) -> pd.DataFrame:
    """The effects that were estimated last, from days up to `as_of` only."""
    if not table_exists(spark, DEMAND_DRIVERS):
        return pd.DataFrame()
    known = read_table(spark, DEMAND_DRIVERS).where((f.col("as_of") <= as_of) & (f.col("method") == METHOD)).toPandas()
    return known[known["as_of"] == known["as_of"].max()]


def price_ratios(spark: SparkSession, plan: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    """The plan with `price` over the usual price; NaN where it is as usual, or the product never had a price.

    A discount is one off the price of most days.
    """
    priced = plan.loc[plan["price"].notna() | plan["discount"].notna(), "sku"].unique()
    known = past_prices(spark, list(priced), as_of) if len(priced) else pd.DataFrame(columns=["usual", "most"])
    usual, most = (plan["sku"].map(known[name]).astype(float) for name in ("usual", "most"))
    ratio = plan["price"].astype(float) / usual
    unknown = sorted(set(plan.loc[plan["price"].notna() & ratio.isna(), "sku"]))
    if unknown:
        log.warning("planned prices of products without a price so far are left out", skus=unknown[:10])
    discounted = (1.0 - plan["discount"].astype(float)) * (most / usual).fillna(1.0)
    price = np.where(plan["discount"].notna(), discounted, ratio)
    return plan.assign(price=price, promotion=plan["promotion"].astype(float)).drop(columns="discount")


def past_prices(spark: SparkSession, skus: list[str], as_of: dt.date) -> pd.DataFrame:
    """By sku: `usual`, what forecasts know (see `forecasting.planned.usual_prices`), and `most`, the median.

    Both of the median prices of the days of the last eight weeks; where there were none, the price of the last day.
    """
    lines = read_table(spark, ORDER_LINES).where((f.col("line_type") == "sale") & (f.col("unit_price") > 0))
    wanted = spark.createDataFrame(pd.DataFrame({"sku": skus}))
    daily = day_prices(lines.where(f.col("order_date") <= as_of).join(f.broadcast(wanted), "sku"))
    recent = f.when(f.col("date") > as_of - dt.timedelta(days=USUAL_DAYS), f.col("price"))
    last = f.max_by("price", "date")
    usual, most = f.coalesce(1 / f.avg(1 / recent), last), f.coalesce(f.median(recent), last)
    return daily.groupBy("sku").agg(usual.alias("usual"), most.alias("most")).toPandas().set_index("sku")


def day_prices(sales: DataFrame) -> DataFrame:
    """sku, date, price: the median price of the day's lines.

    The median over lines and not the average over pieces: one large order at a lower price must not look like a cut.
    """
    return sales.groupBy("sku", f.col("order_date").alias("date")).agg(f.median("unit_price").alias("price"))


def past_promotions(spark: SparkSession, until: dt.date) -> pd.DataFrame | None:
    """The plan up to the day as far as it is of promotions; None where it never had one."""
    past = plan_between(spark, dt.date.min, until)
    return past.assign(price=np.nan, promotion=past["promotion"].astype(float)) if past["promotion"].any() else None
