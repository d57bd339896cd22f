"""Files and database tables as records: one row a record, with its raw text and the place it came from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.compute as pc
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql import types as t

from supplyline.errors import SourceError
from supplyline.sources.files import COMPRESSED, field_names, find_files
from supplyline.sources.inputs import CsvFormat, Database, Input
from supplyline.sources.records import END, GOOD, Layout, record_batches

# A record's position is the number of its file times this, plus its line.
LINES_A_FILE = 1 << 40
PARTITION_BYTES = 64 << 20
UNPACKED = 8  # how many times larger a packed file is about to be
NO_FIELDS = "_no_fields"


@dataclass(frozen=True)
class Records:
    """Frame [position, raw, mark] of an input as it was read, and how to go on from there.

    position: long, see LINES_A_FILE. raw: the record's text. mark: see supplyline.sources.records; each file ends with
    a row marked END or DAMAGED.
    """

    frame: DataFrame
    files: Sequence[str]
    names: Sequence[str]
    partitions: int
    csv: CsvFormat | None = None

    def fields(self) -> Column:
        """The record's fields as a struct of texts named c0, c1, …; NO_FIELDS is not null where they can't be told."""
        if self.csv is None:
            return _json_fields(self.names)
        columns = [f"c{number} string" for number in range(len(self.names))]
        options = {
            "sep": self.csv.delimiter,
            "quote": self.csv.quote,
            "escape": self.csv.quote,
            "mode": "PERMISSIVE",
            "columnNameOfCorruptRecord": NO_FIELDS,
            "maxCharsPerColumn": "-1",
        }
        return f.from_csv("raw", ", ".join([*columns, f"{NO_FIELDS} string"]), options)

    def source_file(self) -> Column:
        """Name of the file, relative to the input folder, or of the table."""
        listed = f.array(*[f.lit(name) for name in self.files])
        return f.element_at(listed, (f.shiftright("position", 40) + 1).cast("int"))

    def source_line(self) -> Column:
        """Line in the file (row of a Parquet file), from 1; null for a database table."""
        line = f.col("position").bitwiseAND(f.lit(LINES_A_FILE - 1))
        return f.when(line > 0, line)


def _json_fields(names: Sequence[str]) -> Column:
    fields = [t.StructField(name, t.StringType()) for name in names]
    schema = t.StructType([*fields, t.StructField(NO_FIELDS, t.StringType())])
    parsed = f.from_json("raw", schema, {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": NO_FIELDS})
    columns = [parsed.getField(name).alias(f"c{number}") for number, name in enumerate(names)]
    return f.when(parsed.isNotNull(), f.struct(*columns, parsed.getField(NO_FIELDS).alias(NO_FIELDS)))


def read_input(spark: SparkSession, name: str, item: Input, folder: Path, needed: set[str], max_bytes: int) -> Records:
    """The records of one input. Raises SourceError where a file, a column or the database can't be used."""
    if item.database is not None:
        return _table_records(spark, name, item.database, needed)
    files = find_files(folder, item.files or "")
    if item.format == "parquet":
        return _parquet_records(spark, files, folder, needed)
    return _text_records(spark, files, folder, item, needed, max_bytes)


def _text_records(
    spark: SparkSession, files: list[Path], folder: Path, item: Input, needed: set[str], max_bytes: int
) -> Records:
    heads = [field_names(path, item, needed) for path in files]
    names = heads[0][0]
    for path, (found, _) in zip(files, heads, strict=True):
        if found != names:
            what = f"columns differ from {files[0].name}: expected {', '.join(names)}; found {', '.join(found)}"
            raise SourceError(what, where=str(path), fix="give the files one header, or an input each")
    layouts = [_layout(item, header, max_bytes) for _, header in heads]
    # One task a file: a packed file can't be cut, and a quoted line end can't be told from the middle of a file.
    numbers = spark.range(0, len(files), 1, len(files))
    read = _reader([str(path.absolute()) for path in files], layouts)
    frame = numbers.mapInArrow(read, "position long, raw string, mark int")
    csv = item.csv if item.format == "csv" else None
    return Records(frame, _relative(files, folder), names, _partitions(spark, files), csv)


def _layout(item: Input, header: bool, max_bytes: int) -> Layout:
    if item.format == "jsonl":
        return Layout(max_bytes=max_bytes)
    csv = item.csv
    return Layout(header, csv.encoding, csv.multiline, csv.delimiter, csv.quote, max_bytes)


def _reader(paths: list[str], layouts: list[Layout]) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    """Function of mapInArrow: numbers of files in, batches [position, raw, mark] out."""

    def read(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for number in (number for batch in batches for number in batch.column(0).to_pylist()):
            for part in record_batches(Path(paths[number]), layouts[number]):
                position = pc.add(part.column(0), number * LINES_A_FILE)
                columns = [position, part.column(1), part.column(2)]
                yield pa.RecordBatch.from_arrays(columns, names=["position", "raw", "mark"])

    return read


def _parquet_records(spark: SparkSession, files: list[Path], folder: Path, needed: set[str]) -> Records:
    paths = [str(path.absolute()) for path in files]
    try:
        frame = spark.read.parquet(*paths)
    except (PySparkException, Py4JJavaError) as error:
        raise SourceError("can't be read as Parquet", where=paths[0], fix="check the file") from error
    _check_columns(frame, needed, f"{folder}/{files[0].name}")
    numbers = f.create_map(
        *[f.lit(item) for number, path in enumerate(files) for item in (path.absolute().as_uri(), number)]
    )
    place = numbers[f.col("_metadata.file_path")].cast("long") * LINES_A_FILE + f.col("_metadata.row_index") + 1
    records = frame.select(place.alias("position"), _as_json(frame).alias("raw"))
    return Records(_with_end(records), _relative(files, folder), sorted(needed), _partitions(spark, files))


def _table_records(spark: SparkSession, name: str, database: Database, needed: set[str]) -> Records:
    where = f"input {name}, table {database.relation}"
    try:
        reader = spark.read.format("jdbc").options(**_jdbc_options(database))
        found = reader.option("dbtable", database.relation).load()
        _check_columns(found, needed, where)
        frame = reader.option("dbtable", _as_texts(database.relation, found.columns)).load()
        # One snapshot: a table that changes between two reads would not balance.
        records = frame.select(f.lit(0).cast("long").alias("position"), _as_json(frame).alias("raw")).persist()
        records.count()
    except (PySparkException, Py4JJavaError) as error:
        raise SourceError(
            f"can't be read: {_cause(error, database)}", where=where, fix=f"check {database.url_from}"
        ) from error
    parallelism = spark.sparkContext.defaultParallelism
    return Records(_with_end(records), [database.relation], sorted(needed), parallelism)


def _as_texts(relation: str, columns: Sequence[str]) -> str:
    """A query that makes the server write each value as text: it has values, such as NaN, that Java has not."""
    quoted = ['"' + name.replace('"', '""') + '"' for name in columns]
    return f"(SELECT {', '.join(f'{name}::text AS {name}' for name in quoted)} FROM {relation}) AS records"


def _jdbc_options(database: Database) -> dict[str, str]:
    """JDBC options from the environment variable the mapping names; the password stays out of the address."""
    text = os.environ.get(database.url_from)
    if not text:
        fix = f"export {database.url_from}=postgresql://user:password@host:port/database"
        raise SourceError("environment variable is not set", where=database.url_from, fix=fix)
    url = urlsplit(text.removeprefix("jdbc:"))
    if url.scheme not in {"postgresql", "postgres"} or not url.hostname or not url.path.strip("/"):
        fix = "write postgresql://user:password@host:port/database"
        raise SourceError("environment variable is no PostgreSQL address", where=database.url_from, fix=fix)
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    query = f"?{url.query}" if url.query else ""
    login = {
        "user": unquote(url.username or os.environ.get("PGUSER", "")),
        "password": unquote(url.password or os.environ.get("PGPASSWORD", "")),
    }
    return {
        "url": f"jdbc:postgresql://{host}:{url.port or 5432}{url.path}{query}",
        "driver": "org.postgresql.Driver",
        "fetchsize": "10000",
        **{key: value for key, value in login.items() if value},
    }


def _cause(error: Exception, database: Database) -> str:
    """The first line of the driver's message, without the password."""
    java = getattr(error, "java_exception", None)
    text = str(java if java is not None else error).splitlines()[0][:300]
    password = _jdbc_options(database).get("password", "")
    return text.replace(password, "***") if password else text


def _check_columns(frame: DataFrame, needed: set[str], where: str) -> None:
    missing = sorted(needed - set(frame.columns))
    if missing:
        found = ", ".join(frame.columns)
        what = f"missing column {', '.join(missing)}; expected {', '.join(sorted(needed))}; found {found}"
        raise SourceError(what, where=where, fix="mend the source, or `from` in the mapping")


def _as_json(frame: DataFrame) -> Column:
    return f.to_json(f.struct(*[_text(field).alias(field.name) for field in frame.schema.fields]))


def _text(field: t.StructField) -> Column:
    """A typed column as text; a moment in time keeps its zone, so that it is not taken for the shop's local time."""
    column = f.col(f"`{field.name}`")
    if isinstance(field.dataType, t.TimestampType):
        return f.date_format(column, "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX")
    return column.cast("string")


def _with_end(records: DataFrame) -> DataFrame:
    """Rows of a table with the mark of good ones, and an END row that counts them, as the file reader gives."""
    end = records.agg(f.count("*").cast("string").alias("raw")).select(f.lit(0).cast("long").alias("position"), "raw")
    marked = records.withColumn("mark", f.lit(GOOD))
    return marked.unionByName(end.withColumn("mark", f.lit(END)))


def _partitions(spark: SparkSession, files: list[Path]) -> int:
    size = sum(path.stat().st_size * (UNPACKED if path.suffix in COMPRESSED else 1) for path in files)
    return max(spark.sparkContext.defaultParallelism, -(-size // PARTITION_BYTES))


def _relative(files: Sequence[Path], folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in files]


def distinct_records(records: Records, keep: bool) -> DataFrame:
    """[position, raw, mark, copies]: one row a different record (the first of its kind), `copies` counting all like it.

    With `keep` every record stays, and `copy` numbers equal ones from 1. Marked rows are never taken for copies.
    """
    marked = f.when(f.col("mark") != GOOD, f.col("position"))
    spread = records.frame.withColumn("marked", marked).repartition(records.partitions, "raw")
    groups = spread.groupBy("raw", "mark", "marked")
    if not keep:
        found = groups.agg(f.min("position").alias("position"), f.count("*").alias("copies"))
        return found.select("position", "raw", "mark", "copies", f.lit(1).alias("copy"))
    positions = groups.agg(f.sort_array(f.collect_list("position")).alias("positions"))
    each = positions.select("raw", "mark", f.posexplode("positions").alias("copy", "position"))
    return each.select(
        "position", "raw", "mark", f.lit(1).cast("long").alias("copies"), (f.col("copy") + 1).alias("copy")
    )


def text_of(records: Records) -> Mapping[str, Column]:
    """Column of the input → its text in the struct `fields`, null where it is empty."""
    texts = {name: f.col("fields").getField(f"c{number}") for number, name in enumerate(records.names)}
    # from_csv already gives null for an empty field.
    return texts if records.csv else {name: f.when(text != "", text) for name, text in texts.items()}
