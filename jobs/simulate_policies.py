"""Stock policies replayed on the demand that came: demand_daily, products → policy_simulation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from supplyline.config import Settings, job_parser, settings_from
from supplyline.errors import InventoryError, exit_cleanly
from supplyline.inventory.comparison import compared
from supplyline.inventory.shop_replay import ACTIVE_DAYS, measured_days, replay_period, replay_shop
from supplyline.logs import get_logger
from supplyline.spark.days import last_day
from supplyline.spark.groups import map_buckets
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import DEMAND_DAILY, POLICY_SIMULATION, PRODUCTS

log = get_logger(job="simulate_policies")


def main(argv: Sequence[str] | None = None) -> None:
    args = job_parser(__doc__).parse_args(argv)
    settings = settings_from(args)
    with spark_session("simulate_policies", settings) as spark:
        demand = read_table(spark, DEMAND_DAILY, until=args.as_of)
        as_of = args.as_of or last_day(demand, "date")
        drawn = drawn_skus(demand, settings, as_of)
        prices = read_table(spark, PRODUCTS).select("sku", "unit_price")
        rows = demand.join(f.broadcast(drawn.join(prices, "sku", "left")), "sku")
        results = simulate_each_sku(rows, settings, as_of).persist()
        write_table(results, POLICY_SIMULATION, replace={"as_of": as_of})
        report(results.toPandas())
        results.unpersist()


def drawn_skus(demand: DataFrame, settings: Settings, as_of: dt.date) -> DataFrame:
    """The products to replay: by a hash of their number, of those that sold in the half year before."""
    start = replay_period(settings, as_of).start
    since = start - dt.timedelta(days=ACTIVE_DAYS)
    before = demand.where((f.col("date") <= f.lit(start)) & (f.col("date") > f.lit(since)) & (f.col("quantity") > 0))
    drawn = before.select("sku").distinct().orderBy(f.md5("sku"), "sku").limit(settings.inventory.replay_skus)
    if drawn.isEmpty():
        fix = "build demand_daily over more days, or set inventory.replay_weeks lower"
        raise InventoryError(f"no product sold in the half year before {start}", where="demand_daily", fix=fix)
    return drawn


def simulate_each_sku(rows: DataFrame, settings: Settings, as_of: dt.date) -> DataFrame:
    """Rows of the table policy_simulation, one grouped call a bucket of SKUs."""

    def simulate(bucket: pd.DataFrame) -> pd.DataFrame:
        prices = bucket.groupby("sku")["unit_price"].first()
        found = replay_shop(bucket[["sku", "date", "quantity"]], prices, settings, as_of)
        found = found.reindex(columns=POLICY_SIMULATION.column_names).assign(as_of=as_of)
        return found.astype(object).where(found.notna(), None)

    columns = rows.select("sku", "date", "quantity", "unit_price")
    return map_buckets(columns, simulate, POLICY_SIMULATION, buckets=settings.forecasting.buckets)


def report(rows: pd.DataFrame) -> None:
    """What each policy comes to."""
    log.info("replayed", **rows["status"].value_counts().to_dict())
    for _, row in compared(rows, measured_days(rows)).iterrows():
        figures = {name: round(float(row[name]), 3) for name in ("fill_rate", "short_days", "stock_value", "turnover")}
        log.info("policy", policy=row["policy"], **figures, total_cost=round(float(row["total_cost"]), 2))


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
