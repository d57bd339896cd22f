"""One gradient-boosted model over all SKUs of a panel (LightGBM)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from supplyline.errors import ForecastError
from supplyline.forecasting.arrays import Floats, Ints
from supplyline.forecasting.features import CATEGORICAL, features, names_of, scales
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.registry import Model, State

if TYPE_CHECKING:
    import lightgbm

SEED = 20111209
LONGEST_STEP = 28
MOST_ROWS = 200_000
ROWS_AT_ONCE = 200_000
LEAST_ROWS = 100
TREES = 150
PARAMETERS = {
    "objective": "tweedie", "tweedie_variance_power": 1.5, "learning_rate": 0.06, "num_leaves": 31,
    "min_data_in_leaf": 50, "feature_fraction": 0.8, "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 1.0,
    "seed": SEED, "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbosity": -1,
}  # fmt: skip


@dataclass(frozen=True)
class Boosted:
    """The trees, and the panel they look ahead on."""

    panel: Panel
    trees: lightgbm.Booster
    errors: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def ahead(self, origins: Ints, horizon: int) -> Floats:
        """(n, origins, horizon) mean demand; a piece of the origins at a time, as their rows are many."""
        result = np.empty((len(self.panel), len(origins), horizon))
        at_once = max(1, ROWS_AT_ONCE // max(len(self.panel) * horizon, 1))
        for first in range(0, len(origins), at_once):
            part = origins[first : first + at_once]
            rows = features(self.panel, part, horizon)
            share = self.trees.predict(rows.reshape(-1, rows.shape[-1]), num_threads=1)
            result[:, first : first + at_once] = np.asarray(share).reshape(rows.shape[:-1])
            result[:, first : first + at_once] *= scales(self.panel, part)[..., None]
        return result


class GradientBoosting(Model):
    """Trees on lags, levels, season and calendar, every step ahead by itself, all SKUs and past origins together.

    Where the history has prices, promotions or holidays, so do the trees: those of the origin, and with a plan for the
    periods to come those of the period ahead, past ones taken as planned. So a history that goes with a plan should
    have list prices: one known from sales alone says, where it moves, that there was a sale.

    The loss is Tweedie's, as demand is 0 often and large seldom (Januschowski et al., Forecasting with trees, IJF 38,
    2022, on what won the M5 competition). It learns from whole panels: of the automatic choice it is no part, which
    has to give a SKU the same forecast whatever stands beside it, unless it is named beside it (`models=["auto",
    "gradient_boosting"]`; setting `forecasting.models`): then up to 512 SKUs of a bucket are a panel. Needs a hundred
    rows to learn from.
    """

    name = "gradient_boosting"
    patterns = frozenset()
    costly = True
    takes_covariates = True
    learns_together = True

    def fit(self, panel: Panel) -> State:
        """Raises ForecastError where there is too little to learn from."""
        import lightgbm

        rows, target = training_rows(panel)
        if len(target) < LEAST_ROWS:
            raise ForecastError(f"{len(target)} rows to learn from", where=self.name, fix=f"needs {LEAST_ROWS}")
        data = lightgbm.Dataset(rows, target, feature_name=list(names_of(panel)), categorical_feature=list(CATEGORICAL))
        return Boosted(panel, lightgbm.train(PARAMETERS, data, num_boost_round=TREES), ("",) * len(panel))


def training_rows(panel: Panel) -> tuple[Floats, Floats]:
    """Features (k, names) and demand over scale (k,) from origins a season apart, thinned evenly to 200,000."""
    horizon = min(LONGEST_STEP, max(panel.days // 4, 1))
    last, m = panel.days - 1, panel.season_length
    # Neither a multiple of the season nor far from it: every place in the season is an origin in its turn.
    origins = np.arange(last - 1, 0, -(m + 1), dtype=np.int64)
    every = max(1, -(-len(panel) * len(origins) * horizon // MOST_ROWS))
    rows, target = [], []
    for number, origin in enumerate(origins):
        steps = np.arange(1 + number % every, min(horizon, last - origin) + 1, every)
        ready = panel.starts + m <= origin
        if len(steps) and ready.any():
            part, one = panel.take(ready), origins[number : number + 1]
            rows.append(features(part, one, horizon)[:, 0, steps - 1].reshape(-1, len(names_of(panel))))
            target.append((part.values[:, origin + steps] / scales(part, one)).reshape(-1))
    if not rows:
        return np.empty((0, len(names_of(panel)))), np.empty(0)
    return np.concatenate(rows), np.concatenate(target)


MODEL = GradientBoosting()
