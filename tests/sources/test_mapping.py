"""Mappings are data of a closed vocabulary; every mistake is named with its line and what is allowed."""

from __future__ import annotations

import re

import pytest

from supplyline.config import conf_texts
from supplyline.errors import ConfigError, SourceError
from supplyline.sources.mapping import load_mapping, parse_mapping
from supplyline.sources.operations import OPERATIONS

GOOD = """\
source: shop
inputs:
  lines:
    files: lines.csv
    table: order_lines
    columns:
      order_line_id: {take: record_id}
      order_id: order
      line_type: {constant: sale}
      sku: {from: code, ops: [strip, upper]}
      order_time: time
      order_date: {date_of: order_time}
      quantity: pieces
      unit_price: {from: price, ops: [decimal_comma]}
      amount: {product_of: [quantity, unit_price]}
derive: [products]
"""


@pytest.mark.parametrize("name", sorted(conf_texts("sources")))
def test_shipped_mappings_fit_the_contracts(name: str) -> None:
    assert load_mapping(name).source == name


def test_a_small_mapping_is_enough() -> None:
    mapping = parse_mapping(GOOD, "shop.yaml")
    assert mapping.fields_read("lines") == {"order", "code", "time", "pieces", "price"}
    assert {"currency", "source", "warehouse"} <= set(mapping.inputs["lines"].all_columns)


MISTAKES = [
    ("strip, upper", "strip, shout", r"shop\.yaml:10\).*", r"no operation 'shout'; use one of strip, squeeze, upper"),
    (
        "decimal_comma",
        "remove_suffix",
        r"shop\.yaml:14\)",
        r"does not take None; write it like `remove_suffix: \".0\"`",
    ),
    ("sku:", "skuu:", r"shop\.yaml:10\)", r"no column 'skuu'; it has order_line_id, order_id"),
    ("date_of: order_time", "date_of: ordered", r"shop\.yaml:12\)", "uses ordered, which is not mapped above"),
    ("      order_id: order\n", "", r"shop\.yaml:6\)", "also needs order_id"),
    ("from: code", "form: code", r"shop\.yaml:10\)", "unknown key 'form'; use one of from, constant, column"),
    ("take: record_id", "take: number", r"shop\.yaml:7\)", "'class', 'record_id', 'file'"),
    (
        "{date_of: order_time}",
        "{date_of: order_time, from: x}",
        r"shop\.yaml:12\)",
        "exactly one of .*found from and date_of",
    ),
    ("table: order_lines", "table: orders", r"shop\.yaml:5\)", "no table 'orders'; use one of"),
    (
        "files: lines.csv",
        "files: lines.csv\n    format: xls",
        r"shop\.yaml:5\)",
        "'csv', 'jsonl', 'parquet' or 'table'",
    ),
    (
        "source: shop",
        "source: shop\ntimezone: Europe/Lodnon",
        r"shop\.yaml:2\)",
        "'Europe/Lodnon' is no IANA time zone",
    ),
    ("derive: [products]", "derive: [suppliers]", r"shop\.yaml:16\)", "'products' or 'customers'"),
    (
        "    table:",
        "    classes: [{class: sale, when: {pieces: {greater_than: 0}}}]\n    table:",
        r"yaml:5\)",
        "tests pieces, which is not mapped",
    ),
    (
        "    table:",
        "    classes: [{class: sale, when: {quantity: {above: 0}}}]\n    table:",
        r"yaml:5\)",
        "unknown key 'above'; use one of matches",
    ),
]


@pytest.mark.parametrize(("old", "new", "place", "words"), MISTAKES, ids=[words for *_, words in MISTAKES])
def test_a_mistake_is_named_with_its_line_and_what_is_allowed(old: str, new: str, place: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError) as error:
        parse_mapping(GOOD.replace(old, new, 1), "shop.yaml")
    assert re.search(place, str(error.value))
    assert re.search(words, str(error.value))
    assert "\n" not in str(error.value)


def test_broken_yaml_is_named_with_its_line() -> None:
    with pytest.raises(ConfigError, match=r"broken YAML: .*\(shop\.yaml:5\)"):
        parse_mapping(GOOD.replace("files: lines.csv", "files: [lines.csv"), "shop.yaml")


def test_an_unknown_source_lists_the_known_ones() -> None:
    with pytest.raises(SourceError, match="no source 'shop'.*use one of olist, online_retail_ii"):
        load_mapping("shop")


def test_every_operation_has_a_meaning_and_a_name_of_its_own() -> None:
    assert all(item.meaning and item.example.startswith(name) for name, item in OPERATIONS.items())
