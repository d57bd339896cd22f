"""The forecasts that a shop gets from a public library: statsforecast's AutoETS, for comparison alone.

statsforecast is no dependency of this module's users: it is asked for when a comparison with it is.
"""

from __future__ import annotations

import datetime as dt
import importlib
import warnings
from collections.abc import Sequence
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.errors import SetupError

POLICY_NAME, POLICY_AT_COST = "autoets_normal", "autoets_least_cost"
REFIT_EVERY = 8


def autoets_forecasts(
    history: pd.DataFrame, looks: Sequence[dt.date], *, horizon: int = 28, season_length: int = 7, most_days: int = 730
) -> dict[dt.date, pd.DataFrame]:
    """sku, horizon, mean and sd (of the errors one day ahead) as of each look, from the days up to it.

    The model is chosen and fitted anew at every eighth look; between them the fitted one is run on to the look.
    A SKU whose fit raises is left out from then on. Raises SetupError where statsforecast is not installed.
    """
    models = _models()
    found: dict[dt.date, list[pd.DataFrame]] = {day: [] for day in looks}
    for sku, rows in history.groupby("sku", sort=True):
        series = (
            rows.set_index(pd.to_datetime(rows["date"]))["quantity"]
            .astype(float)
            .sort_index()
            .asfreq("D", fill_value=0.0)
        )
        for day, mean, sd in _rolled(models, series, looks, (horizon, season_length, most_days)):
            steps = np.arange(1, horizon + 1)
            found[day].append(pd.DataFrame({"sku": sku, "horizon": steps, "mean": mean, "sd": sd}))
    empty = pd.DataFrame({"sku": [], "horizon": [], "mean": [], "sd": []})
    return {day: pd.concat(frames, ignore_index=True) if frames else empty for day, frames in found.items()}


def _rolled(
    models: ModuleType, series: pd.Series, looks: Sequence[dt.date], sizes: tuple[int, int, int]
) -> list[tuple[dt.date, npt.NDArray[np.float64], float]]:
    horizon, season_length, most_days = sizes
    told: list[tuple[dt.date, npt.NDArray[np.float64], float]] = []
    fitted = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, day in enumerate(looks):
            past = series[: pd.Timestamp(day)].to_numpy()[-most_days:]
            try:
                if number % REFIT_EVERY == 0 or fitted is None:
                    fitted = models.AutoETS(season_length=season_length).fit(past)
                mean = fitted.forward(past, h=horizon)["mean"]
            except Exception:  # noqa: BLE001 - a series that their fit can't bear is left out of the comparison
                return told
            told.append((day, np.asarray(mean, dtype=float), float(np.sqrt(fitted.model_["sigma2"]))))
    return told


def _models() -> ModuleType:
    try:
        return importlib.import_module("statsforecast.models")
    except ImportError as error:
        raise SetupError(
            "statsforecast is not installed", where=POLICY_NAME, fix="install it, or compare without --autoets"
        ) from error
