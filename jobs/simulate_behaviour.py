"""A clickstream where the source has none: the last months of order_lines → simulated behaviour_events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial

from pyspark.sql import functions as f

from supplyline.config import job_parser, settings_from
from supplyline.errors import exit_cleanly
from supplyline.logs import get_logger
from supplyline.marts.behaviour import best_sellers
from supplyline.spark.days import last_day
from supplyline.spark.groups import map_buckets
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, write_table
from supplyline.synthetic import SOURCE
from supplyline.synthetic.behaviour import LINE_COLUMNS, simulate_clickstream
from supplyline.tables import BEHAVIOUR_EVENTS, ORDER_LINES

log = get_logger(job="simulate_behaviour")


def main(argv: Sequence[str] | None = None) -> None:
    args = job_parser(__doc__).parse_args(argv)
    settings = settings_from(args)
    with spark_session("simulate_behaviour", settings) as spark:
        lines = read_table(spark, ORDER_LINES).where("line_type = 'sale'")
        until = args.as_of or last_day(lines, "order_date")
        since = until - dt.timedelta(days=settings.synthetic.behaviour_days)
        recent = lines.where((lines.order_date > f.lit(since)) & (lines.order_date <= f.lit(until)))
        simulate = partial(
            simulate_clickstream,
            catalogue=best_sellers(recent, settings.synthetic.catalogue_size).toPandas(),
            settings=settings.synthetic,
            timezone=settings.shop.timezone,
        )
        owned = recent.withColumn("owner", f.coalesce("customer_id", "order_id")).select(*LINE_COLUMNS)
        events = map_buckets(owned, simulate, BEHAVIOUR_EVENTS, key="owner", buckets=settings.synthetic.buckets)
        rows = write_table(events, BEHAVIOUR_EVENTS, replace={"source": SOURCE})
        log.info("simulated", table="behaviour_events", rows=rows, since=str(since), until=str(until))


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
