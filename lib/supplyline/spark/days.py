"""Which days a table covers."""

from __future__ import annotations

import datetime as dt

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from supplyline.errors import TableError


def last_day(frame: DataFrame, column: str) -> dt.date:
    """The latest business day in a date column. Raises TableError where the frame has no row."""
    found: dt.date | None = frame.agg(f.max(column)).head()[0]  # type: ignore[index]
    if found is None:
        raise TableError(f"no row has a {column}", fix="ingest a source first, or give --as-of")
    return found
