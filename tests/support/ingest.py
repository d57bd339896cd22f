"""A small shop's file and mapping, and an ingest of it into plain Python rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from supplyline.config import Settings
from supplyline.sources.balance import Books
from supplyline.sources.mapping import parse_mapping
from supplyline.spark.ingest import ingested

HEADER = "order,code,time,pieces,price,customer\n"
SHOP = """\
source: shop
timezone: America/New_York
currency: USD
inputs:
  lines:
    files: "lines*.csv"
    table: order_lines
    columns:
      order_line_id: {take: record_id}
      order_id: order
      line_type: {take: class}
      sku: {from: code, ops: [strip, upper]}
      customer_id: customer
      order_time: time
      order_date: {date_of: order_time}
      quantity: pieces
      unit_price: price
      amount: {product_of: [quantity, unit_price]}
    classes:
      - {class: return, when: {quantity: {less_than: 0}}}
      - {class: sale}
    also:
      - table: stock_movements
        columns:
          movement_id: {column: order_line_id}
          movement_time: {column: order_time}
          movement_date: {column: order_date}
          sku: {column: sku}
          movement_type: {column: line_type}
          quantity: {column: quantity, ops: [negate]}
          order_id: {column: order_id}
          unit_price: {column: unit_price}
derive: [products, customers]
"""
Rows = list[dict[str, Any]]


def lines_file(folder: Path, lines: Sequence[str | bytes], name: str = "lines.csv") -> Path:
    """A file of the small shop with these lines below its header."""
    folder.mkdir(parents=True, exist_ok=True)
    encoded = [line if isinstance(line, bytes) else line.encode() for line in (HEADER.rstrip("\n"), *lines)]
    path = folder / name
    path.write_bytes(b"\n".join(encoded) + b"\n")
    return path


def ingest(
    spark: SparkSession, mapping: str, folder: Path, settings: Settings
) -> tuple[dict[str, Rows], dict[str, Books]]:
    """Rows of every table by its name, and the books by input; nothing is written."""
    with ingested(spark, parse_mapping(mapping, "mapping.yaml"), folder, settings) as found:
        tables = {table.name: [row.asDict() for row in frame.collect()] for table, frame in found.tables.items()}
        return tables, {books.input: books for books in found.books}


def bearing(settings: Settings, share: float, **options: Any) -> Settings:
    """The settings with another share of bad rows that is borne."""
    update = {"max_bad_share": share, **options}
    return settings.model_copy(update={"ingest": settings.ingest.model_copy(update=update)})
