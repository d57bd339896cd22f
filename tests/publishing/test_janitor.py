"""Tidying changes no row and takes nothing that anyone still writes or reads."""

from __future__ import annotations

import os
from pathlib import Path

from deltalake import DeltaTable

from supplyline.config import Settings
from supplyline.publishing import publish_once
from supplyline.publishing.janitor import Janitor, compact, remove_orphans
from supplyline.tables import WINDOW_METRICS
from supplyline.tables.landing import landing_folder
from supplyline.tables.warehouse import Warehouse

from .landed_data import land, land_all, landed_files, live_tables, window


def test_only_old_unfinished_files_are_orphans(settings: Settings) -> None:
    finished = land(settings, "window_metrics", [window("a", 1)])
    old = finished.with_name(".part-1-0.inprogress.abc")
    young = finished.with_name(".part-2-0.inprogress.abc")
    for path, written in ((finished, 100), (old, 100), (young, 10_000)):
        path.touch()
        os.utime(path, (written, written))
    assert remove_orphans(landing_folder(settings), before=5000) == 1
    assert (finished.exists(), old.exists(), young.exists()) == (True, False, True)


def test_compaction_joins_files_and_leaves_every_row(settings: Settings) -> None:
    for first in range(0, 12, 3):
        land_all(settings, range(first, first + 3))
        publish_once(settings)
    before, path = live_tables(settings), Warehouse(settings.warehouse).path(WINDOW_METRICS)
    assert len(DeltaTable(path).file_uris()) == 4
    compact(Warehouse(settings.warehouse), WINDOW_METRICS, retention_hours=1)
    assert len(DeltaTable(path).file_uris()) == 1
    assert live_tables(settings) == before
    # Younger than the retention: whoever reads the version before can go on.
    assert len(list(Path(path).glob("*.parquet"))) == 5


def test_replay_after_a_compaction_changes_nothing(settings: Settings) -> None:
    land_all(settings, range(6))
    publish_once(settings)
    compact(Warehouse(settings.warehouse), WINDOW_METRICS, retention_hours=1)
    before = live_tables(settings)
    land_all(settings, range(6), suffix="-again")
    publish_once(settings)
    assert live_tables(settings) == before


def test_janitor_waits_for_enough_manifests(settings: Settings) -> None:
    publishing = settings.publishing.model_copy(update={"compact_every": 3})
    janitor = Janitor(Warehouse(settings.warehouse), landing_folder(settings), publishing)
    path = Warehouse(settings.warehouse).path(WINDOW_METRICS)
    files = []
    for hour in range(4):
        land(settings, "window_metrics", [window("a", hour)])
        janitor.after(publish_once(settings).manifests, now=0.0)
        files.append(len(DeltaTable(path).file_uris()))
    assert files == [1, 2, 1, 2]
    assert landed_files(settings) == []
