"""The replay as the settings have it: the shop's rule of thumb, our policies, the clairvoyant, a peer on request."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from supplyline.config import Settings
from supplyline.forecasting import TOTAL_QUANTILES, Plan, forecast_and_score
from supplyline.inventory.allocation import allocated_policy, money_in_stock, reorder_points
from supplyline.inventory.assumed import stock_costs, terms_of
from supplyline.inventory.autoets import POLICY_AT_COST, POLICY_NAME, autoets_forecasts
from supplyline.inventory.replay import (
    LEAST_COST,
    OURS,
    RULE_OF_THUMB,
    SAME_MONEY,
    Forecaster,
    Period,
    forecast_policy,
    make_replay,
    normal_policy,
    rolling_forecasts,
    rule_of_thumb,
)

WARM_UP_DAYS = 28
COOL_DOWN_DAYS = 14
# A product is replayed if it sold in the half year before.
ACTIVE_DAYS = 182


def replay_period(settings: Settings, as_of: dt.date) -> Period:
    """The replay's days: `replay_weeks` that are measured, and those before and after them."""
    measured = dt.timedelta(weeks=settings.inventory.replay_weeks)
    start = as_of - measured - dt.timedelta(days=WARM_UP_DAYS + COOL_DOWN_DAYS - 1)
    return Period(start, as_of, WARM_UP_DAYS, COOL_DOWN_DAYS)


def shop_forecaster(settings: Settings) -> Forecaster:
    """Forecasts with their sums over days, as `forecast_demand` makes them."""
    own = settings.forecasting
    plan = Plan(
        horizon=own.horizon,
        total_quantiles=TOTAL_QUANTILES,
        season_length=own.season_length,
        origins=own.origins,
        max_days=own.history_days,
        active_days=own.active_days,
        frequent_interval=own.frequent_interval,
    )
    return lambda rows, day: forecast_and_score(rows, plan, as_of=day)[0]


def replay_shop(
    history: pd.DataFrame, prices: pd.Series, settings: Settings, as_of: dt.date, *, autoets: bool = False
) -> pd.DataFrame:
    """One row a SKU of `prices` (index sku) and policy, as `Replay` gives them, with the days counted.

    `history`: sku, date, quantity, up to `as_of`. `autoets` adds statsforecast's AutoETS with Normal safety stock, at
    the same service level and at the levels and cycles of least cost. Raises SetupError where that is asked
    for and not installed.
    """
    terms, period = terms_of(settings.inventory), replay_period(settings, as_of)
    looks = period.looks(terms.review_days)
    costs = stock_costs(settings.inventory)
    replay = make_replay(history, prices, period, terms, costs)
    thumb = rule_of_thumb(history, looks, settings.inventory.cover_weeks, terms)
    forecasts = rolling_forecasts(history, looks, shop_forecaster(settings))
    rows = [replay.of(RULE_OF_THUMB, thumb), replay.of(OURS, forecast_policy(forecasts, terms))]
    rows.append(replay.of(LEAST_COST, forecast_policy(forecasts, terms, prices=prices, costs=costs)))
    points = {day: reorder_points(made, terms, prices=prices, costs=costs) for day, made in forecasts.items()}
    spread = allocated_policy(points, prices, money_in_stock(points, thumb, prices))
    rows += [replay.of(SAME_MONEY, spread), replay.clairvoyant()]
    if autoets:
        theirs = autoets_forecasts(history, looks, horizon=settings.forecasting.horizon)
        rows.insert(1, replay.of(POLICY_NAME, normal_policy(theirs, terms)))
        at_least_cost = normal_policy(theirs, terms, prices=prices, costs=costs)
        rows.insert(2, replay.of(POLICY_AT_COST, at_least_cost))
    days = {"first_date": period.days[period.warm_up].date(), "last_date": period.days[-1 - period.cool_down].date()}
    return pd.concat([frame.dropna(axis=1, how="all") for frame in rows], ignore_index=True).assign(**days)


def measured_days(rows: pd.DataFrame) -> int:
    """Days that the rows of a replay count."""
    span: dt.timedelta = rows["last_date"].iloc[0] - rows["first_date"].iloc[0]
    return span.days + 1


def with_settings(settings: Settings, **changes: object) -> Settings:
    """Settings with these inventory settings in their place; what is None stays."""
    given = {name: value for name, value in changes.items() if value is not None}
    inventory = settings.inventory.model_validate(settings.inventory.model_dump() | given)
    return settings.model_copy(update={"inventory": inventory})
