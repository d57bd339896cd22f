"""How a panel is forecast, and what the columns of the result are called."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real

from supplyline.errors import ForecastError
from supplyline.forecasting.periods import DAYS, Calendar, season_lengths
from supplyline.forecasting.registry import named

QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
TOTAL_QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99)
LEAST_CYCLES = 8
# Ten years of days, more than a year of hours: paths of a batch that long still fit into a few gigabytes.
MOST_AHEAD = 10_000
AUTOMATIC = "auto"


@dataclass(frozen=True)
class Plan:
    """How a panel is forecast. Times are days, or periods of the `calendar`.

    `season_length` is one number of periods, or several of a demand with several seasons (24 and 168 hours).
    `models` are names, "auto", or "auto" among names: then the automatic choice may take those too.
    With `total_quantiles` the rows tell besides what the days 1 … horizon will sell together.
    """

    horizon: int = 28
    quantiles: tuple[float, ...] = QUANTILES
    total_quantiles: tuple[float, ...] = ()
    season_length: int | Sequence[int] = 7
    models: str | tuple[str, ...] = AUTOMATIC
    origins: int = 2
    max_days: int = 730
    active_days: int = 180
    frequent_interval: float = 2.0
    calendar: Calendar = DAYS

    def __post_init__(self) -> None:
        """Raises ForecastError for a number that can't be."""
        season_lengths(self.season_length)
        _whole("horizon", self.horizon, least=1, most=MOST_AHEAD)
        _whole("max_days", self.max_days, least=1)
        _whole("origins", self.origins, least=0)
        if not self.quantiles or not (_rising(self.quantiles) and _rising(self.total_quantiles)):
            levels = f"quantiles {self.quantiles} {self.total_quantiles}".removesuffix(" ()")
            fix = "give numbers such as (0.05, 0.5, 0.95)"
            raise ForecastError(f"{levels} are not rising between 0 and 1", where="forecast_panel", fix=fix)
        if not isinstance(self.models, (str, tuple)):
            fix = "give names, or auto"
            raise ForecastError(f"models {self.models!r} are no names", where="forecast_panel", fix=fix)
        if self.extra_models or not self.automatic:
            named(self.extra_models)

    @property
    def window(self) -> int:
        """Periods of history that are looked at: `max_days`, and at least eight of the longest of several seasons."""
        *shorter, longest = season_lengths(self.season_length)
        return max(self.max_days, LEAST_CYCLES * longest) if shorter else self.max_days

    @property
    def takes_covariates(self) -> bool:
        """Whether a model named looks at prices, promotions and holidays by itself."""
        return any(model.takes_covariates for model in (named(self.extra_models) if self.extra_models else []))

    @property
    def automatic(self) -> bool:
        """Whether the models are those of the automatic choice, perhaps with some named beside them."""
        return AUTOMATIC in ((self.models,) if isinstance(self.models, str) else self.models)

    @property
    def extra_models(self) -> tuple[str, ...]:
        """Models that are named, tried on every SKU."""
        names = (self.models,) if isinstance(self.models, str) else self.models
        return tuple(name for name in names if name != AUTOMATIC)

    @property
    def number_columns(self) -> list[str]:
        """Columns of numbers but the mean: the day's quantiles, then mean and quantiles of the total so far."""
        totals = [f"total_{quantile_column(level)}" for level in self.total_quantiles]
        return [*map(quantile_column, self.quantiles), *(["total_mean"] if totals else []), *totals]

    @property
    def columns(self) -> list[str]:
        """Columns of the forecast frame in order."""
        return ["sku", "date", "horizon", "model", "mean", *self.number_columns, "status", "error"]


def _whole(name: str, number: object, *, least: int, most: int = sys.maxsize) -> None:
    if not isinstance(number, Integral) or isinstance(number, bool) or not least <= int(number) <= most:
        fix = f"give a whole number of at least {least}" + (f" and at most {most}" if most < sys.maxsize else "")
        raise ForecastError(f"{name} {number!r} is no number of periods", where="forecast_panel", fix=fix)


def _rising(levels: tuple[float, ...]) -> bool:
    numbers = all(isinstance(level, Real) and 0 < level < 1 for level in levels)
    return numbers and list(levels) == sorted(set(levels))


def quantile_column(level: float) -> str:
    """Name of a quantile's column: 0.05 is q05, 0.975 is q97_5."""
    whole, _, rest = f"{level * 100:.6f}".rstrip("0").partition(".")
    return f"q{int(whole):02d}" + (f"_{rest}" if rest else "")
