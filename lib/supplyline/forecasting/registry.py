"""What a forecast model is, and the register of all of them: every module of `forecasting/models/` adds its own."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from supplyline.errors import ForecastError
from supplyline.forecasting.panel import Bools, Floats, Ints, Panel
from supplyline.forecasting.paths import Outlook, aligned_origins, sampled_paths
from supplyline.forecasting.quantiles import aligned_back, plain_quantiles

BASELINE = "seasonal_naive"
NO_ORIGINS: Ints = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Forecast:
    """Demand of the coming days: `mean` (n, h), `quantiles` (n, h, q), pieces; `errors` (n) is "" where all is well.

    `expected` (n, origins, h) is what was expected from the past origins asked for, NaN where nothing was; `notes` (n)
    as those of the state.
    """

    mean: Floats
    quantiles: Floats
    expected: Floats
    errors: tuple[str, ...]
    notes: tuple[str, ...]

    def take(self, rows: Bools) -> Forecast:
        """The forecast of these rows (a mask)."""
        kept = np.flatnonzero(rows)
        errors, notes = (tuple(texts[row] for row in kept) for texts in (self.errors, self.notes))
        return Forecast(self.mean[kept], self.quantiles[kept], self.expected[kept], errors, notes)


class State(Protocol):
    """A fitted model: it can look ahead from any day of its history with the parameters it has now."""

    @property
    def panel(self) -> Panel:
        """What it was fitted on."""

    @property
    def errors(self) -> tuple[str, ...]:
        """(n) why a SKU's fit failed, "" where it did not."""

    @property
    def notes(self) -> tuple[str, ...]:
        """(n) what to know of a fit that stands ("not converged: 50 iterations"), "" for nothing; () if all are."""

    def ahead(self, origins: Ints, horizon: int) -> Floats:
        """(n, origins, horizon) mean demand of the days after each origin (a column), knowing nothing after it."""


class Model(ABC):
    """A forecast model. A module of `forecasting/models/` defines one and names an instance of it MODEL.

    `patterns` are the demand patterns it is a candidate for; `costly` ones are tried only on products that sell often.
    One that `takes_covariates` looks at prices, promotions and holidays by itself; one that `learns_together` is a
    single fit of all SKUs of a panel.
    """

    name: str
    patterns: frozenset[str]
    costly: bool = False
    takes_covariates: bool = False
    learns_together: bool = False

    @abstractmethod
    def fit(self, panel: Panel) -> State:
        """Estimate the parameters of each SKU of the panel."""

    def forecast(self, state: State, horizon: int, quantiles: Sequence[float], back: Ints = NO_ORIGINS) -> Forecast:
        """Mean and quantiles of the days after the panel's end; a SKU with a number not finite gets an error.

        `back` are days before the end from which `expected` is wanted.
        """
        last = np.array([state.panel.days - 1], dtype=np.int64)
        mean = np.maximum(state.ahead(last, horizon)[:, 0, :], 0.0)
        spread = _spread(state, mean, quantiles)
        finite = np.isfinite(mean).all(axis=1) & np.isfinite(spread).all(axis=(1, 2))
        errors = tuple(
            error or ("" if good else "ArithmeticError: forecast is not finite")
            for error, good in zip(state.errors, finite, strict=True)
        )
        return Forecast(mean, spread, _expected(state, horizon, back), errors, state.notes or ("",) * len(mean))

    def paths(self, state: State, horizon: int, paths: int, seed: int) -> Floats:
        """(n, paths, h) simulated demand of the days after the panel's end; see `paths.sampled_paths`."""
        panel = state.panel
        mean = np.maximum(state.ahead(np.array([panel.days - 1], dtype=np.int64), horizon)[:, 0, :], 0.0)
        origins = aligned_origins(panel, horizon)
        expected = np.ascontiguousarray(state.ahead(origins, horizon))
        return sampled_paths(Outlook(panel, mean, expected, origins), paths, seed)


def _expected(state: State, horizon: int, back: Ints) -> Floats:
    """(n, origins, horizon) of the origins so many days `back`; NaN from before what the state has seen."""
    origins = state.panel.days - 1 - back
    seen = origins >= 0
    if seen.all():
        return np.ascontiguousarray(state.ahead(origins, horizon))
    result = np.full((len(state.panel), len(back), horizon), np.nan)
    result[:, seen] = state.ahead(origins[seen], horizon)
    return result


def _spread(state: State, mean: Floats, quantiles: Sequence[float]) -> Floats:
    """(n, horizon, q) quantiles by the errors after past origins whole seasons before the end."""
    if not quantiles:
        return np.zeros((*mean.shape, 0))
    origins = aligned_back(state.panel, mean.shape[1])
    expected = np.ascontiguousarray(state.ahead(origins, mean.shape[1]))
    return plain_quantiles(Outlook(state.panel, mean, expected, origins), quantiles)


@functools.cache
def models() -> dict[str, Model]:
    """Name → model, of every module of `supplyline.forecasting.models`, in the order of the module names."""
    package = importlib.import_module("supplyline.forecasting.models")
    modules = sorted(found.name for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."))
    found = [importlib.import_module(name).MODEL for name in modules]
    return {model.name: model for model in found}


def named(names: Sequence[str]) -> list[Model]:
    """The models of these names; raises ForecastError naming those that the register lacks."""
    unknown = sorted({str(name) for name in names if not isinstance(name, str) or name not in models()})
    if unknown or not names:
        raise ForecastError(
            f"no model named {', '.join(unknown) or '(none given)'}",
            where="models",
            fix=f"one of {', '.join(models())}",
        )
    return [models()[name] for name in dict.fromkeys(names)]


def candidate_rows(model: Model, patterns: np.ndarray[tuple[int], np.dtype[np.str_]], frequent: Bools) -> Bools:
    """(n,) the SKUs that the automatic choice tries this model on."""
    fitting = np.isin(patterns, list(model.patterns))
    return np.asarray(fitting & frequent if model.costly else fitting)
