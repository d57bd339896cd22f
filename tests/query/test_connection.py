"""SQL over the tables: right rows, at one version, read only."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from pathlib import Path

import polars
import pytest

from supplyline.config import Settings, load_settings
from supplyline.errors import QueryError, SupplylineError, TableError
from supplyline.query import connect, sql
from supplyline.tables import all_tables, table
from supplyline.tables.checks import column_checks
from tests.support.warehouse import warehouse_rows, write_rows


def test_every_table_is_known_by_its_bare_name_with_the_rows_that_were_written(shop_settings: Settings) -> None:
    with connect(shop_settings) as connection:
        for name, rows in warehouse_rows().items():
            assert connection.rows(f"SELECT count(*) AS n FROM {name}") == [{"n": len(rows)}], name


def test_the_small_shop_keeps_its_contracts(shop_settings: Settings) -> None:
    with connect(shop_settings) as connection:
        for name in warehouse_rows():
            for check in column_checks(table(name)):
                predicate = check.sql.replace("REGEXP_LIKE", "regexp_matches")
                assert connection.rows(f"SELECT * FROM {name} WHERE NOT ({predicate})") == [], (name, check.name)


def test_an_aggregate_equals_the_sum_over_the_rows_that_were_written(shop_settings: Settings) -> None:
    expected: Counter[str] = Counter()
    for row in warehouse_rows()["sales_daily"]:
        expected[row["sku"]] += row["units_sold"]
    answer = sql(shop_settings, "SELECT sku, sum(units_sold) FROM sales_daily GROUP BY sku").fetchall()
    assert dict(answer) == dict(expected)


def test_columns_come_in_the_contracts_order_and_types(shop_settings: Settings) -> None:
    relation = sql(shop_settings, "SELECT * FROM alerts")
    assert relation.columns == table("alerts").column_names
    kinds = dict(zip(relation.columns, map(str, relation.types), strict=True))
    assert kinds["opened_at"] == "TIMESTAMP WITH TIME ZONE"
    assert kinds["occurrences"] == "BIGINT"
    assert kinds["value"] == "DOUBLE"


def test_times_are_utc_whatever_the_machine_thinks(shop_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    with connect(shop_settings) as connection:
        text = "SELECT hour(min(event_time)) AS hour, min(event_time)::VARCHAR AS text FROM alert_events"
        assert connection.rows(text) == [{"hour": 13, "text": "2011-11-12 13:00:00+00"}]


def test_polars_reads_the_same_rows(warehouse: str) -> None:
    write_rows(warehouse, "forecasts", warehouse_rows()["forecasts"])
    ours = sql(load_settings(warehouse=warehouse), "SELECT * FROM forecasts ORDER BY sku, horizon").pl()
    theirs = polars.read_delta(f"{warehouse}/gold/forecasts").sort("sku", "horizon")
    assert ours.rows() == theirs.rows()


def test_an_empty_table_has_its_columns_and_no_rows(shop_settings: Settings) -> None:
    relation = sql(shop_settings, "SELECT * FROM late_events")
    assert relation.columns == table("late_events").column_names
    assert relation.fetchall() == []


def test_a_file_uri_is_a_warehouse_too(shop: Path) -> None:
    settings = load_settings(warehouse=shop.as_uri())
    assert sql(settings, "SELECT count(*) FROM products").fetchall() == [(12,)]


def test_names_in_capitals_quotes_joins_subqueries_and_pivots_are_found(shop_settings: Settings) -> None:
    with connect(shop_settings) as connection:
        assert connection.rows('SELECT count(*) AS n FROM "products"') == [{"n": 12}]
        assert connection.rows("SELECT COUNT(*) AS N FROM PRODUCTS") == [{"N": 12}]
        joined = "SELECT count(DISTINCT sku) AS n FROM sales_daily JOIN products USING (sku)"
        assert connection.rows(joined) == [{"n": 12}]
        assert len(connection.rows("PIVOT forecasts ON status USING count(*) GROUP BY as_of")) == 1
        nested = "WITH a AS (SELECT * FROM alerts) SELECT (SELECT count(*) FROM a) AS n"
        assert connection.rows(nested) == [{"n": 12}]


def test_only_tables_that_the_query_names_are_opened(shop_settings: Settings) -> None:
    with connect(shop_settings) as connection:
        connection.rows("SELECT 1 AS sales FROM products")
        assert set(connection._snapshots) == {"products"}


def test_a_column_may_be_called_as_a_table_that_is_not_built(warehouse: str) -> None:
    write_rows(warehouse, "products", warehouse_rows()["products"])
    with connect(load_settings(warehouse=warehouse)) as connection:
        assert connection.rows("SELECT count(*) AS payments FROM products") == [{"payments": 12}]


def test_a_connection_reads_one_version_while_others_write(warehouse: str) -> None:
    rows = warehouse_rows()["products"]
    write_rows(warehouse, "products", rows[:5])
    with connect(load_settings(warehouse=warehouse)) as connection:
        count = "SELECT count(*) AS n FROM products"
        assert connection.rows(count) == [{"n": 5}]
        write_rows(warehouse, "products", rows[5:], mode="append")
        assert connection.rows(count) == [{"n": 5}]
        assert connection.snapshot("products").version == 0
    assert sql(load_settings(warehouse=warehouse), count).fetchall() == [(12,)]


def test_rows_that_were_overwritten_are_not_read(warehouse: str) -> None:
    rows = warehouse_rows()["products"]
    write_rows(warehouse, "products", rows)
    write_rows(warehouse, "products", rows[:2])
    assert sql(load_settings(warehouse=warehouse), "SELECT count(*) FROM products").fetchall() == [(2,)]


def test_parameters_are_values_and_never_sql(shop_settings: Settings) -> None:
    with connect(shop_settings) as connection:
        rows = connection.rows("SELECT count(*) AS n FROM products WHERE sku = $sku", {"sku": "x' OR 1=1 --"})
        assert rows == [{"n": 0}]


def test_nan_and_dates_come_back_as_python_values(shop_settings: Settings) -> None:
    with connect(shop_settings) as connection:
        row = connection.rows("SELECT 'nan'::DOUBLE AS x, max(date) AS day FROM sales_daily")[0]
    assert math.isnan(row["x"])
    assert row["day"] == dt.date(2011, 12, 9)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT * FROM sale_daily", "no table 'sale_daily': did you mean sales_daily? tables: alert_events, "),
        ("SELECT * FROM gold.sales_daily", "did you mean sales_daily?"),
        ("SELEC 1", 'syntax error at or near "SELEC" (line 1, column 1)'),
        ("SELECT *\nFROM products\nWHERE sku = = 2", "(line 3, column 13)"),
        ("SELECT 'a" + " b" * 200 + "'\n, = 2", "(line 2, column 3)"),
        ("SELECT price FROM products", "`supplyline tables show TABLE`"),
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("", "no statement"),
        ("-- nothing", "no statement"),
        ("SELECT * FROM signals", "no table 'signals'"),
        ("SELECT sku AS a, sku AS a FROM products", "more than one column is named a"),
        ("SELECT CAST(description AS INTEGER) FROM products", "Could not convert"),
    ],
)
def test_a_query_that_has_no_answer_is_told_in_one_line(shop_settings: Settings, text: str, said: str) -> None:
    with connect(shop_settings) as connection, pytest.raises(QueryError) as caught:
        connection.rows(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "COPY products TO '{out}'",
        "EXPLAIN ANALYZE COPY products TO '{out}'",
        "EXPLAIN (ANALYZE) COPY products TO '{out}'",
        "CREATE TABLE x AS SELECT 1",
        "DROP VIEW products",
        "ATTACH '{out}'",
        "EXPORT DATABASE '{out}'",
        "INSTALL httpfs",
        "SET threads = 1",
        "PRAGMA database_list",
        "CALL duckdb_settings()",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
    ],
)
def test_nothing_but_the_tables_can_be_read_and_nothing_written(shop_settings: Settings, shop: Path, text: str) -> None:
    out = shop / "gold" / "written"
    with connect(shop_settings) as connection, pytest.raises(QueryError):
        connection.sql(text.format(out=str(out).replace("'", "''"))).fetchall()
    assert not out.exists()


def test_python_variables_are_no_tables(shop_settings: Settings) -> None:
    secrets = polars.DataFrame({"x": [1]})
    with connect(shop_settings) as connection, pytest.raises(QueryError, match="no table 'secrets'"):
        connection.sql("SELECT * FROM secrets")
    assert secrets.height == 1


def test_a_plan_can_be_explained(shop_settings: Settings) -> None:
    assert "READ_PARQUET" in str(sql(shop_settings, "EXPLAIN SELECT sku FROM products").fetchall())


def test_only_the_named_columns_and_matching_rows_are_read(shop_settings: Settings) -> None:
    plan = str(sql(shop_settings, "EXPLAIN SELECT revenue FROM sales_daily WHERE sku = '22312'").fetchall())
    scan = plan[plan.index("READ_PARQUET") :]
    assert "sku = '22312'" in scan
    assert "units_sold" not in scan


def test_a_table_that_is_not_built_names_the_job(warehouse: str) -> None:
    with connect(load_settings(warehouse=warehouse)) as connection, pytest.raises(TableError) as caught:
        connection.sql("SELECT * FROM sales_daily")
    assert str(caught.value).endswith("run `supplyline run build_sales`")


def test_every_kept_table_without_rows_can_be_asked(warehouse: str) -> None:
    kept = [name for name, contract in all_tables().items() if contract.layer != "stream"]
    for name in kept:
        write_rows(warehouse, name, [])
    with connect(load_settings(warehouse=warehouse)) as connection:
        assert all(connection.rows(f"SELECT * FROM {name}") == [] for name in kept)


def test_all_errors_are_of_our_own_root(shop_settings: Settings) -> None:
    with connect(shop_settings) as connection, pytest.raises(SupplylineError):
        connection.rows("SELECT 1/'a'")
