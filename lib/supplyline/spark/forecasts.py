"""Forecasts and their scores out of Spark's buckets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as f
from pyspark.sql.types import StringType, StructField, StructType

from supplyline.errors import ForecastError
from supplyline.forecasting import Plan, evaluate, forecast_and_score
from supplyline.forecasting.panel import CATEGORY, Pools
from supplyline.forecasting.planned import PlannedDrivers, categories
from supplyline.spark.groups import map_buckets
from supplyline.spark.pools import shop_pools
from supplyline.spark.schema import spark_schema
from supplyline.tables import FORECAST_SCORES, FORECASTS, Table

TABLE = "_table"


def checked_day(asked: dt.date | None, last: dt.date) -> dt.date:
    """The day asked for; days that the history has not reached would be forecast from as days without demand."""
    if asked is not None and asked > last:
        fix = f"build demand_daily up to {asked}, or ask for {last} or a day before"
        raise ForecastError(f"demand_daily ends on {last}, before --as-of {asked}", where="--as-of", fix=fix)
    return asked or last


def known_demand(demand: DataFrame, as_of: dt.date) -> DataFrame:
    """The demand up to the day; raises ForecastError where there is none."""
    known = demand.where(f.col("date") <= f.lit(as_of))
    if known.isEmpty():
        raise ForecastError(f"no demand on or before {as_of}", where="table demand_daily", fix="give a later --as-of")
    return known


def forecast_each_sku(
    demand: DataFrame, plan: Plan, *, as_of: dt.date, buckets: int, planned: PlannedDrivers | None = None
) -> DataFrame:
    """Rows of the tables forecasts and forecast_scores in one frame; `rows_of` takes them apart.

    `demand` has sku, date, quantity, and may have category. Keep the frame (`persist`) before both are taken, or every
    SKU is fitted twice.
    """

    known = demand.select("sku", "date", "quantity", *([CATEGORY] if CATEGORY in demand.columns else []))
    fit = bucket_function(plan, as_of=as_of, pools=shop_pools(known, plan, as_of), planned=planned)
    return map_buckets(known, fit, _both_schemas(), buckets=buckets)


def bucket_function(
    plan: Plan, *, as_of: dt.date, pools: Pools | None = None, planned: PlannedDrivers | None = None
) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """What is done with the rows of one bucket: forecasts and scores, one below the other."""
    columns = _both_schemas().fieldNames()

    def fit(rows: pd.DataFrame) -> pd.DataFrame:
        forecasts, scores = forecast_and_score(rows, plan, as_of=as_of, pools=pools)
        if planned is not None:
            forecasts = planned.applied(forecasts, categories(rows))
        parts = [forecasts.assign(**{TABLE: FORECASTS.name}), scores.assign(**{TABLE: FORECAST_SCORES.name})]
        both = pd.concat([part for part in parts if len(part)], ignore_index=True).assign(as_of=as_of)
        # None and not NaN: Arrow turns a column of None into any type, one of NaN only into numbers.
        return both.assign(**dict.fromkeys(set(columns) - set(both.columns)))[columns]

    return fit


def with_category(demand: DataFrame, products: DataFrame) -> DataFrame:
    """The demand with each SKU's category, empty where the source knows none."""
    return demand.join(products.select("sku", CATEGORY), "sku", "left")


def score_each_sku(
    demand: DataFrame, plan: Plan, *, as_of: dt.date, origins: int, step: int, buckets: int
) -> DataFrame:
    """Rows of the table forecast_scores from a rolling-origin evaluation, without what other tables know of a SKU."""

    def fit(rows: pd.DataFrame) -> pd.DataFrame:
        scores = evaluate(rows, plan, origins=origins, step=step, as_of=as_of).assign(as_of=as_of)
        return scores.assign(**dict.fromkeys(set(FORECAST_SCORES.column_names) - set(scores.columns)))

    return map_buckets(demand.select("sku", "date", "quantity"), fit, FORECAST_SCORES, buckets=buckets)


def rows_of(both: DataFrame, table: Table) -> DataFrame:
    """The rows and columns of one of the two tables."""
    return both.where(f.col(TABLE) == table.name).select(table.column_names)


def _both_schemas() -> StructType:
    """All columns of both tables, each nullable: a row of one has none of the other's."""
    fields = {field.name: field for table in (FORECASTS, FORECAST_SCORES) for field in spark_schema(table).fields}
    nullable = [StructField(field.name, field.dataType, True) for field in fields.values()]
    return StructType([*nullable, StructField(TABLE, StringType(), True)])
