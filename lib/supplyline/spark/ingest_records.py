"""Files and database tables as records: one row a record with its raw text and its fields as text."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql import types as t

from supplyline.errors import SourceError
from supplyline.sources.files import COMPRESSED, field_names, find_files
from supplyline.sources.mapping import Input
from supplyline.sources.records import DAMAGED, END, GOOD, Layout, record_batches


# A record's position is the number of its file times this, plus its line.
LINES_A_FILE = 1 << 40
PARTITION_BYTES = 64 << 20
UNPACKED = 8  # a packed file is about so many times larger when it is unpacked


@dataclass(frozen=True)
class Records:
    """Frame [position, raw, mark, fields…] of an input before copies are dropped, and how it is read on.

    `fields` maps each of the input's columns to an expression over `raw` or over the frame's own columns.
    """

    frame: DataFrame
    files: Sequence[str]
    names: Sequence[str]
    partitions: int
    read: int | None = None  # None where the frame's END rows say it


def read_input(spark: SparkSession, name: str, item: Input, folder: Path, needed: set[str], max_bytes: int) -> Records:
    """The records of one input. Raises SourceError where a file, a column or the database can't be used."""
    if item.format == "table":
        return _table_records(spark, name, item, needed)
    files = find_files(folder, item.files or "")
    if item.format == "parquet":
        return _parquet_records(spark, files, folder, needed)
    return _text_records(spark, files, folder, item, needed, max_bytes)


def _text_records(
    spark: SparkSession, files: list[Path], folder: Path, item: Input, needed: set[str], max_bytes: int
) -> Records:
    heads = [field_names(path, item, needed) for path in files]
    names = heads[0][0]
    for path, (other, _) in zip(files, heads, strict=True):
        if other != names and item.format == "csv":
            what = f"columns differ from {files[0].name}: expected {', '.join(names)}; found {', '.join(other)}"
            raise SourceError(what, where=str(path), fix="give the files one header, or an input each")
    csv = item.csv
    layouts = [_layout(item, header, max_bytes) for _, header in heads]
    paths = [str(path.absolute()) for path in files]
    ids = spark.range(0, len(files), 1, len(files))
    frame = ids.mapInArrow(_reader(paths, layouts), "position long, raw string, mark int")
    size = sum(path.stat().st_size * (UNPACKED if path.suffix in COMPRESSED else 1) for path in files)
    partitions = max(spark.sparkContext.defaultParallelism, -(-size // PARTITION_BYTES))
    del csv
    return Records(frame, [str(path.relative_to(folder)) for path in files], names, partitions)


def _layout(item: Input, header: bool, max_bytes: int) -> Layout:
    if item.format == "jsonl":
        return Layout(max_bytes=max_bytes)
    csv = item.csv
    return Layout(header, csv.encoding, csv.multiline, csv.delimiter, csv.quote, max_bytes)


def _reader(paths: list[str], layouts: list[Layout]):  # type: ignore[no-untyped-def]
    """Function of mapInArrow: file numbers in, batches [position, raw, mark] out."""

    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                for part in record_batches(Path(paths[number]), layouts[number]):
                    position = pa.compute.add(part.column(0), number * LINES_A_FILE)
                    columns = [position, part.column(1), part.column(2)]
                    yield pa.RecordBatch.from_arrays(columns, names=["position", "raw", "mark"])

    return read
