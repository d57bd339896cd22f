"""Signals → `alert_events` and `alerts`: the tables around the alert state machine.

`alert_events` is what counts, `alerts` follows from it. A publisher that died between the two commits, or an `alerts`
that was deleted, is mended at the next fold: events that `alerts` has not seen are applied to it first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import duckdb
import pyarrow as pa

from supplyline.alerts.lifecycle import COMMANDS, Alert, Signal, Transition, fold, rebuild
from supplyline.publishing.live import Mark, commit, open_live, reading
from supplyline.tables import ALERT_EVENTS, ALERTS, Table
from supplyline.tables.arrow import arrow_schema
from supplyline.tables.warehouse import Warehouse

R = TypeVar("R", Signal, Transition, Alert)
UNSEEN_EVENTS = """
    SELECT alert_events.* FROM alert_events LEFT JOIN alerts USING (fingerprint)
    WHERE alert_events.sequence > coalesce(alerts.transitions, 0)
"""


@dataclass(frozen=True)
class Stored:
    """What the tables say: `alerts` that signals may touch, caught up with their events, and the rows of all others."""

    alerts: dict[str, Alert]
    others: pa.Table
    was_behind: bool


def publish_signals(warehouse: Warehouse, rows: pa.Table, mark: Mark) -> int:
    """Fold signals into the alert tables, once. Returns the transitions that they made."""
    signals = in_order(records(rows, Signal))
    with warehouse.lock(ALERT_EVENTS), warehouse.lock(ALERTS):
        events, alerts = open_live(warehouse, ALERT_EVENTS), open_live(warehouse, ALERTS)
        if mark.is_in(events) and mark.is_in(alerts):
            return 0
        stored = _stored(warehouse, {signal.fingerprint for signal in signals})
        after, transitions = fold(stored.alerts, signals)
        if transitions and not mark.is_in(events):
            commit(events, as_rows(transitions, ALERT_EVENTS), mark, "append")
        if (transitions or stored.was_behind) and not mark.is_in(alerts):
            commit(alerts, _all_alerts(after, stored.others), mark, "overwrite")
        return len(transitions)


def rebuild_alerts(warehouse: Warehouse) -> int:
    """Write `alerts` anew from `alert_events` alone. Returns the number of alerts."""
    with warehouse.lock(ALERT_EVENTS), warehouse.lock(ALERTS):
        with reading(warehouse, ALERT_EVENTS) as connection:
            alerts = rebuild(_query(connection, "SELECT * FROM alert_events", ALERT_EVENTS, Transition))
        commit(open_live(warehouse, ALERTS), _all_alerts(alerts), None, "overwrite")
    return len(alerts)


def in_order(signals: Iterable[Signal]) -> list[Signal]:
    """Signals in order of event time; of equal times the monitor's come first, for a command answers what is there."""
    return sorted(signals, key=lambda signal: (signal.event_time, signal.signal in COMMANDS, signal.signal_id))


def records(rows: pa.Table, kind: type[R]) -> list[R]:
    """One object a row."""
    return [kind(**row) for row in rows.to_pylist()]


def as_rows(items: Sequence[Alert] | Sequence[Transition] | Sequence[Signal], table: Table) -> pa.Table:
    """One row an object."""
    columns = {name: [getattr(item, name) for item in items] for name in table.column_names}
    return pa.table(columns, schema=arrow_schema(table))


def _stored(warehouse: Warehouse, fingerprints: set[str]) -> Stored:
    with reading(warehouse, ALERTS, ALERT_EVENTS) as connection:
        missed = _query(connection, UNSEEN_EVENTS, ALERT_EVENTS, Transition)
        touched = sorted(fingerprints | {event.fingerprint for event in missed})
        connection.register("_touched", pa.table({"fingerprint": pa.array(touched, pa.string())}))
        mine = _query(connection, "SELECT * FROM alerts SEMI JOIN _touched USING (fingerprint)", ALERTS, Alert)
        others = connection.sql("SELECT * FROM alerts ANTI JOIN _touched USING (fingerprint)").to_arrow_table()
    caught_up = rebuild(missed, {alert.fingerprint: alert for alert in mine})
    return Stored(caught_up, others.cast(arrow_schema(ALERTS)), was_behind=bool(missed))


def _query(connection: duckdb.DuckDBPyConnection, text: str, table: Table, kind: type[R]) -> list[R]:
    return records(connection.sql(text).to_arrow_table().cast(arrow_schema(table)), kind)


def _all_alerts(alerts: dict[str, Alert], others: pa.Table | None = None) -> pa.Table:
    mine = as_rows(list(alerts.values()), ALERTS)
    return (pa.concat_tables([mine, others]) if others is not None else mine).sort_by("fingerprint")
