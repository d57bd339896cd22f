"""One Flink job in this process, over a file of records."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from supplyline.config import load_settings
from tests.support.landed_rows import Landed, landed


@pytest.fixture(scope="session")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Landed]:
    """Run the monitor on records and thresholds; returns the landed rows by stream."""
    from supplyline.alerts.rules import load_rules
    from supplyline.flink import environment
    from supplyline.flink.environment import execute, table_environment, wait
    from supplyline.flink.inventory import inventory_statements
    from supplyline.flink.sources import Files, KafkaTopic, Source

    # All tests share the one Java of this process, whatever source the first of them has.
    environment.SHORT_RUN_BYTES = 1 << 40

    def run(records: Sequence[bytes] | KafkaTopic, thresholds: Sequence[Mapping[str, Any]]) -> Landed:
        monitor = load_settings().monitor
        folder = tmp_path_factory.mktemp("monitor")
        events, limits, landing = folder / "events.jsonl", folder / "thresholds.jsonl", folder / "landing"
        limits.write_text("".join(json.dumps(row) + "\n" for row in thresholds))
        source: Source = Files(events)
        if isinstance(records, KafkaTopic):
            source = records
        else:
            events.write_bytes(b"".join(record + b"\n" for record in records))
        flink = table_environment("test", monitor, source, landing)
        statements = inventory_statements(flink, source, Files(limits), load_rules(), landing, monitor)
        wait(execute(flink, statements, source, monitor))
        return landed(landing)

    return run
