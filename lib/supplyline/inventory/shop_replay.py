"""The replay as the settings have it: the shop's rule of thumb, our policies, the clairvoyant, a peer on request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pandas as pd

from supplyline.config import Settings
from supplyline.inventory.allocation import allocated_policy, money_in_stock, reorder_points
from supplyline.inventory.assumed import stock_costs, terms_of
from supplyline.inventory.autoets import POLICY_AT_COST, POLICY_NAME, autoets_forecasts
from supplyline.inventory.model_replay import WARM_UP_DAYS, forecasts_by, models_by_cost, shop_forecaster
from supplyline.inventory.replay import (
    LEAST_COST,
    MODELS_BY_COST,
    OURS,
    RULE_OF_THUMB,
    SAME_MONEY,
    Period,
    Replay,
    forecast_policy,
    make_replay,
    normal_policy,
    rolling_forecasts,
    rule_of_thumb,
)
from supplyline.inventory.terms import Terms

COOL_DOWN_DAYS = 14
# A product is replayed if it sold in the half year before.
ACTIVE_DAYS = 182


def replay_period(settings: Settings, as_of: dt.date) -> Period:
    """The replay's days: `replay_weeks` that are measured, and those before and after them."""
    measured = dt.timedelta(weeks=settings.inventory.replay_weeks)
    start = as_of - measured - dt.timedelta(days=WARM_UP_DAYS + COOL_DOWN_DAYS - 1)
    return Period(start, as_of, WARM_UP_DAYS, COOL_DOWN_DAYS)


def replay_shop(
    history: pd.DataFrame,
    prices: pd.Series,
    settings: Settings,
    as_of: dt.date,
    *,
    autoets: bool = False,
    models: Sequence[str] = (),
) -> pd.DataFrame:
    """One row a SKU of `prices` (index sku) and policy, as `Replay` gives them, with the days counted.

    `history`: sku, date, quantity, up to `as_of`. `autoets` adds statsforecast's AutoETS with Normal safety stock, at
    the same service level and at the levels and cycles of least cost. Of `models` each SKU takes the one that surely
    cost less before the replay (`models_by_cost`), named in the column `model`. Raises SetupError where AutoETS is
    asked for and not installed, ForecastError for a name that no model has.
    """
    terms, period = terms_of(settings.inventory), replay_period(settings, as_of)
    looks = period.looks(terms.review_days)
    costs = stock_costs(settings.inventory)
    chosen = models_by_cost(history, prices, settings, period.start, models) if models else None
    replay = make_replay(history, prices, period, terms, costs)
    thumb = rule_of_thumb(history, looks, settings.inventory.cover_weeks, terms)
    rows = [replay.of(RULE_OF_THUMB, thumb)]
    if autoets:
        theirs = autoets_forecasts(history, looks, horizon=settings.forecasting.horizon)
        rows.append(replay.of(POLICY_NAME, normal_policy(theirs, terms)))
        rows.append(replay.of(POLICY_AT_COST, normal_policy(theirs, terms, prices=prices, costs=costs)))
    rows += _ours(replay, rolling_forecasts(history, looks, shop_forecaster(settings)), prices, thumb, terms)
    if chosen is not None:
        policy = forecast_policy(forecasts_by(chosen, history, looks, settings), terms, prices=prices, costs=costs)
        rows.append(replay.of(MODELS_BY_COST, policy).assign(model=chosen.reindex(replay.scene.skus).to_numpy()))
    rows.append(replay.clairvoyant())
    days = {"first_date": period.days[period.warm_up].date(), "last_date": period.days[-1 - period.cool_down].date()}
    return pd.concat([frame.dropna(axis=1, how="all") for frame in rows], ignore_index=True).assign(**days)


def _ours(
    replay: Replay, forecasts: Mapping[dt.date, pd.DataFrame], prices: pd.Series, thumb: pd.DataFrame, terms: Terms
) -> list[pd.DataFrame]:
    """At the service level of the terms, at levels of least cost, and with the money of the rule of thumb spread."""
    costs = replay.costs
    points = {day: reorder_points(made, terms, prices=prices, costs=costs) for day, made in forecasts.items()}
    return [
        replay.of(OURS, forecast_policy(forecasts, terms)),
        replay.of(LEAST_COST, forecast_policy(forecasts, terms, prices=prices, costs=costs)),
        replay.of(SAME_MONEY, allocated_policy(points, prices, money_in_stock(points, thumb, prices))),
    ]


def measured_days(rows: pd.DataFrame) -> int:
    """Days that the rows of a replay count."""
    span: dt.timedelta = rows["last_date"].iloc[0] - rows["first_date"].iloc[0]
    return span.days + 1


def with_settings(settings: Settings, **changes: object) -> Settings:
    """Settings with these inventory settings in their place; what is None stays."""
    given = {name: value for name, value in changes.items() if value is not None}
    inventory = settings.inventory.model_validate(settings.inventory.model_dump() | given)
    return settings.model_copy(update={"inventory": inventory})
