"""Stock of each product and day: stock_movements → inventory_daily."""

from __future__ import annotations

from collections.abc import Sequence

from supplyline.config import job_parser, settings_from
from supplyline.errors import exit_cleanly
from supplyline.logs import get_logger
from supplyline.marts.inventory import inventory_daily
from supplyline.spark.days import last_day
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import INVENTORY_DAILY, STOCK_MOVEMENTS

log = get_logger(job="build_inventory")


def main(argv: Sequence[str] | None = None) -> None:
    args = job_parser(__doc__).parse_args(argv)
    settings = settings_from(args)
    with spark_session("build_inventory", settings) as spark:
        movements = read_table(spark, STOCK_MOVEMENTS)
        inventory = inventory_daily(movements, args.as_of or last_day(movements, "movement_date"))
        log.info("built", table="inventory_daily", rows=write_table(inventory, INVENTORY_DAILY))


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
