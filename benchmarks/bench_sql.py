"""Cold `supplyline sql` against a cold Spark read: the same count of the same Delta table, each in a new process.

Spark gets the settings that made it start quickest, one collector thread and the first-level compiler. CPU seconds are
those of the process and all it started, its JVM included. Prints the ratios and writes them to
benchmarks/results/sql.json; the aim is at most 1/5 in CPU and in wall time.
"""

from __future__ import annotations

import datetime as dt
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from deltalake import write_deltalake

from supplyline.tables import table
from supplyline.tables.arrow import arrow_schema
from supplyline.tables.warehouse import Warehouse

ROWS, SKUS, RUNS, AIM = 500_000, 4_700, 3, 1 / 5
RESULT = Path(__file__).with_name("results") / "sql.json"
QUESTION = "SELECT count(*) AS n FROM sales_daily"
OURS = "from supplyline.cli.main import app_main; app_main()"
SPARK = """
import sys
from supplyline.config import load_settings
from supplyline.spark.jvm import end_jvm
from supplyline.spark.session import spark_session

quick = {"spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto"}
settings = load_settings(spark={"master": "local[*]", "shuffle_partitions": 2, "options": quick})
with spark_session("bench_sql", settings) as spark:
    print(spark.read.format("delta").load(sys.argv[1]).count())
end_jvm()
"""


def main() -> None:
    """Build the table, measure both in turn, print and write the result."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_sales(folder)
        ours = [sys.executable, "-c", OURS, "sql", QUESTION, "--json", "--warehouse", folder]
        spark = [sys.executable, "-c", SPARK, path]
        # In turn, so that a busy moment of the machine meets both.
        pairs = [(measure(ours), measure(spark)) for _ in range(RUNS)]
    result = summary([pair[0] for pair in pairs], [pair[1] for pair in pairs])
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for kind in ("cpu", "wall"):
        ours_s, spark_s, ratio = (result[f"{kind}_{name}"] for name in ("seconds", "seconds_spark", "ratio"))
        print(f"supplyline sql, cold, {kind}: {ours_s:.2f} s, Spark {spark_s:.2f} s, ratio {ratio:.3f} (aim {AIM})")


def write_sales(folder: str) -> str:
    """A sales_daily of the real one's size; returns its path."""
    random = np.random.default_rng(1)
    units = random.integers(1, 50, ROWS)
    numbers = np.arange(ROWS)
    columns = {
        "sku": [f"{10000 + number}" for number in numbers % SKUS],
        "date": [dt.date(2009, 12, 1) + dt.timedelta(int(number)) for number in numbers // SKUS],
        "revenue": units * 2.5,
        "average_price": np.full(ROWS, 2.5),
        "units_returned": np.zeros(ROWS, np.int64),
    } | dict.fromkeys(("units_sold", "orders", "customers", "net_demand"), units)
    schema = arrow_schema(table("sales_daily"))
    path = Warehouse(folder).path(table("sales_daily"))
    Path(path).mkdir(parents=True)
    write_deltalake(path, pa.table({name: columns[name] for name in schema.names}, schema=schema))
    return path


def measure(command: list[str]) -> dict[str, float]:
    """CPU and wall seconds of a command that has to print the number of rows."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if str(ROWS) not in done.stdout:
        raise SystemExit(f"wrong answer: {done.stdout!r}")
    return {"wall": wall, "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def summary(ours: list[dict[str, float]], spark: list[dict[str, float]]) -> dict[str, float]:
    """Medians of both and their ratios."""
    result: dict[str, float] = {"rows": ROWS, "runs": RUNS, "aim": AIM}
    for kind in ("cpu", "wall"):
        mine, theirs = (statistics.median(run[kind] for run in runs) for runs in (ours, spark))
        result |= {f"{kind}_seconds": mine, f"{kind}_seconds_spark": theirs, f"{kind}_ratio": mine / theirs}
    return result


if __name__ == "__main__":
    main()
