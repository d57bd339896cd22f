"""Paths of tables and the lock that gives each one writer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from supplyline.errors import LockedError, TableError
from supplyline.tables import ALERTS, FORECASTS
from supplyline.tables.warehouse import Warehouse

HOLD = """
import sys, time
from supplyline.tables import FORECASTS
from supplyline.tables.warehouse import Warehouse
with Warehouse(sys.argv[1]).lock(FORECASTS):
    print("held", flush=True)
    time.sleep(60)
"""


def test_tables_lie_by_layer_under_a_folder_or_a_uri(tmp_path: Path) -> None:
    assert Warehouse(str(tmp_path)).path(FORECASTS) == f"{tmp_path}/gold/forecasts"
    assert Warehouse(f"file://{tmp_path}").path(ALERTS) == f"{tmp_path}/live/alerts"
    assert Warehouse("s3a://shop/lake/").path(ALERTS) == "s3a://shop/lake/live/alerts"
    assert Warehouse("s3a://shop/lake").local(ALERTS) is None


def test_a_second_process_is_refused_by_name_and_let_in_after_a_kill(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=f"process {holder.pid}"), Warehouse(str(tmp_path)).lock(FORECASTS):
            pass
        with Warehouse(str(tmp_path)).lock(ALERTS):
            pass
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(timeout=10)
    with Warehouse(str(tmp_path)).lock(FORECASTS):
        assert (tmp_path / "_locks" / "forecasts.lock").read_text() == f"process {os.getpid()}"


def test_a_warehouse_that_can_not_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with (
        pytest.raises(TableError, match="can't be written.*writable --warehouse"),
        Warehouse(str(tmp_path / "file")).lock(FORECASTS),
    ):
        pass
