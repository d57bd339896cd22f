"""New alert events as they are published: each once, in the order in which they took effect."""

from __future__ import annotations

from dataclasses import dataclass, field

from supplyline.alerts.lifecycle import Transition
from supplyline.publishing.folding import records
from supplyline.publishing.live import reading
from supplyline.query.snapshot import NotBuiltError, open_snapshot
from supplyline.tables import ALERT_EVENTS
from supplyline.tables.arrow import arrow_schema
from supplyline.tables.warehouse import Warehouse

NEW = """
    SELECT alert_events.* FROM alert_events LEFT JOIN _seen USING (fingerprint)
    WHERE alert_events.sequence > coalesce(_seen.sequence, 0) ORDER BY event_time, fingerprint, alert_events.sequence
"""


@dataclass
class Watcher:
    """Remembers the last event of each alert, so that compacted files or a restarted publisher show nothing twice."""

    warehouse: Warehouse
    version: int = field(default=-1, init=False)
    seen: dict[str, int] = field(default_factory=dict, init=False)

    def poll(self) -> list[Transition]:
        """Events since the last poll; at the first, all that are there. Empty while the table is not built."""
        try:
            version = self._newest()
        except NotBuiltError:
            return []
        if version == self.version:
            return []
        self.version, events = version, self._unseen()
        self.seen |= {event.fingerprint: max(event.sequence, self.seen.get(event.fingerprint, 0)) for event in events}
        return events

    def _newest(self) -> int:
        return open_snapshot(self.warehouse, ALERT_EVENTS).version

    def _unseen(self) -> list[Transition]:
        import pyarrow as pa

        seen = {"fingerprint": list(self.seen), "sequence": list(self.seen.values())}
        schema = pa.schema([("fingerprint", pa.string()), ("sequence", pa.int64())])
        with reading(self.warehouse, ALERT_EVENTS) as connection:
            connection.register("_seen", pa.table(seen, schema=schema))
            rows = connection.sql(NEW).to_arrow_table().cast(arrow_schema(ALERT_EVENTS))
        return records(rows, Transition)
