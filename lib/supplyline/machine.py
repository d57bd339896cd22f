"""The machine: its Java, and whether installed packages are whole. Standard library alone, for set-up runs it first."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from supplyline.errors import SetupError

OLDEST_JAVA = 17
NEWEST_JAVA = 23  # Java 24 took away Subject.getSubject, which the Hadoop inside Spark 4.1 calls at its first file
INSTALL_JAVA = (
    "install Java 17 or newer, up to 23 (Debian: apt install openjdk-17-jre-headless), or set JAVA_HOME to one"
)


@dataclass(frozen=True)
class Java:
    """A Java runtime: the command and its feature version, such as 17."""

    command: str
    version: int


def find_java() -> Java:
    """The Java that Spark and Flink will use; SetupError where there is none, or one they can't run on."""
    home = os.environ.get("JAVA_HOME")
    command = str(Path(home, "bin", "java")) if home else "java"
    if shutil.which(command) is None:
        raise SetupError("no Java found", where=f"JAVA_HOME={home}" if home else "PATH", fix=INSTALL_JAVA)
    version = _java_version(command)
    if not OLDEST_JAVA <= version <= NEWEST_JAVA:
        age = "old" if version < OLDEST_JAVA else "new for Spark 4.1"
        raise SetupError(f"Java {version} is too {age}", where=command, fix=INSTALL_JAVA)
    return Java(command, version)


def _java_version(command: str) -> int:
    """Feature version from `java -version`: "17.0.15" is 17, "1.8.0_392" is 8."""
    answer = subprocess.run([command, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(?:1\.)?(\d+)', answer.stderr)
    if answer.returncode != 0 or found is None:
        raise SetupError("`java -version` gives no version", where=command, fix=INSTALL_JAVA)
    return int(found.group(1))


def damaged_packages(site_packages: Path) -> list[Path]:
    """The .dist-info folders of packages that miss a file, or have one of another size than was installed."""
    return [folder for folder in sorted(site_packages.glob("*.dist-info")) if not _is_whole(folder)]


def _is_whole(dist_info: Path) -> bool:
    record = dist_info / "RECORD"
    if not record.is_file():
        return False
    return all(_size(dist_info.parent / name) == size for name, size in _recorded(record))


def _recorded(record: Path) -> Iterator[tuple[str, int]]:
    with record.open(newline="", encoding="utf-8") as lines:
        for name, _, size in csv.reader(lines):
            if size and not name.endswith(".pyc"):  # Python rewrites compiled files as it likes
                yield name, int(size)


def _size(path: Path) -> int | None:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - 28,000 times at each start: Path.stat costs twice as much
    except OSError:
        return None
