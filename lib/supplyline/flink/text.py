"""SQL text shared by the Flink modules."""

from __future__ import annotations

import datetime as dt

EPOCH = "TIMESTAMP '1970-01-01 00:00:00.000'"


def interval(length: dt.timedelta) -> str:
    """A time span as an SQL interval; SECOND alone holds two digits only."""
    hours, rest = divmod(length.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    clock = f"{hours:02}:{minutes:02}:{seconds:02}.{length.microseconds // 1000:03}"
    return f"INTERVAL '{length.days} {clock}' DAY(3) TO SECOND(3)"


def milliseconds(length: dt.timedelta) -> str:
    """A time span as a Flink option."""
    return f"{length // dt.timedelta(milliseconds=1)} ms"


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def options(values: dict[str, str]) -> str:
    """The WITH clause of a table."""
    return "WITH (" + ", ".join(f"{literal(key)} = {literal(value)}" for key, value in values.items()) + ")"
