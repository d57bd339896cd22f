"""What a user can get wrong when starting the monitor: one line, exit code 1, nothing landed, no Java started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RULE = """name: mine
severity: info
description: x
breach: last_stok < 1
clear: last_stock > 1
value: last_stock
threshold: "1"
"""


def monitor(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "supplyline.streaming.monitor_inventory"]
    command = [*program, "--landing", str(folder / "landing"), *words]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    for name in ("events", "thresholds"):
        (tmp_path / name).write_text("")
    return ["--events", str(tmp_path / "events"), "--thresholds", str(tmp_path / "thresholds")]


def one_line(answer: subprocess.CompletedProcess[str]) -> str:
    assert answer.returncode == 1
    assert answer.stderr.startswith("error: ")
    assert answer.stderr.count("\n") == 1
    return answer.stderr


def test_missing_events_are_named_with_the_job_that_makes_them(tmp_path: Path) -> None:
    said = one_line(monitor(tmp_path, "--events", str(tmp_path / "none"), "--thresholds", str(tmp_path)))
    assert "no such file or folder" in said
    assert "export_events" in said


def test_a_rule_with_an_unknown_column_stops_the_monitor(tmp_path: Path, files: list[str]) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.yaml").write_text(RULE)
    said = one_line(monitor(tmp_path, *files, SUPPLYLINE_CONF=str(tmp_path)))
    assert "unknown column 'last_stok' (rules/mine.yaml:4, breach)" in said
    assert not (tmp_path / "landing").exists()


def test_a_window_that_does_not_divide_a_day_is_refused(tmp_path: Path, files: list[str]) -> None:
    assert "divide a day" in one_line(monitor(tmp_path, *files, SUPPLYLINE_MONITOR__WINDOW="7 hours"))


def test_a_kafka_configuration_with_an_unknown_key_is_refused(tmp_path: Path, files: list[str]) -> None:
    (tmp_path / "kafka").mkdir()
    (tmp_path / "kafka" / "inventory_events.yaml").write_text("bootstrap_servers: x:1\ntopics: y\n")
    said = one_line(monitor(tmp_path, "--kafka", *files[2:], SUPPLYLINE_CONF=str(tmp_path)))
    assert "topics" in said
    assert "kafka/inventory_events.yaml:2" in said


def test_an_unknown_option_is_refused(tmp_path: Path) -> None:
    answer = monitor(tmp_path, "--evnts", "x")
    assert answer.returncode == 2
    assert "unrecognized arguments: --evnts x" in answer.stderr
