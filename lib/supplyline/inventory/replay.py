"""Policies compared on the demand that came, strictly out of sample: at each look only the days before are known.

The demand behind the sales of an empty shelf is not known, so what is replayed is what was sold; every policy meets the
same. Where `demand_daily` is corrected for stock-outs, so is the replay.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from supplyline.errors import InventoryError
from supplyline.inventory.cost_target import least_cost_terms
from supplyline.inventory.policy import reorder_policy
from supplyline.inventory.simulation import Costs, Scene, make_scene, measures, policy_versions
from supplyline.inventory.terms import Terms, terms_of_skus

Floats = npt.NDArray[np.float64]

# History up to and including a day, and the day → the frame of `forecast_panel`.
Forecaster = Callable[[pd.DataFrame, dt.date], pd.DataFrame]

RULE_OF_THUMB, OURS, CLAIRVOYANT = "rule_of_thumb", "forecast_quantiles", "clairvoyant"
SAME_MONEY, LEAST_COST, MODELS_BY_COST = "same_money", "least_cost", "models_by_cost"
POLICY = ("sku", "as_of", "reorder_point", "order_up_to_level")
RULE_MEMORY_DAYS = 28


@dataclass(frozen=True)
class Period:
    """The days [start, end] of a replay, the first `warm_up` and the last `cool_down` of them not measured."""

    start: dt.date
    end: dt.date
    warm_up: int = 28
    cool_down: int = 14

    def __post_init__(self) -> None:
        """Raises InventoryError where no day is left to be measured."""
        if self.days.size <= self.warm_up + self.cool_down or min(self.warm_up, self.cool_down) < 0:
            raise InventoryError(
                f"{self.start} to {self.end} leaves no day to measure", where="replay", fix="replay a longer time"
            )

    @property
    def days(self) -> pd.DatetimeIndex:
        """Every day of it."""
        return pd.date_range(self.start, self.end)

    def looks(self, review_days: int) -> list[dt.date]:
        """The days on whose evening stock is looked at."""
        return [day.date() for day in self.days[::review_days]]


def rolling_forecasts(
    history: pd.DataFrame, looks: Sequence[dt.date], forecaster: Forecaster
) -> dict[dt.date, pd.DataFrame]:
    """The forecast made on each look from the days up to it; the forecaster never sees a later one."""
    dates = pd.to_datetime(history["date"])
    return {day: forecaster(history[dates <= pd.Timestamp(day)], day) for day in looks}


def forecast_policy(
    forecasts: Mapping[dt.date, pd.DataFrame],
    terms: Terms,
    *,
    prices: pd.Series | None = None,
    costs: Costs | None = None,
) -> pd.DataFrame:
    """The versions of `reorder_policy` from the forecasts of each look; rows that failed are left out.

    With `costs` each SKU has the service level and order cycle of least cost at its price (index sku).
    """
    frames = []
    for day, frame in forecasts.items():
        stock = pd.DataFrame({"sku": frame["sku"].unique(), "on_hand": 0.0})
        stock["unit_price"] = stock["sku"].map(prices).astype(float) if prices is not None else np.nan
        made = reorder_policy(frame, stock, terms, as_of=day, costs=costs)
        frames.append(made.loc[made["status"] == "ok", list(POLICY)])
    return pd.concat(frames, ignore_index=True)


def normal_policy(
    forecasts: Mapping[dt.date, pd.DataFrame],
    terms: Terms,
    *,
    prices: pd.Series | None = None,
    costs: Costs | None = None,
) -> pd.DataFrame:
    """The textbook's policy on point forecasts: Normal safety stock from the sd of the one-day errors.

    `forecasts` have sku, horizon, mean and sd (one row a day ahead, sd of the errors one day ahead). s = Σ mean over
    R + L days + z sqrt((R + L) sd² + mean² sd_L²), S = s + mean C. Silver, Pyke and Thomas, chapters 6 and 7. With
    `costs` levels and cycles as in `forecast_policy`.
    """
    frames = []
    for day, frame in forecasts.items():
        per_sku = frame[frame["horizon"] <= terms.protection_days].groupby("sku", sort=True)
        expected = per_sku["mean"].mean().clip(lower=0.0)
        own = terms_of_skus(expected.reset_index(), terms).set_index(expected.index)
        if costs is not None:
            price = np.full(len(own), np.nan) if prices is None else prices.reindex(own.index).to_numpy(dtype=float)
            a_day = np.square(per_sku["sd"].first().to_numpy(dtype=np.float64))
            own = least_cost_terms(own, expected.to_numpy(dtype=float), price, costs, a_day)
        variance = terms.protection_days * per_sku["sd"].first() ** 2 + (expected * terms.lead_time_sd_days) ** 2
        point = expected * terms.protection_days + special.ndtri(own["service_level"]) * np.sqrt(variance)
        frames.append(_levels(day, expected.index, point, expected * own["order_cycle_days"]))
    return pd.concat(frames, ignore_index=True)


def rule_of_thumb(history: pd.DataFrame, looks: Sequence[dt.date], cover_weeks: float, terms: Terms) -> pd.DataFrame:
    """The shop's rule: at less than `cover_weeks` of the last four weeks' mean sales, order these and a cycle more."""
    rows = history.assign(date=pd.to_datetime(history["date"]))
    frames = []
    for day in looks:
        since = pd.Timestamp(day) - pd.Timedelta(days=RULE_MEMORY_DAYS)
        recent = rows[(rows["date"] > since) & (rows["date"] <= pd.Timestamp(day))]
        daily = recent.groupby("sku")["quantity"].sum().reindex(np.sort(rows["sku"].unique()), fill_value=0.0)
        daily = daily.clip(lower=0.0) / RULE_MEMORY_DAYS
        frames.append(_levels(day, daily.index, 7 * cover_weeks * daily, terms.order_cycle_days * daily))
    return pd.concat(frames, ignore_index=True)


def _levels(day: dt.date, skus: pd.Index, point: pd.Series, cycle: pd.Series) -> pd.DataFrame:
    reorder = np.maximum(np.ceil(np.round(point.to_numpy(), 9)), 0.0)
    up_to = reorder + np.ceil(np.round(cycle.to_numpy(), 9))
    return pd.DataFrame({"sku": skus, "as_of": day, "reorder_point": reorder, "order_up_to_level": up_to})


@dataclass(frozen=True)
class Replay:
    """One shop's demand over a period, with what every policy meets alike."""

    scene: Scene
    days: pd.DatetimeIndex
    costs: Costs

    def of(self, name: str, policy: pd.DataFrame) -> pd.DataFrame:
        """Metrics of each SKU under these versions of levels; a SKU without any is `failed`."""
        levels, version = policy_versions(policy, self.scene.skus, self.days)
        known = np.isin(self.scene.skus, policy["sku"].astype(str))
        return self._rows(name, self.scene.run(levels, version), known)

    def clairvoyant(self) -> pd.DataFrame:
        """Metrics of the buyer who knows all."""
        return self._rows(
            CLAIRVOYANT, self.scene.clairvoyant(self.costs), np.ones(len(self.scene.skus), dtype=np.bool_)
        )

    def at(self, costs: Costs) -> Replay:
        """The same under other costs."""
        return replace(self, costs=costs)

    def _rows(self, name: str, books: npt.NDArray[np.int64], known: npt.NDArray[np.bool_]) -> pd.DataFrame:
        metrics = measures(self.scene, books, self.costs)
        metrics.loc[~known, metrics.columns != "sku"] = np.nan
        metrics.insert(1, "policy", name)
        metrics["unit_price"] = self.scene.price
        metrics["status"] = np.where(known, "ok", "failed")
        metrics["error"] = pd.Series("no levels: its forecasts failed", index=metrics.index).where(~known, None)
        return metrics


def make_replay(history: pd.DataFrame, prices: pd.Series, period: Period, terms: Terms, costs: Costs) -> Replay:
    """The replay of the SKUs of `prices` (index sku), each starting with four weeks of its sales before the period."""
    skus = pd.DataFrame({"sku": prices.index, "unit_price": prices.to_numpy(dtype=float)})
    first = rule_of_thumb(history, [period.start], 4.0, terms).set_index("sku")["order_up_to_level"]
    skus["on_hand"] = skus["sku"].map(first).fillna(0.0)
    agreed = terms_of_skus(skus, terms)
    scene = make_scene(history, skus, agreed, period.days, warm_up=period.warm_up, cool_down=period.cool_down)
    return Replay(scene, period.days, costs)
