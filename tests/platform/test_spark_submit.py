"""`spark-submit --master spark://…` from the checkout, as docs/cluster.md shows it, on a cluster of two workers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from supplyline.cli.run import run_program
from supplyline.library_zip import write_library_zip
from tests.support.small_checkout import PROJECT
from tests.support.spark_cluster import standalone_cluster
from tests.support.warehouse import build_warehouse, warehouse_rows

# Models of many kernels, which take minutes to compile where a zip comes without what was compiled.
COSTLY = {
    "SUPPLYLINE_FORECASTING__BUCKETS": "4",
    "SUPPLYLINE_FORECASTING__MODELS": '["ets", "arima", "seasonal_arima", "theta", "sba"]',
}
# A test's JVMs live for seconds: no second compiler, one collector thread. It halves the processor time.
QUICK_JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
SMALL = {
    "spark.executor.memory": "512m",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    "spark.driver.extraJavaOptions": QUICK_JVM,
    "spark.executor.extraJavaOptions": QUICK_JVM,
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """URL of the master, and the folder where each worker keeps what its executors leave."""
    folder = tmp_path_factory.mktemp("cluster")
    with standalone_cluster(folder) as url:
        yield url, folder


def _documented(title: str) -> str:
    """The spark-submit command below a heading of docs/cluster.md, on one line."""
    section = (PROJECT / "docs" / "cluster.md").read_text(encoding="utf-8").partition(f"## {title}\n")[2]
    block = section.partition("```bash\n")[2].partition("```")[0]
    return next(line for line in block.replace("\\\n", " ").splitlines() if "spark-submit" in line)


def _submit(command: str, places: dict[str, str], python: Path, conf: Path) -> subprocess.CompletedProcess[str]:
    """The command as written, with this cluster, warehouse, environment and zip in the example's places."""
    for example, ours in ({".venv/bin": str(Path(sys.executable).parent)} | places).items():
        command = command.replace(example, ours)
    environment = os.environ | {
        "PYSPARK_PYTHON": str(python),
        "SPARK_CONF_DIR": str(conf),
        "SPARK_LOCAL_IP": "127.0.0.1",
        **COSTLY,
    }
    environment.pop("PYTHONPATH", None)
    return subprocess.run(
        ["bash", "-c", command], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )


def _small_conf(folder: Path, **more: str) -> Path:
    """The shipped Spark configuration with the sizes of a test, and more properties, beside it."""
    shutil.copytree(PROJECT / "conf", folder, ignore=shutil.ignore_patterns("__pycache__"))
    properties = "".join(f"{name} {value}\n" for name, value in (SMALL | more).items())
    (folder / "spark-defaults.conf").write_text(properties)
    return folder


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


@pytest.fixture(scope="module")
def local(_spark: object, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """The forecasts of a local run, which has compiled all it needs beside the sources."""
    warehouse = build_warehouse(tmp_path_factory.mktemp("local") / "warehouse", tables=["demand_daily"])
    with pytest.MonkeyPatch.context() as patch:
        for name, value in COSTLY.items():
            patch.setenv(name, value)
        run_program("supplyline.jobs", "forecast_demand", ["--as-of", "2011-11-11", "--warehouse", str(warehouse)])
    return _forecasts(warehouse)


@pytest.fixture(scope="module")
def library(local: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip of `make package`: with what is compiled, whether or not all of it is of today's sources."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("supplyline.compiled_kernels.are_current", lambda: True)
        return write_library_zip(tmp_path_factory.mktemp("package") / "supplyline.zip")


@pytest.fixture(scope="module")
def by_zip(
    cluster: tuple[str, Path], library: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[tuple[object, ...]], Path]:
    """The forecasts that the cluster made with the library as a zip, and where its workers keep compiled kernels."""
    folder = tmp_path_factory.mktemp("by_zip")
    warehouse = build_warehouse(folder / "warehouse", tables=["demand_daily"])
    places = {"spark://HOST:7077": cluster[0], "/shared/warehouse": str(warehouse), "dist/supplyline.zip": str(library)}
    command = _documented("With the library as a zip")
    kernels = folder / "kernels"
    conf = _small_conf(folder / "conf", **{"spark.executorEnv.NUMBA_CACHE_DIR": str(kernels)})
    answer = _submit(command, places, _python_without_supplyline(folder), conf)
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]
    return _forecasts(warehouse), kernels


def test_a_cluster_with_the_library_as_a_zip_gives_the_forecasts_of_a_local_run(
    by_zip: tuple[list[tuple[object, ...]], Path], local: list[tuple[object, ...]], cluster: tuple[str, Path]
) -> None:
    skus = {row["sku"] for row in warehouse_rows()["demand_daily"]}
    assert len(local) == len(skus) * 28
    assert by_zip[0] == local
    assert {"ets", "arima"} <= {value for row in local for value in row}, "models that are costly to compile"
    workers = list(cluster[1].glob("worker[01]"))
    assert all(any(worker.glob("app-*")) for worker in workers), "a worker had no executor"


def test_workers_run_on_the_kernels_that_came_with_the_zip_and_compile_none(
    by_zip: tuple[list[tuple[object, ...]], Path], library: Path
) -> None:
    with zipfile.ZipFile(library) as archive:
        came = {Path(name).name for name in archive.namelist() if name.endswith(".nbc")}
    used = {path.name for path in by_zip[1].rglob("*.nbc")}
    assert any("arima" in name for name in used), used
    assert used <= came


@pytest.mark.chaos
def test_a_cluster_with_the_library_installed_gives_the_same_forecasts(
    local: list[tuple[object, ...]], cluster: tuple[str, Path], tmp_path: Path
) -> None:
    warehouse = build_warehouse(tmp_path / "warehouse", tables=["demand_daily"])
    places = {"spark://HOST:7077": cluster[0], "/shared/warehouse": str(warehouse)}
    command = _documented("With the library installed")
    answer = _submit(command, places, Path(sys.executable), _small_conf(tmp_path / "conf"))
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]
    assert _forecasts(warehouse) == local


def test_the_readme_shows_the_command_that_is_tested() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8").replace("\\\n", " ")
    assert _documented("With the library as a zip") in readme
    assert "--py-files" not in _documented("With the library installed")
