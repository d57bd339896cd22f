"""Tables that can't be read rightly are refused with the reason, not read wrongly."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from supplyline.config import load_settings
from supplyline.errors import TableError
from supplyline.query import connect, sql
from supplyline.tables import table
from supplyline.tables.arrow import arrow_schema
from tests.support.warehouse import warehouse_rows, write_rows

COUNT = "SELECT count(*) FROM products"


def log_of(warehouse: str) -> Path:
    return Path(warehouse) / "silver" / "products" / "_delta_log" / f"{0:020}.json"


def rewrite_log(warehouse: str, change: dict[str, object], action: str) -> None:
    """Put `change` into an action of the table's first commit."""
    lines = [json.loads(line) for line in log_of(warehouse).read_text().splitlines()]
    for line in lines:
        if action in line:
            line[action] |= change
    log_of(warehouse).write_text("\n".join(map(json.dumps, lines)))


@pytest.fixture
def products(warehouse: str) -> str:
    write_rows(warehouse, "products", warehouse_rows()["products"])
    return warehouse


@pytest.mark.parametrize("feature", ["deletionVectors", "columnMapping", "typeWidening"])
def test_a_table_whose_files_mean_something_else_is_refused(products: str, feature: str) -> None:
    features = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": [feature], "writerFeatures": [feature]}
    rewrite_log(products, features, "protocol")
    with pytest.raises(TableError, match=feature):
        sql(load_settings(warehouse=products), COUNT)


def test_column_mapping_of_the_older_protocol_is_refused(products: str) -> None:
    rewrite_log(products, {"minReaderVersion": 2, "minWriterVersion": 5}, "protocol")
    rewrite_log(products, {"configuration": {"delta.columnMapping.mode": "name"}}, "metaData")
    with pytest.raises(TableError, match="columnMapping"):
        sql(load_settings(warehouse=products), COUNT)


def test_another_schema_is_refused_with_every_difference(warehouse: str) -> None:
    frame = pa.table({"sku": [1, 2], "description": ["a", "b"], "extra": [True, False]})
    folder = Path(warehouse) / "silver" / "products"
    folder.mkdir(parents=True)
    write_deltalake(folder, frame)
    with pytest.raises(TableError) as caught:
        sql(load_settings(warehouse=warehouse), COUNT)
    assert "column sku is long, not string" in str(caught.value)
    assert "no column category" in str(caught.value)


def test_a_damaged_log_is_told_in_one_line(products: str) -> None:
    log_of(products).write_text("{broken")
    with pytest.raises(TableError) as caught:
        sql(load_settings(warehouse=products), COUNT)
    assert "\n" not in str(caught.value)


def test_a_data_file_that_is_gone_is_an_error_and_no_missing_rows(products: str) -> None:
    for file in (Path(products) / "silver" / "products").glob("*.parquet"):
        file.unlink()
    with connect(load_settings(warehouse=products)) as connection, pytest.raises(TableError) as caught:
        connection.rows(COUNT)
    assert "\n" not in str(caught.value)


def test_a_column_that_older_files_lack_is_empty_in_their_rows(warehouse: str) -> None:
    rows, schema = warehouse_rows()["products"], arrow_schema(table("products"))
    folder = Path(warehouse) / "silver" / "products"
    folder.mkdir(parents=True)
    older = pa.Table.from_pylist(rows[:3], schema=schema.remove(schema.get_field_index("supplier")))
    newer = pa.Table.from_pylist([{**row, "supplier": "S1"} for row in rows[3:]], schema=schema)
    write_deltalake(folder, older)
    write_deltalake(folder, newer, mode="append", schema_mode="merge")
    answer = sql(load_settings(warehouse=warehouse), "SELECT count(*), count(supplier) FROM products")
    assert answer.fetchall() == [(12, 9)]


@pytest.mark.parametrize("parts", [None, ["category"]])
def test_a_column_that_the_contract_gained_is_empty_and_not_another_schema(
    warehouse: str, parts: list[str] | None
) -> None:
    schema = arrow_schema(table("products"))
    older = pa.Table.from_pylist(warehouse_rows()["products"], schema=schema.remove(schema.get_field_index("supplier")))
    folder = Path(warehouse) / "silver" / "products"
    folder.mkdir(parents=True)
    write_deltalake(folder, older, partition_by=parts)
    answer = sql(load_settings(warehouse=warehouse), "SELECT count(*), count(supplier) FROM products")
    assert answer.fetchall() == [(12, 0)]


def test_partition_columns_are_read_from_the_log(warehouse: str) -> None:
    rows = [
        row | {"category": "a/b c%d" if number % 2 else None} for number, row in enumerate(warehouse_rows()["products"])
    ]
    folder = Path(warehouse) / "silver" / "products"
    folder.mkdir(parents=True)
    write_deltalake(
        folder, pa.Table.from_pylist(rows, schema=arrow_schema(table("products"))), partition_by=["category"]
    )
    answer = sql(load_settings(warehouse=warehouse), "SELECT category, count(*) FROM products GROUP BY 1 ORDER BY 1")
    assert answer.fetchall() == [("a/b c%d", 6), (None, 6)]


def test_compacted_tables_hold_the_same_rows(products: str) -> None:
    write_rows(products, "products", warehouse_rows()["products"], mode="append")
    before = sorted(sql(load_settings(warehouse=products), "SELECT * FROM products").fetchall(), key=str)
    delta = DeltaTable(Path(products) / "silver" / "products")
    delta.optimize.compact()
    delta.create_checkpoint()
    assert sorted(sql(load_settings(warehouse=products), "SELECT * FROM products").fetchall(), key=str) == before


@pytest.mark.parametrize("name", ["a[b]", "50%20", "a|b", "a^b"])
def test_a_path_that_delta_rs_misreads_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TableError, match="choose a --warehouse without"):
        sql(load_settings(warehouse=str(tmp_path / name)), COUNT)


@pytest.mark.parametrize("name", ["a*b", "a?b", "a#b", "a{b}", "naïve 'quoted'"])
def test_other_strange_paths_work(tmp_path: Path, name: str) -> None:
    write_rows(tmp_path / name, "products", warehouse_rows()["products"])
    assert sql(load_settings(warehouse=str(tmp_path / name)), COUNT).fetchall() == [(12,)]


def test_symbolic_links_to_a_warehouse_and_to_a_table_are_followed(products: str, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(products)
    assert sql(load_settings(warehouse=str(tmp_path / "link")), COUNT).fetchall() == [(12,)]
    (tmp_path / "other" / "silver").mkdir(parents=True)
    (tmp_path / "other" / "silver" / "products").symlink_to(Path(products) / "silver" / "products")
    assert sql(load_settings(warehouse=str(tmp_path / "other")), COUNT).fetchall() == [(12,)]


def test_a_table_in_an_object_store_is_read_through_delta_rs(products: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # No object store can be started here: the same table is read on the way that any scheme but file takes.
    from supplyline.query import connection as module
    from supplyline.query.snapshot import open_snapshot

    def as_if_remote(*arguments: object) -> object:
        snapshot = open_snapshot(*arguments)  # type: ignore[arg-type]
        return type(snapshot)(**{**vars(snapshot), "local": False})

    monkeypatch.setattr(module, "open_snapshot", as_if_remote)
    with connect(load_settings(warehouse=products)) as connected:
        assert connected.rows("SELECT count(*) AS n, count(DISTINCT sku) AS skus FROM products") == [
            {"n": 12, "skus": 12}
        ]
