"""Rolling-origin scores of every candidate model: demand_daily, products, forecasts → forecast_scores."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import functions as f

from supplyline.config import job_parser, settings_from
from supplyline.errors import exit_cleanly
from supplyline.forecasting.shop_plan import plan_of
from supplyline.logs import get_logger
from supplyline.marts.forecast_scores import last_year, with_groups
from supplyline.spark.days import last_day
from supplyline.spark.forecasts import checked_day, known_demand, score_each_sku
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import DEMAND_DAILY, FORECAST_SCORES, FORECASTS, PRODUCTS

log = get_logger(job="score_forecasts")


def main(argv: Sequence[str] | None = None) -> None:
    args = job_parser(__doc__).parse_args(argv)
    settings = settings_from(args)
    with spark_session("score_forecasts", settings) as spark:
        demand = read_table(spark, DEMAND_DAILY)
        as_of = checked_day(args.as_of, last_day(demand, "date"))
        known = known_demand(demand, as_of)
        asked = settings.forecasting
        scores = score_each_sku(
            known,
            plan_of(asked),
            as_of=as_of,
            origins=asked.evaluation_origins,
            step=asked.evaluation_step,
            buckets=asked.buckets,
        )
        made = read_table(spark, FORECASTS).where(f.col("as_of") == f.lit(as_of))
        grouped = with_groups(scores, last_year(known, as_of), read_table(spark, PRODUCTS), made)
        rows = write_table(grouped, FORECAST_SCORES, replace={"as_of": as_of, "purpose": "evaluation"})
        log.info("scored", rows=rows, as_of=str(as_of), origins=asked.evaluation_origins)


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
