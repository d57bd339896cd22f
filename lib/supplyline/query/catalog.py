"""What is in the warehouse: one status a table, built or not."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supplyline.config import Settings
from supplyline.errors import TableError
from supplyline.query.errors import LAYERS, kept_tables
from supplyline.query.snapshot import NotBuiltError, Snapshot, open_snapshot
from supplyline.tables import Table
from supplyline.tables.warehouse import Warehouse


@dataclass(frozen=True)
class TableStatus:
    """A table as its Delta log tells it; `problem` says why there are no numbers.

    `rows` is None where a file's statistics lack it, `size_bytes` counts the files of this version only.
    """

    name: str
    layer: str
    built: bool
    rows: int | None = None
    files: int | None = None
    size_bytes: int | None = None
    version: int | None = None
    committed_at: dt.datetime | None = None
    job: str = ""
    run_id: str = ""
    problem: str = ""


def table_statuses(settings: Settings) -> list[TableStatus]:
    """Every table that is kept in the warehouse, by layer and name; a bad one doesn't hide the others."""
    warehouse = Warehouse(settings.warehouse)
    kept = sorted(kept_tables(), key=lambda table: (LAYERS.index(table.layer), table.name))
    return [table_status(warehouse, table) for table in kept]


def table_status(warehouse: Warehouse, table: Table) -> TableStatus:
    """Status of one table; a missing or unreadable one is told by `problem`."""
    try:
        return _from_log(open_snapshot(warehouse, table))
    except NotBuiltError as error:
        return TableStatus(table.name, table.layer, built=False, problem=error.fix)
    except TableError as error:
        return TableStatus(table.name, table.layer, built=True, problem=str(error))


def _from_log(snapshot: Snapshot) -> TableStatus:
    actions = snapshot.delta.get_add_actions(flatten=True)
    rows = list(actions.column("num_records").to_pylist()) if snapshot.files else []
    sizes = list(actions.column("size_bytes").to_pylist()) if snapshot.files else []
    commit = next(iter(snapshot.delta.history(1)), {})
    metadata = _metadata(commit)
    return TableStatus(
        name=snapshot.table.name,
        layer=snapshot.table.layer,
        built=True,
        rows=None if None in rows else sum(filter(None, rows)),
        files=len(snapshot.files),
        size_bytes=sum(sizes),
        version=snapshot.version,
        committed_at=_time(commit.get("timestamp")),
        job=str(metadata.get("job", "")),
        run_id=str(metadata.get("run_id", "")),
    )


def _metadata(commit: Mapping[str, Any]) -> Mapping[str, Any]:
    """Our own keys: Spark keeps them as a JSON text in `userMetadata`, delta-rs beside the other keys of the commit."""
    text = commit.get("userMetadata")
    if not text:
        return commit
    try:
        values = json.loads(text)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _time(milliseconds: int | None) -> dt.datetime | None:
    return None if milliseconds is None else dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)
