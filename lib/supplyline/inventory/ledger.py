"""The books of a simulated stock: every piece that comes, goes, is missed or waits, day by day, in whole pieces."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int64]

# Columns of the ledger, in pieces, days or times; the first two are taken before the first counted day.
ENTRIES = (
    "opening", "owed_before", "demand", "received", "sold", "missed", "closing", "owed_after", "ordered", "orders",
    "stock_days", "short_days", "empty_days", "cycles", "short_cycles", "in_transit",
)  # fmt: skip
TRACED = ("received", "sold", "missed", "closing")


@njit(cache=True)
def keep_books(
    demand: Ints,
    levels: Ints,
    version: Ints,
    fixed: Ints,
    lead: Ints,
    rules: Ints,
    opening: Ints,
    counted: tuple[int, int],
    backorders: bool,
    trace: Ints,
) -> Ints:  # pragma: no cover - compiled
    """(n, entries) of ENTRIES over the counted days [first, last) of the stocks of n SKUs.

    `demand` (n, days); `levels` (n, versions, 2) reorder point and order-up-to level, `version` (days,) which holds on
    a day; or `fixed` (n, looks) pieces to order at each look, where it has columns; `lead` (n, looks) days; `rules` (n,
    4) review days, minimum, maximum (-1: none) and pack of an order; `opening` (n,) pieces. A day: what arrives comes
    in, what is owed is delivered, demand is served, and on a look's evening an order is placed; after a lead time of L
    whole days it is on the shelf before the demand of the next. `trace` (4, n, days) gets TRACED, if it has any rows.
    """
    n, days = demand.shape
    books = np.zeros((n, len(ENTRIES)), dtype=np.int64)
    for row in range(n):
        arriving = np.zeros(days, dtype=np.int64)
        on_hand, owed, on_order, short = opening[row], 0, 0, False
        for day in range(days):
            came, asked, before = arriving[day], demand[row, day], (on_hand, owed)
            on_hand, owed, sold, missed = _serve(on_hand + came, owed, asked, backorders)
            on_order -= came
            order = 0
            if day % rules[row, 0] == 0:
                look, position = day // rules[row, 0], on_hand + on_order - owed
                order = fixed[row, look] if fixed.shape[1] else _order(position, levels[row, version[day]], rules[row])
                on_order += order
                _send(arriving, day + 1 + lead[row, look], order)
            if day == counted[0]:
                books[row, 0], books[row, 1] = before
            if counted[0] <= day < counted[1]:
                _enter(books[row], (asked, came, sold, missed, order), (on_hand, owed, on_order), short)
            short = missed > 0 or (short and came == 0)
            if len(trace[0]):
                trace[:, row, day] = np.array([came, sold, missed, on_hand])
    return books


@njit(cache=True)
def _serve(there: int, owed: int, asked: int, backorders: bool) -> tuple[int, int, int, int]:  # pragma: no cover
    """Pieces on hand and owed after a day, sold and missed: who waits is served first."""
    late = min(there, owed)
    served = min(there - late, asked)
    missed = asked - served
    return there - late - served, owed - late + missed if backorders else 0, late + served, missed


@njit(cache=True)
def _order(position: int, levels: Ints, rules: Ints) -> int:  # pragma: no cover - compiled
    """Pieces that lift a position at or below the reorder point to the level, within the limits, in whole packs."""
    wanted = levels[1] - position
    if position > levels[0] or wanted <= 0:
        return 0
    packs = -(-max(wanted, rules[1]) // rules[3])
    if rules[2] >= 0:
        packs = min(packs, rules[2] // rules[3])
    return int(packs * rules[3])


@njit(cache=True)
def _send(arriving: Ints, day: int, order: int) -> None:  # pragma: no cover - compiled
    """An order comes on a day, unless that is after the last."""
    if day < len(arriving):
        arriving[day] += order


@njit(cache=True)
def _enter(
    book: Ints, flow: tuple[int, int, int, int, int], state: tuple[int, int, int], short: bool
) -> None:  # pragma: no cover - compiled
    """Add a counted day to a SKU's book.

    `flow` are the pieces asked, come, sold, missed and ordered, `state` those on hand, owed and on order in the
    evening; `short` tells whether any were missed since the last arrival.
    """
    asked, came, sold, missed, order = flow
    on_hand, owed, in_transit = state
    book[2] += asked
    book[3] += came
    book[4] += sold
    book[5] += missed
    book[6], book[7], book[15] = on_hand, owed, in_transit
    book[8] += order
    book[9] += order > 0
    book[10] += on_hand
    book[11] += missed > 0
    book[12] += on_hand == 0
    book[13] += came > 0
    book[14] += came > 0 and short
