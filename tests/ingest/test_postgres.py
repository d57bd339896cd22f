"""A table of a running PostgreSQL server as a source."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pyspark.sql import SparkSession

from supplyline.config import Settings
from supplyline.errors import SourceError
from tests.support.ingest import SHOP, bearing, ingest
from tests.support.postgres import PASSWORD, postgres_server, server_programs

pytestmark = pytest.mark.skipif(server_programs() is None, reason="no PostgreSQL server is installed")

TABLE = SHOP.replace(
    'files: "lines*.csv"', "format: table\n    database: {url_from: SHOP_DATABASE_URL, relation: sales.lines}"
)
SQL = """
CREATE SCHEMA sales;
CREATE TABLE sales.lines
    ("order" text, code text, time timestamp, pieces int, price numeric(9, 4), customer bigint, note bytea);
INSERT INTO sales.lines VALUES
    ('o1', ' ab1', '2024-01-01 12:00:00', 2, 1.5, 7, NULL), ('o1', ' ab1', '2024-01-01 12:00:00', 2, 1.5, 7, NULL),
    ('o2', 'ab2', '2024-07-01 12:00:00.25', -1, 2.25, NULL, 'x'), ('o3', 'ab3', '2024-01-01', 1, 'NaN', NULL, NULL);
CREATE TABLE sales.moments AS
    SELECT "order", code, time AT TIME ZONE 'UTC' AS time, pieces, price, customer FROM sales.lines;
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    # Not pytest's own folder, which another user can't enter.
    with tempfile.TemporaryDirectory(prefix="supplyline-postgres-") as folder:
        Path(folder).chmod(0o755)
        inner = Path(folder, "server")
        inner.mkdir(mode=0o700)
        with postgres_server(inner) as url:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(SQL)
            yield url


@pytest.fixture
def database(address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SHOP_DATABASE_URL", address)
    return address


def test_a_table_gives_lines_copies_and_a_quarantine(spark: SparkSession, settings: Settings, database: str) -> None:
    tables, books = ingest(spark, TABLE, Path(), bearing(settings, 1.0))
    assert books["lines"].rows() == [
        ("shop", "lines", "read", 4),
        ("shop", "lines", "return", 1),
        ("shop", "lines", "sale", 1),
        ("shop", "lines", "duplicate", 1),
        ("shop", "lines", "quarantined", 1),
    ]
    lines = sorted(tables["order_lines"], key=lambda row: row["order_id"])
    assert [(row["sku"], row["quantity"], row["unit_price"], row["customer_id"]) for row in lines] == [
        ("AB1", 2, 1.5, "7"),
        ("AB2", -1, 2.25, None),
    ]
    # A time without a zone is New York's: five hours behind in winter, four in summer.
    assert [row["order_time"].astimezone(dt.UTC).hour for row in lines] == [17, 16]
    assert (lines[0]["source_file"], lines[0]["source_line"]) == ("sales.lines", None)
    assert [row["rule"] for row in tables["quarantine"]] == ["unit_price_type"]


def test_a_time_with_a_zone_is_a_moment(spark: SparkSession, settings: Settings, database: str) -> None:
    tables, _ = ingest(spark, TABLE.replace("sales.lines", "sales.moments"), Path(), bearing(settings, 1.0))
    assert [row["order_time"].astimezone(dt.UTC).hour for row in tables["order_lines"]] == [12, 12]


def test_a_missing_table_or_column_is_one_line(spark: SparkSession, settings: Settings, database: str) -> None:
    with pytest.raises(
        SourceError, match=r"can't be read: .*\"sales.line\" does not exist.*check SHOP_DATABASE_URL"
    ) as error:
        ingest(spark, TABLE.replace("sales.lines", "sales.line"), Path(), settings)
    assert "\n" not in str(error.value)
    with pytest.raises(
        SourceError, match=r"missing column cost; expected code, cost, customer.*found order, code, time"
    ):
        ingest(spark, TABLE.replace("unit_price: price", "unit_price: cost"), Path(), settings)


def test_the_password_is_in_no_message(
    spark: SparkSession, settings: Settings, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_DATABASE_URL", database.replace("s3cret", "wr0ng"))
    with pytest.raises(SourceError, match="password authentication failed") as error:
        ingest(spark, TABLE, Path(), settings)
    assert "wr0ng" not in str(error.value)
    assert PASSWORD not in str(error.value)
    monkeypatch.setenv("SHOP_DATABASE_URL", "mysql://shop:hidden@host/db")
    with pytest.raises(SourceError, match="no PostgreSQL address") as error:
        ingest(spark, TABLE, Path(), settings)
    assert "hidden" not in str(error.value)


def test_an_unset_variable_is_named(spark: SparkSession, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_DATABASE_URL", raising=False)
    with pytest.raises(SourceError, match=r"not set \(SHOP_DATABASE_URL\): export SHOP_DATABASE_URL=postgresql://"):
        ingest(spark, TABLE, Path(), settings)
