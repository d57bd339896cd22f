"""Forecast models compared by what the stock policy costs with each, over spans of the past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from supplyline.config import InventorySettings, Settings
from supplyline.forecasting import forecast_and_score
from supplyline.forecasting.plan import AUTOMATIC
from supplyline.forecasting.shop_plan import plan_of
from supplyline.inventory.assumed import stock_costs, terms_of
from supplyline.inventory.model_choice import choose_by_cost
from supplyline.inventory.replay import Forecaster, Period, forecast_policy, make_replay, rolling_forecasts

SPANS = 4
WARM_UP_DAYS = 28


def shop_forecaster(settings: Settings, model: str = AUTOMATIC) -> Forecaster:
    """Forecasts with their sums over days, as `forecast_demand` makes them, or by one model for all."""
    plan = plan_of(settings.forecasting)
    if model != AUTOMATIC:
        plan = replace(plan, models=(model,))
    return lambda rows, day: forecast_and_score(rows, plan, as_of=day)[0]


def models_by_cost(
    history: pd.DataFrame, prices: pd.Series, settings: Settings, as_of: dt.date, models: Sequence[str]
) -> pd.Series:
    """The model of each SKU of `prices` (index sku): one of `models` where it surely costs less, else the automatic.

    `history`: sku, date, quantity; days after `as_of` are not looked at. What each would have cost is replayed over the
    last spans of `replay_weeks` that the history holds, two at least, at the levels and cycles of least cost: at one
    lower level for all, the model that keeps the most in stock would win. `choose_by_cost` says what is sure. Raises
    ForecastError for a name that no model has.
    """
    forecasters = {model: shop_forecaster(settings, model) for model in (AUTOMATIC, *models)}
    terms, costs = terms_of(settings.inventory), stock_costs(settings.inventory)
    usual = pd.Series(AUTOMATIC, index=prices.index, name="model")
    first = pd.to_datetime(history["date"]).min().date()
    spans = [span for span in past_spans(settings, as_of) if span.start > first]
    if len(spans) < 2:
        return usual
    looks = sorted({day for span in spans for day in span.looks(terms.review_days)})
    replayed = []
    for model, forecaster in forecasters.items():
        forecasts = rolling_forecasts(history, looks, forecaster)
        policy = forecast_policy(forecasts, terms, prices=prices, costs=costs)
        replayed.append(span_costs(model, policy, history, prices, spans, settings.inventory))
    return choose_by_cost(pd.concat(replayed), usual)


def past_spans(settings: Settings, as_of: dt.date) -> list[Period]:
    """The last spans up to `as_of`, one before the other, each with four weeks more to come to its stock."""
    length = dt.timedelta(weeks=settings.inventory.replay_weeks)
    ends = [as_of - number * length for number in range(SPANS)]
    warm = dt.timedelta(days=WARM_UP_DAYS - 1)
    return [Period(end - length - warm, end, WARM_UP_DAYS, 0) for end in ends]


def span_costs(
    model: str,
    policy: pd.DataFrame,
    history: pd.DataFrame,
    prices: pd.Series,
    spans: Sequence[Period],
    settings: InventorySettings,
) -> pd.DataFrame:
    """The rows of `Replay` of the policy that a model's forecasts make, for each span by its number."""
    terms, costs = terms_of(settings), stock_costs(settings)
    rows = []
    for number, span in enumerate(spans):
        own = policy[policy["as_of"].isin(span.looks(terms.review_days))]
        replay = make_replay(history, prices, span, terms, costs)
        rows.append(replay.of(model, own).assign(span=number))
    return pd.concat(rows, ignore_index=True)


def forecasts_by(
    models: pd.Series, history: pd.DataFrame, looks: Sequence[dt.date], settings: Settings
) -> dict[dt.date, pd.DataFrame]:
    """The forecasts of each look with each SKU's own model (index sku)."""
    made = [
        rolling_forecasts(history[history["sku"].isin(skus)], looks, shop_forecaster(settings, str(model)))
        for model, skus in models.groupby(models).groups.items()
    ]
    return {day: pd.concat([each[day] for each in made], ignore_index=True) for day in looks}
