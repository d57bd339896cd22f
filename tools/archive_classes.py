"""Make the archive of Spark's classes that later starts map (supplyline.spark.class_archive). `make setup` calls it.

A tiny shop goes through the batch jobs, so that what they load is in it. It takes a minute, once. Where it can't be
made a line says so, and everything works without it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from supplyline.errors import SetupError
from supplyline.machine import find_java
from supplyline.spark.class_archive import archive_path, is_current, take

WITHOUT = "classes: no archive, Spark starts more slowly without it"
HEADER = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"
JOBS = """
import sys
from supplyline.cli.run import run_program
from supplyline.config import load_settings
from supplyline.spark.session import spark_session
from supplyline.spark.jvm import end_jvm

warehouse, folder, archive = sys.argv[1:]
java = f'-XX:+UseSerialGC -XX:TieredStopAtLevel=1 "-XX:ArchiveClassesAtExit={archive}" -Xlog:disable'
spark = {"options": {"spark.driver.extraJavaOptions": java}}
with spark_session("archive_classes", load_settings(warehouse=warehouse, spark=spark)):
    run_program("supplyline.jobs", "ingest", ["--input", folder, "--warehouse", warehouse])
    for job in "build_sales simulate_stock build_inventory build_demand simulate_behaviour build_behaviour".split():
        run_program("supplyline.jobs", job, ["--warehouse", warehouse])
end_jvm()
"""


def main() -> None:
    """Make the archive where there is none of today's Java and jars; a line says so where that fails."""
    try:
        if not is_current():
            _make()
    except (OSError, SetupError) as error:
        print(f"{WITHOUT} ({error})", flush=True)


def _make() -> None:
    print("classes: writing the archive that later starts of Spark use (about a minute)", flush=True)
    folder = archive_path().parent / "new"
    shutil.rmtree(folder, ignore_errors=True)  # what a killed run left
    folder.mkdir(parents=True)
    said = _train(folder, folder / "spark.jsa")
    if _is_whole(folder / "spark.jsa"):
        take(folder / "spark.jsa")
    else:
        print(f"{WITHOUT} ({said})", flush=True)
    shutil.rmtree(folder)


def _train(folder: Path, new: Path) -> str:
    """Run the jobs on a shop of a few lines in a JVM that writes down its classes; returns the last line it said."""
    days = [f"{1 + number % 12}/{1 + number % 28}/2011 10:00" for number in range(99)]
    lines = [f"{n},{85048 + n % 3},tea,{1 + n % 5},{day},1.5,1{n % 4}.0,UK" for n, day in enumerate(days)]
    (folder / "online_retail_II.csv").write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    words = [sys.executable, "-c", JOBS, str(folder / "warehouse"), str(folder), str(new)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return (done.stderr.strip().splitlines() or ["no message"])[-1]


def _is_whole(new: Path) -> bool:
    """Whether Java starts with it; it dies of one whose writing was cut short."""
    options = ["-Xshare:auto", f"-XX:SharedArchiveFile={new}", "-XX:+VerifySharedSpaces", "-Xlog:disable"]
    command = [find_java().command, *options, "-XX:-CreateCoredumpOnCrash", f"-XX:ErrorFile={new}.log", "-version"]
    return new.is_file() and subprocess.run(command, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    main()
