"""The ingest job: the bundled file against an independent count, re-runs, two sources, tables left alone by errors."""

from __future__ import annotations

import csv
import lzma
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from supplyline.errors import exit_cleanly
from supplyline.jobs.ingest import main
from supplyline.spark.tables import read_table
from supplyline.tables import CUSTOMERS, INGEST_LOG, ORDER_LINES, PRODUCTS, QUARANTINE, STOCK_MOVEMENTS, Table
from tests.support.ingest import HEADER, SHOP, lines_file

BUNDLED = Path(__file__).resolve().parents[2] / "data" / "online_retail_II.csv.xz"
WRITTEN = (ORDER_LINES, STOCK_MOVEMENTS, PRODUCTS, CUSTOMERS, QUARANTINE, INGEST_LOG)
LINES = [
    "o1,a,2024-01-01 10:00:00,2,1.5,c1",
    "o1,b,2024-01-01 10:00:00,1,2,c1",
    "o2,a,2024-01-03 10:00:00,1,1.75,",
    "o2,a,x,1,1,",
]


def counted() -> tuple[Counter[str], dict[str, tuple[int, int]], dict[str, str]]:
    """Rows, (pieces, tenths of pence) by class, and the last price of each product, by the rules in plain Python."""
    rows: Counter[str] = Counter()
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    seen: set[str] = set()
    prices: dict[str, tuple[tuple[int, ...], str]] = {}
    with lzma.open(BUNDLED, "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        for row in reader:
            rows["read"] += 1
            invoice, code, _, quantity, time, price, _, _ = row
            sku = code.strip().upper()
            kind = kind_of(invoice, sku, int(quantity), float(price))
            whole = "\n".join(row)
            kind = "duplicate" if whole in seen else kind
            seen.add(whole)
            rows[kind] += 1
            sums[kind][0] += int(quantity)
            sums[kind][1] += round(float(price) * 1000) * int(quantity)
            if kind == "sale":
                month, day, year, hour, minute = map(int, re.split("[/ :]", time))
                when = (year, month, day, hour, minute)
                if when >= prices.get(sku, ((), ""))[0]:  # of two lines of one minute the later one holds
                    prices[sku] = (when, price)
    return (
        rows,
        {kind: (pieces, money) for kind, (pieces, money) in sums.items()},
        {sku: price for sku, (_, price) in prices.items()},
    )


def kind_of(invoice: str, sku: str, quantity: int, price: float) -> str:
    if invoice.startswith("A"):
        return "adjustment"
    if not re.fullmatch("[0-9]{5}[A-Z]*", sku):
        return "charge"
    if invoice.startswith("C"):
        return "return"
    return "sale" if quantity > 0 and price > 0 else "adjustment"


def logged(spark: SparkSession, source: str) -> dict[str, int]:
    return {row.outcome: row.rows for row in read_table(spark, INGEST_LOG).where(f"source = '{source}'").collect()}


def test_every_line_of_online_retail_has_the_outcome_an_independent_count_gives_it(
    spark: SparkSession, warehouse: str
) -> None:
    main(["--warehouse", warehouse])
    rows, sums, prices = counted()
    assert logged(spark, "online_retail_ii") == {**rows, "quarantined": 0}
    assert (rows["read"], rows["duplicate"], rows["sale"], rows["return"]) == (1_067_371, 34_335, 1_003_214, 17_914)
    assert (rows["adjustment"], rows["charge"]) == (5_934, 5_974)
    lines = read_table(spark, ORDER_LINES)
    found = lines.groupBy("line_type").agg({"quantity": "sum", "order_line_id": "count"}).collect()
    assert {row["line_type"]: row["sum(quantity)"] for row in found} == {
        kind: sums[kind][0] for kind in sums if kind != "duplicate"
    }
    money = lines.selectExpr("line_type", "CAST(ROUND(unit_price * 1000) AS BIGINT) * quantity AS money")
    found = money.groupBy("line_type").sum("money").collect()
    assert {row[0]: row[1] for row in found} == {kind: sums[kind][1] for kind in sums if kind != "duplicate"}
    assert lines.select("order_line_id").distinct().count() == lines.count()
    movements = read_table(spark, STOCK_MOVEMENTS)
    assert movements.count() == rows["sale"] + rows["return"] + rows["adjustment"] - 6
    assert movements.join(read_table(spark, PRODUCTS), "sku", "anti").count() == 0
    sold = {row.sku: row.unit_price for row in read_table(spark, PRODUCTS).where("unit_price IS NOT NULL").collect()}
    assert sold == {sku: float(price) for sku, price in prices.items()}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the small shop's file, whose mapping lies in the user's own conf folder."""
    sources = tmp_path / "conf" / "sources"
    sources.mkdir(parents=True)
    (sources / "shop.yaml").write_text(SHOP)
    (sources / "other.yaml").write_text(SHOP.replace("source: shop", "source: other"))
    monkeypatch.setenv("SUPPLYLINE_CONF", str(tmp_path / "conf"))
    monkeypatch.setenv("SUPPLYLINE_INGEST__MAX_BAD_SHARE", "0.3")
    lines_file(tmp_path / "shop", LINES)
    return tmp_path / "shop"


def options(folder: Path, warehouse: str, source: str = "shop") -> list[str]:
    return ["--source", source, "--input", str(folder), "--warehouse", warehouse]


def sorted_rows(frame: DataFrame) -> list[str]:
    return sorted(str(row.asDict()) for row in frame.collect())


def state(spark: SparkSession) -> dict[str, Any]:
    return {table.name: sorted_rows(read_table(spark, table)) for table in WRITTEN}


def versions(spark: SparkSession, warehouse: str, tables: tuple[Table, ...] = WRITTEN) -> list[str]:
    return sorted(
        path.name for table in tables for path in Path(warehouse, "silver", table.name, "_delta_log").glob("*.json")
    )


def test_a_second_run_leaves_identical_tables_and_a_second_source_its_own(
    spark: SparkSession, shop: Path, warehouse: str
) -> None:
    main(options(shop, warehouse))
    first = state(spark)
    assert len(first["order_lines"]) == len(first["stock_movements"]) == 3
    assert logged(spark, "shop") == {"read": 4, "return": 0, "sale": 3, "duplicate": 0, "quarantined": 1}
    main(options(shop, warehouse))
    assert state(spark) == first
    main(options(shop, warehouse, "other"))
    both = state(spark)
    assert all(set(first[name]) <= set(both[name]) for name in first)
    assert [
        row.source for row in read_table(spark, INGEST_LOG).select("source").distinct().orderBy("source").collect()
    ] == ["other", "shop"]


def missing(folder: Path) -> None:
    (folder / "lines.csv").unlink()


def rewritten(text: str):  # type: ignore[no-untyped-def]
    return lambda folder: (folder / "lines.csv").write_text(text)


def cut_short(folder: Path) -> None:
    packed = lzma.compress((folder / "lines.csv").read_bytes() * 1000)
    (folder / "lines.csv").unlink()
    (folder / "lines.csv.xz").write_bytes(packed[:-10])


def mapping(old: str, new: str):  # type: ignore[no-untyped-def]
    path = Path("conf/sources/shop.yaml")
    return lambda folder: (folder.parent / path).write_text(SHOP.replace(old, new, 1))


BROKEN = [
    (missing, r"no file lines\*\.csv"),
    (rewritten(""), "the file is empty"),
    (rewritten(HEADER), "holds no rows"),
    (rewritten(HEADER.replace(",", ";") + "a;b\n"), r"csv\.delimiter"),
    (
        rewritten(HEADER.replace("price", "Price") + "a\n"),
        "missing column price; expected .* found order, code, time, pieces, Price",
    ),
    (rewritten(HEADER + "\n".join(LINES[3:])), r"1 of 1 rows are bad \(order_time_type 1\)"),
    (cut_short, r"damaged or cut short.*lines\.csv\.xz"),
    (mapping("strip, upper", "strip, python"), r"sources/shop\.yaml:11\).*|no operation 'python'; use one of strip"),
    (mapping("files: ", "files: ["), r"broken YAML: .*sources/shop\.yaml"),
]


def test_what_can_not_be_ingested_is_one_line_and_leaves_every_table_as_it_was(
    spark: SparkSession, shop: Path, warehouse: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(options(shop, warehouse))
    before = versions(spark, warehouse)
    good = (shop / "lines.csv").read_text()
    for spoil, words in BROKEN:
        spoil(shop)
        capsys.readouterr()
        assert exit_cleanly(main, options(shop, warehouse)) == 1
        said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
        assert len(said) == 1
        assert re.search(words, said[0]), said
        for path in shop.iterdir():
            path.unlink()
        (shop / "lines.csv").write_text(good)
        (shop.parent / "conf/sources/shop.yaml").write_text(SHOP)
    assert versions(spark, warehouse) == before


def test_an_unknown_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--sauce", "shop"])
    assert stop.value.code == 2
    assert "unrecognized arguments: --sauce shop" in capsys.readouterr().err
