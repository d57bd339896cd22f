"""What people tell an alert: acknowledge, mute, unmute. A command is a signal that lands beside the monitor's.

So it goes through the same publisher and state machine, exactly once, and stands in the history with its actor.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from pathlib import Path

from supplyline.alerts.lifecycle import COMMANDS, Alert, Signal, SignalKind, applied, step
from supplyline.errors import ConfigError
from supplyline.tables import SIGNALS
from supplyline.tables.landing import write_durably


def command(alert: Alert, kind: SignalKind, at: dt.datetime, by: str, until: dt.datetime | None = None) -> Signal:
    """The command as a signal. `at` is event time; `until` ends a mute.

    Raises ConfigError where it would change nothing, with the reason.
    """
    signal = Signal(
        signal_id=f"{alert.fingerprint}:{at.astimezone(dt.UTC):%Y%m%dT%H%M%S.%fZ}:{kind}",
        rule=alert.rule,
        severity=alert.severity,
        warehouse=alert.warehouse,
        sku=alert.sku,
        signal=kind,
        event_time=at,
        value=None,
        threshold=None,
        description=f"{COMMANDS[kind]} by {by}" + (f" until {until:%Y-%m-%d %H:%M} UTC" if until else ""),
        actor=by,
        until=until,
    )
    _refuse_idle(alert, signal)
    return signal


def land_command(landing: Path, signal: Signal) -> Path:
    """Put a command into the landing folder, whole or not at all. Returns its file."""
    # The name is new each time: a command given twice must not replace a file that a manifest already counts.
    path = landing / SIGNALS.name / f"part-command-{uuid.uuid4().hex}"
    values = {name: _json_value(getattr(signal, name)) for name in SIGNALS.column_names}
    write_durably(path, json.dumps(values).encode() + b"\n")
    return path


def _refuse_idle(alert: Alert, signal: Signal) -> None:
    """Raise ConfigError for a command that the state machine would pass over or that would have no effect."""
    where = f"alert {alert.fingerprint}"
    if signal.signal == "mute" and (signal.until is None or signal.until <= signal.event_time):
        raise ConfigError("the mute ends before it begins", where=where, fix="give a later --until, or --for 2h")
    if signal.signal == "acknowledge" and alert.state != "open":
        raise ConfigError(f"the alert is {alert.state}, not open", where=where, fix="nothing is to be done")
    if signal.signal == "unmute" and alert.muted_until is None:
        raise ConfigError("the alert is not muted", where=where, fix="nothing is to be done")
    _, transitions = step(alert, signal)
    if not transitions or (signal.signal == "acknowledge" and applied(alert, transitions[0]).state != "acknowledged"):
        fix = f"give an --at after {_last(alert, signal):%Y-%m-%d %H:%M:%S} UTC"
        raise ConfigError("the alert has a newer entry than this command", where=where, fix=fix)


def _last(alert: Alert, signal: Signal) -> dt.datetime:
    own = alert.acknowledged_at if signal.signal == "acknowledge" else alert.mute_changed_at
    return max(own or alert.changed_at, alert.changed_at)


def _json_value(value: object) -> object:
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S.%f}"
    return value
