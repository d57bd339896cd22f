"""Where event files lie: `<warehouse>/_events`, written by export_events and read by the monitors."""

from __future__ import annotations

from pathlib import Path

from supplyline.config import Settings
from supplyline.errors import SourceError
from supplyline.tables.warehouse import Warehouse

EVENTS_FILE = "inventory_events.jsonl"
THRESHOLDS_FILE = "thresholds.jsonl"


def events_folder(settings: Settings) -> Path:
    """`_events` in a local warehouse. Raises SourceError for a remote one."""
    folder = Warehouse(settings.warehouse).folder
    if folder is None:
        raise SourceError(
            "no folder for event files: the warehouse is not on this machine",
            where=f"warehouse {settings.warehouse}",
            fix="name local files with --events and --thresholds",
        )
    return folder / "_events"


def events_file(settings: Settings) -> str:
    """The time-ordered stock movements, one JSON object a line."""
    return str(events_folder(settings) / EVENTS_FILE)


def thresholds_file(settings: Settings) -> str:
    """The reorder policy as the monitor reads it, one JSON object a line."""
    return str(events_folder(settings) / THRESHOLDS_FILE)
