"""Running a model so that a SKU it can't bear does not take the others with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from supplyline.forecasting.panel import Panel
from supplyline.forecasting.registry import Forecast, Model
from supplyline.forecasting.states import describe


def run_model(
    model: Model, panel: Panel, horizon: int, quantiles: Sequence[float], total_levels: Sequence[float] = ()
) -> Forecast:
    """Fit and forecast; a panel that raises is halved until the SKUs that raise are alone with their error."""
    try:
        with np.errstate(all="ignore"):
            return model.forecast(model.fit(panel), horizon, quantiles, total_levels)
    except Exception as error:  # noqa: BLE001 - one SKU's fit never fails the others: its row says why
        if len(panel) <= 1:
            return failed(len(panel), horizon, len(quantiles), len(total_levels), describe(error))
    middle = len(panel) // 2
    rows = np.arange(len(panel))
    left = run_model(model, panel.take(rows[:middle]), horizon, quantiles, total_levels)
    right = run_model(model, panel.take(rows[middle:]), horizon, quantiles, total_levels)
    return Forecast(
        np.concatenate([left.mean, right.mean]),
        np.concatenate([left.quantiles, right.quantiles]),
        np.concatenate([left.totals, right.totals]),
        left.errors + right.errors,
        left.notes + right.notes,
    )


def failed(rows: int, horizon: int, levels: int, total_levels: int, error: str) -> Forecast:
    """Rows without numbers, all for the same reason."""
    empty = np.full((rows, horizon, levels + total_levels), np.nan)
    return Forecast(empty[..., 0], empty[..., :levels], empty[..., levels:], (error,) * rows, ("",) * rows)
