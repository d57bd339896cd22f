"""The publisher as a process: once, or until it is told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from supplyline.config import Settings
from supplyline.publishing.publisher import Published, publish_forever, publish_until_idle


def serve(settings: Settings, *, follow: bool, interval: float | None = None) -> Published:
    """Publish what is there; with `follow`, also what comes, until SIGTERM or Ctrl-C ends it between two manifests."""
    if not follow:
        return publish_until_idle(settings)
    stop = threading.Event()
    with _stopping(stop):
        return publish_forever(settings, stop, interval=interval)


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """SIGTERM and SIGINT set `stop`."""
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
