"""The monitor against a hand-written Flink SQL job that does only the windows, on the same events.

The hand-written job trusts its input: Flink's own JSON reader, no rejects, no late rows, no repeated ids, no rules.
Both run as a process of their own with the same Java options. CPU seconds are user and system time of the process and
all it started. A share of them is start and planning, which both pay, so a longer file and a shorter one are measured
and the ratio is given for the whole run and for the events between the two. Writes benchmarks/results/monitor.json;
the aim is at least .9.
"""

from __future__ import annotations

import argparse
import ctypes
import datetime as dt
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from supplyline.config import load_settings

RESULT = Path(__file__).with_name("results") / "monitor.json"
SKUS, DAYS, AIM = 2000, 7, 0.9
BECOME_REAPER = 36  # PR_SET_CHILD_SUBREAPER: the JVM outlives the Python process that started it


def main() -> None:
    """Make the events, run both jobs on both files, print and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--child", nargs=3, metavar=("JOB", "FOLDER", "EVENTS"))
    args = parser.parse_args()
    if args.child:
        run_child(args.child[0], Path(args.child[1]), args.child[2])
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sizes = (args.events // 10, args.events)
        seconds = {}
        for size in sizes:
            write_events(folder / f"{size}.jsonl", size)
        write_thresholds(folder / "thresholds.jsonl")
        for job in ("windows", "monitor"):
            for size in sizes:
                seconds[job, size] = cpu_seconds(job, folder, size)
    result = summary(seconds, sizes)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))
    print(f"monitor / windows only, events per CPU second: {result['ratio']:.2f} (aim {AIM})")


def summary(seconds: dict[tuple[str, int], float], sizes: tuple[int, int]) -> dict[str, float]:
    """Ratio of events per CPU second, of the whole run and of the events between the two sizes."""
    small, large = sizes
    steady = {job: seconds[job, large] - seconds[job, small] for job in ("windows", "monitor")}
    return {
        "events": large,
        "cpu_seconds_windows": seconds["windows", large],
        "cpu_seconds_monitor": seconds["monitor", large],
        "cpu_seconds_windows_tenth": seconds["windows", small],
        "cpu_seconds_monitor_tenth": seconds["monitor", small],
        "ratio": seconds["windows", large] / seconds["monitor", large],
        "ratio_without_start": steady["windows"] / steady["monitor"],
        "aim": AIM,
    }


def cpu_seconds(job: str, folder: Path, size: int) -> float:
    """User and system seconds of one run and everything it started."""
    ctypes.CDLL(None).prctl(BECOME_REAPER, 1, 0, 0, 0)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, __file__, "--child", job, str(folder), str(size)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run_child(job: str, folder: Path, size: str) -> None:
    """One of the two jobs, in this process."""
    from supplyline.alerts.rules import load_rules
    from supplyline.flink import environment
    from supplyline.flink.environment import execute, table_environment, wait
    from supplyline.flink.inventory import inventory_statements
    from supplyline.flink.sources import Files

    # The shorter file too shall run as a long one does, or the two sizes could not be compared.
    environment.SHORT_RUN_BYTES = 0
    monitor = load_settings(monitor={"memory": "2g"}).monitor
    events, landing = Files(folder / f"{size}.jsonl"), folder / f"{job}-{size}"
    flink = table_environment(job, monitor, events, landing)
    if job == "monitor":
        limits = Files(folder / "thresholds.jsonl")
        statements = inventory_statements(flink, events, limits, load_rules(), landing, monitor)
        wait(execute(flink, statements, events, monitor))
        return
    for statement in WINDOWS_ONLY.format(events=events.path.as_uri(), landing=landing.as_uri()).split(";"):
        result = flink.execute_sql(statement)
    result.wait()


WINDOWS_ONLY = """
CREATE TABLE events (event_id STRING, event_time TIMESTAMP(3), warehouse STRING, sku STRING, movement_type STRING,
    quantity BIGINT, order_id STRING, unit_price DOUBLE, stock_after BIGINT,
    WATERMARK FOR event_time AS event_time - INTERVAL '10' MINUTE)
    WITH ('connector' = 'filesystem', 'path' = '{events}', 'format' = 'json');
CREATE TABLE landed (warehouse STRING, sku STRING, window_start TIMESTAMP(3), window_end TIMESTAMP(3), events BIGINT,
    units_sold BIGINT, orders BIGINT, revenue DOUBLE, lowest_stock BIGINT, last_stock BIGINT)
    WITH ('connector' = 'filesystem', 'path' = '{landing}', 'format' = 'json',
    'sink.rolling-policy.rollover-interval' = '1s', 'sink.rolling-policy.check-interval' = '500ms');
INSERT INTO landed SELECT warehouse, sku, window_start, window_end, COUNT(*),
    SUM(CASE WHEN movement_type = 'sale' THEN -quantity ELSE 0 END),
    COUNT(DISTINCT CASE WHEN movement_type = 'sale' THEN order_id END),
    SUM(CASE WHEN movement_type = 'sale' THEN -quantity * unit_price ELSE 0 END),
    MIN(stock_after), LAST_VALUE(stock_after)
    FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(event_time), INTERVAL '1' HOUR))
    GROUP BY warehouse, sku, window_start, window_end
"""


def write_events(path: Path, count: int) -> None:
    """A busy shop's week, a tenth of a week for a tenth of the events: few products sell much, many a little."""
    chance, start = random.Random(1), dt.datetime(2011, 11, 12)
    stock = dict.fromkeys(range(SKUS), 500)
    with open(path, "w", encoding="utf-8") as file:
        for number in range(count):
            at = start + dt.timedelta(seconds=number * DAYS * 86400 // 2_000_000)
            product, pieces = int(SKUS * chance.random() ** 2), -chance.randint(1, 12)
            kind = "sale"
            if stock[product] + pieces < 0:
                kind, pieces = "receipt", 500
            stock[product] += pieces
            event = {
                "event_id": f"m{number:08}",
                "event_time": str(at),
                "warehouse": "main",
                "sku": str(20000 + product),
                "movement_type": kind,
                "quantity": pieces,
                "order_id": str(530000 + number // 20),
                "unit_price": round(chance.random() * 10, 2),
                "stock_after": stock[product],
            }
            file.write(json.dumps(event) + "\n")


def write_thresholds(path: Path) -> None:
    """A reorder policy for each product."""
    with open(path, "w", encoding="utf-8") as file:
        for product in range(SKUS):
            row = {
                "warehouse": "main",
                "sku": str(20000 + product),
                "effective_from": "2011-11-12 00:00:00",
                "reorder_point": 60 + product % 40,
                "order_up_to_level": 300,
                "lead_time_days": 5.0,
                "daily_demand": 8.0 + product % 5,
                "daily_demand_q95": 40.0 + product % 30,
            }
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
