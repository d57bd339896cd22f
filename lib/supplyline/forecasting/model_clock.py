"""A clock for models: it stands still while numba compiles, which a model does once and can't be blamed for."""

from __future__ import annotations

import time
from typing import Any

from numba.core import event


class ModelClock(event.Listener):
    """Seconds of real time less those that this process has spent compiling since it was installed."""

    def __init__(self) -> None:
        """Counts from 0."""
        self._depth, self._since, self._compiled = 0, 0.0, 0.0

    def on_start(self, event: Any) -> None:
        """The compiler was entered, perhaps from within itself."""
        if self._depth == 0:
            self._since = time.monotonic()
        self._depth += 1

    def on_end(self, event: Any) -> None:
        """The compiler was left."""
        self._depth -= 1
        if self._depth == 0:
            self._compiled += time.monotonic() - self._since

    def now(self) -> float:
        """Seconds, from some beginning."""
        return (self._since if self._depth else time.monotonic()) - self._compiled


CLOCK = ModelClock()
event.register("numba:compiler_lock", CLOCK)  # type: ignore[no-untyped-call]
