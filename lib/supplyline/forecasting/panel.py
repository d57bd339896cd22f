"""What is known of many SKUs: demand by period as one dense array, and beside it covariates and pools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from supplyline.forecasting.arrays import Bools, Floats, Ints
from supplyline.forecasting.periods import DAYS, Calendar, Moment

__all__ = ["Bools", "Floats", "Ints", "Panel"]

CATEGORY = "category"
PRICE, PROMOTION, HOLIDAY = "price", "promotion", "holiday"
COVARIATES = (PRICE, PROMOTION, HOLIDAY)
USUAL_SEASONS, LEAST_USUAL = 8, 8
LEAST_RATE = 1e-9

Pools = Mapping[str, "Pool"]


@dataclass(frozen=True)
class Covariates:
    """Name → (n, periods) of price (NaN where none is known), promotion and holiday (0 or 1), as far as given.

    The columns are those of the panel's values and those after its end. `planned` says that what comes after an origin
    was known at it; else only what lies before may be looked at.
    """

    values: Mapping[str, Floats]
    planned: bool

    def take(self, rows: npt.NDArray[np.int64] | Bools) -> Covariates:
        """Those of these rows (indices or mask)."""
        return replace(self, values={name: table[rows] for name, table in self.values.items()})

    def without_first(self, periods: int) -> Covariates:
        """Those of all periods but the first so many."""
        return replace(self, values={name: table[:, periods:] for name, table in self.values.items()})

    def usual_price(self, origins: Ints, season_length: int) -> Floats:
        """(n, origins) median price of the last eight seasons (at least eight periods) up to each origin."""
        width, price = max(USUAL_SEASONS * season_length, LEAST_USUAL), self.values[PRICE]
        result = np.full((len(price), len(origins)), np.nan)
        for at, origin in enumerate(origins):
            window = price[:, max(origin + 1 - width, 0) : origin + 1]
            known = np.isfinite(window).any(axis=1)
            result[known, at] = np.nanmedian(window[known], axis=1)
        return result


@dataclass(frozen=True)
class Pool:
    """The typical demand of a category's SKUs a period, `credibility` k, and the season's factors.

    `level` is the median of their means. k, periods, is how much history of its own is worth as much as that; infinite
    if all SKUs are alike. `season` (m,) has mean 1 and is counted in periods before the end.
    """

    level: float
    credibility: float
    season: Floats

    def weight(self, age: Floats) -> Floats:
        """Z = n / (n + k): what a SKU's own mean counts after n periods."""
        return np.asarray(age / np.maximum(age + self.credibility, LEAST_RATE))


@dataclass(frozen=True)
class Panel:
    """Demand of n SKUs by day, or another period of the `calendar`, all ending with the same one.

    `values` is (n, days), pieces; row i counts from column `starts[i]` on and is zero before it. A day without a row is
    a day without demand: histories are sales, and nothing is written down where nothing sold. So a SKU whose rows end
    early is one that has stopped selling. The last column is `end`. `categories` (n,) says which SKUs are alike, None
    that nothing is known of it. Of several seasons `season_length` is the longest, `shorter_seasons` are the others.
    `pools` is what the whole shop's SKUs say of young ones, `covariates` what is known beside demand, of periods after
    the end as well. `fits`, if not None, is where models leave what they found for each other (`sharing.shared`).
    """

    skus: npt.NDArray[np.object_]
    values: Floats
    starts: Ints
    end: Moment
    season_length: int = 7
    calendar: Calendar = DAYS
    categories: npt.NDArray[np.object_] | None = None
    shorter_seasons: tuple[int, ...] = ()
    pools: Pools | None = None
    covariates: Covariates | None = None
    fits: dict[str, Any] | None = None

    @property
    def seasons(self) -> tuple[int, ...]:
        """All season lengths, the shortest first."""
        return (*self.shorter_seasons, self.season_length)

    def with_seasons(self, seasons: tuple[int, ...]) -> Panel:
        """The panel with these seasons, the shortest first, in place of its own; () are none."""
        return replace(self, season_length=seasons[-1] if seasons else 1, shorter_seasons=seasons[:-1])

    @property
    def days(self) -> int:
        """Columns of `values`."""
        return int(self.values.shape[1])

    @property
    def lengths(self) -> Ints:
        """(n,) days of history of each SKU; below 1 where it starts after the end."""
        return self.days - self.starts

    def __len__(self) -> int:
        return len(self.skus)

    def take(self, rows: npt.NDArray[np.int64] | Bools) -> Panel:
        """The panel of these rows (indices or mask)."""
        categories = None if self.categories is None else self.categories[rows]
        beside = None if self.covariates is None else self.covariates.take(rows)
        return replace(
            self,
            skus=self.skus[rows],
            values=self.values[rows],
            starts=self.starts[rows],
            categories=categories,
            covariates=beside,
        )

    def until(self, days_before_end: int) -> Panel:
        """The panel as it was known that many days before its end."""
        kept = max(self.days - days_before_end, 0)
        return replace(
            self,
            values=np.ascontiguousarray(self.values[:, :kept]),
            end=self.calendar.before(self.end, days_before_end),
            pools=None,
        )

    def tail(self, days: int) -> Panel:
        """The last `days` days."""
        dropped = max(self.days - days, 0)
        values = np.ascontiguousarray(self.values[:, dropped:])
        beside = None if self.covariates is None else self.covariates.without_first(dropped)
        return replace(self, values=values, starts=np.maximum(self.starts - dropped, 0), covariates=beside)

    def history(self, row: int) -> Floats:
        """The demand of one SKU since its start, pieces a day."""
        return self.values[row, self.starts[row] :]

    def recorded(self) -> Bools:
        """(n, days) true where the SKU's history has begun."""
        return np.asarray(np.arange(self.days) >= self.starts[:, None])
