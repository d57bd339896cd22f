"""`supplyline alerts`: what is going wrong, and what people say to it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from supplyline.alerts.commands import command, land_command
from supplyline.alerts.lifecycle import Alert, Signal, SignalKind, Transition
from supplyline.cli.output import print_rows
from supplyline.config import Settings, load_settings
from supplyline.errors import ConfigError, LockedError, QueryError
from supplyline.publishing import publish_once
from supplyline.publishing.watch import Watcher
from supplyline.query import connect
from supplyline.query.values import iso_utc, json_value
from supplyline.tables.landing import landing_folder
from supplyline.tables.warehouse import Warehouse

alerts_app = typer.Typer(no_args_is_help=True, help="List, show, acknowledge, mute and watch alerts.")

State = StrEnum("State", ["active", "open", "acknowledged", "resolved", "all"])
Severity = StrEnum("Severity", ["info", "warning", "critical"])
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
URGENT_FIRST = "list_position(['critical', 'warning', 'info'], severity), opened_at DESC, fingerprint"
LISTED = (
    "severity",
    "state",
    "opened_at",
    "rule",
    "sku",
    "warehouse",
    "value",
    "threshold",
    "muted_until",
    "description",
)
HISTORY = ("event_time", "transition", "severity", "value", "threshold", "actor", "until", "notice", "description")

Name = Annotated[str, typer.Argument(metavar="ALERT", help="Fingerprint such as stock_out:main:85123A, or a SKU.")]
By = Annotated[str, typer.Option("--by", envvar=["USER", "LOGNAME"], help="Who says so.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="Event time of the command, UTC; default now.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print a list of objects.")]
WarehouseOption = Annotated[str | None, typer.Option("--warehouse", help="Folder or URI of the Delta tables.")]
ConfigOption = Annotated[str | None, typer.Option("--config", help="YAML file with settings.")]


@alerts_app.command("list")
def list_alerts(
    state: Annotated[State, typer.Option(help="Active is open or acknowledged.")] = State.active,
    rule: Annotated[str | None, typer.Option(help="Only of this rule.")] = None,
    sku: Annotated[str | None, typer.Option(help="Only of this SKU.")] = None,
    severity: Annotated[Severity | None, typer.Option(help="Only of this severity.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most alerts to print.")] = 50,
    as_json: AsJson = False,
    warehouse: WarehouseOption = None,
    config: ConfigOption = None,
) -> None:
    """Alerts, the most urgent first."""
    states = {"active": ["open", "acknowledged"], "all": ["open", "acknowledged", "resolved"]}.get(state, [state.value])
    given = {"rule": rule, "sku": sku, "severity": severity and severity.value}
    wanted = {name: value for name, value in given.items() if value is not None}
    where = " AND ".join(["state IN (SELECT unnest($states))", *(f"{name} = ${name}" for name in wanted)])
    settings = load_settings(config, warehouse=warehouse)
    alerts = _alerts(settings, where, {"states": states, **wanted})
    _print(alerts[:limit], LISTED, as_json=as_json)
    if len(alerts) > limit and not as_json:
        print(f"{len(alerts) - limit} more: give a higher --limit")


@alerts_app.command("show")
def show(name: Name, as_json: AsJson = False, warehouse: WarehouseOption = None, config: ConfigOption = None) -> None:
    """One alert, or all of a SKU: where it stands and everything that happened to it."""
    settings = load_settings(config, warehouse=warehouse)
    alerts = _find(settings, name)
    histories = [_history(settings, alert.fingerprint) for alert in alerts]
    if as_json:
        pairs = zip(alerts, histories, strict=True)
        _print_json(
            [dataclasses.asdict(alert) | {"history": [dataclasses.asdict(e) for e in past]} for alert, past in pairs]
        )
        return
    for alert, past in zip(alerts, histories, strict=True):
        print_rows(("column", "value"), [item for item in dataclasses.asdict(alert).items() if item[1] is not None])
        print()
        print_rows(HISTORY, [[getattr(event, column) for column in HISTORY] for event in past])
        print()


@alerts_app.command("ack")
def ack(
    name: Name, by: By = "operator", at: At = None, warehouse: WarehouseOption = None, config: ConfigOption = None
) -> None:
    """Acknowledge an open alert, or all of a SKU: someone is on it."""
    _tell(load_settings(config, warehouse=warehouse), name, "acknowledge", by, _time(at))


@alerts_app.command("mute")
def mute(
    name: Name,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Event time, UTC, at which notices go on.")] = None,
    length: Annotated[str | None, typer.Option("--for", metavar="LENGTH", help="Or how long: 30m, 2h, 3d.")] = None,
    by: By = "operator",
    at: At = None,
    warehouse: WarehouseOption = None,
    config: ConfigOption = None,
) -> None:
    """Hold back notices of an alert for a while; its state goes on."""
    begin = _time(at)
    if (until is None) == (length is None):
        raise ConfigError("a mute needs one end", where="--until, --for", fix="give one of the two")
    end = _time(until) if until is not None else begin + _length(length or "")
    _tell(load_settings(config, warehouse=warehouse), name, "mute", by, begin, end)


@alerts_app.command("unmute")
def unmute(
    name: Name, by: By = "operator", at: At = None, warehouse: WarehouseOption = None, config: ConfigOption = None
) -> None:
    """Give notices of a muted alert again."""
    _tell(load_settings(config, warehouse=warehouse), name, "unmute", by, _time(at))


@alerts_app.command("watch")
def watch(
    length: Annotated[str | None, typer.Option("--for", metavar="LENGTH", help="Stop after 30s, 10m, …")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many events.")] = None,
    history: Annotated[bool, typer.Option("--history", help="Begin with the events that are there.")] = False,
    muted: Annotated[bool, typer.Option("--muted", help="Also what mutes hold back.")] = False,
    interval: Annotated[float, typer.Option(min=0.05, help="Seconds between two looks.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object a line.")] = False,
    warehouse: WarehouseOption = None,
    config: ConfigOption = None,
) -> None:
    """Follow alert events as they are published; Ctrl-C ends it."""
    settings = load_settings(config, warehouse=warehouse)
    watcher = Watcher(Warehouse(settings.warehouse))
    if not history:
        watcher.poll()
    seconds = _length(length).total_seconds() if length else None
    try:
        for shown, event in enumerate(_events(watcher, seconds, interval, muted=muted), start=1):
            print(_json_line(event) if as_json else _line(event), flush=True)
            if shown == count:
                return
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)


def _events(watcher: Watcher, seconds: float | None, interval: float, *, muted: bool) -> Iterator[Transition]:
    end = None if seconds is None else time.monotonic() + seconds
    while True:
        yield from (event for event in watcher.poll() if event.notice or muted)
        left = interval if end is None else min(interval, end - time.monotonic())
        if left <= 0:
            return
        time.sleep(left)


def _tell(
    settings: Settings, name: str, kind: SignalKind, by: str, at: dt.datetime, until: dt.datetime | None = None
) -> None:
    """Land the command for each alert that it can change, and publish it unless another publisher will."""
    told, refused = [], []
    for alert in _find(settings, name):
        try:
            told.append(command(alert, kind, at, by, until))
        except ConfigError as error:
            refused.append(error)
    if not told:
        raise refused[0]
    for signal in told:
        land_command(landing_folder(settings), signal)
    _publish(settings, told)


def _publish(settings: Settings, told: Sequence[Signal]) -> None:
    try:
        publish_once(settings)
    except LockedError:
        for signal in told:
            print(f"{signal.fingerprint}: queued, the publisher at work takes it next")
        return
    for signal in told:
        alert = _find(settings, signal.fingerprint)[0]
        note = f", muted until {iso_utc(alert.muted_until)}" if alert.muted_until else ""
        print(f"{signal.fingerprint}: {alert.state}{note} ({signal.description})")


def _find(settings: Settings, name: str) -> list[Alert]:
    """The alert of that fingerprint, or all of that SKU."""
    alerts = _alerts(settings, "fingerprint = $name OR upper(sku) = upper($name)", {"name": name})
    if not alerts:
        raise QueryError(f"no alert {name!r}", fix="see `supplyline alerts list --state all`")
    return alerts


def _alerts(settings: Settings, where: str, params: dict[str, object]) -> list[Alert]:
    with connect(settings) as connection:
        rows = connection.rows(f"SELECT * FROM alerts WHERE {where} ORDER BY {URGENT_FIRST}", params)
    return [Alert(**row) for row in rows]


def _history(settings: Settings, fingerprint: str) -> list[Transition]:
    with connect(settings) as connection:
        text = "SELECT * FROM alert_events WHERE fingerprint = $fingerprint ORDER BY sequence"
        return [Transition(**row) for row in connection.rows(text, {"fingerprint": fingerprint})]


def _time(text: str | None) -> dt.datetime:
    """An event time; the only default is now, because a person acts now."""
    if text is None:
        now = dt.datetime.now(dt.UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)
    try:
        value = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{text!r} is no time", where="--at, --until", fix="write 2011-11-20T08:00") from error
    return value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC)


def _length(text: str) -> dt.timedelta:
    found = DURATION.fullmatch(text.strip())
    if found is None:
        raise ConfigError(f"{text!r} is no length of time", where="--for", fix="write 30m, 2h or 3d")
    return dt.timedelta(seconds=float(found.group(1)) * SECONDS[found.group(2)])


def _line(event: Transition) -> str:
    who = f" by {event.actor}" if event.actor else ""
    held = "" if event.notice else " (muted)"
    text = event.description if not event.actor else ""
    line = (
        f"{iso_utc(event.event_time)} {event.severity:<8} {event.transition:<12} {event.fingerprint}{who}{held} {text}"
    )
    return "".join(char if char.isprintable() else " " for char in line).rstrip()


def _json_line(event: Transition) -> str:
    return json.dumps(json_value(dataclasses.asdict(event)), ensure_ascii=False)


def _print(alerts: Sequence[Alert], columns: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        _print_json([dataclasses.asdict(alert) for alert in alerts])
    elif alerts:
        print_rows(
            columns, [[getattr(alert, name) for name in columns] for alert in alerts], right={"value", "threshold"}
        )
    else:
        print("no such alerts")


def _print_json(items: Sequence[object]) -> None:
    print(json.dumps(json_value(list(items)), ensure_ascii=False, indent=2))
