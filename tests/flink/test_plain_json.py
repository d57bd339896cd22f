"""Plain records by pattern against Python's JSON parser: what is taken has the same fields, and nothing broken is."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyline.flink.plain_json import VALUES, plain_record, value_of
from supplyline.tables import INVENTORY_EVENTS
from tests.support.live_events import START, Event

NAMES = INVENTORY_EVENTS.column_names
EVENT = json.loads(Event("id", START, "X", "sale", -1, "A", 1.0, 5).line)
GOOD = {name: EVENT[name] for name in NAMES}
PATTERN, TIME = plain_record(INVENTORY_EVENTS), value_of("event_time")
TEXTS = st.text(st.sampled_from("a1 :,\"{}[]\\/'\x01\t\u00e9\u2028\ufffd")) | st.text(max_size=5)
VALUES_OF_ANY_KIND = TEXTS | st.integers() | st.floats(allow_nan=False) | st.none() | st.booleans() | st.just([1])


def read(line: str) -> list[str | None] | None:
    """What the monitor does with the patterns; None for a record that it parses."""
    if not re.search(PATTERN, line):
        return None
    texts = [found[1] for found in re.finditer(VALUES, line)]
    time = re.search(TIME, line)
    assert time is not None
    assert time[1] == texts[NAMES.index("event_time")]
    return texts


def agree(texts: list[str | None], record: dict[str, Any]) -> bool:
    def same(text: str | None, value: Any) -> bool:
        return text == value if value is None or isinstance(value, str) else float(str(text)) == value

    return list(record) == NAMES and all(map(same, texts, record.values()))


@given(st.dictionaries(st.sampled_from([name for name in NAMES if isinstance(GOOD[name], str)]), TEXTS))
def test_texts_of_any_content_are_read_as_a_parser_reads_them(texts_put: dict[str, str]) -> None:
    record = GOOD | texts_put
    line = json.dumps(record, ensure_ascii=False)
    texts = read(line)
    assert (texts is None) == ("\\" in line)
    assert texts is None or agree(texts, record)


@given(st.dictionaries(st.sampled_from(NAMES), VALUES_OF_ANY_KIND), st.booleans())
def test_values_of_any_kind_are_read_alike_or_left_to_the_parser(changes: dict[str, Any], ascii_only: bool) -> None:
    record = GOOD | changes
    texts = read(json.dumps(record, ensure_ascii=ascii_only))
    assert texts is None or agree(texts, record)


@given(
    st.integers(0, 250),
    st.integers(0, 3),
    st.sampled_from(["", '"', ",", "}", ":", " ", "0", "-", "\n", "\\", "\x85", "null"]),
)
def test_no_damaged_record_is_taken_for_a_plain_one(at: int, lost: int, put: str) -> None:
    line = json.dumps(GOOD)
    damaged = line[:at] + put + line[at + lost :]
    texts = read(damaged)
    assert texts is None or agree(texts, json.loads(damaged))


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_records_as_producers_write_them_are_plain(separators: tuple[str, str]) -> None:
    assert read(json.dumps(GOOD, separators=separators)) is not None
    assert read(json.dumps(GOOD | {"order_id": None, "unit_price": None}, separators=separators)) is not None
