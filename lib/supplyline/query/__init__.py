"""SQL over the Delta tables without a JVM: delta-rs reads the log, DuckDB the Parquet files it lists."""

from __future__ import annotations

from supplyline.query.connection import Connection, connect, sql

__all__ = ["Connection", "connect", "sql"]
