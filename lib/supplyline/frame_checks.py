"""What a frame that a user hands over has to be before work starts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
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


def require_kind(value: object, kind: type, name: str, *, where: str, error: type[SupplylineError]) -> None:
    """Raises `error` unless `value`, called `name`, is None or of this kind."""
    if value is not None and not isinstance(value, kind):
        raise error(
            f"{name} is a {type(value).__name__} and no {kind.__name__}", where=where, fix=f"give {kind.__name__}"
        )


def typed(frame: pd.DataFrame, *, texts: Sequence[str] = (), dates: Sequence[str] = ()) -> pd.DataFrame:
    """The frame under an index of its own, without columns of pandas' and Arrow's extension types.

    Of the columns named, as far as they are there, `texts` are str or None, `dates` as `plain_dates` makes them.
    """
    plain = {name: frame[name].astype(object) for name in frame.columns if not isinstance(frame[name].dtype, np.dtype)}
    result = frame.assign(**{str(name): column for name, column in plain.items()}).reset_index(drop=True)
    for name in (name for name in texts if name in frame.columns):
        if pd.api.types.infer_dtype(result[name], skipna=False) != "string":
            known = result[name].notna()
            result[name] = result[name].astype(object).map(str).where(known, None)
    for name in (name for name in dates if name in frame.columns):
        result[name] = plain_dates(frame[name].reset_index(drop=True))
    return result


def numbered(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The frame with these columns as float64, NaN for what is no number."""
    return frame.assign(**{name: pd.to_numeric(frame[name], errors="coerce").astype("float64") for name in columns})


def plain_dates(dates: pd.Series) -> pd.Series:
    """Days as datetime64[ns] in the shop's own time; NaT for what is no date, numbers among them."""
    if isinstance(dates.dtype, pd.PeriodDtype):
        dates = dates.dt.start_time
    if pd.api.types.is_numeric_dtype(dates):
        return pd.Series(pd.NaT, index=dates.index, dtype="datetime64[ns]")
    read = pd.to_datetime(dates, errors="coerce", format="mixed")
    return (read.dt.tz_localize(None) if isinstance(read.dtype, pd.DatetimeTZDtype) else read).astype("datetime64[ns]")


def plain_numbers(column: pd.Series) -> pd.Series:
    """float64: NaN where nothing is given, -inf where what is given is no number."""
    number = pd.to_numeric(column, errors="coerce").astype("float64")
    return number.where(number.notna() | column.isna(), -np.inf)
