"""Kernels out of a zip: compiled once for a zip's content, wherever Spark copies it, and anew for another content."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from supplyline.library_zip import write_library_zip

CALL = """
import supplyline
assert ".zip" in supplyline.__file__, supplyline.__file__
from supplyline.forecasting.kernels.count_tails import digamma
assert abs(digamma(1.0) + 0.5772156649) < 1e-7
print(sum(digamma.stats.cache_hits.values()), sum(digamma.stats.cache_misses.values()))
"""


def hits_and_misses(library: Path, home: Path, **more: str) -> tuple[int, int]:
    """Of one kernel, called in a process of its own with the library from this zip and its user's folder there."""
    packages = [path for path in sys.path if path.endswith("site-packages")]
    found = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(library), *packages])}
    environment = {**found, "HOME": str(home), **more}
    command = [sys.executable, "-S", "-c", CALL]
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    hits, misses = done.stdout.split()
    return int(hits), int(misses)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_library_zip(tmp_path_factory.mktemp("application_1") / "supplyline.zip")


def test_a_copy_of_a_zip_runs_on_what_the_first_compiled(library: Path, tmp_path: Path) -> None:
    copy = tmp_path / "application_2" / "supplyline.zip"
    copy.parent.mkdir()
    copy.write_bytes(library.read_bytes())
    assert hits_and_misses(library, tmp_path) == (0, 1)
    assert hits_and_misses(copy, tmp_path) == (1, 0)


def test_another_content_is_compiled_anew_even_at_the_same_path(library: Path, tmp_path: Path) -> None:
    other = tmp_path / "supplyline.zip"
    other.write_bytes(library.read_bytes())
    assert hits_and_misses(other, tmp_path) == (0, 1)
    with zipfile.ZipFile(other, "a") as archive:
        archive.writestr("supplyline/forecasting/kernels/added.py", "")
    assert hits_and_misses(other, tmp_path) == (0, 1)


def test_another_folder_is_named_as_numba_has_it(library: Path, tmp_path: Path) -> None:
    for expected in ((0, 1), (1, 0)):
        assert hits_and_misses(library, tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "named")) == expected
    assert list((tmp_path / "named").rglob("*.nbi"))
    assert not (tmp_path / ".cache").exists()


def test_a_user_without_a_folder_to_write_to_compiles_in_each_process_and_leaves_nothing(
    library: Path, tmp_path: Path
) -> None:
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    (home / ".cache").write_text("a file where a folder is wanted")
    for _ in range(2):
        assert hits_and_misses(library, home, TMPDIR=str(temporary)) == (0, 1)
    assert not list(temporary.iterdir())
