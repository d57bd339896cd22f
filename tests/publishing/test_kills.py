"""A publisher that is killed loses nothing and doubles nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from supplyline.config import Settings
from supplyline.publishing import publish_once

from .landed_data import land_all

DRIVER = Path(__file__).with_name("kill_driver.py")


def drive(*words: object) -> dict[str, Any]:
    done = subprocess.run([sys.executable, str(DRIVER), *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_killed_before_any_of_its_steps_it_resumes_to_the_same_tables(tmp_path: Path) -> None:
    found = drive("steps", tmp_path)
    assert found["wrong"] == []
    # A landing id and a manifest are written, six commits made, four files deleted, two phases noted.
    steps = Counter(found["operations"])
    assert steps["create"] == 5
    assert steps["write_deltalake"] == 6
    assert steps["replace"] == 4
    assert steps["unlink"] == 4


def test_everything_is_on_the_disk_before_a_landed_file_is_deleted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut can take back what was never synced, though no kill can."""
    synced, deleted = set(), []
    fsync, unlink = os.fsync, os.unlink

    def note_sync(handle: int) -> None:
        synced.add(os.fstat(handle).st_ino)
        fsync(handle)

    def note_deletion(path: Path, **more: Any) -> None:
        deleted.append(synced.copy())
        unlink(path, **more)

    land_all(settings, range(4))
    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "unlink", note_deletion)
    publish_once(settings)
    live = Path(settings.warehouse) / "live"
    made = [path for path in live.rglob("*") if path.suffix in (".json", ".parquet") or path.name == "_delta_log"]
    assert len(made) > 20
    assert [path for path in made if path.stat().st_ino not in deleted[0]] == []


def test_killed_at_random_moments_while_files_land_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    found = drive("random", tmp_path, 12, 20111209)
    assert found["wrong"] == []
    assert found["rows"]["window_metrics"] == 12 * 6


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(5))
def test_killed_a_hundred_times_it_loses_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    found = drive("random", tmp_path, 100, seed)
    assert found["wrong"] == []
    assert found["rows"]["window_metrics"] == 100 * 6
