"""Roots of the standard Normal's loss function, compiled: what the review policies ask for a million SKUs at a time.

G(z) = φ(z) - z (1 - Φ(z)) falls and is convex, so Newton's steps from the left of a root never pass it.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from supplyline.inventory.arrays import Floats

STEPS = 200
EXACT = 1e-14


@njit(cache=True)
def _tail(z: float) -> float:
    return 0.5 * math.erfc(z / math.sqrt(2.0))


@njit(cache=True)
def _loss(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2.0 * math.pi) - z * _tail(z)


@njit(cache=True)
def _second_loss(z: float) -> float:
    return ((z * z + 1) * _tail(z) - z * math.exp(-z * z / 2) / math.sqrt(2.0 * math.pi)) / 2


@njit(cache=True)
def _at_loss(wanted: float) -> float:
    z = -wanted  # G(z) ≥ -z, so this is left of the root
    for _ in range(STEPS):
        step = (_loss(z) - wanted) / _tail(z)
        z += step
        if step <= EXACT * max(abs(z), 1.0):
            break
    return z


@njit(cache=True)
def points_at_loss(wanted: Floats) -> Floats:
    """z (n,) with G(z) = wanted > 0."""
    found = np.empty_like(wanted)
    for at in range(len(wanted)):
        found[at] = _at_loss(wanted[at])
    return found


@njit(cache=True)
def points_at_difference(width: Floats, high: Floats, share: Floats) -> Floats:
    """z (n,) with G(z) - G(z + width) = share · width, for 1 - Φ(high) = share.

    The left side is the width times a mean of the tail between z and z + width, so high - width ≤ z ≤ high; Newton's
    step where it stays inside the interval still open, else its middle.
    """
    found = np.empty_like(width)
    for at in range(len(width)):
        q, left, right = width[at], high[at] - width[at], high[at]
        z = (left + right) / 2
        for _ in range(STEPS):
            over = _loss(z) - _loss(z + q) - share[at] * q
            if over > 0:
                left = z
            else:
                right = z
            slope = _tail(z) - _tail(z + q)
            after = z + over / slope if slope > 0 else left
            if not left < after < right:
                after = (left + right) / 2
            if abs(after - z) <= EXACT * max(abs(z), 1.0):
                break
            z = after
        found[at] = z
    return found


@njit(cache=True)
def turns(quantity: Floats, ratio: Floats, setup: Floats) -> Floats:
    """z and Q (n, 2), Q in units of σ, at the end of G(z) = ratio · Q, Q = √(2 [setup + G₂(z) / ratio]).

    `ratio` h / (h + p), `setup` K λ / (h σ²); starts from `quantity`.
    """
    found = np.empty((len(quantity), 2))
    for at in range(len(quantity)):
        q, z = quantity[at], 0.0
        for _ in range(STEPS):
            z, before = _at_loss(ratio[at] * q), q
            q = math.sqrt(2 * (setup[at] + _second_loss(z) / ratio[at]))
            if abs(q - before) <= 1e-12 * q:
                break
        found[at] = z, q
    return found
