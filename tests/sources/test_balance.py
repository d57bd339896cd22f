"""The books of an ingest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyline.errors import SourceError
from supplyline.sources.balance import Books


def test_a_row_that_vanishes_stops_the_ingest() -> None:
    with pytest.raises(SourceError, match="do not balance: 10 rows read, 9 accounted for"):
        Books("shop", "lines", 10, {"sale": 7}, 1, {"price_type": 1}).check(1.0)


def test_too_many_bad_rows_are_listed_by_rule() -> None:
    books = Books("shop", "lines", 10, {"sale": 7}, 0, {"price_type": 1, "fields": 2})
    with pytest.raises(
        SourceError, match=r"3 of 10 rows are bad \(fields 2, price_type 1\), more than ingest.max_bad_share = 0.2"
    ):
        books.check(0.2)
    books.check(0.3)


def test_an_input_without_rows_is_refused() -> None:
    with pytest.raises(SourceError, match="holds no rows"):
        Books("shop", "lines", 0, {"sale": 0}).check(1.0)


@given(st.dictionaries(st.sampled_from("abc"), st.integers(0, 99), min_size=1), st.integers(1, 99), st.integers(0, 99))
def test_read_is_the_sum_of_the_other_rows(outcomes: dict[str, int], duplicates: int, bad: int) -> None:
    books = Books("shop", "x", sum(outcomes.values()) + duplicates + bad, outcomes, duplicates, {"r": bad})
    books.check(1.0)
    rows = {outcome: count for _, _, outcome, count in books.rows()}
    assert rows.pop("read") == sum(rows.values())
