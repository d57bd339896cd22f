"""Complex exponential smoothing against its definition, a general optimiser, and what its constants may not hang on."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from scipy.optimize import minimize

from supplyline.forecasting.kernels import ces
from supplyline.forecasting.models.ces import MODEL
from supplyline.forecasting.panel import Panel

RANDOM = np.random.default_rng(7)
SERIES = [100 + np.cumsum(RANDOM.normal(0.3, 5, size)) for size in (15, 40, 120)] + [RANDOM.gamma(4, 25, 80)]


def as_complex_numbers(y: np.ndarray, a0: float, a1: float, level: float, hidden: float) -> list[float]:
    """The paper's own form: (y + i p) smoothed by a0 + i a1, the potential p being the last error."""
    state, errors = complex(level, hidden), []
    for value in y:
        error = value - state.real
        errors.append(error)
        # l' + i c' = (a + i b)(y + i e) + (1 - a + i - i b)(yhat + i phat), taken apart in real and imaginary part.
        smoothed = complex(a0, a1) * complex(value, error) + complex(1 - a0, 1 - a1) * state
        state = complex(smoothed.real, smoothed.imag)
    return errors


def errors_of(y: np.ndarray, a0: float, a1: float, level: float, hidden: float) -> list[float]:
    errors = []
    for value in y:
        level, hidden, error = ces.step(value, a0, a1, level, hidden)
        errors.append(error)
    return errors


def test_recursion_is_that_of_complex_numbers() -> None:
    y = SERIES[1]
    assert errors_of(y, 1.2, 0.95, 90.0, 80.0) == pytest.approx(as_complex_numbers(y, 1.2, 0.95, 90.0, 80.0))


@pytest.mark.parametrize("y", SERIES, ids=len)
def test_no_general_optimiser_finds_better_constants(y: np.ndarray) -> None:
    start, errors = ces.first_level(y, 3), np.zeros(len(y))

    def squares(constants: np.ndarray) -> float:
        found = ces.errors_of(y, constants[0], constants[1], start, errors)
        return found if np.isfinite(found) else 1e12

    a0, a1, converged = ces.ces_best(y, start)
    theirs = minimize(squares, ces.FIRST, method="Nelder-Mead").fun
    assert converged
    assert squares(np.array([a0, a1])) <= theirs * 1.001


def test_constants_do_not_depend_on_the_unit() -> None:
    values = np.stack([SERIES[2], SERIES[2] * 1e9])
    levels, _, constants, *_ = ces.ces_panel(values, np.zeros(2, dtype=np.int64), 1)
    assert constants[0] == pytest.approx(constants[1], rel=1e-4)
    assert levels[0] * 1e9 == pytest.approx(levels[1], rel=1e-4)


def test_a_missing_day_moves_the_states_without_an_error() -> None:
    level, hidden, error = ces.step(np.nan, 1.3, 1.0, 50.0, 40.0)
    assert (level, hidden, error) == pytest.approx((50.0, 50.0 + (1 - 1.3) * 40.0, 0.0))


def test_constants_that_never_forget_are_not_taken() -> None:
    roots = [abs(np.linalg.eigvals(discount(a0, a1))).max() for a0, a1 in GRID]
    assert [ces.stable(a0, a1) for a0, a1 in GRID] == [root < 1 for root in roots]


def test_forecasts_go_on_as_the_recursion_would_without_errors() -> None:
    panel = Panel(np.array(["a"], dtype=object), SERIES[2][None], np.zeros(1, dtype=np.int64), dt.date(2011, 6, 30), 1)
    state = MODEL.fit(panel)
    level, hidden = (part[0, -1] for part in state.states)
    expected = []
    for _ in range(5):
        expected.append(level)
        level, hidden, _ = ces.step(np.nan, *state.constants[0], level, hidden)
    assert state.ahead(np.array([119]), 5)[0, 0] == pytest.approx(expected)


def test_a_planted_season_comes_back_in_its_place() -> None:
    shape = np.array([0.5, 1.0, 1.5, 1.0])
    values = np.zeros((1, 60))
    values[0, 9:] = 100.0 * shape[np.arange(51) % 4] * RANDOM.uniform(0.98, 1.02, 51)
    panel = Panel(np.array(["a"], dtype=object), values, np.array([9]), dt.date(2011, 6, 30), 4)
    ahead = MODEL.fit(panel).ahead(np.array([59]), 8)[0, 0]
    assert ahead == pytest.approx(100.0 * shape[np.arange(51, 59) % 4], rel=0.1)


GRID = [(a0, a1) for a0 in np.arange(0.05, 2.6, 0.2) for a1 in np.arange(0.05, 2.6, 0.2)]


def discount(a0: float, a1: float) -> np.ndarray:
    """Transition less gain times measurement: what is left of old states after a day."""
    return np.array([[1.0, -(1 - a1)], [1.0, 1 - a0]]) - np.outer([a0 - a1, a0 + a1], [1.0, 0.0])
