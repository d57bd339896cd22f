"""What a monitor landed, read as plain JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Landed = dict[str, list[dict[str, Any]]]


def landed(landing: Path) -> Landed:
    """Rows of each stream in a landing folder, finished files only."""
    streams = ("window_metrics", "signals", "late_events", "rejected_events")
    return {stream: rows(landing / stream) for stream in streams}


def rows(folder: Path) -> list[dict[str, Any]]:
    """Rows of the finished files in a folder."""
    files = sorted(folder.glob("part-*")) if folder.is_dir() else []
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
