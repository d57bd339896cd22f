"""What a shop's products say of young ones, from a sample of them, so that buckets forecast by the same."""

from __future__ import annotations

import datetime as dt

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from supplyline.forecasting.history import read_history
from supplyline.forecasting.panel import CATEGORY, Pools
from supplyline.forecasting.plan import Plan
from supplyline.forecasting.pools import pooled

SAMPLE = 1000


def shop_pools(demand: DataFrame, plan: Plan, as_of: dt.date) -> Pools | None:
    """Pools of the thousand SKUs first by the hash of their names; None where too few of them are grown.

    Days without demand are left out of the rows that come here: they are no rows to `read_history` either.
    """
    sold = demand.where((f.col("quantity") > 0) & (f.col("date") > as_of - dt.timedelta(days=plan.max_days)))
    place = f.xxhash64("sku")
    chosen = demand.select("sku").distinct().orderBy(place, "sku").limit(SAMPLE)
    columns = ["sku", "date", "quantity", *([CATEGORY] if CATEGORY in demand.columns else [])]
    rows = sold.join(f.broadcast(chosen), "sku").select(columns).toPandas()
    panel, _ = read_history(
        rows, as_of=as_of, season_length=plan.season_length, max_days=plan.max_days, calendar=plan.calendar
    )
    return pooled(panel).pools
