"""Spark's and Delta's classes as the JVM keeps them in memory, in one file: mapped at a start instead of read again.

It halves the processor time of a start. `make setup` makes it (tools/archive_classes.py), and nothing depends on it:
Java leaves it aside where the jars or Java itself are others than it was made from, and one that is not whole is not
named to Java.
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pyspark

from supplyline.jars import jar_paths, jar_root
from supplyline.machine import find_java


def archive_path() -> Path:
    """Where the archive lies; beside it a `.made` tells its size and what it was made from."""
    return jar_root() / ".classes" / "spark.jsa"


def archive_options() -> list[str]:
    """Java options for a start with the archive; none where there is no whole one."""
    path = archive_path()
    made = _made(path)
    # Java dies of a file that is cut short, and tells apart by itself everything else.
    if not made or not path.is_file() or path.stat().st_size != int(made[0]):
        return []
    return [f'"-XX:SharedArchiveFile={path}"', "-XX:+VerifySharedSpaces", "-Xlog:disable"]


def is_current() -> bool:
    """Whether the archive is whole and of today's Java and jars."""
    made = _made(archive_path())
    return bool(archive_options()) and made[1] == _fingerprint()


def take(new: Path) -> None:
    """Put a finished archive in its place."""
    path = archive_path()
    made = path.with_suffix(".made")
    made.unlink(missing_ok=True)
    made.write_text(f"{new.stat().st_size} {_fingerprint()}\n", encoding="utf-8")
    new.replace(path)


def _made(path: Path) -> list[str]:
    made = path.with_suffix(".made")
    words = made.read_text(encoding="utf-8").split() if made.is_file() else []
    return words if len(words) == 2 and words[0].isdigit() else []


def _fingerprint() -> str:
    """What an archive depends on: Java, and the jars by name, size and age, which Java compares too."""
    java = subprocess.run([find_java().command, "-version"], capture_output=True, text=True, check=False).stderr
    jars = [*jar_paths("spark"), *sorted(Path(pyspark.__file__).parent.glob("jars/*.jar"))]
    ages = [f"{jar} {jar.stat().st_size} {jar.stat().st_mtime_ns}" for jar in jars]
    return hashlib.sha256("\n".join([java, *ages]).encode()).hexdigest()
