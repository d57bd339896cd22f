"""Sessions that share a JVM: jobs in them neither see nor sign what the other does."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from supplyline.config import Settings
from supplyline.spark.session import session_beside, spark_session
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import CUSTOMERS, SUPPLIERS, Table
from supplyline.tables.warehouse import Warehouse
from tests.support.warehouse import build_warehouse


def signed(spark: SparkSession, warehouse: str, table: Table) -> dict[str, object]:
    last = DeltaTable.forPath(spark, Warehouse(warehouse).path(table)).history(1).head()
    assert last is not None
    return json.loads(last["userMetadata"])


def test_a_job_beside_another_signs_its_own_commits(spark: SparkSession, settings: Settings, warehouse: str) -> None:
    def copy_suppliers() -> None:
        with session_beside(spark), spark_session("beside", settings) as own:
            assert own is not spark
            write_table(read_table(own, SUPPLIERS), SUPPLIERS)

    build_warehouse(warehouse, tables=["suppliers", "customers"])
    with spark_session("main", settings), ThreadPoolExecutor(1) as pool:
        read_table(spark, CUSTOMERS)
        pool.submit(copy_suppliers).result(timeout=300)
        write_table(read_table(spark, CUSTOMERS), CUSTOMERS)
    found = [signed(spark, warehouse, table) for table in (SUPPLIERS, CUSTOMERS)]
    assert [item["job"] for item in found] == ["beside", "main"]
    assert [list(item["inputs"]) for item in found] == [["suppliers"], ["customers"]]
