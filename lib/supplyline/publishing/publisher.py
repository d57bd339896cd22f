"""Landed files → Delta commits, exactly once.

1. List the finished files and write manifest N.
2. Read them, and commit to each table its rows with the transaction (stream, N), unless the table has it already.
3. Note that N is published, delete its files, note that N is done.

A publisher that dies anywhere is resumed from the manifest. What Flink lands again, under a new job id or from an older
checkpoint, carries the ids that it had, and rows whose id a table holds are not added again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pyarrow as pa

from supplyline.config import PublishingSettings, Settings
from supplyline.errors import LockedError
from supplyline.logs import get_logger
from supplyline.publishing.folding import publish_signals
from supplyline.publishing.janitor import Janitor
from supplyline.publishing.landed import Landed, read_landed
from supplyline.publishing.live import Mark, commit, open_live, unseen
from supplyline.publishing.manifests import (
    Journal,
    LandedFile,
    Manifest,
    check_files,
    cut,
    delete_files,
    finished_files,
)
from supplyline.tables import ALERT_EVENTS, ALERTS, REJECTED_EVENTS, SIGNALS, Table, all_tables
from supplyline.tables.landing import landing_folder
from supplyline.tables.warehouse import Warehouse, exclusive


@dataclass(frozen=True)
class Published:
    """What was done: landed lines = published + unchanged + rejected.

    `published` lines added a row or changed an alert, `unchanged` ones were there already or had nothing to change.
    """

    manifests: int = 0
    landed: int = 0
    published: int = 0
    unchanged: int = 0
    rejected: int = 0

    def __add__(self, other: Published) -> Published:
        return Published(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


def appended_tables() -> tuple[Table, ...]:
    """Live tables that take the landed rows of their own name: all that do not follow from signals."""
    followers = (ALERT_EVENTS, ALERTS)
    return tuple(table for table in all_tables().values() if table.layer == "live" and table not in followers)


def _landing_tables() -> tuple[Table, ...]:
    return (*appended_tables(), SIGNALS)


def _streams() -> list[str]:
    return [table.name for table in _landing_tables()]


@dataclass(frozen=True)
class Publisher:
    """The one publisher of a landing folder, which holds its lock."""

    warehouse: Warehouse
    landing: Path
    settings: PublishingSettings

    @property
    def journal(self) -> Journal:
        """The manifests of the landing folder."""
        return Journal(self.landing)

    def run_once(self) -> Published:
        """Finish the manifest that was begun, then publish every file that is there now."""
        begun = self.journal.pending()
        done = self._publish(begun) if begun else Published()
        landed = finished_files(self.landing, _streams())
        for part in cut(landed, self.settings.max_manifest_bytes):
            done += self._publish(self.journal.plan(part))
        return done

    def create_tables(self) -> None:
        """Make the live tables that are missing, so that a quiet stream's table is there, without rows."""
        for table in (*appended_tables(), ALERT_EVENTS, ALERTS):
            with self.warehouse.lock(table):
                open_live(self.warehouse, table)

    def _publish(self, manifest: Manifest) -> Published:
        done = Published()
        if manifest.phase == "json":
            check_files(self.landing, manifest, _streams())
            done = self._commit(manifest)
            manifest = self.journal.advance(manifest, "published")
        delete_files(self.landing, manifest)
        self.journal.forget_before(self.journal.advance(manifest, "done"))
        return done

    def _commit(self, manifest: Manifest) -> Published:
        """Bring every line of the manifest into its table. All are read first: a file that can't be stops them all."""
        tables = [table for table in _landing_tables() if manifest.of(table.name)]
        landed = {table: read_landed(self._paths(manifest.of(table.name)), table) for table in tables}
        malformed = pa.concat_tables([item.rejected for item in landed.values()])
        self._append(REJECTED_EVENTS, malformed, self._mark("malformed", manifest))
        published = sum(
            self._take(table, item.rows, self._mark(table.name, manifest)) for table, item in landed.items()
        )
        return self._counted(manifest, list(landed.values()), published)

    def _take(self, table: Table, rows: pa.Table, mark: Mark) -> int:
        return publish_signals(self.warehouse, rows, mark) if table == SIGNALS else self._append(table, rows, mark)

    def _append(self, table: Table, rows: pa.Table, mark: Mark) -> int:
        """Add the rows that the table lacks, once. Returns how many."""
        if rows.num_rows == 0:
            return 0
        with self.warehouse.lock(table):
            delta = open_live(self.warehouse, table)
            if mark.is_in(delta):
                return 0
            fresh = unseen(self.warehouse, table, rows)
            if fresh.num_rows:
                commit(delta, fresh, mark, "append")
            return int(fresh.num_rows)

    def _mark(self, stream: str, manifest: Manifest) -> Mark:
        return Mark(f"{stream}@{self.journal.identity()}", manifest.number)

    def _paths(self, files: Sequence[LandedFile]) -> list[Path]:
        return [self.landing / file.stream / file.name for file in files]

    def _counted(self, manifest: Manifest, landed: Sequence[Landed], published: int) -> Published:
        lines, rejected = sum(item.lines for item in landed), sum(item.rejected.num_rows for item in landed)
        done = Published(1, lines, published, lines - published - rejected, rejected)
        get_logger().info(
            "published", manifest=manifest.number, **{k: v for k, v in asdict(done).items() if k != "manifests"}
        )
        return done


@contextmanager
def publisher(settings: Settings) -> Iterator[Publisher]:
    """The publisher of the configured landing folder. Raises LockedError where another one is at work."""
    landing = landing_folder(settings)
    with exclusive(landing / "_publisher.lock", f"landing folder {landing}"):
        it = Publisher(Warehouse(settings.warehouse), landing, settings.publishing)
        it.create_tables()
        yield it


def publish_once(settings: Settings) -> Published:
    """Publish what has landed by now, and what an earlier publisher left unfinished.

    Raises PublishError (a landed file is missing or unreadable), TableError (another schema, not writable),
    LockedError (another publisher or writer is at work). Whatever it raises, the next call goes on from there.
    """
    with publisher(settings) as it:
        return it.run_once()


def publish_until_idle(settings: Settings, *, max_rounds: int = 1000) -> Published:
    """Publish until a look finds nothing new, or until `max_rounds` looks."""
    done = Published()
    with publisher(settings) as it:
        for _ in range(max_rounds):
            found = it.run_once()
            done += found
            if not found.manifests:
                break
    return done


def publish_forever(settings: Settings, stop: threading.Event, *, interval: float | None = None) -> Published:
    """Publish what lands until `stop` is set; a manifest that was begun is finished first."""
    done = Published()
    pause = settings.publishing.interval_seconds if interval is None else interval
    with publisher(settings) as it:
        janitor = Janitor(it.warehouse, it.landing, settings.publishing)
        while not stop.is_set():
            done += _round(it, janitor)
            stop.wait(pause)
    return done


def _round(it: Publisher, janitor: Janitor) -> Published:
    found = Published()
    try:
        found = it.run_once()
        janitor.after(found.manifests, time.time())
    except LockedError as error:
        # Someone else is writing a table for a moment; the manifest, or the tidying, waits.
        get_logger().warning("waiting", reason=str(error))
    return found
