"""The alert state machine: a list of signals in, transitions and alerts out."""

from __future__ import annotations

import dataclasses
import datetime as dt
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyline.alerts.lifecycle import (
    Alert,
    Signal,
    SignalKind,
    Transition,
    event_id,
    fingerprint,
    fold,
    is_muted,
    rebuild,
    step,
)
from supplyline.tables import ALERT_EVENTS, ALERTS, SIGNALS, Table

START = dt.datetime(2011, 11, 12, tzinfo=dt.UTC)
SKUS = ("85123A", "22423", "a:b")


def at(hour: float) -> dt.datetime:
    return START + dt.timedelta(hours=hour)


def signal(kind: SignalKind, hour: float, severity: str = "warning", sku: str = "85123A", **more: object) -> Signal:
    values: dict[str, object] = {"value": hour, "threshold": 10.0, "description": f"{kind} at {hour}"} | more
    return Signal(f"{sku}-{kind}-{hour}", "stock_out", severity, "main", sku, kind, at(hour), **values)  # type: ignore[arg-type]


def story(*signals: Signal) -> tuple[Alert, list[str]]:
    alerts, transitions = fold({}, signals)
    return alerts[signals[0].fingerprint], [item.transition for item in transitions]


@pytest.mark.parametrize(("kind", "table"), [(Signal, SIGNALS), (Transition, ALERT_EVENTS), (Alert, ALERTS)])
def test_fields_are_the_columns_of_the_contract(kind: type, table: Table) -> None:
    assert [field.name for field in dataclasses.fields(kind)] == table.column_names


def test_breach_opens_and_clear_resolves() -> None:
    alert, happened = story(signal("breach", 1), signal("clear", 5))
    assert happened == ["opened", "resolved"]
    assert (alert.state, alert.opened_at, alert.resolved_at, alert.occurrences) == ("resolved", at(1), at(5), 1)
    assert alert.value == 5


def test_a_second_breach_opens_it_again_and_counts() -> None:
    alert, happened = story(signal("breach", 1), signal("clear", 2), signal("breach", 3))
    assert happened == ["opened", "resolved", "opened"]
    assert (alert.state, alert.occurrences, alert.transitions, alert.resolved_at) == ("open", 2, 3, None)


def test_only_a_rising_severity_escalates() -> None:
    alert, happened = story(
        signal("breach", 1, "warning"),
        signal("breach", 2, "warning"),
        signal("breach", 3, "info"),
        signal("breach", 4, "critical"),
    )
    assert happened == ["opened", "escalated"]
    assert (alert.severity, alert.opened_at, alert.changed_at) == ("critical", at(1), at(4))


def test_resolved_keeps_the_severity_that_it_had_reached() -> None:
    _, transitions = fold({}, [signal("breach", 1, "critical"), signal("clear", 2, "info")])
    assert transitions[-1].severity == "critical"


def test_acknowledged_alert_stays_acknowledged_until_it_clears() -> None:
    alert, happened = story(signal("breach", 1), signal("acknowledge", 2, actor="anna"), signal("breach", 3))
    assert happened == ["opened", "acknowledged"]
    assert (alert.state, alert.acknowledged_by, alert.description) == ("acknowledged", "anna", "breach at 1")


def test_escalation_takes_the_acknowledgement_back() -> None:
    alert, happened = story(
        signal("breach", 1, "warning"), signal("acknowledge", 2, actor="anna"), signal("breach", 3, "critical")
    )
    assert happened[-1] == "escalated"
    assert (alert.state, alert.acknowledged_by) == ("open", None)


def test_acknowledgement_older_than_an_escalation_does_not_cover_it() -> None:
    alert, _ = story(signal("breach", 1), signal("breach", 5, "critical"), signal("acknowledge", 3, actor="anna"))
    assert (alert.state, alert.acknowledged_by) == ("open", None)


def test_acknowledgement_of_today_does_not_hide_windows_of_an_older_stream() -> None:
    today = (dt.datetime(2026, 1, 1, tzinfo=dt.UTC) - START).total_seconds() / 3600
    alert, happened = story(
        signal("breach", 1), signal("acknowledge", today, actor="anna"), signal("clear", 2), signal("breach", 3)
    )
    assert happened == ["opened", "acknowledged", "resolved", "opened"]
    assert (alert.state, alert.changed_at) == ("open", at(3))


def test_commands_for_an_alert_that_never_opened_change_nothing() -> None:
    assert fold({}, [signal("acknowledge", 1), signal("mute", 2, until=at(9)), signal("clear", 3)]) == ({}, [])


def test_mute_holds_back_notices_but_not_the_state() -> None:
    signals = [
        signal("breach", 1),
        signal("mute", 2, until=at(10), actor="anna"),
        signal("clear", 3),
        signal("breach", 4),
        signal("clear", 10),
    ]
    alerts, transitions = fold({}, signals)
    assert [(item.transition, item.notice) for item in transitions] == [
        ("opened", True),
        ("muted", True),
        ("resolved", False),
        ("opened", False),
        ("resolved", True),
    ]
    alert = alerts[signals[0].fingerprint]
    assert alert.state == "resolved"
    assert is_muted(alert, at(9.9))
    assert not is_muted(alert, at(10))


def test_unmute_gives_notices_again() -> None:
    _, transitions = fold(
        {}, [signal("breach", 1), signal("mute", 2, until=at(99)), signal("unmute", 3), signal("clear", 4)]
    )
    assert [item.notice for item in transitions] == [True, True, True, True]
    assert transitions[2].until is None


def test_mute_without_a_later_end_changes_nothing() -> None:
    _, happened = story(signal("breach", 1), signal("mute", 2), signal("mute", 3, until=at(3)))
    assert happened == ["opened"]


def test_fingerprints_never_collide() -> None:
    assert fingerprint("r", "a:b", "c") != fingerprint("r", "a", "b:c")
    assert fingerprint("stock_out", "main", "85123A") == "stock_out:main:85123A"


def test_event_id_is_the_same_in_every_process_and_zone() -> None:
    elsewhere = at(1).astimezone(dt.timezone(dt.timedelta(hours=5)))
    assert event_id("f", "opened", at(1)) == event_id("f", "opened", elsewhere)
    # printf 'f|opened|2011-11-12T01:00:00.000000+00:00' | sha256sum
    assert event_id("f", "opened", at(1)) == "3cca7a238ebd68a6d996c33d44b8e5ac"


KINDS = st.sampled_from(("breach", "breach", "clear", "acknowledge", "mute", "unmute"))


@st.composite
def stories(draw: st.DrawFn) -> list[Signal]:
    """Signals of several alerts as a monitor sends them: conditions in order of time, and commands, dated
    freely, for an alert that is there."""
    signals = [signal("breach", 0, draw(st.sampled_from(("info", "warning"))), sku) for sku in SKUS]
    for hour in range(1, draw(st.integers(1, 25))):
        kind, sku = draw(KINDS), draw(st.sampled_from(SKUS))
        when = hour if kind in ("breach", "clear") else draw(st.integers(0, 40))
        until = at(when + draw(st.integers(-2, 10))) if kind == "mute" else None
        severity = draw(st.sampled_from(("info", "warning", "critical")))
        signals.append(signal(kind, when, severity, sku, until=until, actor=draw(st.sampled_from(("anna", "ben")))))
    return signals


@given(stories(), st.data())
def test_replay_of_any_earlier_signals_changes_nothing(signals: list[Signal], data: st.DataObject) -> None:
    alerts, _ = fold({}, signals)
    replayed = [item for item in signals if data.draw(st.booleans())]
    assert fold(alerts, replayed) == (alerts, [])


@given(stories(), st.data())
def test_two_manifests_fold_as_one(signals: list[Signal], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(signals)))
    first, early = fold({}, signals[:cut])
    both, late = fold(first, signals[cut:])
    assert (both, early + late) == fold({}, signals)


@given(stories(), st.randoms())
def test_alerts_are_rebuilt_from_their_events_alone(signals: list[Signal], random: st.DataObject) -> None:
    alerts, transitions = fold({}, signals)
    random.shuffle(transitions)  # type: ignore[attr-defined]
    assert rebuild(transitions) == alerts


@given(stories(), st.data())
def test_any_interleaving_of_different_alerts_gives_the_same(signals: list[Signal], data: st.DataObject) -> None:
    ordered = sorted(signals, key=lambda item: item.fingerprint)
    queues = [list(group) for _, group in groupby(ordered, key=lambda item: item.fingerprint)]
    mixed = []
    while queues := [queue for queue in queues if queue]:
        mixed.append(data.draw(st.sampled_from(queues)).pop(0))
    alerts, transitions = fold({}, signals)
    mixed_alerts, mixed_transitions = fold({}, mixed)
    assert mixed_alerts == alerts
    assert sorted(mixed_transitions, key=lambda item: item.alert_event_id) == sorted(
        transitions, key=lambda item: item.alert_event_id
    )


@given(stories())
def test_ids_are_unique_and_sequences_without_holes(signals: list[Signal]) -> None:
    alerts, transitions = fold({}, signals)
    assert len({item.alert_event_id for item in transitions}) == len(transitions)
    for name, alert in alerts.items():
        sequences = [item.sequence for item in transitions if item.fingerprint == name]
        assert sequences == list(range(1, alert.transitions + 1))


@given(stories())
def test_the_state_agrees_with_a_plain_reading_of_the_condition(signals: list[Signal]) -> None:
    """Brute force: whether it is resolved depends on nothing but the last breach or clear."""
    alerts, _ = fold({}, signals)
    for name, alert in alerts.items():
        condition = [item.signal for item in signals if item.fingerprint == name and item.signal in ("breach", "clear")]
        assert (alert.state == "resolved") == (condition[-1] == "clear")


def test_a_signal_of_an_equal_time_changes_nothing() -> None:
    alert, _ = step(None, signal("breach", 1))
    assert step(alert, signal("clear", 1)) == (alert, [])
