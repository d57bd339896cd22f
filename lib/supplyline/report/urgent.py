"""The most urgent rows, for the report and the terminal alike."""

from __future__ import annotations

import datetime as dt
from typing import Any

from supplyline.query import Connection

REORDER_LINES = """
SELECT sku, description, warehouse, on_hand, reorder_point, days_of_cover, daily_demand, order_quantity,
       policy.unit_price, order_value
FROM reorder_policy AS policy LEFT JOIN products USING (sku)
WHERE as_of = $as_of AND order_quantity > 0
ORDER BY order_value DESC NULLS LAST, sku, warehouse LIMIT $most
"""
# Critical before warning before info; within one severity those that take most money out of the till come first.
OPEN_ALERTS = """
SELECT alerts.*, products.description AS product, daily_demand * policy.unit_price AS revenue_a_day
FROM alerts LEFT JOIN products USING (sku)
LEFT JOIN reorder_policy AS policy
  ON policy.sku = alerts.sku AND policy.warehouse = alerts.warehouse AND policy.as_of = $as_of
WHERE state <> 'resolved'
ORDER BY list_position(['critical', 'warning', 'info'], severity), revenue_a_day DESC NULLS LAST, opened_at, fingerprint
LIMIT $most
"""

NEXT_ORDERS = """
SELECT order_date, supplier, count(*) AS lines, sum(quantity) AS pieces, min(arrival_date) AS arrives, sum(cost) AS cost
FROM purchase_plan WHERE as_of = $as_of AND status = 'ok'
GROUP BY order_date, supplier ORDER BY order_date, cost DESC NULLS LAST, supplier LIMIT $most
"""


def reorder_lines(connection: Connection, as_of: dt.date, most: int) -> list[dict[str, Any]]:
    """Up to `most` lines of the order proposed at `as_of`, largest value first."""
    return connection.rows(REORDER_LINES, {"as_of": as_of, "most": most})


def open_alerts(connection: Connection, as_of: dt.date, most: int) -> list[dict[str, Any]]:
    """Up to `most` alerts that are not resolved, the most urgent first; `revenue_a_day` is what the product earns."""
    return connection.rows(OPEN_ALERTS, {"as_of": as_of, "most": most})


def next_orders(connection: Connection, as_of: dt.date, most: int) -> list[dict[str, Any]]:
    """Up to `most` orders of the purchase plan made at `as_of`, one a day and supplier, the earliest first."""
    return connection.rows(NEXT_ORDERS, {"as_of": as_of, "most": most})
