"""The frames of a purchase plan: columns with defaults, and each row's first fault in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from supplyline.errors import InventoryError
from supplyline.frame_checks import require_columns
from supplyline.inventory.arrays import Floats

MOST_PIECES = 1e9  # what is larger can't be told from rounding beside the pieces of other products


@dataclass(frozen=True)
class Field:
    """A column of numbers: its default (None where it must be there) and its limits; infinite only where allowed."""

    default: float | None = None
    least: float = 0.0
    most: float = math.inf
    infinite: bool = False
    whole: bool = False


SKUS = {
    "on_hand": Field(most=MOST_PIECES),
    "holding_cost": Field(),
    "shortage_cost": Field(infinite=True),
    "minimum_stock": Field(0.0, most=MOST_PIECES),
    "floor_cost": Field(math.inf, infinite=True),
    "end_cost": Field(0.0),
    "volume": Field(1.0),
}
SUPPLIERS = {"order_cost": Field(0.0), "minimum_order_value": Field(0.0)}
OFFERS = {
    "unit_cost": Field(),
    "lead_time": Field(whole=True),
    "pack_size": Field(1.0, least=1, whole=True),
    "minimum_quantity": Field(1.0),
    "maximum_quantity": Field(math.inf, least=1, infinite=True),
    "from_quantity": Field(1.0),
    "line_cost": Field(0.0),
}


def filled(frame: pd.DataFrame, name: str, keys: list[str], fields: Mapping[str, Field]) -> pd.DataFrame:
    """Keys as text, numbers as float64 with defaults, and `fault`: what is wrong with the row, or "".

    Raises InventoryError where it is no frame, a column is missing or there twice, or a key is empty.
    """
    needed = [*keys, *(column for column, field in fields.items() if field.default is None)]
    require_columns(frame, needed, name, where="plan_purchases", error=InventoryError)
    made = {key: _names(frame[key], name, key) for key in keys}
    for column, field in fields.items():
        given = frame[column] if column in frame else pd.Series(field.default, index=frame.index)
        numbers = pd.to_numeric(given, errors="coerce")
        empty = given.isna() & (field.default is not None)
        made[column] = numbers.mask(empty, field.default).astype(float)
    return pd.DataFrame(made).assign(fault=_faults(made, fields)).reset_index(drop=True)


def _names(values: pd.Series, name: str, key: str) -> pd.Series:
    if values.isna().any():
        raise InventoryError(f"{name} has a row without {key}", where="plan_purchases", fix="name it, or drop the row")
    return values.astype(str)


def _faults(made: Mapping[str, pd.Series], fields: Mapping[str, Field]) -> pd.Series:
    """The first fault of each row: a number that is none, too small or infinite, or no whole one where it must be."""
    rows = len(next(iter(made.values())))
    faults = np.full(rows, "", dtype=object)
    for column, field in fields.items():
        values = made[column].to_numpy(dtype=float)
        wrong = (
            np.isnan(values)
            | (values < field.least)
            | (values > field.most)
            | (np.isinf(values) & (not field.infinite))
        )
        wrong |= field.whole & (values != np.round(values))
        faults = np.where(wrong & (faults == ""), [f"{column} is {value:g}" for value in values], faults)
    return pd.Series(faults, index=next(iter(made.values())).index, dtype=object)


def records(frame: pd.DataFrame) -> list[Any]:
    """Rows as tuples with the columns' names."""
    return list(frame.itertuples(index=False))


def by_period(frame: pd.DataFrame, name: str, periods: int, empty: float) -> dict[str, Floats]:
    """sku → quantity in each period 1 … periods; `empty` where a SKU has no row. Later periods are beyond the plan.

    Raises InventoryError where it is no frame, lacks a column or has one twice, or a period is no whole number from 1.
    """
    require_columns(frame, ["sku", "period", "quantity"], name, where="plan_purchases", error=InventoryError)
    period = pd.to_numeric(frame["period"], errors="coerce").to_numpy(dtype=float)
    if not (period == np.round(period)).all() or (period < 1).any():
        raise InventoryError(f"{name} has a period before 1 or none", where="plan_purchases", fix="count from 1")
    skus = _names(frame["sku"], name, "sku")
    quantity = pd.to_numeric(frame["quantity"], errors="coerce").to_numpy(dtype=float)
    codes, names = pd.factorize(skus)
    table = np.full((len(names), periods), empty)
    inside = period <= periods
    at = codes[inside], period[inside].astype(int) - 1
    table[at] = 0.0
    np.add.at(table, at, quantity[inside])
    return dict(zip(map(str, names), table, strict=True))
