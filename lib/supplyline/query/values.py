"""Values of an answer as JSON and as text."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal


def json_value(value: object) -> object:
    """A value that JSON knows: times as ISO 8601 in UTC with Z, NaN and infinity as null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Decimal):
        return json_value(float(value))
    if isinstance(value, dt.datetime):
        return iso_utc(value)
    if isinstance(value, Mapping):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(item) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    return value if value is None or isinstance(value, (str, int)) else str(value)


def text_value(value: object) -> str:
    """A value for a table on the terminal; nothing where there is none."""
    if value is None:
        return ""
    if isinstance(value, float):
        return _short(value)
    if isinstance(value, dt.datetime):
        return iso_utc(value)
    return str(value)


def iso_utc(value: dt.datetime) -> str:
    """`2011-11-11T08:00:00Z`; a time without a zone is UTC, as everywhere in the tables."""
    aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    return aware.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def _short(value: float) -> str:
    """Up to six decimals, without the noise of binary fractions."""
    if not math.isfinite(value) or abs(value) >= 1e15 or 0 < abs(value) < 1e-6:
        return repr(value)
    return f"{value:.6f}".rstrip("0").rstrip(".")
