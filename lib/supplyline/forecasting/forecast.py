"""The forecast of many SKUs: read, score, choose, fit, and one row a SKU and day, whatever happens to a SKU."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.errors import ForecastError
from supplyline.forecasting.isolation import run_model
from supplyline.forecasting.panel import Bools, Panel, read_history
from supplyline.forecasting.patterns import demand_interval, demand_patterns
from supplyline.forecasting.registry import BASELINE, Forecast, Model, candidate_rows, models, named
from supplyline.forecasting.selection import Scored, choose, score_models

QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
SCORES = ("mase", "rmsse", "smape", "pinball", "bias", "coverage_90")
TOTAL_QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99)
OK, NOT_CONVERGED, FALLBACK, FAILED = "ok", "not_converged", "fallback", "failed"


@dataclass(frozen=True)
class Plan:
    """How a panel is forecast. Times are days.

    With `total_quantiles` the rows tell besides what the days 1 … horizon will sell together.
    """

    horizon: int = 28
    quantiles: tuple[float, ...] = QUANTILES
    total_quantiles: tuple[float, ...] = ()
    season_length: int = 7
    models: str | tuple[str, ...] = "auto"
    origins: int = 2
    max_days: int = 730
    active_days: int = 180
    frequent_interval: float = 2.0

    def __post_init__(self) -> None:
        """Raises ForecastError for a number that can't be."""
        if self.horizon < 1 or self.season_length < 1 or self.origins < 0 or self.max_days < 1:
            raise ForecastError(
                "horizon, season_length and max_days are at least 1", where="forecast_panel", fix="raise it"
            )
        if not self.quantiles or not (_rising(self.quantiles) and _rising(self.total_quantiles)):
            levels = f"quantiles {self.quantiles} {self.total_quantiles}".removesuffix(" ()")
            raise ForecastError(f"{levels} are not rising between 0 and 1", where="forecast_panel", fix="sort them")
        if self.models != "auto":
            named([self.models] if isinstance(self.models, str) else self.models)


def _rising(levels: tuple[float, ...]) -> bool:
    return all(0 < level < 1 for level in levels) and list(levels) == sorted(set(levels))


def quantile_column(level: float) -> str:
    """Name of a quantile's column: 0.05 is q05, 0.975 is q97_5."""
    whole, _, rest = f"{level * 100:.6f}".rstrip("0").partition(".")
    return f"q{int(whole):02d}" + (f"_{rest}" if rest else "")


def forecast_panel(
    history: pd.DataFrame,
    horizon: int = 28,
    quantiles: Sequence[float] = QUANTILES,
    season_length: int = 7,
    models: str | Sequence[str] = "auto",
    *,
    as_of: dt.date | None = None,
) -> pd.DataFrame:
    """Demand of the `horizon` days after `as_of` (default: the last date of the history), pieces a day.

    `history` has sku, date, quantity; a day without a row is a day without demand. `models` is "auto", or one or more
    names of `supplyline.forecasting.registry.models()`; of several each SKU takes the best by rolling-origin scores.
    One row a SKU and day: sku, date, horizon, model, mean, a column a quantile (q05 …), status, error. Status
    `fallback`: the chosen model failed and the seasonal naive stands in; `not_converged`: its search for parameters
    stopped early; `failed`: no numbers; `error` says why.
    Raises ForecastError for arguments that can't be; one bad SKU raises nothing.
    """
    chosen = models if isinstance(models, str) else tuple(models)
    plan = Plan(horizon=horizon, quantiles=tuple(quantiles), season_length=season_length, models=chosen)
    return forecast_and_score(history, plan, as_of=as_of)[0]


def forecast_and_score(
    history: pd.DataFrame, plan: Plan | None = None, *, as_of: dt.date | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frame of `forecast_panel`, and one row a SKU, model and origin with the scores of every model tried."""
    plan = plan or Plan()
    end = as_of or _last_day(history)
    panel, unreadable = read_history(history, as_of=end, season_length=plan.season_length, max_days=plan.max_days)
    patterns = demand_patterns(panel)
    tried = models_to_try(panel, patterns, plan)
    scored = score_models(panel, tried, horizon=plan.horizon, quantiles=plan.quantiles, origins=_origins(plan, tried))
    chosen = choose(panel, tried, scored)
    rows = [*_fitted_frames(panel, chosen, plan), *_failed_frames(unreadable, end, plan)]
    return _joined(rows, forecast_columns(plan)), _score_frame(panel, patterns, chosen, scored)


def models_to_try(panel: Panel, patterns: npt.NDArray[np.str_], plan: Plan) -> list[tuple[Model, Bools]]:
    """Each model with the SKUs (n,) it is tried on: all for named ones; by pattern, frequency and life for "auto"."""
    if plan.models != "auto":
        wanted = named([plan.models] if isinstance(plan.models, str) else plan.models)
        return [(model, np.ones(len(panel), dtype=np.bool_)) for model in wanted]
    recent = panel.tail(plan.active_days)
    alive = (recent.values > 0).any(axis=1)
    frequent = alive & (demand_interval(panel.tail(2 * plan.active_days)) < plan.frequent_interval)
    return [(model, candidate_rows(model, patterns, frequent)) for model in models().values()]


def _origins(plan: Plan, tried: Sequence[tuple[Model, Bools]]) -> int:
    """A single model named by the user needs no choice."""
    return plan.origins if plan.models == "auto" or len(tried) > 1 else 0


def _last_day(history: pd.DataFrame) -> dt.date:
    days = pd.to_datetime(history["date"], errors="coerce") if "date" in history.columns else pd.Series(dtype="M8[ns]")
    return dt.date(1970, 1, 1) if days.isna().all() else days.max().date()


def forecast_columns(plan: Plan) -> list[str]:
    """Columns of the forecast frame in order."""
    return ["sku", "date", "horizon", "model", "mean", *_number_columns(plan), "status", "error"]


def _number_columns(plan: Plan) -> list[str]:
    """Columns of numbers but the mean: the day's quantiles, then mean and quantiles of the total so far."""
    totals = [f"total_{quantile_column(level)}" for level in plan.total_quantiles]
    return [*map(quantile_column, plan.quantiles), *(["total_mean"] if totals else []), *totals]


def _fitted_frames(panel: Panel, chosen: npt.NDArray[np.object_], plan: Plan) -> list[pd.DataFrame]:
    """Each chosen model's forecasts for its SKUs; where it fails, the seasonal naive's with the error."""
    frames = []
    for name in sorted(set(chosen)):
        part = panel.take(chosen == name)
        forecast = run_model(models()[name], part, plan.horizon, plan.quantiles, plan.total_quantiles)
        bad = np.array([bool(error) for error in forecast.errors])
        frames.append(_frame(part.take(~bad), name, forecast.take(~bad), plan))
        if bad.any():
            errors = [error for error in forecast.errors if error]
            frames.append(_fallback_frame(part.take(bad), errors, plan))
    return frames


def _fallback_frame(panel: Panel, errors: list[str], plan: Plan) -> pd.DataFrame:
    forecast = run_model(models()[BASELINE], panel, plan.horizon, plan.quantiles, plan.total_quantiles)
    lost = np.array([bool(error) for error in forecast.errors])
    for numbers in (forecast.mean, forecast.quantiles, forecast.totals):
        numbers[lost] = np.nan
    frame = _frame(panel, BASELINE, forecast, plan)
    frame["status"] = np.repeat(np.where(lost, FAILED, FALLBACK), plan.horizon)
    frame["error"] = np.repeat(np.array(errors, dtype=object), plan.horizon)
    return frame


def _frame(panel: Panel, model: str, forecast: Forecast, plan: Plan) -> pd.DataFrame:
    frame = _days_ahead([str(sku) for sku in panel.skus], panel.end, plan)
    numbers = [forecast.quantiles]
    if plan.total_quantiles:
        numbers += [forecast.mean.cumsum(axis=1)[..., None], forecast.totals]
    table = np.concatenate(numbers, axis=2).reshape(len(frame), len(_number_columns(plan)))
    frame["model"], frame["mean"] = model, forecast.mean.reshape(-1)
    frame[_number_columns(plan)] = table
    notes = np.array([note or None for note in forecast.notes], dtype=object)
    frame["status"] = np.repeat(np.where([bool(note) for note in forecast.notes], NOT_CONVERGED, OK), plan.horizon)
    frame["error"] = np.repeat(notes, plan.horizon)
    return frame


def _failed_frames(unreadable: dict[str, str], end: dt.date, plan: Plan) -> list[pd.DataFrame]:
    if not unreadable:
        return []
    frame = _days_ahead(list(unreadable), end, plan)
    frame["model"] = None
    frame[["mean", *_number_columns(plan)]] = np.nan
    frame["status"] = FAILED
    frame["error"] = np.repeat(np.array(list(unreadable.values()), dtype=object), plan.horizon)
    return [frame]


def _days_ahead(skus: list[str], end: dt.date, plan: Plan) -> pd.DataFrame:
    steps = np.arange(1, plan.horizon + 1)
    days = np.datetime64(end, "D") + steps
    return pd.DataFrame(
        {
            "sku": np.repeat(np.array(skus, dtype=object), plan.horizon),
            "date": np.tile(days.astype("datetime64[ns]"), len(skus)),
            "horizon": np.tile(steps.astype(np.int32), len(skus)),
        }
    )


def _score_frame(
    panel: Panel, patterns: npt.NDArray[np.str_], chosen: npt.NDArray[np.object_], scored: Sequence[Scored]
) -> pd.DataFrame:
    columns = ["sku", "model", "origin", "pattern", *SCORES, "selected", "status", "error"]
    frames = []
    for block in scored:
        failed = np.array([bool(error) for error in block.errors])
        named_values = {name: block.values[name] for name in SCORES}
        keys = {"sku": panel.skus[block.rows], "model": block.model, "origin": np.datetime64(block.origin, "ns")}
        frame = pd.DataFrame(keys | {"pattern": patterns[block.rows]} | named_values)
        frame["selected"] = chosen[block.rows] == block.model
        frame["status"] = np.where(failed, FAILED, OK)
        frame["error"] = [error or None for error in block.errors]
        frames.append(frame)
    return _joined(frames, columns, keys=("sku", "model", "origin"))


def _joined(frames: list[pd.DataFrame], columns: list[str], keys: tuple[str, ...] = ("sku", "horizon")) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    if not filled:
        return pd.DataFrame(columns=columns)
    return pd.concat(filled, ignore_index=True)[columns].sort_values(list(keys), ignore_index=True)
