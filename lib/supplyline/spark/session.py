"""The Spark session: local by default, or whatever spark-submit set up."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pyspark.sql import SparkSession

from supplyline.config import Settings, conf_path
from supplyline.jars import jar_paths
from supplyline.logs import run_id
from supplyline.spark.class_archive import archive_options
from supplyline.spark.jvm import start_jvm

WAREHOUSE = "spark.supplyline.warehouse"
RUN_ID = "spark.supplyline.run_id"
JOB = "spark.supplyline.job"
INPUTS = "spark.supplyline.inputs."
# One thread a worker: Spark already runs one worker a core.
SINGLE_THREADED = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")

# The session of this thread: PySpark's own notion of an active session is one for all threads.
_mine: ContextVar[SparkSession | None] = ContextVar("session of this thread", default=None)


@contextmanager
def spark_session(name: str, settings: Settings) -> Iterator[SparkSession]:
    """A session with Delta whose tables lie in `settings.warehouse`.

    Inside another one the running session is used and left running, so that one JVM serves a chain of jobs.
    """
    running = _mine.get() or SparkSession.getActiveSession()
    spark = running or _start(name, settings)
    mine = _mine.set(spark)
    spark.conf.set(WAREHOUSE, settings.warehouse)
    spark.conf.set(RUN_ID, run_id())
    spark.conf.set(JOB, name)
    for read_before in [key for key in spark.conf.getAll if key.startswith(INPUTS)]:
        spark.conf.unset(read_before)
    try:
        yield spark
    finally:
        _mine.reset(mine)
        if running is None:
            spark.stop()


@contextmanager
def session_beside(spark: SparkSession) -> Iterator[None]:
    """A session for this thread alone on the JVM of `spark`: jobs inside run beside those that `spark` runs.

    Which tables a job read is kept in its session: two jobs at a time in one would sign each other's commits.
    """
    mine = _mine.set(spark.newSession())
    try:
        yield
    finally:
        _mine.reset(mine)


def _start(name: str, settings: Settings) -> SparkSession:
    for variable in SINGLE_THREADED:
        os.environ.setdefault(variable, "1")
    # Without it workers take the system's Python, which has none of our packages.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    options = {"spark.app.name": name} | _delta_options() | _options_outside_submit(settings) | settings.spark.options
    if not _submitted():
        return SparkSession(start_jvm(options))
    builder = SparkSession.builder
    for key, value in options.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def _submitted() -> bool:
    """True under spark-submit, whose master, memory and class path then hold."""
    return "PYSPARK_GATEWAY_PORT" in os.environ


def _delta_options() -> dict[str, str]:
    return {
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.session.timeZone": "UTC",
        "spark.databricks.delta.snapshotPartitions": "1",
        # delta-rs, DuckDB and Polars read the data files themselves and know no deletion vectors.
        "spark.databricks.delta.properties.defaults.enableDeletionVectors": "false",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        # A bucket is one grouped call, so its rows must not be cut into many small Arrow batches.
        "spark.sql.execution.arrow.maxRecordsPerBatch": "100000",
        # The JVM interprets a method of more bytes for ever; Spark then cuts the code into smaller ones.
        "spark.sql.codegen.hugeMethodLimit": "8000",
        # Frames are cached for a few writes and dropped: packing them tightly took a quarter of an ingest's CPU.
        "spark.sql.inMemoryColumnarStorage.compressed": "false",
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "4",
    }


def _options_outside_submit(settings: Settings) -> dict[str, str]:
    if _submitted():
        return {}
    return {
        "spark.master": settings.spark.master,
        "spark.driver.memory": settings.spark.driver_memory,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraClassPath": os.pathsep.join(map(str, jar_paths("spark"))),
        "spark.driver.extraJavaOptions": " ".join(_java_options()),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": str(settings.spark.shuffle_partitions),
    }


def _java_options() -> list[str]:
    """Two cores are better used than by a collector's threads, and by compiling what runs for seconds."""
    directives = f'"-XX:CompilerDirectivesFile={conf_path("spark_compiler.json")}"'
    return ["-XX:+UseSerialGC", "-Xshare:auto", "-XX:+UnlockDiagnosticVMOptions", directives, *archive_options()]
