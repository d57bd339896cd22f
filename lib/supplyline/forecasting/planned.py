"""What is planned for the days ahead, prices, promotions and holidays, put on top of forecasts with what it does.

A plan is rows of `sku` ("*" for all), `first_day` … `last_day` and what holds on them: a `price`, as a ratio to the
usual one, and a `promotion`. Effects are those of `drivers.estimate_drivers`, and so are their intervals: a day whose
effect is not well known gets wider quantiles.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from supplyline.errors import ForecastError
from supplyline.forecasting.arrays import Floats
from supplyline.forecasting.drivers import (
    ALL,
    BEFORE,
    DRIVERS,
    FAILED,
    HOLIDAY,
    METHOD,
    PRICE,
    PROMOTION,
    USUAL_DAYS,
    DriverPlan,
    calendar_columns,
)
from supplyline.forecasting.panel import CATEGORY
from supplyline.forecasting.widening import level_of, widened

EVERY_SKU = "*"
FACTOR = "planned_factor"
LARGEST_FACTOR = 10.0
# The interval of an effect is DriverPlan.level wide: so many standard errors each way.
REACH = NormalDist().inv_cdf(0.5 + DriverPlan().level / 2)


@dataclass(frozen=True)
class PlannedDrivers:
    """All that is known of the days ahead; each may be empty.

    `plan` has sku, first_day, last_day, price (ratio to the usual, NaN for as usual), promotion; `calendar` has date,
    holiday, before_holiday; `effects` are rows of the table demand_drivers of one as-of, all categories.
    """

    plan: pd.DataFrame
    calendar: pd.DataFrame
    effects: pd.DataFrame

    def applied(self, forecasts: pd.DataFrame, categories: Mapping[str, str]) -> pd.DataFrame:
        """Forecasts times the factors, each SKU with the effects of its category (`all` where it has none).

        A driver whose effect is not known is left out; `planned_factor` says what was applied to a day.
        """
        changed = [forecasts.assign(**{FACTOR: np.nan})[:0]]
        for _, rows, known, effects in self._by_category(forecasts, categories):
            changed.append(apply_drivers(rows, known, effects))
        return pd.concat([part for part in changed if len(part)] or changed).loc[forecasts.index]

    def path_factors(self, rows: pd.DataFrame, categories: Mapping[str, str], paths: int, seed: int) -> Floats:
        """(n, paths) factors of `rows`, each a sku and date: a path has the same draw of an effect wherever it counts.

        Draws are Normal about the log effect, with its standard error.
        """
        numbered = rows[["sku", "date"]].reset_index(drop=True)
        result = np.ones((len(rows), paths))
        for name, part, known, effects in self._by_category(numbered, categories):
            moves = planned_moves(part, known, effects)
            chance = np.random.default_rng([seed, *name.encode()])
            drawn = moves.size[:, None] + moves.spread[:, None] * chance.standard_normal((len(moves.size), paths))
            result[part.index] = np.exp(np.minimum(moves.x @ drawn, np.log(LARGEST_FACTOR)))
        return result

    def _by_category(
        self, rows: pd.DataFrame, categories: Mapping[str, str]
    ) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame, pd.DataFrame]]:
        """Each category's name, its rows, what is planned for its SKUs and has an effect, and the effects."""
        days = planned_days(rows, self.plan, self.calendar)
        category = rows["sku"].map(categories).replace("", None).fillna(ALL)
        for name, part in rows.groupby(category, sort=False):
            effects = self.effects[self.effects["category"] == name]
            known = days[[column for column in days if column not in DRIVERS or column in usable(effects)]]
            yield str(name), part, known[known["sku"].isin(part["sku"])], effects


def usable(effects: pd.DataFrame) -> list[str]:
    """Drivers that forecasts can be multiplied by."""
    return list(effects.loc[(effects["method"] == METHOD) & (effects["status"] != FAILED), "driver"])


def holiday_calendar(days: Sequence[object], holidays: Collection[object]) -> pd.DataFrame:
    """Those of the days that are a holiday or shortly before one: date, holiday, before_holiday (0 or 1)."""
    dates = pd.to_datetime(pd.Series(list(days))).astype("datetime64[ns]")
    rows = pd.DataFrame({"date": dates, **calendar_columns(dates, holidays)})
    return rows[(rows[HOLIDAY] + rows[BEFORE]) > 0].reset_index(drop=True)


def planned_days(forecasts: pd.DataFrame, plan: pd.DataFrame, calendar: pd.DataFrame) -> pd.DataFrame:
    """A row for each forecast SKU and day that is not as usual: sku, date and every driver's value.

    A SKU's own rows of the plan win over those of all SKUs, and of these each the one that starts later.
    """
    keys = forecasts[["sku"]].assign(date=pd.to_datetime(forecasts["date"]).astype("datetime64[ns]"))
    named = plan[plan["sku"] != EVERY_SKU].assign(own=1)
    general = plan[plan["sku"] == EVERY_SKU].drop(columns="sku").assign(own=0)
    both = pd.concat([keys.merge(named, on="sku"), keys.merge(general, how="cross")], ignore_index=True)
    first, last = (pd.to_datetime(both[name]) for name in ("first_day", "last_day"))
    held = both[(first <= both["date"]) & (both["date"] <= last)].sort_values(["own", "first_day"], kind="stable")
    held = held.drop_duplicates(["sku", "date"], keep="last")[["sku", "date", PRICE, PROMOTION]]
    days = held.merge(keys.merge(calendar, on="date"), on=["sku", "date"], how="outer")
    filled = {PRICE: 1.0} | dict.fromkeys((PROMOTION, HOLIDAY, BEFORE), 0.0)
    return days.astype(dict.fromkeys(filled, float)).fillna(filled)


def usual_prices(history: pd.DataFrame) -> dict[str, float]:
    """Harmonic mean of a SKU's prices of the last eight weeks, or its last one where these have none.

    What a forecast expects holds already what the prices of the days behind it did to demand. At an elasticity of -1,
    near what shops measure, that is what their harmonic mean would have done; the median, which a few days at another
    price leave where it is, counts these twice.
    """
    if PRICE not in history.columns:
        return {}
    rows = history.assign(price=pd.to_numeric(history[PRICE], errors="coerce"))
    rows = rows[rows[PRICE] > 0].sort_values("date", kind="stable")
    recent = rows[rows["date"] > history["date"].max() - pd.Timedelta(days=USUAL_DAYS)]
    last = rows.groupby("sku")[PRICE].last()
    harmonic = 1.0 / (1.0 / recent[PRICE]).groupby(recent["sku"]).mean()
    return dict(harmonic.reindex(last.index).fillna(last))


def categories(history: pd.DataFrame) -> dict[str, str]:
    """Category of each SKU that has one."""
    if CATEGORY not in history.columns:
        return {}
    known = history[["sku", CATEGORY]].dropna().drop_duplicates("sku")
    return dict(zip(known["sku"], known[CATEGORY], strict=True))


def with_promotions(history: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """The history with a column promotion, 1 on the days that the plan marks as promoted."""
    held = planned_days(history, plan, holiday_calendar([], []))[["sku", "date", PROMOTION]]
    keys = history[["sku"]].assign(date=pd.to_datetime(history["date"]).astype("datetime64[ns]"))
    return history.assign(promotion=keys.merge(held, on=["sku", "date"], how="left")[PROMOTION].fillna(0.0).to_numpy())


def apply_drivers(
    forecasts: pd.DataFrame, planned: pd.DataFrame, effects: Mapping[str, float] | pd.DataFrame
) -> pd.DataFrame:
    """Forecasts times what is planned: mean, each quantile (q…) and the sums over days 1 … h (total_…).

    `planned` has date, or sku and date, and any of price (as a ratio to the price the forecast knows), promotion,
    price_cut, holiday, before_holiday (0 or 1); a day it does not have is as usual. `effects` is driver → effect, or
    the rows of one category of `estimate_drivers`, whose lowest and highest price bound the ratio. A day's factor is
    price ratio ^ elasticity · Π effect ^ flag, at most tenfold; the new column `planned_factor` has it where it is not
    1. The totals, distributions of sums, are scaled by the ratio of the summed means. Where effects have intervals,
    quantiles are those of demand times a log-normal factor (`widening.widened`); that of a total is by the delta
    method, an effect being the same every day.
    Raises ForecastError for a ratio not above 0, a day planned twice or a planned driver without an effect.
    """
    moves = planned_moves(forecasts, planned, effects)
    x, size, spread = moves.x, moves.size, moves.spread
    factor = np.exp(np.minimum(x @ size, np.log(LARGEST_FACTOR)))
    untold = (factor == 1.0) | forecasts["mean"].isna().to_numpy()
    changed = forecasts.assign(**{FACTOR: np.where(untold, np.nan, factor)})
    if (factor == 1.0).all():
        return changed
    _scale(changed, "", factor, np.sqrt((x**2) @ (spread**2)))
    _scale(changed, "total_", *_total_factors(forecasts, factor, x, spread))
    return changed


@dataclass(frozen=True)
class Moves:
    """`x` (n, drivers): log price ratio or flag of each row; `size` log effects, `spread` their standard errors."""

    x: Floats
    size: Floats
    spread: Floats


def planned_moves(forecasts: pd.DataFrame, planned: pd.DataFrame, effects: Mapping[str, float] | pd.DataFrame) -> Moves:
    """What is planned for each row of the forecasts (sku, date) and what it does; arguments as of `apply_drivers`."""
    logs, errors = _known_effects(effects)
    moves = _aligned(forecasts, planned, logs)
    if PRICE in moves.columns:
        moves[PRICE] = moves[PRICE].clip(*_seen_prices(effects))
    size, spread = (np.array([known[name] for name in moves.columns], dtype=float) for known in (logs, errors))
    return Moves(moves.to_numpy(float), size, spread)


def _scale(changed: pd.DataFrame, prefix: str, factor: Floats, spread: Floats) -> None:
    """Mean and quantiles whose names begin so, in place, where the factor is not 1."""
    rows = np.flatnonzero(factor != 1.0)
    mean = f"{prefix}mean"
    if mean in changed.columns:
        changed[mean] = changed[mean].to_numpy() * factor
    names = [name for name in changed.columns if name.startswith(f"{prefix}q") and name[len(prefix) + 1].isdigit()]
    if not names or not len(rows):
        return
    levels = np.array([level_of(name.removeprefix(prefix)) for name in names])
    table = changed[names].to_numpy(float)
    table[rows] = widened(table[rows], levels, spread[rows]) * factor[rows, None]
    if prefix:
        table = _never_falling(changed, table)
    changed[names] = table


def _never_falling(rows: pd.DataFrame, totals: Floats) -> Floats:
    """Totals of more days are not less: a closed day adds nothing to any quantile of the sum before it."""
    order = rows["date"].argsort(kind="stable").to_numpy()
    sorted_totals = pd.DataFrame(totals[order]).groupby(rows["sku"].to_numpy()[order]).cummax()
    result = np.empty_like(totals)
    result[order] = sorted_totals.to_numpy()
    return result


def _known_effects(effects: Mapping[str, float] | pd.DataFrame) -> tuple[dict[str, float], dict[str, float]]:
    """Log effect (of price the elasticity) and its standard error of each driver."""
    if not isinstance(effects, pd.DataFrame):
        logs = {str(name): float(value if name == PRICE else np.log(value)) for name, value in effects.items()}
        return logs, dict.fromkeys(logs, 0.0)
    rows = effects[effects["driver"].isin(usable(effects)) & (effects["method"] == METHOD)]
    if rows["driver"].duplicated().any():
        raise ForecastError("effects of several categories", where="apply_drivers", fix="give the rows of one")
    numbers = rows[["effect", "low", "high"]].to_numpy(float)
    numbers = np.where((rows["driver"] == PRICE).to_numpy()[:, None], numbers, np.log(np.maximum(numbers, 1e-300)))
    reach = np.nan_to_num((numbers[:, 2] - numbers[:, 1]) / (2 * REACH))
    return dict(zip(rows["driver"], numbers[:, 0], strict=True)), dict(zip(rows["driver"], reach, strict=True))


def _seen_prices(effects: Mapping[str, float] | pd.DataFrame) -> tuple[float, float]:
    """Logarithms of the lowest and highest price ratio that the effects were learnt from; none are no bounds."""
    if not isinstance(effects, pd.DataFrame) or not {"lowest", "highest"} <= set(effects.columns):
        return -np.inf, np.inf
    row = effects.loc[(effects["driver"] == PRICE) & (effects["method"] == METHOD)].iloc[0]
    low, high = (np.log(float(row[name])) for name in ("lowest", "highest"))
    return (-np.inf if np.isnan(low) else min(low, 0.0)), (np.inf if np.isnan(high) else max(high, 0.0))


def _aligned(forecasts: pd.DataFrame, planned: pd.DataFrame, logs: Mapping[str, float]) -> pd.DataFrame:
    """What of each used driver (a column) is planned for each row of the forecasts: log price ratio, or flag."""
    used = [name for name in DRIVERS if name in planned.columns]
    unknown = [name for name in used if name not in logs]
    if unknown:
        raise ForecastError(f"no effect of {', '.join(unknown)} is known", where="apply_drivers", fix="leave it out")
    if PRICE in used and not (planned[PRICE] > 0).all():
        raise ForecastError("a planned price ratio is not above 0", where="apply_drivers", fix="give 0.8 for 20 % off")
    keys = [name for name in ("sku", "date") if name in planned.columns]
    days = planned.assign(date=pd.to_datetime(planned["date"]).astype("datetime64[ns]"))[[*keys, *used]]
    if days.duplicated(keys).any():
        raise ForecastError("a day is planned twice", where="apply_drivers", fix="give one row a sku and date")
    if PRICE in used:
        days[PRICE] = np.log(days[PRICE].astype(float))
    wanted = forecasts[["sku"]].assign(date=pd.to_datetime(forecasts["date"]).astype("datetime64[ns]"))
    return wanted.merge(days, on=keys, how="left")[used].astype(float).fillna(0.0)


def _total_factors(forecasts: pd.DataFrame, daily: Floats, x: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Of each row, summed means of days 1 … h after over before, and the standard error of its logarithm.

    Where nothing is expected the day's own factor stands.
    """
    order = forecasts["date"].argsort(kind="stable").to_numpy()
    sku, mean = forecasts["sku"].to_numpy()[order], forecasts["mean"].fillna(0.0).to_numpy(float)[order]
    after = mean * daily[order]
    columns = np.column_stack([mean, after, after[:, None] * x[order]])
    sums = pd.DataFrame(columns).groupby(sku).cumsum().to_numpy()
    known = (sums[:, 0] > 0) & (sums[:, 1] > 0)
    ratio = np.where(known, sums[:, 1] / np.where(known, sums[:, 0], 1.0), daily[order])
    slopes = sums[:, 2:] / np.where(known, sums[:, 1], 1.0)[:, None]
    result = np.empty((2, len(order)))
    # Days before the first that is planned keep their numbers to the last bit.
    touched = pd.Series((daily[order] != 1.0).astype(float)).groupby(sku).cummax().to_numpy() > 0
    result[:, order] = np.where(touched, ratio, 1.0), np.sqrt((slopes**2) @ (spread**2))
    return result[0], result[1]
