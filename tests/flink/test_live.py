"""The monitor on a followed folder beside `supplyline publish --follow`: alerts stand in Delta while both run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, QueryBuilder

from tests.support.flink_cluster import wait_for
from tests.support.live_events import HOUR, START, Event

QUICK = {
    "SUPPLYLINE_MONITOR__CHECKPOINT_INTERVAL": "1 second",
    "SUPPLYLINE_MONITOR__POLL_INTERVAL": "1 second",
    "SUPPLYLINE_MONITOR__IDLE_TIMEOUT": "2 seconds",
}
PATIENCE = 240


@contextmanager
def running(log: Path, *words: str) -> Iterator[None]:
    """A command of the CLI in a process group of its own, which ends with the block."""
    with log.open("wb") as out:
        command = [Path(sys.executable).with_name("supplyline"), *words]
        process = subprocess.Popen(
            command, env=os.environ | QUICK, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield
            assert process.poll() is None, log.read_text()
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def put(folder: Path, name: str, rows: Sequence[str]) -> None:
    """A file that appears whole."""
    hidden = folder / f".{name}"
    hidden.write_text("".join(f"{row}\n" for row in rows))
    hidden.rename(folder / f"{name}.jsonl")


def threshold(hour: int, reorder_point: int) -> str:
    numbers = {"order_up_to_level": 90, "lead_time_days": 0.1, "daily_demand": 1.0, "daily_demand_q95": 900.0}
    row = {"warehouse": "main", "sku": "A", "effective_from": str(START + HOUR * hour), "reorder_point": reorder_point}
    return json.dumps(row | numbers)


def sale(hour: int, stock: int) -> str:
    return Event(f"e{hour}", START + HOUR * hour, "A", "sale", -1, "O", 1.0, stock).line


def alerts(warehouse: Path) -> list[dict[str, Any]]:
    """The rule, state and threshold of each alert so far."""
    folder = warehouse / "live" / "alerts"
    if not DeltaTable.is_deltatable(str(folder)):
        return []
    query = QueryBuilder().register("alerts", DeltaTable(folder))
    return pa.table(query.execute("SELECT * FROM alerts ORDER BY rule").read_all()).to_pylist()


@pytest.mark.chaos
@pytest.mark.timeout(900)
def test_alerts_stand_in_delta_while_events_and_thresholds_are_followed(tmp_path: Path) -> None:
    events, limits, landing, warehouse = (tmp_path / name for name in ("events", "limits", "landing", "warehouse"))
    events.mkdir()
    limits.mkdir()
    put(limits, "1", [threshold(0, 10)])
    follow = ["--events", str(events), "--thresholds", str(limits)]
    publish = ["publish", "--follow", "--interval", "0.5", "--warehouse", str(warehouse)]
    with (
        running(tmp_path / "monitor.log", "stream", "monitor_inventory", *follow, "--landing", str(landing)),
        running(tmp_path / "publisher.log", *publish, "--landing", str(landing)),
    ):
        put(events, "1", [sale(1, 20), sale(2, 19), sale(3, 18)])
        wait_for(lambda: (warehouse / "live" / "window_metrics").exists(), "windows", PATIENCE)
        assert not alerts(warehouse), "18 pieces are enough for a reorder point of 10"
        put(limits, "2", [threshold(4, 30)])
        put(events, "2", [sale(5, 17), sale(7, 16)])
        wait_for(lambda: bool(alerts(warehouse)), "an alert by the new threshold", PATIENCE)
        assert [(row["rule"], row["threshold"]) for row in alerts(warehouse)] == [("below_reorder_point", 30.0)]
        put(events, "3", [sale(8, 0), sale(10, 0)])
        wait_for(lambda: "stock_out" in {row["rule"] for row in alerts(warehouse)}, "the empty shelf", PATIENCE)
