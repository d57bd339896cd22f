"""A small, complete warehouse: every kept table with plausible, consistent, seeded rows, written without Spark.

Twelve products sell over a hundred days. The last product's description is hostile, as untrusted text may be.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

from supplyline.tables import table
from supplyline.tables.arrow import arrow_schema
from supplyline.tables.warehouse import Warehouse
from tests.support import planning_rows, shop_rows
from tests.support.shop_rows import Row

ZERO: Mapping[str, Any] = {"string": "", "long": 0, "integer": 0, "double": 0.0, "boolean": False}


def build_warehouse(root: str | Path, *, tables: Collection[str] | None = None) -> Path:
    """Write the tables (all kept ones, or those named) below `root`, which is returned."""
    for name, rows in warehouse_rows().items():
        if tables is None or name in tables:
            write_rows(root, name, rows)
    return Path(root)


def write_rows(root: str | Path, name: str, rows: Iterable[Mapping[str, Any]], *, mode: str = "overwrite") -> None:
    """Write rows as one commit of a table; columns that a row lacks are empty, or zero where they are required."""
    schema = arrow_schema(table(name))
    defaults = {column.name: ZERO.get(column.type) if column.required else None for column in table(name).columns}
    frame = pa.Table.from_pylist(
        [defaults | {key: row[key] for key in schema.names if key in row} for row in rows], schema=schema
    )
    path = Warehouse(str(root)).path(table(name))
    Path(path).mkdir(parents=True, exist_ok=True)
    write_deltalake(path, frame, mode=mode)  # type: ignore[call-overload]


def warehouse_rows() -> dict[str, list[Row]]:
    """Table → rows, the same ones at every call."""
    chance = random.Random(20111209)
    lines = shop_rows.order_lines(chance)
    sales = shop_rows.sales_daily(lines)
    movements, inventory = shop_rows.stock(sales)
    policy = planning_rows.reorder_policy(sales, inventory)
    alert_events = planning_rows.alert_events(inventory, policy)
    events = planning_rows.behaviour_events(lines, chance)
    return {
        "products": shop_rows.products(sales),
        "customers": shop_rows.customers(lines),
        "order_lines": lines,
        "stock_movements": movements,
        "behaviour_events": events,
        "quarantine": shop_rows.quarantine(),
        "ingest_log": shop_rows.ingest_log(lines),
        "sales_daily": sales,
        "inventory_daily": inventory,
        "behaviour_daily": planning_rows.behaviour_daily(events),
        "sessions": planning_rows.sessions(events),
        "demand_daily": planning_rows.demand_daily(sales, inventory),
        "forecasts": planning_rows.forecasts(sales),
        "forecast_scores": planning_rows.forecast_scores(chance),
        "reorder_policy": policy,
        "window_metrics": planning_rows.window_metrics(sales, inventory),
        "alert_events": alert_events,
        "alerts": planning_rows.alerts(alert_events),
        "late_events": [],
        "rejected_events": [{"rejected_event_id": "r1", "reason": "no JSON object", "raw": "{"}],
        "suppliers": [
            {"supplier": "S1", "city": "Leeds", "postal_code": None, "region": "Yorkshire", "source": "test"}
        ],
    }
