"""Dated orders within terms and limits: forecasts, reorder_policy, purchase_orders → purchase_plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from supplyline.config import InventorySettings, job_parser, settings_from
from supplyline.errors import InventoryError, exit_cleanly
from supplyline.inventory.purchase_plan import Effort, ShopCosts, plan_shop, purchase_terms
from supplyline.logs import get_logger
from supplyline.spark.days import last_day
from supplyline.spark.open_orders import orders_at
from supplyline.spark.schema import spark_schema
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import FORECASTS, PRODUCTS, PURCHASE_PLAN, REORDER_POLICY, Table

log = get_logger(job="plan_purchases")


def main(argv: Sequence[str] | None = None) -> None:
    args = job_parser(__doc__).parse_args(argv)
    settings = settings_from(args)
    terms = purchase_terms()
    with spark_session("plan_purchases", settings) as spark:
        as_of = args.as_of or last_day(read_table(spark, REORDER_POLICY), "as_of")
        policy = made_for(spark, REORDER_POLICY, as_of, "plan_inventory")
        forecasts = made_for(spark, FORECASTS, as_of, "forecast_demand")
        products = read_table(spark, PRODUCTS).select("sku", "supplier").toPandas()
        coming = orders_at(spark, as_of)
        rows, plan = plan_shop(
            forecasts, policy, products, terms, plan_costs(settings.inventory), as_of=as_of,
            open_orders=None if coming is None else coming.toPandas(),
            effort=Effort(settings.inventory.plan_gap, settings.inventory.plan_time_limit),
        )  # fmt: skip
        table = spark.createDataFrame(rows.astype(object).where(rows.notna(), None), spark_schema(PURCHASE_PLAN))
        write_table(table, PURCHASE_PLAN, replace={"as_of": as_of})
        log.info("planned", as_of=str(as_of), lines=len(plan.lines), failed=len(plan.failed), status=plan.status)
        log.info("to buy", goods=round(float(plan.lines["cost"].sum()), 2), cost=round(plan.cost, 2))


def made_for(spark: SparkSession, table: Table, as_of: dt.date, job: str) -> pd.DataFrame:
    """The table's rows of the day."""
    rows = read_table(spark, table).where(f.col("as_of") == f.lit(as_of)).toPandas()
    if rows.empty:
        raise InventoryError(f"nothing of {as_of}", where=table.name, fix=f"run {job} --as-of {as_of}")
    return rows


def plan_costs(settings: InventorySettings) -> ShopCosts:
    """What goods and shortages cost in a plan, as the settings have it."""
    return ShopCosts(
        periods=settings.plan_periods,
        period_days=settings.plan_period_days,
        unit_cost_share=settings.unit_cost_share,
        holding_rate=settings.holding_rate,
        shortage_cost_share=settings.shortage_cost_share,
        line_cost=settings.ordering_cost,
    )


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
