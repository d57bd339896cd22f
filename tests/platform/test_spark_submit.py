"""`spark-submit --master spark://…` from the checkout, as docs/cluster.md shows it, on a cluster of two workers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from supplyline.jars import jar_paths
from supplyline.library_zip import write_library_zip
from tests.support.small_checkout import PROJECT
from tests.support.spark_cluster import standalone_cluster
from tests.support.warehouse import build_warehouse, warehouse_rows

# A test's JVMs live for seconds: no second compiler, one collector thread. It halves the processor time.
QUICK_JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SMALL = {"spark.executor.memory": "512m", "spark.sql.shuffle.partitions": "2", "spark.ui.enabled": "false"}
SUBMIT = Path(sys.executable).parent / "spark-submit"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """URL of the master, and the folder where each worker keeps what its executors leave."""
    folder = tmp_path_factory.mktemp("cluster")
    with standalone_cluster(folder) as url:
        yield url, folder


def _submit(url: str, warehouse: Path, python: Path, *options: str) -> subprocess.CompletedProcess[str]:
    last_day = max(row["date"] for row in warehouse_rows()["demand_daily"]).isoformat()
    properties = SMALL | {"spark.driver.extraJavaOptions": QUICK_JVM, "spark.executor.extraJavaOptions": QUICK_JVM}
    small = [word for name, value in properties.items() for word in ("--conf", f"{name}={value}")]
    job = ["jobs/forecast_demand.py", "--as-of", last_day, "--warehouse", str(warehouse)]
    jars = ["--jars", ",".join(map(str, jar_paths("spark")))]
    environment = os.environ | {"PYSPARK_PYTHON": str(python), "SPARK_CONF_DIR": "conf", "SPARK_LOCAL_IP": "127.0.0.1"}
    environment["SUPPLYLINE_FORECASTING__BUCKETS"] = "4"
    environment.pop("PYTHONPATH", None)
    return subprocess.run(
        [str(SUBMIT), "--master", url, *small, *jars, *options, *job],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _python_without_supplyline(folder: Path) -> Path:
    """This Python with every package but ours: -S leaves out .pth files, and so the editable installation."""
    packages = ":".join(path for path in sys.path if path.endswith("site-packages"))
    script = folder / "python"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{packages}" exec "{sys.executable}" -S "$@"\n')
    script.chmod(0o755)
    check = subprocess.run([script, "-c", "import supplyline"], cwd=folder, capture_output=True, check=False)
    assert check.returncode != 0, "the library must come out of the zip and from nowhere else"
    return script


def _forecasts(warehouse: Path) -> list[tuple[object, ...]]:
    """The table's rows by way of its newest files, in an order of their own."""
    from deltalake import DeltaTable

    files = DeltaTable(str(warehouse / "gold" / "forecasts")).file_uris()
    return duckdb.sql(f"SELECT * FROM read_parquet({files}) ORDER BY ALL").fetchall()


def test_library_zip_and_installed_library_give_the_same_forecasts(cluster: tuple[str, Path], tmp_path: Path) -> None:
    url, folder = cluster
    by_zip = build_warehouse(tmp_path / "by_zip", tables=["demand_daily"])
    installed = build_warehouse(tmp_path / "installed", tables=["demand_daily"])
    library = write_library_zip(tmp_path / "supplyline.zip")

    answer = _submit(url, by_zip, _python_without_supplyline(tmp_path), "--py-files", str(library))
    assert answer.returncode == 0, answer.stderr[-3000:]
    answer = _submit(url, installed, Path(sys.executable))
    assert answer.returncode == 0, answer.stderr[-3000:]

    rows = _forecasts(by_zip)
    skus = {row["sku"] for row in warehouse_rows()["demand_daily"]}
    assert len(rows) == len(skus) * 28
    assert rows == _forecasts(installed)
    assert all(len(list(worker.glob("app-*"))) == 2 for worker in folder.glob("worker[01]")), "a worker had no executor"
