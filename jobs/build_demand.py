"""Demand history without gaps: sales_daily, inventory_daily → demand_daily."""

from __future__ import annotations

from collections.abc import Sequence

from supplyline.config import job_parser, settings_from
from supplyline.errors import exit_cleanly
from supplyline.logs import get_logger
from supplyline.marts.demand import demand_daily
from supplyline.spark.days import last_day
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import DEMAND_DAILY, INVENTORY_DAILY, SALES_DAILY

log = get_logger(job="build_demand")


def main(argv: Sequence[str] | None = None) -> None:
    args = job_parser(__doc__).parse_args(argv)
    settings = settings_from(args)
    with spark_session("build_demand", settings) as spark:
        sales, inventory = read_table(spark, SALES_DAILY), read_table(spark, INVENTORY_DAILY)
        demand = demand_daily(sales, inventory, args.as_of or last_day(sales, "date"))
        log.info("built", table="demand_daily", rows=write_table(demand, DEMAND_DAILY))


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
