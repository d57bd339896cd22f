"""Purchases where the source has no receipts: observed stock_movements → simulated purchase_orders, stock_movements."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from supplyline.config import job_parser, settings_from
from supplyline.errors import exit_cleanly
from supplyline.logs import get_logger
from supplyline.marts.purchase_orders import receipts
from supplyline.spark.days import last_day
from supplyline.spark.groups import map_buckets
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, write_tables
from supplyline.synthetic import SOURCE
from supplyline.synthetic.stock import COLUMNS, simulate_orders
from supplyline.tables import PURCHASE_ORDERS, STOCK_MOVEMENTS

log = get_logger(job="simulate_stock")


def main(argv: Sequence[str] | None = None) -> None:
    args = job_parser(__doc__).parse_args(argv)
    settings = settings_from(args)
    with spark_session("simulate_stock", settings) as spark:
        movements = read_table(spark, STOCK_MOVEMENTS)
        until = args.as_of or last_day(movements, "movement_date")
        observed = movements.where(movements.origin == "observed").select(*COLUMNS)
        simulate = partial(simulate_orders, settings=settings.synthetic, until=until)
        orders = map_buckets(observed, simulate, PURCHASE_ORDERS, buckets=settings.synthetic.buckets).persist()
        frames = {PURCHASE_ORDERS: orders, STOCK_MOVEMENTS: receipts(orders, settings.shop.timezone)}
        for table, rows in write_tables(frames, replace={"source": SOURCE}).items():
            log.info("simulated", table=table.name, rows=rows, until=str(until))
        orders.unpersist()


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
