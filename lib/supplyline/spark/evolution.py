"""Tables that were written under an older contract: what a contract may gain without anything being built again.

A column that may be empty is added, empty in the rows there are; checks are made those of the contract, on which the
rows that are there are tried. A new required column, another type or an unknown column is another schema.
"""

from __future__ import annotations

from delta.tables import DeltaTable
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.types import StructField, StructType

from supplyline.errors import TableError
from supplyline.spark.schema import differences, spark_schema
from supplyline.tables import Table
from supplyline.tables.checks import constraints

FIX = "move the table away and build it again, or use another --warehouse"
CHECK = "delta.constraints."


def in_todays_columns(frame: DataFrame, table: Table, path: str) -> DataFrame:
    """The rows of a table with the contract's columns in order, those it lacks empty.

    Raises TableError where it differs by more than columns that may be empty.
    """
    lacking = _lacking(frame.schema, table, path)
    empty = {field.name: f.lit(None).cast(field.dataType) for field in lacking}
    return frame.withColumns(empty).select(table.column_names)


def bring_up_to_date(spark: SparkSession, table: Table, path: str) -> None:
    """Give an older table the contract's columns and checks, each a commit; nothing where it has them.

    Raises TableError, before anything is changed where it has another schema.
    """
    lacking = _lacking(DeltaTable.forPath(spark, path).toDF().schema, table, path)
    if lacking:
        columns = ", ".join(f"`{field.name}` {field.dataType.simpleString()}" for field in lacking)
        spark.sql(f"ALTER TABLE delta.`{path}` ADD COLUMNS ({columns})")
    found = {row["key"]: row["value"] for row in spark.sql(f"SHOW TBLPROPERTIES delta.`{path}`").collect()}
    there = {name.removeprefix(CHECK): sql for name, sql in found.items() if name.startswith(CHECK)}
    wanted = {check.name: check.sql for check in constraints(table)}
    for name in sorted(name for name, sql in there.items() if _bare(wanted.get(name)) != _bare(sql)):
        spark.sql(f"ALTER TABLE delta.`{path}` DROP CONSTRAINT `{name}`")
    for name in sorted(name for name, sql in wanted.items() if _bare(there.get(name)) != _bare(sql)):
        _add_check(spark, table, path, name, wanted[name])


def _bare(sql: str | None) -> str:
    """A check without its spaces: Delta keeps one that was added later with spaces of its own."""
    return "".join((sql or "").split())


def _lacking(found: StructType, table: Table, path: str) -> list[StructField]:
    """The contract's columns that the schema lacks; TableError where that is not all, or they may not be empty."""
    names = set(found.fieldNames())
    lacking = [field for field in spark_schema(table).fields if field.name not in names]
    problems = differences(found, table)
    if len(problems) > len(lacking) or any(not field.nullable for field in lacking):
        raise TableError(f"table {table.name} has another schema: {'; '.join(problems)}", where=path, fix=FIX)
    return lacking


def _add_check(spark: SparkSession, table: Table, path: str, name: str, sql: str) -> None:
    try:
        spark.sql(f"ALTER TABLE delta.`{path}` ADD CONSTRAINT `{name}` CHECK ({sql})")
    except PySparkException as error:
        if "CONSTRAINT" not in str(error):
            raise
        what = f"table {table.name} has rows from before that break {name}: {sql}"
        raise TableError(what, where=path, fix=FIX) from error
