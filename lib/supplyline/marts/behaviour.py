"""Sessions and the daily funnel of each product, from the clickstream."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as f

from supplyline.behaviour.sessions import GAP

GAP_MICROS = int(GAP.total_seconds() * 1_000_000)
# Ids of visitors are unique within a source only.
VISITOR = ("source", "visitor_id")
FUNNEL = {"views": "view", "carts": "cart", "purchases": "purchase"}
# All that the tables of this module read of an event.
COLUMNS = (*VISITOR, "event_id", "event_time", "event_date", "customer_id", "event_type", "sku", "origin")


def with_sessions(events: DataFrame) -> DataFrame:
    """Events, without their ids, with `session` (numbered within the visitor) and the `dwell` of views (microseconds).

    The definition is supplyline.behaviour.sessions.
    """
    in_time = Window.partitionBy(*VISITOR).orderBy("event_time", "event_id")
    at = f.unix_micros("event_time")
    before, after = at - f.lag(at).over(in_time), f.lead(at).over(in_time) - at
    timed = events.select(*COLUMNS, before.alias("before"), after.alias("after"))
    is_first = f.when(f.col("before") <= GAP_MICROS, 0).otherwise(1)
    dwells = (f.col("event_type") == "view") & (f.col("after") <= GAP_MICROS)
    return timed.select(
        *(name for name in COLUMNS if name != "event_id"),
        f.sum(is_first).over(in_time).alias("session"),
        f.when(dwells, f.col("after")).otherwise(0).alias("dwell"),
    )


def sessions(events_in_sessions: DataFrame) -> DataFrame:
    """Table `sessions` of the events that `with_sessions` made."""
    visits = events_in_sessions.groupBy(*VISITOR, "session").agg(
        f.max("customer_id").alias("customer_id"),
        f.min("event_time").alias("started_at"),
        f.max("event_time").alias("ended_at"),
        f.min("event_date").alias("date"),
        f.count("*").alias("events"),
        *_funnel(),
        # Origins sort so that simulated is the larger: it wins.
        f.max("origin").alias("origin"),
    )
    start, end = f.unix_micros("started_at"), f.unix_micros("ended_at")
    return visits.select(
        f.concat_ws("/", *VISITOR, start.cast("string")).alias("session_id"),
        "visitor_id",
        "customer_id",
        "started_at",
        "ended_at",
        "date",
        "events",
        "views",
        "carts",
        "purchases",
        ((end - start) / 1_000_000).alias("dwell_seconds"),
        ((f.col("carts") > 0) & (f.col("purchases") == 0)).alias("abandoned_cart"),
        "origin",
    )


def behaviour_daily(events_in_sessions: DataFrame) -> DataFrame:
    """Table `behaviour_daily` of the events that `with_sessions` made."""
    product = ("sku", f.col("event_date").alias("date"), "origin")
    # By visitor first: rows of a visitor already lie together, so that counting visitors costs no shuffle of its own.
    by_visitor = events_in_sessions.groupBy(*VISITOR, *product).agg(*_funnel(), f.sum("dwell").alias("dwell"))
    totals = [f.sum(name).alias(name) for name in FUNNEL]
    return by_visitor.groupBy("sku", "date", "origin").agg(
        *totals, f.count("*").alias("visitors"), (f.sum("dwell") / 1_000_000).alias("dwell_seconds")
    )


def best_sellers(lines: DataFrame, size: int) -> DataFrame:
    """The `size` products on most sale lines: sku, mean unit_price, weight (lines)."""
    price = f.avg(f.col("unit_price").cast("decimal(18,4)")).cast("double")
    products = lines.groupBy("sku").agg(price.alias("unit_price"), f.count("*").alias("weight"))
    return products.orderBy(f.desc("weight"), "sku").limit(size)


def _funnel() -> list[Column]:
    return [f.count_if(f.col("event_type") == kind).alias(name) for name, kind in FUNNEL.items()]
