"""The inventory monitor as one statement set: records → window_metrics, signals, late_events, rejected_events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pyflink.table import StatementSet, TableEnvironment

from supplyline.alerts.rules import Rule
from supplyline.config import MonitorSettings
from supplyline.flink.events import checked_sql, late_sql, on_time_sql, read_sql, records_ddl, rejected_sql
from supplyline.flink.signals import judged_sql, signals_sql
from supplyline.flink.sinks import STREAMS, sink_ddl
from supplyline.flink.sources import Files, Source, thresholds_ddl
from supplyline.flink.windows import windows_sql
from supplyline.tables import INVENTORY_EVENTS, WINDOW_METRICS, table


def inventory_statements(
    flink: TableEnvironment,
    source: Source,
    thresholds: Files,
    rules: Sequence[Rule],
    landing: Path,
    monitor: MonitorSettings,
) -> StatementSet:
    """Register sources and sinks and return the inserts of one job, which reads the source once."""
    flink.execute_sql(records_ddl(source, INVENTORY_EVENTS, monitor))
    flink.execute_sql(thresholds_ddl(thresholds, monitor))
    for stream in STREAMS:
        flink.execute_sql(sink_ddl(table(stream), landing))
    flink.create_temporary_view("read_records", flink.sql_query(read_sql(INVENTORY_EVENTS)))
    flink.create_temporary_view("checked_records", flink.sql_query(checked_sql(INVENTORY_EVENTS, monitor)))
    flink.create_temporary_view("events", flink.sql_query(on_time_sql(INVENTORY_EVENTS, monitor)))
    flink.create_temporary_view("windows", flink.sql_query(windows_sql("events", monitor.window)))
    rows = {
        "window_metrics": f"SELECT {', '.join(WINDOW_METRICS.column_names)} FROM windows",
        "late_events": late_sql(INVENTORY_EVENTS, monitor),
        "rejected_events": rejected_sql(INVENTORY_EVENTS, monitor),
    }
    if rules:
        rows["signals"] = signals_sql(judged_sql("windows", rules, monitor.window), rules)
    statements = flink.create_statement_set()
    for stream, query in rows.items():
        statements.add_insert_sql(f"INSERT INTO landed_{stream} {query}")
    return statements
