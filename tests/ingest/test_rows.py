"""A small shop's file through the engine: what is good, what is quarantined and why, and that nothing vanishes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from supplyline.config import Settings
from supplyline.errors import SourceError
from tests.support.ingest import HEADER, SHOP, bearing, ingest, lines_file

GOOD = [
    "o1, ab1 ,2024-03-10T08:30:00Z,2,1.50,c1",
    "o1,AB1,2024-01-31 23:59:00,-1,1.50,",
    "o2,ab2,2024-02-01 00:00:00,3.0,.5,c2",
]
BAD: list[tuple[str | bytes, str]] = [
    ("o3,x,2024-01-01 10:00:00,two,1,c", "quantity_type"),
    ("o3,x,2024-01-01 10:00:00,1.5,1,c", "quantity_type"),
    ("o3,x,2024-01-01 10:00:00,1,NaN,c", "unit_price_type"),
    ("o3,x,2024-01-01 10:00:00,1,Infinity,c", "unit_price_type"),
    ("o3,x,2024-01-01 10:00:00,1,1e999,c", "unit_price_finite"),
    ("o3,x,2024-01-01 10:00:00,1,1d,c", "unit_price_type"),
    ("o3,x,2024-02-30 10:00:00,1,1,c", "order_time_type"),
    ("o3,x,10:00:00,1,1,c", "order_time_type"),
    ("o3,x,,1,1,c", "order_time_required"),
    (",x,2024-01-01 10:00:00,1,1,c", "order_id_required"),
    ("o3,x,2024-01-01 10:00:00,1,1", "fields"),
    ("o3,x,2024-01-01 10:00:00,1,1,c,d", "fields"),
    ('o3,"x,2024-01-01 10:00:00,1,1,c', "fields"),
    (b"o3,caf\xe9,2024-01-01 10:00:00,1,1,c", "encoding"),
    ("o3," + "x" * 10_000_000 + ",2024-01-01 10:00:00,1,1,c", "record_length"),
    ("o3,x,2024-01-01 10:00:00,0,1,c", "sign"),
]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return tmp_path / "shop"


def test_each_bad_line_is_quarantined_with_its_rule_and_the_good_ones_stay(
    spark: SparkSession, shop: Path, settings: Settings
) -> None:
    lines_file(shop, [*GOOD, GOOD[0], *(line for line, _ in BAD)])
    tables, books = ingest(spark, SHOP, shop, bearing(settings, 1.0))
    quarantine = sorted(tables["quarantine"], key=lambda row: row["source_line"])
    assert [row["rule"] for row in quarantine] == [rule for _, rule in BAD]
    assert [row["source_line"] for row in quarantine] == list(range(6, 6 + len(BAD)))
    assert quarantine[0]["reason"] == "no long: two"
    assert quarantine[0]["raw"] == BAD[0][0]
    assert max(len(row["raw"]) for row in quarantine) == 64 << 10
    assert len({row["quarantine_id"] for row in quarantine}) == len(BAD)
    assert (books["lines"].read, books["lines"].duplicates, books["lines"].bad) == (20, 1, len(BAD))
    assert books["lines"].outcomes == {"return": 1, "sale": 2}


def test_times_are_utc_days_are_the_shops_and_movements_mirror_lines(
    spark: SparkSession, shop: Path, settings: Settings
) -> None:
    lines_file(shop, GOOD)
    tables, _ = ingest(spark, SHOP, shop, settings)
    lines = sorted(tables["order_lines"], key=lambda row: row["source_line"])
    assert [row["sku"] for row in lines] == ["AB1", "AB1", "AB2"]
    # New York is five hours behind UTC in winter; its clocks went forward on 2024-03-10 at 07:00 UTC.
    assert [row["order_date"] for row in lines] == [dt.date(2024, 3, 10), dt.date(2024, 1, 31), dt.date(2024, 2, 1)]
    utc = [row["order_time"].astimezone(dt.UTC).strftime("%m-%d %H:%M") for row in lines]
    assert utc == ["03-10 08:30", "02-01 04:59", "02-01 05:00"]
    assert [(row["quantity"], row["amount"], row["line_type"]) for row in lines] == [
        (2, 3.0, "sale"),
        (-1, -1.5, "return"),
        (3, 1.5, "sale"),
    ]
    assert {(row["currency"], row["warehouse"], row["source"], row["source_file"]) for row in lines} == {
        ("USD", "main", "shop", "lines.csv")
    }
    moved = {row["movement_id"]: (row["quantity"], row["movement_type"]) for row in tables["stock_movements"]}
    assert moved == {row["order_line_id"]: (-row["quantity"], row["line_type"]) for row in lines}


def test_copies_are_kept_apart_where_the_mapping_keeps_them(
    spark: SparkSession, shop: Path, settings: Settings
) -> None:
    lines_file(shop, [GOOD[0], GOOD[1]], "lines_1.csv")
    lines_file(shop, [GOOD[0], GOOD[0]], "lines_2.csv")
    mapping = SHOP.replace("    table: order_lines\n", "    duplicates: keep\n    table: order_lines\n")
    tables, books = ingest(spark, mapping, shop, settings)
    assert len({row["order_line_id"] for row in tables["order_lines"]}) == books["lines"].read == 4
    places = sorted((row["source_file"], row["source_line"]) for row in tables["order_lines"])
    assert places == [("lines_1.csv", 2), ("lines_1.csv", 3), ("lines_2.csv", 2), ("lines_2.csv", 3)]
    dropped, books = ingest(spark, SHOP, shop, settings)
    assert (books["lines"].duplicates, len(dropped["order_lines"])) == (2, 2)
    assert {(row["source_file"], row["source_line"]) for row in dropped["order_lines"]} == set(places[:2])


def test_different_records_with_one_key_are_quarantined_or_superseded(
    spark: SparkSession, shop: Path, settings: Settings
) -> None:
    lines_file(
        shop, ["o1,a,2024-01-01 10:00:00,1,1,c", "o2,a,2024-01-01 10:00:00,1,1,c", "o1,a,2024-01-01 10:00:00,5,1,c"]
    )
    keyed = SHOP.replace("{take: record_id}", "{joined: [order, code]}")
    tables, _ = ingest(spark, keyed, shop, bearing(settings, 1.0))
    assert [(row["rule"], row["source_line"]) for row in tables["quarantine"]] == [("repeated_key", 4)]
    last = keyed.replace("    table: order_lines\n", "    repeated_keys: keep_last\n    table: order_lines\n")
    tables, books = ingest(spark, last, shop, settings)
    assert {row["order_line_id"]: row["quantity"] for row in tables["order_lines"]} == {"o1-a": 5, "o2-a": 1}
    assert books["lines"].outcomes == {"return": 0, "sale": 2, "superseded": 1}


def test_json_lines_and_parquet_give_the_rows_of_the_csv(spark: SparkSession, shop: Path, settings: Settings) -> None:
    lines_file(shop, GOOD)
    (shop / "lines.jsonl").write_text(
        '{"order": "o1", "code": " ab1 ", "time": "2024-03-10T08:30:00Z", "pieces": 2, "price": 1.50,'
        ' "customer": "c1"}\n'
        '{"order": "o1", "code": "AB1", "time": "2024-01-31 23:59:00", "pieces": -1, "price": 1.5, "customer": ""}\n'
        '\n{"order": "o2", "code": "ab2", "time": "2024-02-01 00:00:00", "pieces": 3.0, "price": 0.5,'
        ' "customer": "c2", "more": [1]}\n'
        '{"order": "o3"\n[1]\n"o4"\n'
    )
    columns = {
        "order": ["o1", "o1", "o2"],
        "code": [" ab1 ", "AB1", "ab2"],
        "time": ["2024-03-10T08:30:00Z", "2024-01-31 23:59:00", "2024-02-01 00:00:00"],
        "pieces": [2.0, -1.0, 3.0],
        "price": [1.5, 1.5, 0.5],
        "customer": ["c1", None, "c2"],
    }
    pq.write_table(pa.table(columns), shop / "lines.parquet")
    same = []
    for form in ("csv", "jsonl", "parquet"):
        mapping = SHOP.replace('files: "lines*.csv"', f'files: "lines*.{form}"\n    format: {form}')
        tables, books = ingest(spark, mapping, shop, bearing(settings, 1.0))
        keep = ("order_id", "sku", "order_time", "quantity", "unit_price", "customer_id")
        same.append(sorted(str([row[name] for name in keep]) for row in tables["order_lines"]))
        assert books["lines"].bad == (3 if form == "jsonl" else 0), tables["quarantine"]
    assert same[0] == same[1] == same[2]


def test_typed_times_of_parquet_are_moments_or_local_as_their_type_says(
    spark: SparkSession, shop: Path, settings: Settings
) -> None:
    shop.mkdir()
    local, moment = dt.datetime(2024, 1, 1, 12), dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)
    for name, time in (("local", local), ("moment", moment)):
        row = {"order": [name], "code": ["a"], "time": [time], "pieces": [1], "price": [1.0], "customer": ["c"]}
        pq.write_table(pa.table(row), shop / f"{name}.parquet")
        mapping = SHOP.replace('files: "lines*.csv"', f"files: {name}.parquet\n    format: parquet")
        [line] = ingest(spark, mapping, shop, settings)[0]["order_lines"]
        assert line["order_time"].astimezone(dt.UTC).hour == (17 if name == "local" else 12)


def test_above_the_borne_share_it_stops_with_counts_by_rule(
    spark: SparkSession, shop: Path, settings: Settings
) -> None:
    lines_file(shop, [*GOOD, BAD[0][0], BAD[2][0]])
    with pytest.raises(
        SourceError, match=r"2 of 5 rows are bad \(quantity_type 1, unit_price_type 1\), more than .* 0\.1"
    ):
        ingest(spark, SHOP, shop, bearing(settings, 0.1))


def test_a_file_cut_short_in_the_middle_is_named(spark: SparkSession, shop: Path, settings: Settings) -> None:
    import gzip

    path = lines_file(shop, [f"o{number},a,2024-01-01 10:00:00,1,1,c" for number in range(200_000)])
    (shop / "lines.csv.gz").write_bytes(gzip.compress(path.read_bytes())[:-500])
    path.unlink()
    with pytest.raises(SourceError, match=r"damaged or cut short.*lines\.csv\.gz") as error:
        ingest(spark, SHOP, shop, settings)
    assert "\n" not in str(error.value)


def test_files_of_one_input_must_share_a_header(spark: SparkSession, shop: Path, settings: Settings) -> None:
    lines_file(shop, GOOD, "lines_1.csv")
    (shop / "lines_2.csv").write_text("code,order,time,pieces,price,customer\na,o,2024-01-01 10:00:00,1,1,c\n")
    with pytest.raises(
        SourceError, match=r"columns differ from lines_1\.csv: expected order, code.*found code, order.*lines_2\.csv"
    ):
        ingest(spark, SHOP, shop, settings)


line = st.one_of(
    st.sampled_from([*GOOD, *(bad for bad, _ in BAD if len(bad) < 1000)]),
    st.builds(
        "o{},p,2024-01-0{} 1{}:00:00,{},1,c".format,
        st.integers(0, 3),
        st.integers(1, 9),
        st.integers(0, 9),
        st.integers(-2, 2),
    ),
    st.just(""),
)


@limits(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(lines=st.lists(line, min_size=1, max_size=40))
def test_the_books_balance_for_any_mixture_of_lines(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory, settings: Settings, lines: list[str | bytes]
) -> None:
    lines = [*lines, GOOD[0]]
    folder = tmp_path_factory.mktemp("any")
    lines_file(folder, lines)
    tables, books = ingest(spark, SHOP, folder, bearing(settings, 1.0))
    bad = {bad for bad, _ in BAD}
    zero = [text for text in lines if isinstance(text, str) and ",0,1,c" in text]
    encoding = [text for text in lines if isinstance(text, bytes)]
    texts = Counter(text for text in lines if text and not isinstance(text, bytes))
    judged = {text for text in texts if text in bad or text in zero}
    assert books["lines"].read == len([text for text in lines if text])
    assert books["lines"].duplicates == sum(texts.values()) - len(texts)
    assert books["lines"].bad == len(tables["quarantine"]) == len(judged) + len(encoding)
    assert len(tables["order_lines"]) == len(texts) - len(judged)


def test_the_header_alone_is_no_data(spark: SparkSession, shop: Path, settings: Settings) -> None:
    shop.mkdir()
    (shop / "lines.csv").write_text(HEADER)
    with pytest.raises(SourceError, match="holds no rows"):
        ingest(spark, SHOP, shop, settings)
