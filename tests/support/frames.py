"""Small pandas frames as Spark frames of a contract."""

from __future__ import annotations

import pandas as pd
from pyspark.sql import DataFrame, SparkSession

from supplyline.spark.schema import spark_schema
from supplyline.tables import Table


def of_contract(spark: SparkSession, rows: pd.DataFrame, table: Table) -> DataFrame:
    """`rows`, which have the contract's columns in any order, as a Spark frame of that contract."""
    return spark.createDataFrame(rows[table.column_names], spark_schema(table))
