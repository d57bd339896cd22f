"""`supplyline doctor` names each fault of the machine with its fix, and fails where something needed is missing."""

from __future__ import annotations

import json
import socket
from importlib import metadata
from pathlib import Path

import pytest
import typer

from supplyline.cli import doctor as module
from supplyline.cli.doctor import Finding, doctor, examine


def _finding(name: str, warehouse: str | None = None) -> Finding:
    return next(finding for finding in examine(warehouse) if finding.check == name)


def test_a_machine_that_is_set_up_has_no_fault(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    doctor(json=True, warehouse=str(tmp_path / "warehouse"))
    findings = json.loads(capsys.readouterr().out)
    assert {finding["check"] for finding in findings} >= {
        "java",
        "jars",
        "package versions",
        "warehouse",
        "ports",
        "memory",
    }
    assert [finding for finding in findings if finding["needed"] and not finding["ok"]] == []
    assert not (tmp_path / "warehouse").exists()


def test_a_missing_java_fails_with_its_fix(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(typer.Exit) as stop:
        doctor()
    assert stop.value.exit_code == 1
    shown = capsys.readouterr().out
    assert "FAIL  java              no Java found (JAVA_HOME=/nowhere)" in shown
    assert "fix: install Java 17 or newer" in shown


def test_a_missing_library_of_the_system_is_named_and_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(module, "import_module", missing)
    finding = _finding("gradient boosting")
    assert (finding.ok, finding.needed) == (False, False)
    assert "libgomp.so.1" in finding.found
    assert "apt install libgomp1" in finding.fix


def test_a_damaged_jar_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SUPPLYLINE_JARS", str(tmp_path))
    finding = _finding("jars")
    assert not finding.ok
    assert "spark/delta-storage" in finding.found
    assert finding.fix == "run `make setup`"


def test_another_version_of_a_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "0.0.1" if name == "duckdb" else real(name))
    finding = _finding("package versions")
    assert not finding.ok
    assert finding.found.startswith("duckdb 0.0.1 for ")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_required", lambda: ["no-such-package"])
    finding = _finding("package versions")
    assert (finding.ok, finding.found) == (False, "missing: no-such-package")


def test_a_warehouse_that_is_not_writable_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    finding = _finding("warehouse", str(tmp_path / "file" / "warehouse"))
    assert not finding.ok
    assert finding.found.startswith("not writable: ")
    assert finding.fix == "choose another --warehouse"


def test_a_warehouse_elsewhere_is_not_touched() -> None:
    assert _finding("warehouse", "s3a://bucket/warehouse").ok


def test_a_taken_flink_port_is_a_note_and_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(module, "FLINK_REST_PORT", server.getsockname()[1])
        finding = _finding("flink port")
    assert not finding.ok
    assert not finding.needed


def test_too_little_memory_says_what_the_demo_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_memory_limit", lambda: 2 * module.GIGABYTE)
    finding = _finding("memory")
    assert not finding.ok
    assert finding.fix.startswith("the demo takes 5 GB")
