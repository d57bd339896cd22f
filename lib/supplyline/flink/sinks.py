"""The landing folder as Flink tables: JSON lines, exactly once; a file appears complete, at a checkpoint."""

from __future__ import annotations

from pathlib import Path

from supplyline.flink.schema import flink_columns
from supplyline.flink.text import options
from supplyline.tables import Table

STREAMS = ("window_metrics", "signals", "late_events", "rejected_events")


def sink_ddl(stream: Table, landing: Path) -> str:
    """Table `landed_<stream>`, which writes <landing>/<stream>/part-*."""
    values = {
        "connector": "filesystem",
        "path": (landing / stream.name).absolute().as_uri(),
        "format": "json",
        "sink.rolling-policy.rollover-interval": "1s",
        "sink.rolling-policy.check-interval": "500ms",
    }
    return f"CREATE TEMPORARY TABLE landed_{stream.name} ({flink_columns(stream)}) {options(values)}"


def landed_rows(landing: Path, stream: str) -> int:
    """Rows in the finished files of a stream that the publisher has not taken yet."""
    files = [path for path in (landing / stream).glob("part-*") if path.is_file()]
    return sum(_lines(path) for path in files)


def _lines(path: Path) -> int:
    with open(path, "rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
