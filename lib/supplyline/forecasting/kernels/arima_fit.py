"""Maximum likelihood of an ARMA: Levenberg and Marquardt's steps in partial autocorrelations, held within a box.

The Gauss-Newton matrix of the sum of squares stands for the Hessian; the gradient is exact, determinant included. Over
the box every factor is stationary and invertible, and a root on the unit circle, common after too many differences, is
a point on its edge that the search can reach and stop at.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from supplyline.forecasting.kernels.arima_filter import scaled_errors
from supplyline.forecasting.kernels.arima_likelihood import LOGS, MU, SEEN, E, S, Work, Z, objective, slopes
from supplyline.forecasting.kernels.arima_polynomials import coefficients_of
from supplyline.forecasting.kernels.arima_series import backward, cholesky, dot, forward
from supplyline.forecasting.panel import Floats, Ints

EDGE = 0.5 * np.pi - 3e-3
GAIN, ROUGH_GAIN = 1e-6, 1e-2
STEPS = 60
LARGEST_DAMPING = 1e9
NUDGE = 1e-6
FEWEST, PATIENCE = 3, 100.0


@njit(cache=True)
def evaluate(coefficients: Floats, order: Ints, mean: bool, gaps: bool, work: Work) -> float:
    """The objective of the likelihood; with `gaps`, by the filter that skips missing values."""
    if not gaps:
        return objective(coefficients, order, mean, work)
    r = work.lags.shape[1] - 1
    z, errors = work.days[Z, r:], work.days[E, r:]
    centre, logs, seen = scaled_errors(coefficients, order, mean, z, errors)
    total = dot(errors, errors)
    work.numbers[MU], work.numbers[S], work.numbers[SEEN] = centre, total, seen
    work.numbers[LOGS] = logs / max(seen, 1)
    return 0.5 * seen * np.log(total / seen) if total > 0.0 and np.isfinite(total) else np.inf


@njit(cache=True)
def gap_slopes(coefficients: Floats, order: Ints, mean: bool, work: Work, gradient: Floats, hessian: Floats) -> None:
    """Gradient and Gauss-Newton matrix by central differences of the scaled errors, after `evaluate`."""
    k, r = coefficients.size, work.lags.shape[1] - 1
    z, errors = work.days[Z, r:], work.days[E, r:]
    slope, other = np.zeros((k, z.size)), np.zeros(z.size)
    scale = work.numbers[SEEN] / work.numbers[S]
    for i in range(k):
        kept = coefficients[i]
        coefficients[i] = kept + NUDGE
        scaled_errors(coefficients, order, mean, z, slope[i])
        coefficients[i] = kept - NUDGE
        scaled_errors(coefficients, order, mean, z, other)
        coefficients[i] = kept
        slope[i] = (slope[i] - other) / (2.0 * NUDGE)
        gradient[i] = scale * dot(slope[i], errors)
        for j in range(i + 1):
            hessian[i, j] = hessian[j, i] = scale * dot(slope[i], slope[j])


@njit(cache=True)
def by_coefficients(
    coefficients: Floats, order: Ints, mean: bool, gaps: bool, work: Work, gradient: Floats, hessian: Floats
) -> None:
    """Gradient and Gauss-Newton matrix where `evaluate` was last."""
    if gaps:
        gap_slopes(coefficients, order, mean, work, gradient, hessian)
    else:
        slopes(coefficients, order, mean, work, gradient, hessian)


class Climb(NamedTuple):
    """Where a search stands: matrices (k, k) and vectors (k,) of its k partial autocorrelations, as angles."""

    jacobian: Floats
    fisher: Floats
    secant: Floats
    matrix: Floats
    by_coefficient: Floats
    gradient: Floats
    change: Floats
    angles: Floats
    step: Floats
    trial: Floats
    scale: Floats


@njit(cache=True)
def begin(partials: Floats) -> Climb:
    k = partials.size
    squares, lines = np.zeros((4, k, k)), np.zeros((7, k))
    lines[3] = np.arcsin(partials)
    return Climb(
        squares[0], squares[1], squares[2], squares[3],
        lines[0], lines[1], lines[2], lines[3], lines[4], lines[5], lines[6],
    )  # fmt: skip


@njit(cache=True)
def maximise(
    partials: Floats, order: Ints, mean: bool, gaps: bool, work: Work, target: float
) -> tuple[float, int, bool]:
    """Improves `partials` (k,) in place; returns the objective, the steps taken and whether it converged.

    Converged means that the next step promises less than 1e-6 of log-likelihood, as far as the curvature is known:
    `arima_polish` makes sure. With a finite `target`, the objective
    of the best order so far, 1e-2 is near enough, and the search is given up as soon as a hundred times what a step
    promises leaves the objective above it.
    """
    climb, enough = begin(partials), GAIN if target == np.inf else ROUGH_GAIN
    coefficients = coefficients_of(partials, order, climb.jacobian)
    best = evaluate(coefficients, order, mean, gaps, work)
    if partials.size == 0:
        return best, 0, np.isfinite(best)
    damping, fresh, promised, count = 1e-3, False, np.inf, 0
    while count < STEPS and damping <= LARGEST_DAMPING:
        count += 1
        if not fresh:
            _differentiate(climb, coefficients, order, mean, gaps, work, count > 1)
            fresh = True
        promised, damping = _propose(climb, damping, partials)
        coefficients = coefficients_of(partials, order, climb.jacobian)
        value = evaluate(coefficients, order, mean, gaps, work)
        gain = best - value
        if gain > 0.0:
            fresh = False
            damping = damping * 0.1 if gain > 0.5 * promised else damping
            damping = damping * 3.0 if gain < 0.1 * promised else damping
            climb.angles[:], best = climb.trial, value
        else:
            damping *= 8.0
        hopeless = count >= FEWEST and best - PATIENCE * promised > target
        if promised >= 0.0 and (promised < enough or hopeless) and (damping < 1.0 or not fresh):
            break
    partials[:] = np.sin(climb.angles)
    if fresh:
        # The last trial was worse: variance and mean in `work` are to be those of the best.
        evaluate(coefficients_of(partials, order, climb.jacobian), order, mean, gaps, work)
    return best, count, 0.0 <= promised < enough


@njit(cache=True)
def _differentiate(
    climb: Climb, coefficients: Floats, order: Ints, mean: bool, gaps: bool, work: Work, moved: bool
) -> None:
    """Gradient and matrix by angle where the likelihood was last evaluated; what changed, if `moved`, is learnt."""
    climb.change[:] = climb.gradient
    by_coefficients(coefficients, order, mean, gaps, work, climb.by_coefficient, climb.matrix)
    chain(climb.angles, climb.jacobian, climb.by_coefficient, climb.matrix, climb.gradient, climb.fisher)
    for i in range(climb.change.size):
        climb.scale[i] = climb.fisher[i, i]
    if moved:
        for i in range(climb.change.size):
            climb.change[i] = climb.gradient[i] - climb.change[i]
        _learn(climb.fisher, climb.change, climb.step, climb.secant)


@njit(cache=True)
def _propose(climb: Climb, damping: float, partials: Floats) -> tuple[float, float]:
    """Fills `partials` with the next point, within the box; the gain promised and the damping that this took."""
    promised = step_of(climb, damping)
    while promised < 0.0 and damping < LARGEST_DAMPING:
        damping *= 8.0
        promised = step_of(climb, damping)
    for i in range(partials.size):
        climb.trial[i] = min(max(climb.angles[i] + climb.step[i], -EDGE), EDGE)
        climb.step[i] = climb.trial[i] - climb.angles[i]
        partials[i] = np.sin(climb.trial[i])
    return promised, damping


@njit(cache=True)
def step_of(climb: Climb, damping: float) -> float:
    """Fills `step`; the gain it promises, -1 if the curvature is not positive."""
    return _step(
        climb.angles, climb.gradient, climb.fisher, climb.secant, damping * climb.scale, climb.matrix, climb.step
    )


@njit(cache=True)
def _learn(fisher: Floats, change: Floats, step: Floats, secant: Floats) -> None:
    """Adds to `secant` what the Gauss-Newton matrix missed of the gradient's change over a step (rank one)."""
    missed, along, size, length = change, 0.0, 0.0, 0.0
    for i in range(step.size):
        for j in range(step.size):
            missed[i] -= (fisher[i, j] + secant[i, j]) * step[j]
        along += missed[i] * step[i]
        size += missed[i] * missed[i]
        length += step[i] * step[i]
    if abs(along) > 1e-8 * np.sqrt(size * length):
        for i in range(step.size):
            for j in range(step.size):
                secant[i, j] += missed[i] * missed[j] / along


@njit(cache=True)
def chain(
    angles: Floats, jacobian: Floats, by_coefficient: Floats, matrix: Floats, gradient: Floats, result: Floats
) -> None:
    """Gradient J'g and matrix J'HJ by angle."""
    k = gradient.size
    for i in range(k):
        jacobian[:, i] *= np.cos(angles[i])
    gradient[:] = 0.0
    result[:, :] = 0.0
    for a in range(k):
        for i in range(k):
            if jacobian[a, i] != 0.0:
                gradient[i] += jacobian[a, i] * by_coefficient[a]
                for b in range(k):
                    result[i, b] += jacobian[a, i] * matrix[a, b]
    for i in range(k):
        # Row i of J'H is in `by_coefficient`, which has done its work.
        by_coefficient[:] = result[i]
        result[i] = 0.0
        for b in range(k):
            for j in range(k):
                result[i, j] += by_coefficient[b] * jacobian[b, j]


@njit(cache=True)
def _step(
    angles: Floats, gradient: Floats, fisher: Floats, secant: Floats, damping: Floats, system: Floats, step: Floats
) -> float:
    """Fills `step` with -(H + D)^-1 g over what may still move; the gain it promises, -1 if that is not positive.

    H is the Gauss-Newton matrix with its correction, D the diagonal matrix of `damping`.
    """
    k = angles.size
    for i in range(k):
        held = _held(angles[i], gradient[i])
        step[i] = 0.0 if held else -gradient[i]
        for j in range(k):
            free = not (held or _held(angles[j], gradient[j]))
            system[i, j] = fisher[i, j] + secant[i, j] if free else 0.0
        system[i, i] += 1.0 if held else damping[i] + 1e-12
    cholesky(system)
    if not np.isfinite(system[k - 1, k - 1]):
        return -1.0
    forward(system, step)
    backward(system, step)
    promised = 0.0
    for i in range(k):
        promised -= gradient[i] * step[i]
        for j in range(k):
            promised -= 0.5 * step[i] * (fisher[i, j] + secant[i, j]) * step[j]
    return promised


@njit(cache=True)
def _held(angle: float, gradient: float) -> bool:
    """Whether an angle lies on the edge of the box and would leave it."""
    return (angle >= EDGE and gradient < 0.0) or (angle <= -EDGE and gradient > 0.0)
