"""`supplyline doctor`: what this machine has, what it lacks, and what to do about it."""

from __future__ import annotations

import dataclasses
import json as json_format
import os
import re
import shutil
import socket
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from importlib import import_module, metadata
from pathlib import Path
from typing import Annotated

import typer

from supplyline.config import load_settings
from supplyline.errors import SetupError, SupplylineError
from supplyline.jars import checkout_root, damaged_jars, expected_jars, jar_root
from supplyline.machine import damaged_packages, find_java

GIGABYTE = 1 << 30
NEEDED_MEMORY = 5 * GIGABYTE  # what the demo takes
NEEDED_DISK = 2 * GIGABYTE
FLINK_REST_PORT = 8081


@dataclasses.dataclass(frozen=True)
class Finding:
    """Outcome of one check. Where `needed` is false a fault slows or limits, and nothing fails for it."""

    ok: bool
    found: str
    fix: str = ""
    needed: bool = True
    check: str = ""


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
    warehouse: Annotated[str | None, typer.Option(help="Folder or URI of the Delta tables.")] = None,
    config: Annotated[str | None, typer.Option(help="YAML file with settings.")] = None,
) -> None:
    """Check Java, jars, packages, warehouse, ports, memory and disk; exit code 1 where something needed is missing."""
    findings = examine(warehouse, config)
    if json:
        print(json_format.dumps([dataclasses.asdict(finding) for finding in findings], indent=2))
    else:
        print("\n".join(_line(finding) for finding in findings))
    if any(finding.needed and not finding.ok for finding in findings):
        raise typer.Exit(1)


def examine(warehouse: str | None = None, config: str | None = None) -> list[Finding]:
    """Every check, each of which reports its own fault and stops no other."""
    checks: dict[str, Callable[[], Finding]] = {
        "python": _python,
        "java": _java,
        "jars": _jars,
        "package versions": _package_versions,
        "package files": _package_files,
        "gradient boosting": _gradient_boosting,
        "warehouse": lambda: _warehouse(warehouse, config),
        "ports": _loopback,
        "flink port": _flink_port,
        "memory": _memory,
        "disk": _disk,
    }
    return [_reported(name, check) for name, check in checks.items()]


def _reported(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        finding = check()
    except SupplylineError as error:
        finding = Finding(False, f"{error.what} ({error.where})" if error.where else error.what, error.fix)
    return dataclasses.replace(finding, check=name, fix="" if finding.ok else finding.fix)


def _line(finding: Finding) -> str:
    mark = "ok  " if finding.ok else "FAIL" if finding.needed else "note"
    advice = f"\n{'':24}fix: {finding.fix}" if finding.fix else ""
    return f"{mark}  {finding.check:<16}  {finding.found}{advice}"


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(sys.version_info[:2] == (3, 11), f"{version} ({sys.executable})", "use Python 3.11")


def _java() -> Finding:
    java = find_java()
    return Finding(True, f"{java.version} ({java.command})")


def _jars() -> Finding:
    damaged = [f"{jar.configuration}/{jar.file_name}" for jar in damaged_jars()]
    if damaged:
        return Finding(False, f"missing or damaged: {', '.join(damaged)}", "run `make setup`")
    return Finding(True, f"{len(expected_jars())} jars as recorded ({jar_root()})")


def _package_versions() -> Finding:
    missing = [name for name in _required() if not _installed(name)]
    if missing:
        return Finding(False, f"missing: {', '.join(missing)}", "run `make setup`")
    other = [f"{name} {_installed(name)} for {pin}" for name, pin in _pins() if _installed(name) not in ("", pin)]
    if other:
        return Finding(False, "; ".join(other), "run `make setup`")
    return Finding(True, "as in constraints.txt" if checkout_root() else "all there")


def _required() -> list[str]:
    """Names of the packages that the installed supplyline itself asks for."""
    lines = metadata.requires("supplyline") or []
    return [re.split(r"[^\w.-]", line)[0] for line in lines if "extra ==" not in line]


def _pins() -> list[tuple[str, str]]:
    root = checkout_root()
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines() if root else []
    return [(name, version) for name, pinned, version in (line.partition("==") for line in lines) if pinned]


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _package_files() -> Finding:
    damaged = [
        folder.name.removesuffix(".dist-info") for folder in damaged_packages(Path(sysconfig.get_path("purelib")))
    ]
    if damaged:
        return Finding(False, f"damaged: {', '.join(damaged)}", "run `make setup`")
    return Finding(True, "whole")


def _gradient_boosting() -> Finding:
    try:
        import_module("lightgbm")
    except OSError as error:  # its own library finds another of the system missing
        fix = "install it (Debian: apt install libgomp1), or leave the model gradient_boosting alone"
        return Finding(False, str(error), fix, needed=False)
    return Finding(True, "lightgbm loads")


def _warehouse(named: str | None, config: str | None) -> Finding:
    place = load_settings(config, warehouse=named).warehouse
    if re.match(r"^[a-z][a-z0-9+.-]+://", place) and not place.startswith("file://"):
        return Finding(True, f"{place} is no local folder, not checked")
    folder = Path(place.removeprefix("file://")).absolute()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            return Finding(True, f"{folder} is writable")
    except OSError as error:
        raise SetupError(
            f"not writable: {error.strerror}", where=str(existing), fix="choose another --warehouse"
        ) from error


def _loopback() -> Finding:
    """Spark's driver and workers and Flink's mini-cluster talk over ports that the system hands out."""
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.create_connection(server.getsockname(), timeout=5),
        ):
            return Finding(True, "127.0.0.1 gives free ports")
    except OSError as error:
        fix = "let this user open ports on 127.0.0.1, and see `ip addr show lo`"
        raise SetupError(f"127.0.0.1 can't be used: {error}", fix=fix) from error


def _flink_port() -> Finding:
    try:
        with socket.create_server(("127.0.0.1", FLINK_REST_PORT)):
            return Finding(True, f"{FLINK_REST_PORT} is free", needed=False)
    except OSError:
        fix = "only a Flink cluster of your own needs it: give that one another rest.port"
        return Finding(False, f"{FLINK_REST_PORT} is taken", fix, needed=False)


def _memory() -> Finding:
    available = min(_available_memory(), _memory_limit())
    fix = f"the demo takes {NEEDED_MEMORY // GIGABYTE} GB: end other programs or set spark.driver_memory lower"
    return Finding(available >= NEEDED_MEMORY, f"{available / GIGABYTE:.1f} GB free", fix, needed=False)


def _available_memory() -> int:
    """Bytes the kernel would give now, caches included."""
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        return int(re.findall(r"MemAvailable:\s+(\d+)", meminfo.read_text())[0]) * 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _memory_limit() -> int:
    """Bytes a container may use, where it has a limit."""
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.exists() else "max"
    return sys.maxsize if text == "max" else int(text)


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    fix = "make room, or choose a --warehouse on another disk"
    return Finding(free >= NEEDED_DISK, f"{free / GIGABYTE:.0f} GB free here", fix, needed=False)
