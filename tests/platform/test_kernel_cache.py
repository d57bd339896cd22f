"""Kernels out of a zip: taken compiled from it, or compiled once for its content, wherever Spark copies it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from supplyline import compiled_kernels
from supplyline.forecasting.kernels.count_tails import digamma
from supplyline.library_zip import write_library_zip

CALL = """
import supplyline
assert ".zip" in supplyline.__file__, supplyline.__file__
from supplyline import compiled_kernels
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


def library_zip(target: Path, *, compiled: bool) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("supplyline.compiled_kernels.are_current", lambda: compiled)
        return write_library_zip(target)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sources alone."""
    return library_zip(tmp_path_factory.mktemp("application_1") / "supplyline.zip", compiled=False)


def test_kernels_that_come_with_the_zip_are_not_compiled_again_nor_written_over(tmp_path: Path) -> None:
    digamma(1.0)  # compiled beside its source, if it was not yet
    library = library_zip(tmp_path / "supplyline.zip", compiled=True)
    kernels = tmp_path / ".cache" / "numba"
    assert hits_and_misses(library, tmp_path) == (1, 0)
    unpacked = {path: path.stat().st_mtime_ns for path in kernels.rglob("*.nb?")}
    assert any("digamma" in path.name for path in unpacked)
    assert hits_and_misses(library, tmp_path) == (1, 0)
    assert {path: path.stat().st_mtime_ns for path in kernels.rglob("*.nb?")} == unpacked


def test_another_kind_of_processor_compiles_once_beside_what_came_with_the_zip(tmp_path: Path) -> None:
    digamma(1.0)
    library = library_zip(tmp_path / "supplyline.zip", compiled=True)
    for expected in ((0, 1), (1, 0)):
        assert hits_and_misses(library, tmp_path, NUMBA_CPU_NAME="generic") == expected


def test_processes_that_start_at_once_unpack_beside_each_other(tmp_path: Path) -> None:
    digamma(1.0)
    library = library_zip(tmp_path / "supplyline.zip", compiled=True)
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: hits_and_misses(library, tmp_path), range(3)))
    assert found == [(1, 0)] * 3
    assert not [path for path in (tmp_path / ".cache" / "numba").iterdir() if path.name.startswith(".")]


def test_a_zip_has_no_compiled_kernels_of_other_sources_than_todays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digamma(1.0)
    monkeypatch.setattr("supplyline.compiled_kernels._STAMP", tmp_path / "stamp")
    compiled = []
    for made_from in (compiled_kernels.fingerprint(), "other sources"):
        compiled_kernels.mark_complete(made_from)
        with zipfile.ZipFile(write_library_zip(tmp_path / "supplyline.zip")) as archive:
            compiled.append(any(name.endswith(".nbc") for name in archive.namelist()))
    assert compiled == [True, False]


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
