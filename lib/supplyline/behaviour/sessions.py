"""What a session is, event by event: the definition that the Spark mart is held to."""

from __future__ import annotations

import datetime as dt

import pandas as pd

GAP = dt.timedelta(minutes=30)


def with_sessions(events: pd.DataFrame) -> pd.DataFrame:
    """Events with the number of their session within the visitor (0, 1, …) and `dwell_seconds`.

    A session ends where a visitor (of a source) does nothing for more than GAP. The dwell of a view is the time to the
    visitor's next event in the session; of the last event, and of other events, it is 0. Events of one moment are
    taken by event_id.
    """
    ordered = events.sort_values(["source", "visitor_id", "event_time", "event_id"], ignore_index=True)
    numbers: list[int] = []
    dwells: list[float] = [0.0] * len(ordered)
    before: pd.Series | None = None
    for _, event in ordered.iterrows():
        pause = None
        if before is not None and all(event[name] == before[name] for name in ("source", "visitor_id")):
            pause = event["event_time"] - before["event_time"]
        if pause is None:
            numbers.append(0)
        elif pause > GAP:
            numbers.append(numbers[-1] + 1)
        else:
            numbers.append(numbers[-1])
            if before is not None and before["event_type"] == "view":
                dwells[len(numbers) - 2] = pause.total_seconds()
        before = event
    return ordered.assign(session=numbers, dwell_seconds=dwells)
