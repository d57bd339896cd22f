"""How a shop's settings want its demand forecast: by the jobs, and by a replay of what the jobs would have said."""

from __future__ import annotations

from supplyline.config import ForecastingSettings
from supplyline.forecasting.plan import TOTAL_QUANTILES, Plan


def plan_of(settings: ForecastingSettings) -> Plan:
    """How a shop's settings want its demand forecast, with the sums that stock decisions are made of."""
    return Plan(
        horizon=settings.horizon,
        total_quantiles=TOTAL_QUANTILES,
        season_length=settings.season_length,
        models=settings.models,
        origins=settings.origins,
        max_days=settings.history_days,
        active_days=settings.active_days,
        frequent_interval=settings.frequent_interval,
    )
