"""The mappings we ship, on small hand-written files in the originals' formats, and on these where they are there."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from supplyline.config import Settings, conf_text
from supplyline.marts.master_data import customers_of, filled_in, products_of
from supplyline.sources.mapping import load_mapping
from supplyline.spark.ingest import ingested
from supplyline.tables import CUSTOMERS, ORDER_LINES, PRODUCTS, STOCK_MOVEMENTS
from tests.support.ingest import bearing, ingest

DATA = Path(__file__).resolve().parents[1] / "data"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def by(rows: list[dict[str, object]], *names: str) -> set[tuple[object, ...]]:
    return {tuple(row[name] for name in names) for row in rows}


def test_the_nine_files_of_olist_become_tables_that_refer_to_each_other(
    spark: SparkSession, settings: Settings
) -> None:
    tables, books = ingest(spark, conf_text("sources/olist.yaml"), DATA / "olist", bearing(settings, 1.0))
    assert by(tables["customers"], "customer_id", "city", "country") == {
        ("anna", "campinas", "BR"),
        ("bruno", "sao paulo", "BR"),
    }
    assert books["customers"].outcomes == {"customers": 2, "superseded": 1}
    assert by(
        tables["order_lines"], "order_line_id", "line_type", "customer_id", "warehouse", "order_date", "amount"
    ) == {
        ("o1-1", "sale", "anna", "s1", dt.date(2017, 10, 2), 58.9),
        ("o1-2", "sale", "anna", "s1", dt.date(2017, 10, 2), 58.9),
        ("o2-1", "adjustment", "bruno", "s2", dt.date(2017, 11, 5), 19.9),
    }
    assert by(tables["stock_movements"], "movement_id", "quantity") == {("o1-1", -1), ("o1-2", -1)}
    events = by(tables["order_events"], "order_id", "event_type", "order_status", "customer_id")
    assert {event for event in events if event[0] == "o2"} == {
        ("o2", "placed", "canceled", "bruno"),
        ("o2", "estimated_delivery", "canceled", "bruno"),
    }
    assert len(events) == 7
    # 10:56 in São Paulo was 13:56 UTC before the summer time of 2017, and 23:30 was 01:30 in it.
    placed = {
        row["order_id"]: row["event_time"].astimezone(dt.UTC)
        for row in tables["order_events"]
        if row["event_type"] == "placed"
    }
    assert (placed["o1"].hour, placed["o2"].hour) == (13, 1)
    assert by(tables["products"], "sku", "category") == {("p1", "perfumery"), ("p2", "portateis"), ("p3", None)}
    assert by(tables["reviews"], "review_id", "title", "message") == {
        ("r1", None, 'Chegou, mas\r\n"atrasado"\r\n\r\nobrigado'),
        ("r3", "muito bom", None),
    }
    assert by(tables["payments"], "payment_id", "instalments", "amount") == {("o1-1", 8, 144.38), ("o2-1", 1, 37.77)}
    assert by(tables["suppliers"], "supplier", "region") == {("s1", "SP"), ("s2", "SP")}
    assert len(tables["locations"]) == 2
    assert by(tables["quarantine"], "input", "source_line", "rule") == {
        ("orders", 4, "event_time_type"),
        ("order_items", 5, "line_type_required"),
        ("reviews", 6, "score_maximum"),
        ("geolocation", 5, "latitude_minimum"),
    }
    assert books["translation"].outcomes == {"lookup": 2}


def test_products_and_customers_know_what_was_sold(spark: SparkSession, settings: Settings) -> None:
    with ingested(spark, load_mapping("olist"), DATA / "olist", bearing(settings, 1.0)) as found:
        lines = found.tables[ORDER_LINES]
        products = filled_in(found.tables[PRODUCTS], products_of(lines, found.tables[STOCK_MOVEMENTS]), PRODUCTS)
        customers = filled_in(found.tables[CUSTOMERS], customers_of(lines), CUSTOMERS)
        sold = {(row.sku, row.category, row.unit_price, row.last_sold_on) for row in products.collect()}
        known = {(row.customer_id, row.city, row.last_order_on) for row in customers.collect()}
    assert sold == {
        ("p1", "perfumery", 58.9, dt.date(2017, 10, 2)),
        ("p2", "portateis", None, None),
        ("p3", None, None, None),
    }
    assert known == {("anna", "campinas", dt.date(2017, 10, 2)), ("bruno", "sao paulo", None)}


def test_taobao_without_a_header_and_with_unix_seconds(spark: SparkSession, settings: Settings) -> None:
    tables, books = ingest(
        spark, conf_text("sources/taobao_user_behavior.yaml"), DATA / "taobao", bearing(settings, 1.0)
    )
    events = by(tables["behaviour_events"], "visitor_id", "event_type", "sku", "event_date")
    assert events == {
        ("1", "view", "2268318", dt.date(2017, 11, 25)),
        ("1", "favourite", "2333346", dt.date(2017, 11, 25)),
        ("100", "cart", "2576651", dt.date(2017, 11, 25)),
        ("100", "purchase", "2576651", dt.date(2017, 11, 25)),
    }
    assert by(tables["quarantine"], "source_line", "rule") == {(6, "event_time_earliest"), (7, "event_type_values")}
    assert books["events"].duplicates == 1


def test_rees46_by_the_month(spark: SparkSession, settings: Settings) -> None:
    tables, _ = ingest(spark, conf_text("sources/rees46.yaml"), DATA / "rees46", bearing(settings, 1.0))
    assert by(tables["behaviour_events"], "event_type", "category", "unit_price", "event_date") == {
        ("view", "2103807459595387724", 35.79, dt.date(2019, 10, 1)),
        ("cart", "appliances.environment.water_heater", 33.2, dt.date(2019, 10, 1)),
        ("remove", "appliances.environment.water_heater", 33.2, dt.date(2019, 11, 1)),
        ("purchase", "computers.notebook", 251.74, dt.date(2019, 11, 1)),
    }
    assert by(tables["quarantine"], "source_file", "source_line", "rule") == {("2019-Nov.csv", 4, "event_time_type")}


def records(path: Path) -> list[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        return [row for row in csv.reader(lines) if row]


@pytest.mark.skipif(
    not (SHARED / "taobao_user_behavior").is_dir(), reason="the slice of Taobao UserBehavior is not beside the checkout"
)
def test_the_slice_of_taobao_balances(spark: SparkSession, settings: Settings) -> None:
    folder = SHARED / "taobao_user_behavior"
    [path] = folder.glob("*.gz")
    found = records(path)
    whole = {tuple(row) for row in found if len(row) == 5 and len(row[4]) == 10}
    with ingested(spark, load_mapping("taobao_user_behavior"), folder, settings) as got:
        [books] = got.books
    assert (books.read, books.outcomes["behaviour_events"]) == (len(found), len(whole))
    assert books.read == books.outcomes["behaviour_events"] + books.duplicates + books.bad


@pytest.mark.skipif(not (SHARED / "olist").is_dir(), reason="the Olist files are not beside the checkout")
def test_the_real_files_of_olist_balance(spark: SparkSession, settings: Settings) -> None:
    folder = SHARED / "olist"
    with ingested(spark, load_mapping("olist"), folder, settings) as got:
        read = {books.input: books.read for books in got.books}
        good = {books.input: sum(books.outcomes.values()) for books in got.books}
        bad = {books.input: books.quarantined for books in got.books if books.bad}
        lines = got.tables[ORDER_LINES].where("customer_id IS NULL OR order_time IS NULL").count()
    sizes = {
        path.name.split("_dataset")[0].removeprefix("olist_"): len(records(path)) for path in folder.glob("olist_*.gz")
    }
    renamed = {"order_payments": "payments", "order_reviews": "reviews"}
    assert {renamed.get(name, name): size - 1 for name, size in sizes.items()} == {
        k: v for k, v in read.items() if k != "translation"
    }
    assert (
        read["translation"] == good["translation"] == len(records(folder / "product_category_name_translation.csv.gz"))
    )
    assert lines == 0
    assert bad == {}
