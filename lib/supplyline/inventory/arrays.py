"""Numbers of many SKUs at once: arrays of float64, checked by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from supplyline.errors import InventoryError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]

STEPS = 80  # halvings of an interval: more than a float64 has bits
WIDENINGS = 60


def numbers(
    *, least: float = -np.inf, above: float = -np.inf, below: float = np.inf, **values: npt.ArrayLike
) -> list[Floats]:
    """The named values as arrays; NaN passes and gives NaN.

    Raises InventoryError naming the argument where it is no number, or one is under `least`, not above `above` or not
    below `below`.
    """
    arrays = []
    for name, value in values.items():
        array = floats(name, value)
        wrong = (array < least) | (array <= above) | (array >= below)
        if wrong.any():
            first = int(np.argmax(wrong.ravel()))
            what = f"{name} is {array.ravel()[first]:g} at position {first} ({int(wrong.sum())} in all)"
            raise InventoryError(what, where=name, fix=f"give numbers {_range(least, above, below)}")
        arrays.append(array)
    return arrays


def floats(name: str, values: npt.ArrayLike) -> Floats:
    """The values as float64. Raises InventoryError where they are no numbers."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InventoryError(f"no numbers: {error}", where=name, fix="give numbers") from error


def _range(least: float, above: float, below: float) -> str:
    limits = [f"≥ {least:g}"] * (least > -np.inf) + [f"> {above:g}"] * (above > -np.inf)
    return " and ".join(limits + [f"< {below:g}"] * (below < np.inf))


def root_of_falling(function: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """x with function(x) = 0 for each SKU, `function` falling in x; the interval is widened until it holds the root."""
    low, high = widened(function, low, high)
    for _ in range(STEPS):
        middle = (low + high) / 2
        above = function(middle) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
        if np.all(high - low <= 1e-12 * np.maximum(np.abs(low), np.abs(high))):
            break
    return np.asarray((low + high) / 2)


def least_whole(function: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """Smallest whole x with function(x) ≤ 0 for each SKU, `function` falling in x."""
    low, high = widened(function, np.asarray(np.floor(low) - 1.0), np.asarray(np.ceil(high) + 1.0))
    low, high = np.floor(low), np.ceil(high)
    while np.any(high - low > 1):
        middle = np.floor((low + high) / 2)
        above = function(middle) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray(high)


def widened(function: Callable[[Floats], Floats], low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """The interval, moved out on either side until the function is above zero at `low` and not at `high`."""
    width = np.maximum(high - low, 1.0)
    for _ in range(WIDENINGS):
        left, right = function(low) <= 0, function(high) > 0
        if not (left.any() or right.any()):
            break
        low, high = np.where(left, low - width, low), np.where(right, high + width, high)
        width = width * 2
    return low, high
