"""Prices that held for some days, out of what was paid on each: an order's own discount is no price of the shop's.

Where large orders are cheaper, a day on which somebody bought much is a day with a low price, and a regression takes
what the order did to the price for what the price did to orders. So a day's price is read off the days around it.
"""

from __future__ import annotations

import pandas as pd

DAYS_AROUND = 3


def held_prices(price: pd.Series, sku: pd.Series) -> pd.Series:
    """The price that held on each day: the median of the three days before it or of the three after it.

    Of the two the one nearer to the day's own price, so that a change keeps its day; their mean where the day has none.
    `price` has a row a day, sorted by SKU and day, NaN where nothing is known; days without a price nearby stay so.
    """
    known = price.groupby(sku)
    steps = range(1, DAYS_AROUND + 1)
    before = pd.concat([known.shift(days) for days in steps], axis=1).median(axis=1)
    after = pd.concat([known.shift(-days) for days in steps], axis=1).median(axis=1)
    either = before.fillna(after), after.fillna(before)
    apart = [(price - side).abs() for side in either]
    middle = (either[0] + either[1]) / 2
    return either[0].where(apart[0] < apart[1], either[1].where(apart[1] < apart[0], middle))
