"""Sales of each product and business day, with and without what was cancelled at once."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as f

CANCELLED_WITHIN = "INTERVAL 24 HOURS"
# A line of sales and its return have these in common.
PAIR = ("customer_id", "sku", "pieces")


def sales_daily(order_lines: DataFrame) -> DataFrame:
    """Table `sales_daily` of the sale and return lines in `order_lines`."""
    lines = order_lines.where(f.col("line_type").isin("sale", "return"))
    daily = lines.groupBy("sku", f.col("order_date").alias("date")).agg(
        _sum_of_sales("quantity").alias("units_sold"),
        f.sum(f.when(_is_return(), -f.col("quantity")).otherwise(0)).alias("units_returned"),
        f.size(f.collect_set(f.when(_is_sale(), f.col("order_id")))).cast("long").alias("orders"),
        f.size(f.collect_set(f.when(_is_sale(), f.col("customer_id")))).cast("long").alias("customers"),
        # Decimals add up to the same in any order of rows, doubles do not.
        _sum_of_sales(f.col("amount").cast("decimal(18,4)")).cast("double").alias("revenue"),
    )
    cancelled = cancelled_sales(lines).groupBy("sku", f.col("order_date").alias("date"))
    with_cancelled = daily.join(cancelled.agg(f.sum("quantity").alias("cancelled")), ["sku", "date"], "left")
    return with_cancelled.select(
        *daily.columns,
        f.expr("revenue / nullif(units_sold, 0)").alias("average_price"),
        (f.col("units_sold") - f.coalesce(f.col("cancelled"), f.lit(0))).alias("net_demand"),
    )


def cancelled_sales(lines: DataFrame) -> DataFrame:
    """The sale lines that their customer cancelled in full within 24 hours.

    A return line cancels the nearest earlier sale of the same known customer, sku and quantity that no earlier return
    has cancelled, if it comes after the sale and at most 24 hours after it. Seen along time these are brackets: a
    sale opens one, a return closes the one opened last. So the partner of a sale is the next line at its depth.
    """
    lines = lines.withColumn("pieces", f.abs("quantity"))
    # Few lines have a return to match: only these are sorted.
    returned = lines.where(_is_return() & f.col("customer_id").isNotNull()).select(*PAIR).distinct()
    candidates = _with_depth(lines.join(returned, [*PAIR], "left_semi"))
    level = Window.partitionBy(*PAIR, "depth").orderBy(*_in_time())
    partner = candidates.withColumn("returned_at", f.lead(f.when(_is_return(), f.col("order_time"))).over(level))
    soon = f.col("returned_at") <= f.col("order_time") + f.expr(CANCELLED_WITHIN)
    return partner.where(_is_sale() & soon).select(lines.columns)


def _with_depth(lines: DataFrame) -> DataFrame:
    """Open sales around each line, itself included, without the returns that have nothing to close."""
    so_far = Window.partitionBy(*PAIR).orderBy(*_in_time())
    before = so_far.rowsBetween(Window.unboundedPreceding, -1)
    step = f.when(_is_sale(), 1).otherwise(-1)
    running = lines.withColumn("running", f.sum(step).over(so_far.rowsBetween(Window.unboundedPreceding, 0)))
    floor = f.least(f.coalesce(f.min("running").over(before), f.lit(0)), f.lit(0))
    depth = f.col("running") - floor + f.when(_is_return(), 1).otherwise(0)
    return running.withColumn("depth", depth).where(f.col("depth") > 0)


def _in_time() -> tuple[Column, ...]:
    # A return booked in the same minute as a sale came for an earlier one, so it goes first.
    return f.col("order_time"), _is_sale(), f.col("order_line_id")


def _is_sale() -> Column:
    return f.col("line_type") == "sale"


def _is_return() -> Column:
    return f.col("line_type") == "return"


def _sum_of_sales(value: str | Column) -> Column:
    column = f.col(value) if isinstance(value, str) else value
    return f.sum(f.when(_is_sale(), column).otherwise(0))
