"""A source's files, table or exports → silver tables, quarantine and ingest log, as conf/sources/<source>.yaml says."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from pyspark.sql import DataFrame

from supplyline.config import job_parser, settings_from
from supplyline.errors import exit_cleanly
from supplyline.logs import get_logger
from supplyline.marts.master_data import customers_of, filled_in, products_of
from supplyline.sources.files import bundled_data
from supplyline.sources.mapping import load_mapping
from supplyline.spark.ingest import ingested
from supplyline.spark.session import spark_session
from supplyline.spark.tables import write_tables
from supplyline.tables import CUSTOMERS, ORDER_LINES, PRODUCTS, STOCK_MOVEMENTS, Table


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = job_parser(__doc__, as_of=False)
    parser.add_argument("--source", default="online_retail_ii", help="name of a mapping in conf/sources")
    parser.add_argument("--input", type=Path, help="folder of the source's files (default: the bundled data)")
    return parser.parse_args(argv)


def with_master_data(tables: Mapping[Table, DataFrame], derive: Sequence[str]) -> dict[Table, DataFrame]:
    lines = tables.get(ORDER_LINES)
    found = dict(tables)
    for target in (PRODUCTS, CUSTOMERS):
        if target.name in derive and lines is not None:
            goods = tables.get(STOCK_MOVEMENTS, lines)
            derived = products_of(lines, goods) if target == PRODUCTS else customers_of(lines)
            found[target] = filled_in(found[target], derived, target) if target in found else derived
    return found


def main(argv: Sequence[str] | None = None) -> None:
    args = parse_args(argv)
    settings, log = settings_from(args), get_logger(job="ingest", source=args.source)
    mapping = load_mapping(args.source)
    folder = args.input or bundled_data()
    with spark_session("ingest", settings) as spark, ingested(spark, mapping, folder, settings) as found:
        for books in found.books:
            log.info("read", input=books.input, read=books.read, duplicates=books.duplicates, quarantined=books.bad)
        tables = with_master_data(found.tables, mapping.derive)
        for target, rows in write_tables(tables, replace={"source": mapping.source}).items():
            log.info("written", table=target.name, rows=rows)


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
