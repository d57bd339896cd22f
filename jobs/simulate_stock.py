"""Receipts where the source has none: observed stock_movements → simulated stock_movements."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from supplyline.config import job_parser, settings_from
from supplyline.errors import exit_cleanly
from supplyline.logs import get_logger
from supplyline.spark.days import last_day
from supplyline.spark.groups import map_buckets
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, write_table
from supplyline.synthetic import SOURCE
from supplyline.synthetic.stock import COLUMNS, simulate_receipts
from supplyline.tables import STOCK_MOVEMENTS

log = get_logger(job="simulate_stock")


def main(argv: Sequence[str] | None = None) -> None:
    args = job_parser(__doc__).parse_args(argv)
    settings = settings_from(args)
    with spark_session("simulate_stock", settings) as spark:
        movements = read_table(spark, STOCK_MOVEMENTS)
        until = args.as_of or last_day(movements, "movement_date")
        observed = movements.where(movements.origin == "observed").select(*COLUMNS)
        simulate = partial(simulate_receipts, settings=settings.synthetic, timezone=settings.shop.timezone, until=until)
        receipts = map_buckets(observed, simulate, STOCK_MOVEMENTS, buckets=settings.synthetic.buckets)
        rows = write_table(receipts, STOCK_MOVEMENTS, replace={"source": SOURCE})
        log.info("simulated", table="stock_movements", rows=rows, until=str(until))


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
