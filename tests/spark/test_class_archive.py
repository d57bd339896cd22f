"""The archive of Spark's classes only saves time: whatever is wrong with it, Java starts without it."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from supplyline.machine import find_java
from supplyline.spark import class_archive


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive in its place, of a folder whose name has a blank."""
    path = tmp_path / "a folder" / "spark.jsa"
    path.parent.mkdir()
    monkeypatch.setattr(class_archive, "archive_path", lambda: path)
    new = tmp_path / "new.jsa"
    new.write_bytes(b"no archive at all" * 1000)
    class_archive.take(new)
    return path


def test_a_finished_archive_is_named_to_java_which_leaves_one_that_is_not_its_own_aside(archive: Path) -> None:
    assert class_archive.is_current()
    options = shlex.split(" ".join(class_archive.archive_options()))
    assert f"-XX:SharedArchiveFile={archive}" in options
    command = [find_java().command, "-Xshare:auto", *options, "-version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (0, "")


def test_an_archive_that_is_cut_short_or_missing_is_not_named(archive: Path) -> None:
    os.truncate(archive, 100)
    assert class_archive.archive_options() == []
    assert not class_archive.is_current()
    archive.unlink()
    assert class_archive.archive_options() == []


def test_an_archive_of_other_jars_or_java_is_made_anew(archive: Path) -> None:
    made = archive.with_suffix(".made")
    made.write_text(f"{archive.stat().st_size} other\n")
    assert not class_archive.is_current()
    made.unlink()
    assert not class_archive.is_current()
