"""What is agreed with suppliers and aimed at: one for all SKUs, or a frame with those that differ."""

from __future__ import annotations

import dataclasses
import difflib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplyline.errors import InventoryError
from supplyline.frame_checks import plain_numbers, require_columns, require_kind, typed

MOST_DAYS = 730


@dataclass(frozen=True)
class Terms:
    """Times are days (`lead_time_sd_days` a standard deviation), orders are pieces.

    `service_level` is that of order cycles; `fill_rate`, the share of demand served from the shelf, is aimed at instead
    where it is a number.
    """

    lead_time_days: float = 7.0
    lead_time_sd_days: float = 2.0
    review_days: int = 7
    order_cycle_days: float = 14.0
    service_level: float = 0.95
    min_order: float = 0.0
    max_order: float = np.inf
    pack_size: float = 1.0
    fill_rate: float = np.nan

    def __post_init__(self) -> None:
        """Raises InventoryError for terms that no supplier can keep."""
        reason = terms_errors(pd.DataFrame([dataclasses.asdict(self)])).iloc[0]
        if reason:
            raise InventoryError(reason, where="Terms", fix="give terms that can be kept")

    @property
    def protection_days(self) -> float:
        """Mean days that the stock at a look has to last: review period + lead time."""
        return self.review_days + self.lead_time_days


TERMS = tuple(field.name for field in dataclasses.fields(Terms))


def terms_errors(terms: pd.DataFrame) -> pd.Series:
    """Why the terms of a row can't be kept, "" where they can; the first of the reasons that holds."""
    numbers = terms[list(TERMS)].apply(plain_numbers)
    times = numbers[["lead_time_days", "lead_time_sd_days", "order_cycle_days"]]
    limits = numbers[["min_order", "max_order"]]
    level, review, pack = numbers["service_level"], numbers["review_days"], numbers["pack_size"]
    checks = {
        "terms are not numbers": numbers.drop(columns="fill_rate").isna().any(axis=1)
        | np.isinf(numbers.drop(columns="max_order")).any(axis=1),
        "a time is below zero": (times < 0).any(axis=1),
        f"a time is above {MOST_DAYS} days": (times > MOST_DAYS).any(axis=1) | (numbers["review_days"] > MOST_DAYS),
        "review period is not whole days of at least one": (review < 1) | (review % 1 != 0),
        "service level is not between 0 and 1": (level <= 0) | (level >= 1),
        "fill rate is not between 0 and 1": (numbers["fill_rate"] <= 0) | (numbers["fill_rate"] >= 1),
        "pack size is not whole pieces of at least one": (pack < 1) | (pack % 1 != 0),
        "minimum or maximum order is below zero": (limits < 0).any(axis=1),
        "minimum or maximum order is not whole pieces": (limits.replace(np.inf, 0.0) % 1 != 0).any(axis=1),
        "minimum order is above what the maximum allows in whole packs": _least_packs(numbers) > numbers["max_order"],
    }
    reason = np.select([mask.to_numpy() for mask in checks.values()], list(checks), default="")
    return pd.Series(reason, index=terms.index, dtype=object)


def _least_packs(numbers: pd.DataFrame) -> pd.Series:
    """The smallest order there can be: the minimum order, at least a pack, in whole packs."""
    pack = numbers["pack_size"].where(numbers["pack_size"] >= 1, 1.0)
    return np.maximum(np.ceil(numbers["min_order"] / pack), 1.0) * pack


def terms_of_skus(stock: pd.DataFrame, terms: Terms | pd.DataFrame | None) -> pd.DataFrame:
    """The terms of each row of `stock`, with its index.

    A frame of terms has `sku` or `supplier` (then `stock` has it, too) and any columns of Terms; what it leaves open
    (a missing row, column or number) is as in `Terms()`. Raises InventoryError for a frame without a key, with two
    rows of one, or with a column that is none of Terms: a misspelt one would go unheard.
    """
    if not isinstance(terms, pd.DataFrame):
        require_kind(terms, Terms, "terms", where="terms", error=InventoryError)
    default = terms if isinstance(terms, Terms) else Terms()
    found = pd.DataFrame(index=stock.index)
    if isinstance(terms, pd.DataFrame):
        key = _key(terms)
        keys = typed(stock[[key]], texts=(key,))
        found = keys.merge(typed(terms, texts=(key,)), on=key, how="left").set_index(stock.index)
    for name, value in dataclasses.asdict(default).items():
        found[name] = plain_numbers(found[name]).fillna(value) if name in found.columns else float(value)
    return found[list(TERMS)]


def _key(terms: pd.DataFrame) -> str:
    require_columns(terms, (), "terms", where="terms", error=InventoryError)
    key = next((name for name in ("sku", "supplier") if name in terms.columns), None)
    if key is None:
        raise InventoryError("terms name neither sku nor supplier", where="terms", fix="add one of the columns")
    strange = next((str(name) for name in terms.columns if name not in ("sku", "supplier", *TERMS)), None)
    if strange is not None:
        likely = difflib.get_close_matches(strange, TERMS, n=1, cutoff=0.3)
        fix = f"{'did you mean ' + likely[0] + '? ' if likely else ''}leave out what is none of: {', '.join(TERMS)}"
        raise InventoryError(f"terms have no column {strange}", where="terms", fix=fix)
    if terms[key].duplicated().any():
        twice = terms.loc[terms[key].duplicated(), key].iloc[0]
        raise InventoryError(f"two terms for {key} {twice}", where="terms", fix="give one row each")
    return key
