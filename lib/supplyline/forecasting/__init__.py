"""Demand forecasts: plain frames in and out, numpy inside, no engine.

from supplyline.forecasting import forecast_panel
forecasts = forecast_panel(history)      # history: sku, date, quantity
"""

from supplyline.forecasting.evaluation import evaluate
from supplyline.forecasting.forecast import forecast_and_score, forecast_panel
from supplyline.forecasting.plan import TOTAL_QUANTILES, Plan
from supplyline.forecasting.scenarios import Paths, forecast_paths

__all__ = ["TOTAL_QUANTILES", "Paths", "Plan", "evaluate", "forecast_and_score", "forecast_panel", "forecast_paths"]
