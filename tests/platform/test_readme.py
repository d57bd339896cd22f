"""Every command in the README's bash blocks is run as it is written, on a small shop.

`make` targets are resolved and not run: they are what runs this test. Jobs share the test run's one Spark session.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from deltalake import DeltaTable

from supplyline.cli.main import app_main
from supplyline.tables import all_tables
from supplyline.tables.warehouse import Warehouse
from tests.support.small_checkout import PROJECT
from tests.support.warehouse import build_warehouse

README = (PROJECT / "README.md").read_text(encoding="utf-8")
ON_A_CLUSTER = "spark-submit"  # tests/platform/test_spark_submit.py runs those


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def _commands(block: str) -> list[str]:
    """Its commands, each on one line and without comments."""
    lines = block.replace("\\\n", " ").splitlines()
    return [line.split("  #")[0].strip() for line in lines if line.strip() and not line.startswith("#")]


def _kind(block: str) -> str:
    if ON_A_CLUSTER in block:
        return "cluster"
    first_words = {" ".join(command.split()[:2]) for command in _commands(block)}
    if all(words.startswith("make ") for words in first_words):
        return "make"
    return "steps" if first_words & {"supplyline run", "supplyline stream", "supplyline publish"} else "shell"


def _blocks_of(kind: str) -> list[str]:
    found = [block for block in _blocks("bash") if _kind(block) == kind]
    assert found or kind == "cluster", f"the README has no block of this kind: {kind}"
    return found


@pytest.mark.parametrize("command", [command for block in _blocks_of("make") for command in _commands(block)])
def test_make_knows_the_target(command: str) -> None:
    answer = subprocess.run(
        [*shlex.split(command), "--dry-run"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert "tools/setup_environment.py" in answer.stdout


@pytest.mark.parametrize("block", _blocks_of("shell"))
def test_a_block_for_the_shell_runs(block: str, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    build_warehouse(tmp_path / "warehouse")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SUPPLYLINE_")}
    answer = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", block],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-2000:]
    for command in _commands(block):
        assert shlex.split(command)[0] in answer.stderr, f"not run: {command}"


@pytest.mark.usefixtures("spark")  # each job finds the running session
@pytest.mark.parametrize("block", _blocks_of("steps"))
def test_the_steps_run_one_after_the_other(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = [table.name for table in all_tables().values() if table.layer in ("silver", "gold")]
    warehouse = build_warehouse(tmp_path / "warehouse", tables=batch)
    monkeypatch.chdir(tmp_path)
    for command in _commands(block):
        _run_here(command, monkeypatch)
    written = {path.name for path in warehouse.glob("*/*") if (path / "_delta_log").is_dir()}
    assert written >= {"sales_daily", "forecasts", "reorder_policy", "window_metrics", "alert_events", "alerts"}


@pytest.mark.parametrize("block", _blocks("python"))
def test_a_block_of_python_runs_and_prints_what_its_comments_say(
    block: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(block, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    for told in re.findall(r"^print\(.*\)  # (.*)$", block, flags=re.MULTILINE):
        assert told in printed.splitlines()


# What a shop with such a mapping would have: two good lines, one with a text where a number belongs.
ORDERS = """order,article,customer,booked_at,pieces,price
1,tea,c1,2026-03-02 10:00:00,2,3.50
1,cup,c1,2026-03-02 10:00:00,1,8.00
2,tea,c2,2026-03-03 11:30:00,many,3.50
"""


@pytest.mark.usefixtures("spark")
def test_a_shop_of_ones_own_is_ingested_with_the_mapping_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (mapping,) = [block for block in _blocks("yaml") if "source: my_shop" in block]
    (command,) = re.findall(r"`SUPPLYLINE_CONF=myconf (supplyline run ingest [^`]*)`", README)
    _write(tmp_path / "myconf" / "sources" / "my_shop.yaml", mapping)
    _write(tmp_path / "my_files" / "orders-1.csv", ORDERS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUPPLYLINE_CONF", "myconf")
    monkeypatch.setenv("SUPPLYLINE_INGEST__MAX_BAD_SHARE", "0.5")  # one line of three is bad on purpose
    _run_here(command, monkeypatch)
    counted = {name: _rows(name) for name in ("order_lines", "stock_movements", "customers", "quarantine")}
    assert counted == {"order_lines": 2, "stock_movements": 2, "customers": 1, "quarantine": 1}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


def _rows(name: str) -> int:
    delta = DeltaTable(Warehouse("warehouse").path(all_tables()[name]))
    return int(sum(delta.get_add_actions(flatten=True)["num_records"].to_pylist()))


def _run_here(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = shlex.split(command)
    assert words[0] == "supplyline"
    monkeypatch.setattr(sys, "argv", words)
    code: object = None
    try:
        app_main()
    except SystemExit as stop:
        code = stop.code
    assert not code, command


def test_every_file_the_readme_points_at_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (PROJECT / link).exists()] == []
