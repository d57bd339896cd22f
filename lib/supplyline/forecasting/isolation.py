"""Running a model so that a SKU it can't bear does not take the others with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from supplyline.forecasting.panel import Panel
from supplyline.forecasting.registry import Forecast, Model
from supplyline.forecasting.states import describe


def run_model(model: Model, panel: Panel, horizon: int, quantiles: Sequence[float]) -> Forecast:
    """Fit and forecast; a panel that raises is halved until the SKUs that raise are alone with their error."""
    try:
        with np.errstate(all="ignore"):
            return model.forecast(model.fit(panel), horizon, quantiles)
    except Exception as error:  # noqa: BLE001 - one SKU's fit never fails the others: its row says why
        if len(panel) <= 1:
            return _failed(len(panel), horizon, len(quantiles), describe(error))
    middle = len(panel) // 2
    rows = np.arange(len(panel))
    left = run_model(model, panel.take(rows[:middle]), horizon, quantiles)
    right = run_model(model, panel.take(rows[middle:]), horizon, quantiles)
    return Forecast(
        np.concatenate([left.mean, right.mean]),
        np.concatenate([left.quantiles, right.quantiles]),
        left.errors + right.errors,
    )


def _failed(rows: int, horizon: int, levels: int, error: str) -> Forecast:
    return Forecast(np.full((rows, horizon), np.nan), np.full((rows, horizon, levels), np.nan), (error,) * rows)
