"""Keeps landing folder and live tables small: orphaned unfinished files, little Parquet files, old versions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from deltalake import CommitProperties

from supplyline.config import PublishingSettings
from supplyline.logs import get_logger
from supplyline.publishing.live import open_live, origin, table_errors
from supplyline.tables import Table, all_tables
from supplyline.tables.warehouse import Warehouse

ORPHAN = re.compile(r"\.part-.*\.inprogress\..*|\..*\.unfinished")


@dataclass
class Janitor:
    """Tidies up after every `compact_every` manifests."""

    warehouse: Warehouse
    landing: Path
    settings: PublishingSettings
    manifests: int = field(default=0, init=False)

    def after(self, manifests: int, now: float) -> None:
        """Count the manifests just published and tidy when it is time; `now` is in seconds since 1970."""
        self.manifests += manifests
        if self.manifests < self.settings.compact_every:
            return
        self.manifests = 0
        removed = remove_orphans(self.landing, now - self.settings.orphan_hours * 3600)
        for table in all_tables().values():
            if table.layer == "live":
                compact(self.warehouse, table, self.settings.retention_hours)
        get_logger().info("tidied", orphans=removed)


def remove_orphans(landing: Path, before: float) -> int:
    """Delete unfinished files last written before that time (seconds since 1970). Returns how many.

    Flink leaves them behind when it is killed. Its running writers' files are younger than a checkpoint.
    """
    found = [path for path in landing.glob("*/.*") if ORPHAN.fullmatch(path.name) and path.stat().st_mtime < before]
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def compact(warehouse: Warehouse, table: Table, retention_hours: int) -> None:
    """Join small files and delete those that only versions older than the retention use.

    Readers see the same rows; one that still reads an older version keeps its files for the retention.
    """
    with warehouse.lock(table):
        delta = open_live(warehouse, table)
        with table_errors(delta.table_uri):
            delta.optimize.compact(commit_properties=CommitProperties(max_commit_retries=0, custom_metadata=origin()))
            delta.vacuum(retention_hours, dry_run=False, enforce_retention_duration=False)
