"""Dates as whole numbers of periods: which regular frequency a panel's dates have, and back to dates."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.errors import ForecastError
from supplyline.forecasting.arrays import Bools, Ints

Moment = dt.date | pd.Timestamp | int
Dates = npt.NDArray[np.datetime64]

DAY = 86_400
STEPS = (DAY, 43_200, 28_800, 21_600, 14_400, 10_800, 7_200, 3_600, 1_800, 1_200, 900, 600, 300, 60, 30, 15, 10, 5, 1)
LEAST_DATES = 4


@dataclass(frozen=True)
class Calendar:
    """Periods counted from 1970: whole numbers (`unit` "integer"), a step of seconds, or a number of months.

    Of "seconds", period k begins at k `step` + `offset`. Of "months", k counts `step` months, `offset` the months past
    whole steps; a period is named by its day `day`, the last of the month where that is 0.
    """

    unit: str = "seconds"
    step: int = DAY
    offset: int = 0
    day: int = 1

    def index(self, dates: pd.Series) -> tuple[Ints, Bools]:
        """Period of each date, and false where a date is none of the calendar's (NaT as well)."""
        if self.unit == "integer":
            return dates.to_numpy(dtype=np.int64), np.ones(len(dates), dtype=np.bool_)
        known = dates.notna().to_numpy()
        when = dates.to_numpy(dtype="datetime64[ns]")
        when = np.where(known, when, np.datetime64(0, "ns"))
        if self.unit == "seconds":
            passed = when.astype(np.int64) - self.offset * 10**9
            return passed // (self.step * 10**9), known & (passed % (self.step * 10**9) == 0)
        months = when.astype("datetime64[M]")
        count = months.astype(np.int64) - self.offset
        return count // self.step, known & (count % self.step == 0) & (when == self._named(months).astype("M8[ns]"))

    def dates(self, index: Ints) -> npt.NDArray[np.generic]:
        """What each period is called: datetime64[ns], or the number itself."""
        if self.unit == "integer":
            return index
        if self.unit == "seconds":
            return np.asarray((index * self.step + self.offset).astype("datetime64[s]").astype("datetime64[ns]"))
        months = (index * self.step + self.offset).astype("datetime64[M]")
        return np.asarray(self._named(months).astype("datetime64[ns]"))

    def before(self, moment: Moment, periods: int) -> Moment:
        """The period so many before."""
        return self.moment(self.number(moment) - periods)

    def number(self, moment: Moment) -> int:
        """The period that has begun last at the moment."""
        if self.unit == "integer":
            return int(moment)  # type: ignore[arg-type]
        when = np.datetime64(pd.Timestamp(moment), "ns")
        if self.unit == "seconds":
            return int((when.astype(np.int64) - self.offset * 10**9) // (self.step * 10**9))
        month = when.astype("datetime64[M]")
        begun = month if when >= self._named(np.asarray(month)).astype("M8[ns]") else month - 1
        return int((begun.astype(np.int64) - self.offset) // self.step)

    def moment(self, number: int) -> Moment:
        """The name of a period as a date where periods are days or longer, else a Timestamp or the number."""
        if self.unit == "integer":
            return number
        when = pd.Timestamp(self.dates(np.array([number], dtype=np.int64))[0])
        return when if self.unit == "seconds" and (self.step % DAY or self.offset % DAY) else when.date()

    def given(self, moment: object, where: str = "forecast_panel") -> Moment:
        """A moment named by the user: a whole number where periods are numbers, else a date or time of the shop's own.

        Raises ForecastError for anything else.
        """
        number = isinstance(moment, Integral) and not isinstance(moment, bool)
        if self.unit == "integer" and number:
            return int(moment)  # type: ignore[call-overload]
        try:
            when = pd.NaT if number or self.unit == "integer" else pd.Timestamp(moment)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            when = pd.NaT
        if pd.isna(when):
            kind = "whole number" if self.unit == "integer" else "date"
            raise ForecastError(f"as_of {moment!r} is no {kind}", where=where, fix="count as the history does")
        return when.tz_localize(None)

    def weeks(self, count: int) -> int:
        """Periods of so many weeks, at least so many periods; whole numbers are taken for days."""
        step = {"integer": DAY, "seconds": self.step, "months": 28 * DAY}[self.unit]
        return max(count, round(7 * count * DAY / step))

    @property
    def name(self) -> str:
        """In words, such as "the end of each 3 months" or "each 3600 seconds"."""
        if self.unit == "months":
            return f"{'the end' if self.day == 0 else f'day {self.day}'} of each {self.step} months"
        return f"each {self.step // DAY} days" if self.step % DAY == 0 else f"each {self.step} seconds"

    def _named(self, months: Dates) -> Dates:
        if self.day == 0:
            return np.asarray((months + 1).astype("datetime64[D]") - 1)
        return np.asarray(months.astype("datetime64[D]") + (self.day - 1))


DAYS = Calendar()
INTEGERS = Calendar("integer", 1)


def calendar_of(skus: pd.Series, dates: pd.Series) -> Calendar:
    """The frequency that most SKUs' dates have; days where too few dates tell.

    Dates without a time of day: years, quarters, months (by a fixed day or the last of the month), weeks or several
    where all dates agree, else days. With times of day on most SKUs: the longest step from a
    second to a day that most SKUs keep. So a SKU of another kind than the rest is left over, and named by whoever asks.
    """
    if pd.api.types.is_integer_dtype(dates):
        return INTEGERS
    known = dates.notna()
    skus, dates = skus[known], dates[known]
    seconds = dates.to_numpy(dtype="datetime64[s]").astype(np.int64)
    codes, names = pd.factorize(skus)
    timed = np.zeros(len(names), dtype=np.bool_)
    timed[codes[seconds % DAY != 0]] = True
    if timed.sum() * 2 > len(names):
        return _within_days(seconds[timed[codes]], codes[timed[codes]])
    return _of_whole_days(np.unique(seconds[~timed[codes]] // DAY))


def _within_days(seconds: Ints, codes: Ints) -> Calendar:
    """The longest step that more than half of the SKUs keep, all from one beginning."""
    skus = len(np.unique(codes))
    for step in STEPS:
        phases, count = np.unique(seconds % step, return_counts=True)
        offset = int(phases[np.argmax(count)])
        breaking = np.unique(codes[seconds % step != offset])
        if (skus - len(breaking)) * 2 > skus:
            return Calendar("seconds", step, offset)
    return Calendar("seconds", 1, 0)


def _of_whole_days(days: Ints) -> Calendar:
    if len(days) < LEAST_DATES:
        return DAYS
    by_month = _of_months(days.astype("datetime64[D]"))
    if by_month is not None:
        return by_month
    step = int(np.gcd.reduce(np.diff(days)))
    return Calendar("seconds", step * DAY, int(days[0] % step) * DAY) if step % 7 == 0 else DAYS


def _of_months(days: Dates) -> Calendar | None:
    """The calendar where every date is the same day of its month, or the last; None otherwise."""
    months = days.astype("datetime64[M]")
    of_month = (days - months.astype("datetime64[D]")).astype(np.int64) + 1
    last = ((months + 1).astype("datetime64[D]") - 1 == days).all()
    if not last and (of_month != of_month[0]).any():
        return None
    number = months.astype(np.int64)
    step = int(np.gcd.reduce(np.diff(number)))
    step = max(part for part in (1, 3, 6, 12) if step % part == 0)
    return Calendar("months", step, int(number[0] % step), 0 if last else int(of_month[0]))


def season_lengths(given: int | Sequence[int]) -> tuple[int, ...]:
    """The lengths of the seasons in periods, the shortest first; (1,) for none.

    Raises ForecastError unless they are one whole number above 0, or several above 1 that all differ.
    """
    try:
        several = given if isinstance(given, Sequence) else [given]
        if any(isinstance(length, bool) for length in several):
            raise TypeError
        lengths = sorted(operator.index(length) for length in several)
    except TypeError:
        lengths = []
    if not lengths or lengths[0] < (1 if len(lengths) == 1 else 2) or len(set(lengths)) < len(lengths):
        raise ForecastError(
            f"season_length {given!r} is no number of periods",
            where="forecast_panel",
            fix="give a whole number of at least 1, or several of at least 2 that differ, such as (24, 168)",
        )
    return tuple(lengths)
