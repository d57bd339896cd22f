"""Events → tumbling windows of a product in a warehouse. The same numbers in any order of arrival."""

from __future__ import annotations

import datetime as dt

from supplyline.alerts.rules import paid_sql, window_id_sql
from supplyline.flink.text import interval

# Between time, id and stock: below every character that an id can hold, so that texts sort as (time, id) does.
SEPARATOR = "CHR(1)"


def windows_sql(events: str, window: dt.timedelta) -> str:
    """Rows of `window_metrics` with the time attribute `row_time`, the last millisecond of the window."""
    tumble = f"TABLE(TUMBLE(TABLE {events}, DESCRIPTOR(`row_time`), {interval(window)}))"
    sold = "CASE WHEN `movement_type` = 'sale' THEN -`quantity` ELSE 0 END"
    totals = (
        "SELECT `warehouse`, `sku`, `window_start`, `window_end`, `window_time` AS `row_time`, COUNT(*) AS `events`, "
        f"SUM({sold}) AS `units_sold`, "
        "COUNT(DISTINCT CASE WHEN `movement_type` = 'sale' THEN `order_id` END) AS `orders`, "
        f"SUM({paid_sql()}) AS `paid`, MIN(`stock_after`) AS `lowest_stock`, MAX({_stamped()}) AS `last` "
        f"FROM {tumble} GROUP BY `warehouse`, `sku`, `window_start`, `window_end`, `window_time`"
    )
    return (
        f"SELECT {window_id_sql()} AS `window_id`, `warehouse`, `sku`, `window_start`, `window_end`, `events`, "
        "`units_sold`, `orders`, `paid` / 1.0E4 AS `revenue`, `lowest_stock`, "
        f"CAST(SPLIT_INDEX(`last`, {SEPARATOR}, 2) AS BIGINT) AS `last_stock`, `row_time` FROM ({totals})"
    )


def _stamped() -> str:
    """Time, id and stock of an event as a text: its maximum is the last event, LAST_VALUE the last to come.

    The time as milliseconds, all of 14 digits: to spell a date costs ten times as much.
    """
    time = "EXTRACT(EPOCH FROM `row_time`) * 1000 + EXTRACT(MILLISECOND FROM `row_time`) + 10000000000000"
    parts = (f"CAST({time} AS STRING)", "`event_id`", "CAST(`stock_after` AS STRING)")
    return "CONCAT(" + f", {SEPARATOR}, ".join(parts) + ")"
