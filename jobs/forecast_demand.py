"""Demand forecasts for every SKU: demand_daily, what is planned and what it does → forecasts, forecast_scores."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame

from supplyline.config import job_parser, settings_from
from supplyline.errors import exit_cleanly
from supplyline.forecasting.holidays import holidays
from supplyline.forecasting.shop_plan import plan_of
from supplyline.logs import get_logger
from supplyline.spark.days import last_day
from supplyline.spark.forecasts import (
    checked_day,
    forecast_each_sku,
    known_demand,
    rows_of,
    with_category,
)
from supplyline.spark.planned import planned_drivers
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, table_exists, write_table
from supplyline.tables import DEMAND_DAILY, FORECAST_SCORES, FORECASTS, PRODUCTS

STATUSES = ("ok", "not_converged", "fallback", "failed")
log = get_logger(job="forecast_demand")


def main(argv: Sequence[str] | None = None) -> None:
    args = job_parser(__doc__).parse_args(argv)
    settings = settings_from(args)
    with spark_session("forecast_demand", settings) as spark:
        demand = read_table(spark, DEMAND_DAILY)
        as_of = checked_day(args.as_of, last_day(demand, "date"))
        known = known_demand(demand, as_of)
        if table_exists(spark, PRODUCTS):
            known = with_category(known, read_table(spark, PRODUCTS))
        plan = plan_of(settings.forecasting)
        calendar = holidays(settings.shop.holidays) if settings.forecasting.holiday_effects else {}
        planned = planned_drivers(spark, as_of, plan.horizon, calendar)
        buckets = settings.forecasting.buckets
        both = forecast_each_sku(known, plan, as_of=as_of, buckets=buckets, planned=planned).persist()
        for table, own in ((FORECASTS, {}), (FORECAST_SCORES, {"purpose": "choice"})):
            rows = write_table(rows_of(both, table), table, replace={"as_of": as_of, **own})
            log.info("forecast", table=table.name, rows=rows, as_of=str(as_of))
        report(rows_of(both, FORECASTS))
        both.unpersist()


def report(forecasts: DataFrame) -> None:
    """Count SKUs by status, and name the first that failed with their reasons."""
    per_sku = forecasts.where("horizon = 1")
    counts = {row["status"]: row["count"] for row in per_sku.groupBy("status").count().collect()}
    log.info("skus by status", **{status: counts.get(status, 0) for status in STATUSES})
    changed = forecasts.where("planned_factor IS NOT NULL").count()
    if changed:
        log.info("planned prices, promotions and holidays applied", days=changed)
    for row in per_sku.where("status <> 'ok'").orderBy("sku").limit(10).collect():
        log.warning("sku", sku=row["sku"], status=row["status"], error=row["error"])


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
