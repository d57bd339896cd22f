"""Tables in and out of Spark, held to their contracts."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from delta.tables import DeltaTable
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from supplyline import __version__
from supplyline.errors import ContractError, TableError
from supplyline.spark.evolution import bring_up_to_date, in_todays_columns
from supplyline.spark.schema import differences, spark_schema
from supplyline.spark.session import INPUTS, JOB, RUN_ID, WAREHOUSE
from supplyline.tables import Table
from supplyline.tables.checks import constraints
from supplyline.tables.warehouse import Warehouse

SIDE_BY_SIDE = 3  # tables that are written at a time


def table_exists(spark: SparkSession, table: Table) -> bool:
    """True where the warehouse of the session has the table."""
    return DeltaTable.isDeltaTable(spark, _warehouse(spark).path(table))


def read_table(
    spark: SparkSession, table: Table, *, since: dt.date | None = None, until: dt.date | None = None
) -> DataFrame:
    """The table's rows with the contract's columns in order.

    `since` and `until` bound the `date` column, both inclusive. A column that the contract gained since the table was
    written is empty. Raises TableError where the table is missing or of another schema.
    """
    if not table_exists(spark, table):
        raise TableError(
            "table is not built yet", where=_warehouse(spark).path(table), fix=f"run the job that writes {table.name}"
        )
    path = _warehouse(spark).path(table)
    frame = in_todays_columns(spark.read.format("delta").load(path), table, path)
    _note_input(spark, table)
    if since is not None:
        frame = frame.where(f.col("date") >= f.lit(since))
    if until is not None:
        frame = frame.where(f.col("date") <= f.lit(until))
    return frame


def write_table(frame: DataFrame, table: Table, *, replace: Mapping[str, object] | None = None) -> int:
    """Write a frame as the whole table, or in place of the rows where the `replace` columns have those values.

    Holds the table's lock, keeps the run id, code version and input versions in the commit. Returns the rows written.
    Raises ContractError (frame or row breaks the contract), TableError (not writable, other schema), LockedError.
    """
    spark = frame.sparkSession
    problems = differences(frame.schema, table)
    if problems:
        raise ContractError(
            "; ".join(problems), where=f"frame for table {table.name}", fix="give the contract's columns"
        )
    warehouse = _warehouse(spark)
    with warehouse.lock(table):
        _create_or_update(spark, table, warehouse.path(table))
        writer = frame.select(table.column_names).write.format("delta").mode("overwrite")
        writer = writer.option("userMetadata", _commit_metadata(spark))
        if replace is not None:
            writer = writer.option(
                "replaceWhere", " AND ".join(_equals(name, value) for name, value in replace.items())
            )
        try:
            writer.save(warehouse.path(table))
        except (Py4JJavaError, PySparkException) as error:
            raise _translated(error, table) from error
        return _rows_written(spark, warehouse.path(table))


def write_tables(frames: Mapping[Table, DataFrame], *, replace: Mapping[str, object] | None = None) -> dict[Table, int]:
    """`write_table` for several tables side by side: while one is planned, by one thread, others keep the cores busy.

    Each is a commit of its own. When all have ended the first error is raised, in the order of `frames`.
    """
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        written = {target: pool.submit(write_table, frame, target, replace=replace) for target, frame in frames.items()}
    return {target: rows.result() for target, rows in written.items()}


def _warehouse(spark: SparkSession) -> Warehouse:
    return Warehouse(str(spark.conf.get(WAREHOUSE)))


def _create_or_update(spark: SparkSession, table: Table, path: str) -> None:
    try:
        if DeltaTable.isDeltaTable(spark, path):
            bring_up_to_date(spark, table, path)
            return
        builder = DeltaTable.createIfNotExists(spark).location(path).addColumns(spark_schema(table))
        for check in constraints(table):
            builder = builder.property(f"delta.constraints.{check.name}", check.sql)
        builder.comment(table.description).execute()
    except (Py4JJavaError, PySparkException) as error:
        raise _translated(error, table) from error


def _equals(name: str, value: object) -> str:
    text = str(value).replace("'", "''")
    return f"{name} = DATE'{text}'" if isinstance(value, dt.date) else f"{name} = '{text}'"


def _note_input(spark: SparkSession, table: Table) -> None:
    """Remember which version of the table this session read; the next commit carries it."""
    history = DeltaTable.forPath(spark, _warehouse(spark).path(table)).history(1)
    spark.conf.set(INPUTS + table.name, str(history.select("version").head()[0]))  # type: ignore[index]


def _commit_metadata(spark: SparkSession) -> str:
    options = spark.conf.getAll
    inputs = {name.removeprefix(INPUTS): int(value) for name, value in options.items() if name.startswith(INPUTS)}
    values = {
        "run_id": spark.conf.get(RUN_ID),
        "job": spark.conf.get(JOB),
        "code_version": __version__,
        "inputs": inputs,
    }
    return json.dumps(values, sort_keys=True)


def _rows_written(spark: SparkSession, path: str) -> int:
    last = DeltaTable.forPath(spark, path).history(1).select("operationMetrics").head()
    return int(last[0].get("numOutputRows", 0)) if last else 0


def _translated(error: Exception, table: Table) -> ContractError | TableError:
    """Delta's long Java errors as one line of ours."""
    java = getattr(error, "java_exception", None)
    text = str(java) if java is not None else str(error)
    # With replaceWhere a broken check is told inside a message about the condition.
    named = re.search(r"\[(DELTA_[A-Z_.]*CONSTRAINT[A-Z_.]*)\] *(.*)", text)
    named = named or re.search(r"\[(DELTA_[A-Z_.]+)\] *(.*)", text)
    if named and "CONSTRAINT" in named[1]:
        fix = "mend the row where it comes from, or the contract"
        return ContractError(f"a row breaks the contract: {named[2]}", where=f"table {table.name}", fix=fix)
    cause = [line for line in text.splitlines() if line.startswith("Caused by")] or text.splitlines()
    what = named[2] if named else cause[-1]
    return TableError(
        f"can't be written: {what[:300]}", where=f"table {table.name}", fix="mend the cause and run it again"
    )
