"""Compiling is nobody's hanging."""

from __future__ import annotations

import time

import numpy as np
import pytest
from numba.core import event

from supplyline.forecasting import isolation
from supplyline.forecasting.model_clock import ModelClock


def test_the_clock_stands_still_while_the_compiler_runs() -> None:
    clock = ModelClock()
    with event.install_listener("numba:compiler_lock", clock):
        begun = clock.now()
        with event.trigger_event("numba:compiler_lock"), event.trigger_event("numba:compiler_lock"):
            time.sleep(0.2)
            assert clock.now() - begun < 0.1
        time.sleep(0.2)
        assert 0.15 < clock.now() - begun < 0.35


def test_a_model_may_compile_longer_than_it_may_run() -> None:
    with isolation._time_limit(0.1), event.trigger_event("numba:compiler_lock"):
        time.sleep(0.3)
        total = np.arange(10).sum()
    assert total == 45


def test_what_hangs_after_compiling_is_interrupted() -> None:
    def compile_and_hang() -> None:
        with isolation._time_limit(0.1):
            with event.trigger_event("numba:compiler_lock"):
                time.sleep(0.3)
            for _ in range(100):
                time.sleep(0.05)

    with pytest.raises(isolation.OutOfTimeError):
        compile_and_hang()
