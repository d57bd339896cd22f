"""What a frame that a user hands over has to be before work starts."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from supplyline.errors import SupplylineError


def require_columns(
    frame: object, columns: Sequence[str], name: str, *, where: str, error: type[SupplylineError]
) -> None:
    """Raises `error` unless `frame`, called `name`, is a pandas frame that has each of `columns`, and no name twice."""
    if not isinstance(frame, pd.DataFrame):
        kind, fix = type(frame).__name__, f"give columns {', '.join(columns)}"
        raise error(f"{name} is a {kind} and no pandas frame", where=where, fix=fix)
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise error(f"{name} lacks {', '.join(missing)}", where=where, fix="add the columns")
    twice = sorted(map(str, frame.columns[frame.columns.duplicated()].unique()))
    if twice:
        raise error(f"{name} has {', '.join(twice)} twice", where=where, fix="keep one column of a name")
