"""Demand forecasts: plain frames in and out, numpy inside, no engine.

from supplyline.forecasting import forecast_panel
forecasts = forecast_panel(history)      # history: sku, date, quantity
"""

from supplyline.forecasting.forecast import TOTAL_QUANTILES, Plan, forecast_and_score, forecast_panel

__all__ = ["TOTAL_QUANTILES", "Plan", "forecast_and_score", "forecast_panel"]
