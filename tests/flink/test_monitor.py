"""The monitor against plain loops, all trouble at once: unordered, repeated, late and malformed records."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from supplyline.alerts.rules import load_rules
from supplyline.errors import SourceError
from supplyline.tables import INVENTORY_EVENTS, SIGNALS, THRESHOLDS, WINDOW_METRICS
from tests.support.live_events import HOUR, START, Event, in_order_of_arrival, product_day, signals_of, windows_of

HOURS = 30
SHUFFLED = [f"S{number}" for number in range(6)]
GOOD = Event("bad0", START + HOUR * 3, "X", "sale", -1, "A", 1.0, 5)


def record(**changes: Any) -> bytes:
    """A good record with some fields changed; None takes a field away."""
    values = json.loads(GOOD.line) | changes
    return json.dumps({name: value for name, value in values.items() if value is not None}).encode()


def turned(raw: bytes) -> bytes:
    """The record with its fields in another order, which the monitor reads in another way."""
    return json.dumps(dict(reversed(json.loads(raw).items()))).encode()


REJECTED: list[tuple[bytes, str]] = [
    (b"no json at all", "not a JSON object"),
    (b"", "not a JSON object"),
    (b"[1, 2]", "not a JSON object"),
    (b'{"event_id": "cut', "not a JSON object"),
    (record(sku=None), "sku is missing"),
    (record(sku={"a": 1}), "sku is missing"),
    (record(event_id=""), "event id min length"),
    (record(quantity="many"), "quantity is no long"),
    (record(quantity=-1.5), "quantity is no long"),
    (record(quantity=1), "sign"),
    (record(quantity=-(10**12)), "quantity minimum"),
    (record(quantity=-(10**30)), "quantity is no long"),
    (record(stock_after=None), "stock_after is missing"),
    (record(unit_price="dear"), "unit_price is no double"),
    (record(unit_price=-1), "unit price minimum"),
    (record(movement_type="theft"), "movement type values"),
    (record(event_time="2011-02-30 08:00:00"), "event_time is no timestamp"),
    (record(event_time="yesterday"), "event_time is no timestamp"),
    (record(event_time="2099-01-01 00:00:00"), "event_time too far ahead"),
    (record(event_time="1970-01-01 00:00:00"), "event_time before 2000-01-01"),
    (record().replace(b'"X"', b'"X\xff\xfe"'), "bytes that are no UTF-8"),
    (b"x" * 2_000_000, "not a JSON object"),
    (b"no json at all", "not a JSON object"),
]
REJECTED += [
    (turned(raw), reason) for raw, reason in REJECTED if raw.startswith(b"{") and raw.isascii() and b"cut" not in raw
]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What went in and what came out."""

    on_time: list[Event]
    late: list[Event]
    records: int
    repeated: int
    thresholds: list[dict[str, Any]]
    landed: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def outcome(watch: Callable[..., dict[str, list[dict[str, Any]]]]) -> Outcome:
    """One run over all of it."""
    shuffled = [event for number, sku in enumerate(SHUFFLED) for event in product_day(sku, hours=HOURS, seed=number)]
    repeated = [dataclasses.replace(event, delay=dt.timedelta(minutes=10)) for event in shuffled[::5]]
    # Their windows closed hours ago when they come.
    late = [
        dataclasses.replace(event, event_id=f"late{number}", delay=HOUR * 3)
        for number, event in enumerate(shuffled[:200:20])
    ]
    arriving = in_order_of_arrival([*shuffled, *repeated, *late])
    records = [event.line.encode() for event in arriving]
    for number, (bad, _) in enumerate(REJECTED):
        records.insert(number * 40, bad)
    thresholds = [_threshold(sku, at) for at in (0, 12, 24) for sku in SHUFFLED[:-1]]
    return Outcome(shuffled, late, len(records), len(repeated), thresholds, watch(records, thresholds))


def _threshold(sku: str, hour: int) -> dict[str, Any]:
    return {
        "warehouse": "main",
        "sku": sku,
        "effective_from": str(START + HOUR * hour),
        "reorder_point": 15 + hour,
        "order_up_to_level": 90,
        "lead_time_days": 2.5,
        "daily_demand": 0.0 if hour == 12 else 9.7,
        "daily_demand_q95": 150.25 if hour < 24 else 2000.0,
    }


def frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    made = pd.DataFrame(rows)
    for name in ("window_start", "window_end"):
        made[name] = pd.to_datetime(made[name])
    return made.sort_values(["sku", "window_start"], ignore_index=True)


def test_windows_equal_plain_loops_whatever_the_order_of_arrival(outcome: Outcome) -> None:
    expected = windows_of(outcome.on_time)
    found = frame(outcome.landed["window_metrics"])
    pd.testing.assert_frame_equal(found.drop(columns="window_id"), expected, check_dtype=False)
    per_product = [group.drop(columns=["window_id", "sku"]).reset_index(drop=True) for _, group in found.groupby("sku")]
    for other in per_product[1:]:
        pd.testing.assert_frame_equal(other, per_product[0])


def test_window_ids_are_the_hash_of_their_key(outcome: Outcome) -> None:
    for row in outcome.landed["window_metrics"]:
        key = "|".join(row[name] for name in ("warehouse", "sku", "window_start", "window_end"))
        assert row["window_id"] == hashlib.md5(key.encode()).hexdigest()


def test_late_events_are_kept_and_not_counted(outcome: Outcome) -> None:
    assert sorted(row["raw"] for row in outcome.landed["late_events"]) == sorted(event.line for event in outcome.late)
    assert {row["sku"] for row in outcome.landed["late_events"]} == {event.sku for event in outcome.late}


def test_rejected_records_are_kept_with_their_reason(outcome: Outcome) -> None:
    found = Counter((row["raw"], row["reason"]) for row in outcome.landed["rejected_events"])
    assert found == Counter((raw.decode(errors="replace"), reason) for raw, reason in REJECTED)


def test_equal_rejected_records_have_ids_of_their_own(outcome: Outcome) -> None:
    ids = [row["rejected_event_id"] for row in outcome.landed["rejected_events"]]
    assert len(set(ids)) == len(ids) == len(REJECTED)


def test_every_record_is_accounted_for(outcome: Outcome) -> None:
    counted = sum(row["events"] for row in outcome.landed["window_metrics"])
    late, rejected = (len(outcome.landed[name]) for name in ("late_events", "rejected_events"))
    assert outcome.records == counted + late + rejected + outcome.repeated


def test_signals_equal_plain_loops_with_hysteresis_and_changing_thresholds(outcome: Outcome) -> None:
    expected = signals_of(windows_of(outcome.on_time), outcome.thresholds, load_rules())
    found = sorted(
        (row["rule"], row["sku"], pd.Timestamp(row["event_time"]), row["signal"], row["value"], row["threshold"])
        for row in outcome.landed["signals"]
    )
    assert found == expected
    assert len({(rule, signal) for rule, _, _, signal, _, _ in expected}) == 8, "the case shows every rule both ways"


def test_signals_of_a_rule_alternate(outcome: Outcome) -> None:
    told: dict[tuple[str, str], list[str]] = {}
    for row in sorted(outcome.landed["signals"], key=lambda row: row["event_time"]):
        told.setdefault((row["rule"], row["sku"]), []).append(row["signal"])
    assert all(signals == (["breach", "clear"] * len(signals))[: len(signals)] for signals in told.values())


def test_a_product_without_thresholds_still_runs_out_of_stock(outcome: Outcome) -> None:
    assert {row["rule"] for row in outcome.landed["signals"] if row["sku"] == SHUFFLED[-1]} == {"stock_out"}


def test_broken_thresholds_end_the_run_with_one_line(watch: Callable[..., Any]) -> None:
    with pytest.raises(SourceError) as refused:
        watch([GOOD.line.encode()], [_threshold("X", 0) | {"effective_from": "soon"}])
    assert "the monitor failed" in str(refused.value)
    assert "effective_from" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_spark_gives_the_same_windows_and_signals_over_history(outcome: Outcome, spark: Any) -> None:
    from supplyline.spark.rules import signals_over_history, windows_over_history
    from supplyline.spark.schema import spark_schema

    def table(rows: list[dict[str, Any]], contract: Any) -> Any:
        names = [column.name for column in contract.columns if column.type == "timestamp"]
        parsed = [row | {name: dt.datetime.fromisoformat(row[name] + "+00:00") for name in names} for row in rows]
        return spark.createDataFrame(
            [[row[name] for name in contract.column_names] for row in parsed], spark_schema(contract)
        )

    events = table([json.loads(event.line) for event in outcome.on_time], INVENTORY_EVENTS)
    windows = windows_over_history(events, HOUR).persist()
    signals = signals_over_history(windows, table(outcome.thresholds, THRESHOLDS), load_rules(), HOUR)
    assert _texts(windows, WINDOW_METRICS) == _sorted(outcome.landed["window_metrics"])
    assert _texts(signals, SIGNALS) == _sorted(outcome.landed["signals"])


def _texts(frame: Any, contract: Any) -> list[str]:
    texts = [
        f"DATE_FORMAT({c.name}, 'yyyy-MM-dd HH:mm:ss') AS {c.name}" if c.type == "timestamp" else c.name
        for c in contract.columns
    ]
    return _sorted([row.asDict() for row in frame.selectExpr(*texts).collect()])


def _sorted(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)
