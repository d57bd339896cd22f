"""The life of an alert: signals in, transitions and the next state out. No clock, no I/O, no engine.

    none ── breach ──► open ── acknowledge ──► acknowledged
    open, acknowledged ── clear ──► resolved ── breach ──► open
    open, acknowledged ── worse breach ──► open (escalated)
    mute, unmute: in any state, which they leave; they hold notices back

Signals are of three kinds, each with a clock of its own: the condition (breach, clear), acknowledgements, and mutes
(mute, unmute). A signal that is not newer than the last transition of its kind changes nothing. So a replay is
harmless, and an acknowledgement given today does not hide the windows of a stream that replays an older year.

`step` decides on a transition and `applied` carries it out; nothing else changes an alert. Therefore the alerts are
exactly the fold of their transitions, and the table `alerts` can be rebuilt from `alert_events`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import quote

from supplyline.errors import ContractError

SignalKind = Literal["breach", "clear", "acknowledge", "mute", "unmute"]
TransitionKind = Literal["opened", "escalated", "resolved", "acknowledged", "muted", "unmuted"]
State = Literal["open", "acknowledged", "resolved"]

SEVERITIES: tuple[str, ...] = ("info", "warning", "critical")
COMMANDS: Mapping[SignalKind, TransitionKind] = {
    "acknowledge": "acknowledged",
    "mute": "muted",
    "unmute": "unmuted",
}


@dataclass(frozen=True, slots=True)
class Signal:
    """A rule's condition begins or ends for a product, or a person's command. Fields are the columns of `signals`."""

    signal_id: str
    rule: str
    severity: str
    warehouse: str
    sku: str
    signal: SignalKind
    event_time: dt.datetime
    value: float | None
    threshold: float | None
    description: str
    actor: str | None = None
    until: dt.datetime | None = None

    @property
    def fingerprint(self) -> str:
        """Of the alert that it is about."""
        return fingerprint(self.rule, self.warehouse, self.sku)


@dataclass(frozen=True, slots=True)
class Transition:
    """One thing that happened to an alert. Fields are the columns of `alert_events`."""

    alert_event_id: str
    fingerprint: str
    sequence: int
    rule: str
    severity: str
    warehouse: str
    sku: str
    transition: TransitionKind
    event_time: dt.datetime
    value: float | None
    threshold: float | None
    description: str
    notice: bool
    actor: str | None
    until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Alert:
    """Where an alert stands. Fields are the columns of `alerts`; an alert that never opened is None instead."""

    fingerprint: str
    rule: str
    severity: str
    warehouse: str
    sku: str
    state: State
    opened_at: dt.datetime
    updated_at: dt.datetime
    changed_at: dt.datetime
    resolved_at: dt.datetime | None
    mute_changed_at: dt.datetime | None
    muted_until: dt.datetime | None
    acknowledged_at: dt.datetime | None
    acknowledged_by: str | None
    occurrences: int
    transitions: int
    value: float | None
    threshold: float | None
    description: str


def fingerprint(rule: str, warehouse: str, sku: str) -> str:
    """`rule:warehouse:sku`; a colon inside a part is escaped, so that two alerts never share one."""
    return ":".join(quote(part, safe=" ") for part in (rule, warehouse, sku))


def event_id(fingerprint: str, transition: str, event_time: dt.datetime) -> str:
    """Deterministic id of a transition: 32 hex digits."""
    text = f"{fingerprint}|{transition}|{event_time.astimezone(dt.UTC).isoformat(timespec='microseconds')}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def step(alert: Alert | None, signal: Signal) -> tuple[Alert | None, list[Transition]]:
    """The alert after the signal, and what happened to it: one transition, or none where the signal changes nothing."""
    kind = _transition_kind(alert, signal)
    if kind is None:
        return alert, []
    transition = _transition(alert, signal, kind)
    return applied(alert, transition), [transition]


def fold(alerts: Mapping[str, Alert], signals: Iterable[Signal]) -> tuple[dict[str, Alert], list[Transition]]:
    """Alerts by fingerprint after all signals, in the given order, and every transition on the way."""
    current, transitions = dict(alerts), []
    for signal in signals:
        after, happened = step(current.get(signal.fingerprint), signal)
        if after is not None:
            current[signal.fingerprint] = after
        transitions += happened
    return current, transitions


def rebuild(transitions: Iterable[Transition], alerts: Mapping[str, Alert] | None = None) -> dict[str, Alert]:
    """Alerts by fingerprint from their transitions alone, in any order; or `alerts` caught up with later ones."""
    current = dict(alerts or {})
    for transition in sorted(transitions, key=lambda item: (item.fingerprint, item.sequence)):
        current[transition.fingerprint] = applied(current.get(transition.fingerprint), transition)
    return current


def applied(alert: Alert | None, transition: Transition) -> Alert:
    """The alert with a transition carried out."""
    if transition.transition == "opened":
        return _opened(alert, transition)
    if alert is None:
        what = f"alert is {transition.transition} before it opened"
        raise ContractError(what, where=transition.fingerprint, fix="bring back the rows missing from alert_events")
    alert = replace(alert, updated_at=transition.event_time, transitions=transition.sequence)
    match transition.transition:
        case "escalated":
            # Who acknowledged the milder alert has not seen this one, so it stands open again.
            alert = replace(alert, state="open", severity=transition.severity, acknowledged_by=None)
            return _changed(alert, transition)
        case "resolved":
            return _changed(replace(alert, state="resolved", resolved_at=transition.event_time), transition)
        case "acknowledged":
            return _acknowledged(alert, transition)
        case _:
            return replace(alert, muted_until=transition.until, mute_changed_at=transition.event_time)


def _transition_kind(alert: Alert | None, signal: Signal) -> TransitionKind | None:
    if alert is None:
        return "opened" if signal.signal == "breach" else None
    last = _clock(alert, signal.signal)
    if last is not None and signal.event_time <= last:
        return None
    if signal.signal in COMMANDS:
        return COMMANDS[signal.signal] if _makes_sense(signal) else None
    if signal.signal == "clear":
        return "resolved" if alert.state != "resolved" else None
    if alert.state == "resolved":
        return "opened"
    return "escalated" if SEVERITIES.index(signal.severity) > SEVERITIES.index(alert.severity) else None


def _clock(alert: Alert, kind: SignalKind) -> dt.datetime | None:
    """Event time of the last transition of the signal's kind."""
    if kind == "acknowledge":
        return alert.acknowledged_at
    if kind in ("mute", "unmute"):
        return alert.mute_changed_at
    return alert.changed_at


def _makes_sense(command: Signal) -> bool:
    return command.signal != "mute" or (command.until is not None and command.until > command.event_time)


def _transition(alert: Alert | None, signal: Signal, kind: TransitionKind) -> Transition:
    by_command = signal.signal in COMMANDS
    # A command says nothing about the condition, so the figures stay those of the alert.
    figures = alert if alert is not None and by_command else signal
    return Transition(
        alert_event_id=event_id(signal.fingerprint, kind, signal.event_time),
        fingerprint=signal.fingerprint,
        sequence=1 if alert is None else alert.transitions + 1,
        rule=signal.rule,
        # A clear ends the alert at the severity that it had reached.
        severity=signal.severity if kind in ("opened", "escalated") or alert is None else alert.severity,
        warehouse=signal.warehouse,
        sku=signal.sku,
        transition=kind,
        event_time=signal.event_time,
        value=figures.value,
        threshold=figures.threshold,
        description=signal.description,
        notice=by_command or not is_muted(alert, signal.event_time),
        actor=signal.actor,
        until=signal.until if kind == "muted" else None,
    )


def is_muted(alert: Alert | None, at: dt.datetime) -> bool:
    """True while notices of the alert are held back at that event time."""
    return alert is not None and alert.muted_until is not None and at < alert.muted_until


def _opened(alert: Alert | None, transition: Transition) -> Alert:
    return Alert(
        fingerprint=transition.fingerprint,
        rule=transition.rule,
        severity=transition.severity,
        warehouse=transition.warehouse,
        sku=transition.sku,
        state="open",
        opened_at=transition.event_time,
        updated_at=transition.event_time,
        changed_at=transition.event_time,
        resolved_at=None,
        mute_changed_at=alert.mute_changed_at if alert else None,
        muted_until=alert.muted_until if alert else None,
        acknowledged_at=alert.acknowledged_at if alert else None,
        acknowledged_by=None,
        occurrences=alert.occurrences + 1 if alert else 1,
        transitions=transition.sequence,
        value=transition.value,
        threshold=transition.threshold,
        description=transition.description,
    )


def _changed(alert: Alert, transition: Transition) -> Alert:
    return replace(
        alert,
        changed_at=transition.event_time,
        value=transition.value,
        threshold=transition.threshold,
        description=transition.description,
    )


def _acknowledged(alert: Alert, transition: Transition) -> Alert:
    """An acknowledgement older than the last change is kept in the history, but does not cover that change."""
    alert = replace(alert, acknowledged_at=transition.event_time)
    if alert.state == "resolved" or transition.event_time < alert.changed_at:
        return alert
    return replace(alert, state="acknowledged", acknowledged_by=transition.actor)
