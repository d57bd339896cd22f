"""Landed files for the publisher's tests: what a monitor would have written."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from supplyline.config import Settings
from supplyline.query import connect
from supplyline.tables import all_tables
from supplyline.tables.landing import landing_folder

START = dt.datetime(2011, 11, 12, tzinfo=dt.UTC)
Row = Mapping[str, object]


def sql_time(hour: float) -> str:
    """`hour` hours after the start, as Flink's JSON format writes it."""
    return (START + dt.timedelta(hours=hour)).strftime("%Y-%m-%d %H:%M:%S")


def window(sku: str, hour: int, **more: object) -> Row:
    return {
        "window_id": f"main:{sku}:{hour}",
        "warehouse": "main",
        "sku": sku,
        "window_start": sql_time(hour),
        "window_end": sql_time(hour + 1),
        "events": 3,
        "units_sold": hour,
        "orders": 2,
        "revenue": 2.55 * hour,
        "lowest_stock": 10 - hour,
        "last_stock": 12 - hour,
    } | more


def signal(sku: str, kind: str, hour: float, severity: str = "warning", **more: object) -> Row:
    return {
        "signal_id": f"stock_out:main:{sku}:{hour}:{kind}",
        "rule": "stock_out",
        "severity": severity,
        "warehouse": "main",
        "sku": sku,
        "signal": kind,
        "event_time": sql_time(hour),
        "value": 1.5,
        "threshold": None,
        "description": f"{sku} {kind}",
        "actor": None,
        "until": None,
    } | more


def late(sku: str, hour: int) -> Row:
    key = f"late:{sku}:{hour}"
    return {"late_event_id": key, "event_time": sql_time(hour), "warehouse": "main", "sku": sku, "raw": '{"é": 1}'}


def rejected(key: str) -> Row:
    return {"rejected_event_id": key, "reason": "is no JSON object", "raw": None}


def land(settings: Settings, stream: str, rows: Iterable[Row | str], name: str = "part-0-0") -> Path:
    """Write one finished file; a text stands for itself as a line."""
    path = landing_folder(settings) / stream / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8"
    )
    return path


def land_all(settings: Settings, hours: range, skus: Iterable[str] = ("85123A", "22423"), suffix: str = "") -> None:
    """A file in every stream: windows of each hour, alerts that open, worsen and clear, and a torn line."""
    windows: list[Row | str] = [window(sku, hour) for hour in hours for sku in skus]
    kinds = [("breach", "warning"), ("breach", "critical"), ("clear", "critical")]
    signals = [signal(sku, kinds[hour % 3][0], hour, kinds[hour % 3][1]) for hour in hours for sku in skus]
    name = f"part-{hours.start}{suffix}-0"
    land(settings, "window_metrics", [*windows, f'{{"window_id": "torn {hours.start}'], name)
    land(settings, "signals", signals, name)
    land(settings, "late_events", [late(sku, hours.start) for sku in skus], name)
    land(settings, "rejected_events", [rejected(f"{hours.start}")], name)


def live_tables(settings: Settings) -> dict[str, list[Row]]:
    """Contents of every live table, sorted by key."""
    names = [table for table in all_tables().values() if table.layer == "live"]
    with connect(settings) as connection:
        return {
            table.name: connection.sql(f"SELECT * FROM {table.name} ORDER BY {', '.join(table.keys)}")
            .to_arrow_table()
            .to_pylist()
            for table in names
        }


def landed_files(settings: Settings) -> list[str]:
    """Names of the finished files that still wait."""
    return sorted(path.name for path in landing_folder(settings).glob("*/part-*"))
