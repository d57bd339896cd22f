"""A source's files → rows of our tables, the quarantine and the ingest log, in one pass over the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f

from supplyline.config import Settings
from supplyline.errors import SourceError
from supplyline.sources.balance import SUPERSEDED, Books, check_all
from supplyline.sources.inputs import Input
from supplyline.sources.mapping import SourceMapping
from supplyline.sources.records import DAMAGED, END, GOOD, RAW_BYTES
from supplyline.spark.ingest_columns import Scope
from supplyline.spark.ingest_lookups import join_lookups
from supplyline.spark.ingest_records import NO_FIELDS, Records, distinct_records, read_input, text_of
from supplyline.spark.ingest_rows import BOOKKEEPING, Output, judged, made_again, rows_of, unreadable
from supplyline.spark.schema import spark_schema
from supplyline.tables import INGEST_LOG, QUARANTINE, Table


@dataclass(frozen=True)
class Ingested:
    """The rows of each table, ready to be written, and the balanced books behind them."""

    tables: Mapping[Table, DataFrame]
    books: list[Books]


@dataclass(frozen=True)
class _Read:
    """One input as it is read: its records, and their fields as text."""

    records: Records
    frame: DataFrame
    name: str
    item: Input


@contextmanager
def ingested(spark: SparkSession, mapping: SourceMapping, folder: Path, settings: Settings) -> Iterator[Ingested]:
    """Read a source below `folder` as its mapping says. The frames are cached inside the context.

    Raises SourceError where a file can't be used, the books do not balance, or more than
    `settings.ingest.max_bad_share` of an input is bad: before anything is written.
    """
    with ExitStack() as cached:
        reads = {name: _read(spark, mapping, name, folder, settings, cached) for name in mapping.inputs}
        rows: dict[Table, list[DataFrame]] = {}
        books, bad = [], []
        for name in mapping.inputs:
            frame, outputs, again = _rows(mapping, reads[name], reads, settings)
            frame = _keep(frame, outputs, again, cached)
            books.append(_books(mapping.source, reads[name], frame))
            for target, part in _good(frame, outputs).items():
                rows.setdefault(target, []).append(part)
            if books[-1].bad:  # else the whole input would be looked through for nothing
                bad.append(_bad(mapping.source, reads[name], frame))
        check_all(books, settings.ingest.max_bad_share)
        tables = {target: reduce(DataFrame.unionByName, parts) for target, parts in rows.items()}
        none_bad = spark.createDataFrame([], spark_schema(QUARANTINE))
        tables[QUARANTINE] = reduce(DataFrame.unionByName, bad, none_bad)
        log = [row for item in books for row in item.rows()]
        tables[INGEST_LOG] = spark.createDataFrame(log, spark_schema(INGEST_LOG))
        yield Ingested(tables, books)


def _read(
    spark: SparkSession, mapping: SourceMapping, name: str, folder: Path, settings: Settings, cached: ExitStack
) -> _Read:
    item = mapping.inputs[name]
    records = read_input(spark, name, item, folder, mapping.fields_read(name), settings.ingest.max_record_bytes)
    frame = distinct_records(records, item.duplicates == "keep").withColumn("fields", records.fields())
    no_fields = f.col("fields").isNull() | f.col(f"fields.{NO_FIELDS}").isNotNull()
    frame = frame.withColumn("no_fields", no_fields)
    if mapping.looked_up(name):
        frame = _cached(frame, cached)
    return _Read(records, frame, name, item)


def _cached(frame: DataFrame, cached: ExitStack) -> DataFrame:
    frame = frame.persist()
    cached.callback(frame.unpersist)
    return frame


def _rows(
    mapping: SourceMapping, read: _Read, reads: Mapping[str, _Read], settings: Settings
) -> tuple[DataFrame, list[Output], dict[str, Column]]:
    """Judged records of one input, what becomes of them, and the columns that need not be kept."""
    if read.item.table is None:
        return _lookup_rows(read.frame), [], {}
    shop = settings.shop
    taken = {
        "source": f.lit(mapping.source),
        "currency": f.lit(mapping.currency or shop.currency),
        "file": read.records.source_file(),
        "line": read.records.source_line(),
        "record_id": _hash(f.lit(f"{mapping.source}/{read.name}"), f.col("copy"), f.col("raw")),
        "class": f.col("class"),
    }
    scope = Scope(mapping.timezone or shop.timezone, read.item.timestamps, taken, text_of(read.records), {}, {})
    sides = {name: (other.frame, text_of(other.records)) for name, other in reads.items()}
    frame, scope = join_lookups(read.frame, read.item, scope, sides)
    return *rows_of(frame, read.item, scope), made_again(read.item, scope)


def _hash(*parts: Column) -> Column:
    """24 hexadecimal digits of SHA-256: 96 bits, so that ids of a billion rows do not collide."""
    return f.substring(f.sha2(f.concat_ws("\n", *[part.cast("string") for part in parts]), 256), 1, 24)


def _keep(frame: DataFrame, outputs: list[Output], again: dict[str, Column], cached: ExitStack) -> DataFrame:
    """Cache what is written or counted; the raw text stays only where the quarantine or the books need it."""
    raw = f.when(f.col("rule").isNotNull(), f.substring("raw", 1, RAW_BYTES))
    kept = dict.fromkeys(column for output in outputs for column in output.kept if column not in again)
    return _cached(frame.select(*BOOKKEEPING, raw.alias("raw"), *kept), cached).withColumns(again)


def _books(source: str, read: _Read, frame: DataFrame) -> Books:
    """Count every outcome in the pass that fills the cache. Raises SourceError where a file turns out damaged."""
    no_record = f.col("mark") >= END
    groups = frame.groupBy("mark", "class", "rule", f.when(no_record, f.col("raw")).alias("said"))
    found = groups.agg(f.count("*").alias("rows"), f.sum(f.col("copies") - 1).alias("duplicates")).collect()
    total, duplicates = 0, 0
    outcomes = dict.fromkeys(read.item.outcomes, 0)
    quarantined: dict[str, int] = {}
    for row in found:
        if row["mark"] == DAMAGED:
            raise SourceError(row["said"])
        if row["mark"] == END:
            total += int(row["said"]) * row["rows"]
            continue
        counts, kind = (outcomes, row["class"]) if row["rule"] is None else (quarantined, row["rule"])
        counts[kind] = counts.get(kind, 0) + row["rows"]
        duplicates += row["duplicates"]
    return Books(source, read.name, total, outcomes, duplicates, quarantined)


def _good(frame: DataFrame, outputs: list[Output]) -> dict[Table, DataFrame]:
    """Rows of each table; several outputs of one table (an unpivoted record) come from one pass."""
    good = frame.where((f.col("mark") == GOOD) & f.col("rule").isNull() & (f.col("class") != SUPERSEDED))
    by_table: dict[Table, list[Output]] = {}
    for output in outputs:
        by_table.setdefault(output.table, []).append(output)
    return {target: _rows_of_table(good, target, parts) for target, parts in by_table.items()}


def _rows_of_table(good: DataFrame, target: Table, outputs: list[Output]) -> DataFrame:
    if len(outputs) == 1:
        return good.where(outputs[0].applies).select(_columns(outputs[0]))
    rows = f.array(*[f.when(output.applies, f.struct(*_columns(output))) for output in outputs])
    return good.select(f.explode(f.filter(rows, lambda row: row.isNotNull())).alias("row")).select("row.*")


def _columns(output: Output) -> list[Column]:
    fields = spark_schema(output.table).fields
    return [output.written.get(field.name, f.lit(None)).cast(field.dataType).alias(field.name) for field in fields]


def _bad(source: str, read: _Read, frame: DataFrame) -> DataFrame:
    """Rows of the quarantine."""
    bad = frame.where((f.col("mark") < END) & f.col("rule").isNotNull())
    columns = {
        "quarantine_id": _hash(f.lit(f"{source}/{read.name}"), f.col("position"), f.col("copy"), f.col("raw")),
        "source": f.lit(source),
        "input": f.lit(read.name),
        "source_file": read.records.source_file(),
        "source_line": read.records.source_line(),
    }
    return bad.select(*[columns.get(name, f.col(name)).alias(name) for name in QUARANTINE.column_names])


def _lookup_rows(frame: DataFrame) -> DataFrame:
    """Records of an input that only serves lookups, judged by whether they can be read."""
    return judged(frame.withColumn("class", f.lit("lookup")), list(unreadable()))
