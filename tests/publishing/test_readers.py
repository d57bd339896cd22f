"""Live tables are read alike by Spark, delta-rs, DuckDB and Polars."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import polars as pl
import pytest
from deltalake import DeltaTable, QueryBuilder

from supplyline.config import Settings
from supplyline.publishing import publish_once
from supplyline.publishing.janitor import compact
from supplyline.query import connect
from supplyline.tables import Table, all_tables
from supplyline.tables.warehouse import Warehouse

from .landed_data import land_all

Rows = list[tuple[object, ...]]
LIVE = [table for table in all_tables().values() if table.layer == "live"]


def by_delta_rs(settings: Settings, table: Table) -> Rows:
    import pyarrow as pa

    delta = DeltaTable(Warehouse(settings.warehouse).path(table))
    batches = QueryBuilder().register("rows", delta).execute(f"SELECT {', '.join(table.column_names)} FROM rows")
    return tuples(pa.table(batches.read_all()).to_pylist(), table)


def by_polars(settings: Settings, table: Table) -> Rows:
    return tuples(pl.scan_delta(Warehouse(settings.warehouse).path(table)).collect().to_dicts(), table)


def by_duckdb(settings: Settings, table: Table) -> Rows:
    with connect(settings) as connection:
        return tuples(connection.sql(f"SELECT * FROM {table.name}").to_arrow_table().to_pylist(), table)


def tuples(rows: list[Mapping[str, object]], table: Table) -> Rows:
    """Rows in the contract's order of columns, sorted, their times as instants."""
    made = (tuple(instant(row[name]) for name in table.column_names) for row in rows)
    return sorted(made, key=str)


def instant(value: object) -> object:
    if not isinstance(value, dt.datetime):
        return value
    return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).timestamp()


@pytest.fixture
def busy(settings: Settings) -> Settings:
    """Live tables with appends, overwrites, a replay and a compaction behind them."""
    for first in (0, 3, 6):
        land_all(settings, range(first, first + 3))
        publish_once(settings)
    land_all(settings, range(3), suffix="-again")
    publish_once(settings)
    for table in LIVE:
        compact(Warehouse(settings.warehouse), table, 1)
    land_all(settings, range(9, 12))
    publish_once(settings)
    return settings


@pytest.mark.parametrize("reader", [by_delta_rs, by_polars])
def test_rows_are_the_same_without_a_jvm(busy: Settings, reader: Callable[[Settings, Table], Rows]) -> None:
    for table in LIVE:
        expected = by_duckdb(busy, table)
        assert expected
        assert reader(busy, table) == expected


def test_spark_reads_the_same_rows(busy: Settings, spark: object) -> None:
    for table in LIVE:
        frame = spark.read.format("delta").load(Warehouse(busy.warehouse).path(table))  # type: ignore[attr-defined]
        rows = [row.asDict() for row in in_utc(frame, table).collect()]  # type: ignore[attr-defined]
        assert sorted((tuple(row[name] for name in table.column_names) for row in rows), key=str) == by_duckdb(
            busy, table
        )


def in_utc(frame: object, table: Table) -> object:
    """Times as seconds since 1970: a collected datetime would be in the zone of the machine."""
    from pyspark.sql import functions as f

    for column in table.columns:
        if column.type == "timestamp":
            frame = frame.withColumn(column.name, f.unix_micros(column.name) / 1e6)  # type: ignore[attr-defined]
    return frame
