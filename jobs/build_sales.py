"""Sales of each product and day: order_lines → sales_daily."""

from __future__ import annotations

from collections.abc import Sequence

from supplyline.config import job_parser, settings_from
from supplyline.errors import exit_cleanly
from supplyline.logs import get_logger
from supplyline.marts.sales import sales_daily
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import ORDER_LINES, SALES_DAILY

log = get_logger(job="build_sales")


def main(argv: Sequence[str] | None = None) -> None:
    args = job_parser(__doc__, as_of=False).parse_args(argv)
    settings = settings_from(args)
    with spark_session("build_sales", settings) as spark:
        sales = sales_daily(read_table(spark, ORDER_LINES))
        log.info("built", table="sales_daily", rows=write_table(sales, SALES_DAILY))


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
