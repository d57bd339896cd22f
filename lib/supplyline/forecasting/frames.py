"""Arrays of forecasts and scores as frames, one row a SKU and day, or a SKU, model and origin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.forecasting.panel import Floats, Ints, Panel
from supplyline.forecasting.periods import Moment
from supplyline.forecasting.plan import Plan
from supplyline.forecasting.selection import Scored

Texts = npt.NDArray[np.object_]
OK, NOT_CONVERGED, FALLBACK, FAILED = "ok", "not_converged", "fallback", "failed"
SCORES = ("mase", "rmsse", "smape", "pinball", "bias", "coverage_90")
SCORE_KEYS = ("sku", "model", "origin", "days_ahead")
SCORE_COLUMNS = (*SCORE_KEYS, "purpose", "pattern", *SCORES, "stability", "selected", "status", "error")
ALL_DAYS, CHOICE, EVALUATION = "all", "choice", "evaluation"


@dataclass(frozen=True)
class Result:
    """Forecasts of n SKUs: `mean` (n, h) and `numbers` (n, h, columns of the plan but the mean); texts are (n,)."""

    skus: Texts
    mean: Floats
    numbers: Floats
    model: Texts
    status: Texts
    error: Texts


class Block(Protocol):
    """Scores (k,) of one model from one origin, of the `rows` (k,) of a panel."""

    @property
    def model(self) -> str:
        """Its name."""

    @property
    def origin(self) -> Moment:
        """The last day it knew."""

    @property
    def rows(self) -> Ints:
        """Rows of the panel."""

    @property
    def values(self) -> dict[str, Floats]:
        """Score → (k,)."""

    @property
    def errors(self) -> tuple[str, ...]:
        """(k) why a SKU failed, "" where it did not."""


def forecast_frame(result: Result, end: Moment, plan: Plan) -> pd.DataFrame:
    """A row a SKU and day ahead, with the columns of the plan."""
    steps = np.arange(1, plan.horizon + 1)
    dates = plan.calendar.dates(plan.calendar.number(end) + steps)
    skus, days = len(result.skus), plan.horizon
    columns: dict[str, object] = {
        "sku": np.repeat(result.skus, days),
        "date": np.tile(dates, skus),
        "horizon": np.tile(steps.astype(np.int32), skus),
        "model": np.repeat(result.model, days),
        "mean": result.mean.reshape(-1),
    }
    # Column by column: a frame that holds one wide block is copied again by whoever takes a column of it.
    numbers = result.numbers.reshape(skus * days, len(plan.number_columns))
    columns |= {name: numbers[:, at].copy() for at, name in enumerate(plan.number_columns)}
    return pd.DataFrame(columns | {"status": np.repeat(result.status, days), "error": np.repeat(result.error, days)})


def unreadable_result(reasons: dict[str, str], plan: Plan) -> Result:
    """Rows without numbers for the SKUs that can't be read."""
    size = (len(reasons), plan.horizon)
    texts = (np.full(len(reasons), None, dtype=object), np.full(len(reasons), FAILED, dtype=object))
    numbers = np.full((*size, len(plan.number_columns)), np.nan)
    reason = np.array(list(reasons.values()), dtype=object)
    return Result(np.array(list(reasons), dtype=object), np.full(size, np.nan), numbers, *texts, reason)


def score_frame(panel: Panel, patterns: npt.NDArray[np.str_], chosen: Texts, scored: Sequence[Scored]) -> pd.DataFrame:
    """A row a SKU, model and origin, over all days ahead: what the choice was made by. In the order of `scored`."""
    parts = []
    for block in scored:
        told = {"days_ahead": ALL_DAYS, "purpose": CHOICE, "stability": np.nan}
        told |= {"pattern": patterns[block.rows], "selected": chosen[block.rows] == block.model}
        parts.append(_block_columns(panel, block, told))
    # One frame of long columns: a hundred small frames took longer than the forecasts of some models.
    whole = {name: np.concatenate([part[name] for part in parts]) for name in SCORE_COLUMNS} if parts else {}
    return pd.DataFrame(whole, columns=list(SCORE_COLUMNS))


def block_frame(panel: Panel, block: Block, told: Mapping[str, object]) -> pd.DataFrame:
    """The scores of one model from one origin, with what is `told` of them besides."""
    return pd.DataFrame(_block_columns(panel, block, told))


def _block_columns(panel: Panel, block: Block, told: Mapping[str, object]) -> dict[str, npt.NDArray[Any]]:
    failed = np.array([bool(error) for error in block.errors])
    origin = np.array([block.origin], dtype=object if isinstance(block.origin, int) else "M8[ns]")
    keys = {"sku": panel.skus[block.rows], "model": block.model, "origin": origin}
    errors = np.array([error or None for error in block.errors], dtype=object)
    ends = {"status": np.where(failed, FAILED, OK), "error": errors}
    columns = keys | dict(told) | {name: block.values[name] for name in SCORES} | ends
    return {name: np.broadcast_to(np.asarray(values), len(block.rows)) for name, values in columns.items()}


def joined(frames: list[pd.DataFrame], columns: Sequence[str], keys: Sequence[str]) -> pd.DataFrame:
    """The frames one below the other, ordered by their keys."""
    filled = [frame for frame in frames if len(frame)]
    if not filled:
        return pd.DataFrame(columns=list(columns))
    return pd.concat(filled, ignore_index=True)[list(columns)].sort_values(list(keys), ignore_index=True)
