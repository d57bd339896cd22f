"""A fit of a series is shared between the models that are scored on the same history: alone, and within another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from supplyline.forecasting.arrays import Ints
from supplyline.forecasting.panel import Panel

Arrays = tuple[npt.NDArray[Any], ...]


def shared(panel: Panel, name: str, fit: Callable[[Panel], Arrays]) -> Arrays:
    """What `fit` finds of each row of the panel, looked up in `panel.fits` where that holds it of the same series.

    `fit` looks at each row by itself; its arrays have the panel's rows first. Without `panel.fits` all are fitted.
    """
    if panel.fits is None:
        return fit(panel)
    place: Ints = np.full(len(panel), -1, dtype=np.int64)
    found: Arrays = ()
    if name in panel.fits:
        known, found = panel.fits[name]
        place = _places(panel, known)
    new = np.flatnonzero(place < 0)
    result = tuple(array[place] for array in found)
    if len(new):
        fitted = fit(panel.take(new))
        result = tuple(np.empty((len(panel), *array.shape[1:]), array.dtype) for array in fitted)
        for whole, array in zip(result, fitted, strict=True):
            whole[new] = array
        held = np.flatnonzero(place >= 0)
        for whole, array in zip(result, found if len(held) else (), strict=False):
            whole[held] = array[place[held]]
    panel.fits[name] = (panel, result)
    return result


def _places(panel: Panel, known: Panel) -> Ints:
    """(n,) row of `known` with the same SKU's same history and seasons; -1 for none."""
    if panel.days != known.days or panel.seasons != known.seasons:
        return np.full(len(panel), -1, dtype=np.int64)
    rows = {sku: row for row, sku in enumerate(known.skus)}
    place = np.array([rows.get(sku, -1) for sku in panel.skus], dtype=np.int64)
    # Bit by bit: a missing value equals itself.
    alike = (panel.values.view(np.int64) == known.values[place].view(np.int64)).all(axis=1)
    return np.where(alike & (panel.starts == known.starts[place]), place, -1)
