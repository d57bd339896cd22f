"""Running a model so that a SKU it can't bear, or never ends with, does not take the others with it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import numpy as np

from supplyline.forecasting.model_clock import CLOCK
from supplyline.forecasting.panel import Ints, Panel
from supplyline.forecasting.registry import NO_ORIGINS, Forecast, Model
from supplyline.forecasting.states import describe

SECONDS = 5.0
SECONDS_A_SKU = 0.25
TRIES = 4.0
LEAST_PAUSE = 0.05


class OutOfTimeError(BaseException):
    """A model took longer than it may. No Exception, so that a model's own `except Exception` does not swallow it."""


def run_model(
    model: Model, panel: Panel, horizon: int, quantiles: Sequence[float], back: Ints = NO_ORIGINS
) -> Forecast:
    """Fit and forecast; a panel that raises or hangs is halved until the SKUs that do are alone with their error.

    A run may take 5 s and 0.25 s a SKU, all its halves together four times as much: then what is not done fails for
    want of time. Compiling its kernels is not counted. Time is kept by an alarm signal, so in the main thread only,
    which is where Spark's Python workers run; elsewhere, and on a system without alarms, a model that hangs is waited
    for. Python is interrupted anywhere, a compiled kernel when it returns.
    """
    deadline = CLOCK.now() + TRIES * _allowed(len(panel))
    return _run(model, panel, horizon, quantiles, back, deadline)


def _run(model: Model, panel: Panel, horizon: int, quantiles: Sequence[float], back: Ints, deadline: float) -> Forecast:
    try:
        with np.errstate(all="ignore"), _time_limit(min(_allowed(len(panel)), deadline - CLOCK.now())):
            return model.forecast(model.fit(panel), horizon, quantiles, back)
    except (Exception, OutOfTimeError) as error:  # noqa: BLE001 - one SKU's fit never fails the others: its row says why
        if len(panel) <= 1 or CLOCK.now() >= deadline:
            return failed(len(panel), horizon, len(quantiles), len(back), describe(error))
    middle = len(panel) // 2
    rows = np.arange(len(panel))
    left = _run(model, panel.take(rows[:middle]), horizon, quantiles, back, deadline)
    right = _run(model, panel.take(rows[middle:]), horizon, quantiles, back, deadline)
    return Forecast(
        np.concatenate([left.mean, right.mean]),
        np.concatenate([left.quantiles, right.quantiles]),
        np.concatenate([left.expected, right.expected]),
        left.errors + right.errors,
        left.notes + right.notes,
    )


def failed(rows: int, horizon: int, levels: int, origins: int, error: str) -> Forecast:
    """Rows without numbers, all for the same reason."""
    mean, quantiles = np.full((rows, horizon), np.nan), np.full((rows, horizon, levels), np.nan)
    return Forecast(mean, quantiles, np.full((rows, origins, horizon), np.nan), (error,) * rows, ("",) * rows)


def _allowed(skus: int) -> float:
    return SECONDS + SECONDS_A_SKU * skus


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise OutOfTimeError in the body once the seconds have passed; another's alarm is put back after."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    end = CLOCK.now() + seconds

    def ring(number: int, frame: FrameType | None) -> None:
        if (left := end - CLOCK.now()) > 0:
            signal.setitimer(signal.ITIMER_REAL, max(left, LEAST_PAUSE))
        else:
            raise OutOfTimeError(f"no result within {seconds:.1f} s")

    before = signal.signal(signal.SIGALRM, ring)
    remaining, interval = signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, remaining, interval)
        signal.signal(signal.SIGALRM, before)
