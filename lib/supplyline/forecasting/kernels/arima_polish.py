"""The last steps to the top of an ARMA's likelihood: Newton's, with the second derivatives and not their stand-in.

A pair of roots near the unit circle that almost cancel makes the likelihood a narrow ridge. What `arima_fit` learns of
the curvature on its way up is too little there: it stops, or promises nothing more, where along the ridge a hundredth
of log-likelihood is left. The ridge is bent in angles and nearly straight in coefficients, so steps are along those.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from supplyline.forecasting.kernels.arima_fit import EDGE, GAIN, Climb, begin, by_coefficients, chain, evaluate, step_of
from supplyline.forecasting.kernels.arima_likelihood import Work
from supplyline.forecasting.kernels.arima_polynomials import coefficients_of, partials_of
from supplyline.forecasting.panel import Floats, Ints

WIDEST = np.sin(EDGE)
# The gradient with gaps is itself a difference, and less exact.
NUDGE, GAP_NUDGE = 1e-6, 1e-4
STEPS, TRIES = 60, 14
PROBES, PROBE, SURE = 8, 1e-14, 2.0
LEVEL, SURELY = 1e-7, 5
LEAST_DAMPING, AT_EDGE = 1e-9, 1e-7


@njit(cache=True)
def polish(partials: Floats, order: Ints, mean: bool, gaps: bool, work: Work, value: float) -> tuple[float, int, bool]:
    """Improves `partials` (k,) of the objective `value` in place; returns the objective, the steps and if it converged.

    Converged: at a point of positive curvature a whole Newton step promises less than 1e-6 of log-likelihood; or no
    step is a gain and none promises more than rounding hides; or five in turn gained less than 1e-7, so that the
    likelihood is level and what moves is not identified. A coefficient on the edge of the box may want to leave it.
    """
    climb, best, damping, level = begin(partials), value, 0.0, 0
    _snap(climb.angles)
    for count in range(STEPS if partials.size > 0 else 0):
        _curvature(climb, order, mean, gaps, work)
        if 0.0 <= step_of(climb, 0.0) < GAIN:
            return best, count, True
        found, damping, promised = _advance(climb, order, mean, gaps, work, best, 0.1 * damping)
        if not found < best:
            return best, count, promised < max(GAIN, SURE * _rounding(climb, order, mean, gaps, work, best))
        climb.angles[:] = climb.trial
        partials[:] = np.sin(climb.angles)
        level = level + 1 if best - found < LEVEL else 0
        best = found
        if level == SURELY:
            return best, count, True
    return best, STEPS, partials.size == 0 and np.isfinite(best)


@njit(cache=True)
def _advance(
    climb: Climb, order: Ints, mean: bool, gaps: bool, work: Work, best: float, damping: float
) -> tuple[float, float, float]:
    """Fills `trial` with the first point below `best` as the damping rises; its objective and the damping.

    And the most that any step promised.
    """
    found, most = best, 0.0
    for _ in range(TRIES):
        promised = step_of(climb, damping)
        most = max(most, promised)
        for straight in (True, False):
            if promised >= 0.0:
                _move(climb, order, straight)
                coefficients = coefficients_of(np.sin(climb.trial), order, climb.jacobian)
                found = evaluate(coefficients, order, mean, gaps, work)
                if found < best:
                    return found, damping, most
        damping = max(8.0 * damping, LEAST_DAMPING)
    return best, damping, most


@njit(cache=True)
def _rounding(climb: Climb, order: Ints, mean: bool, gaps: bool, work: Work, best: float) -> float:
    """By how much the objective `best` differs a few roundings away: near a root of phi on the unit circle, by much."""
    most = 0.0
    for k in range(1, PROBES + 1):
        coefficients = coefficients_of(np.sin(climb.angles * (1.0 - k * PROBE)), order, climb.jacobian)
        most = max(most, abs(evaluate(coefficients, order, mean, gaps, work) - best))
    return most


@njit(cache=True)
def _curvature(climb: Climb, order: Ints, mean: bool, gaps: bool, work: Work) -> None:
    """Gradient by angle, and the second derivatives by angle of what is straight in coefficients: J'HJ."""
    k, nudge = climb.angles.size, GAP_NUDGE if gaps else NUDGE
    change, square = np.zeros((k, k)), np.zeros((k, k))
    for i in range(k):
        climb.trial[:] = climb.angles
        climb.trial[i] += nudge
        coefficients = coefficients_of(np.sin(climb.trial), order, climb.jacobian)
        evaluate(coefficients, order, mean, gaps, work)
        by_coefficients(coefficients, order, mean, gaps, work, change[i], square)
    coefficients = coefficients_of(np.sin(climb.angles), order, climb.jacobian)
    evaluate(coefficients, order, mean, gaps, work)
    by_coefficients(coefficients, order, mean, gaps, work, climb.by_coefficient, climb.matrix)
    for i in range(k):
        change[i] = (change[i] - climb.by_coefficient) / nudge
    chain(climb.angles, climb.jacobian, climb.by_coefficient, climb.matrix, climb.gradient, climb.fisher)
    # `jacobian` is by angle now, and row i of `change` what a step in angle i changes of the slopes: (H J)'.
    for i in range(k):
        for j in range(k):
            total = 0.0
            for a in range(k):
                total += 0.5 * (climb.jacobian[a, i] * change[j, a] + climb.jacobian[a, j] * change[i, a])
            climb.secant[i, j] = total - climb.fisher[i, j]
        climb.scale[i] = max(climb.fisher[i, i], abs(climb.fisher[i, i] + climb.secant[i, i]))
    for i in range(k):
        # Of a direction that is level by itself but not with others, no less than these ask.
        for j in range(k):
            if climb.scale[j] > climb.scale[i]:
                both = climb.fisher[i, j] + climb.secant[i, j]
                climb.scale[i] = max(climb.scale[i], both * both / climb.scale[j])


@njit(cache=True)
def _move(climb: Climb, order: Ints, straight: bool) -> None:
    """Fills `trial` with the angles after the step, within the box."""
    k = climb.angles.size
    if straight:
        coefficients = coefficients_of(np.sin(climb.angles), order, climb.jacobian)
        for i in range(k):
            for j in range(k):
                coefficients[i] += climb.jacobian[i, j] * np.cos(climb.angles[j]) * climb.step[j]
        climb.trial[:] = np.arcsin(partials_of(coefficients, order, WIDEST))
        for i in range(k):
            if climb.step[i] == 0.0:
                climb.trial[i] = climb.angles[i]
        _snap(climb.trial)
    else:
        for i in range(k):
            climb.trial[i] = min(max(climb.angles[i] + climb.step[i], -EDGE), EDGE)


@njit(cache=True)
def _snap(angles: Floats) -> None:
    """Puts on the edge of the box what differs from it by rounding, so that it is known to be held there."""
    for i in range(angles.size):
        if abs(angles[i]) > EDGE - AT_EDGE:
            angles[i] = EDGE * np.sign(angles[i])
