"""Lead times as distributions over whole days."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]

TAIL = 1e-6
FIXED = 1e-4


def lead_time_pmf(mean_days: Floats, sd_days: Floats) -> Floats:
    """Probability (n, k) of a lead time of 0, 1, 2 … whole days, of the gamma distribution with this mean and sd (n,).

    A time between two whole days is split between them in proportion to its distance from each (local moment matching,
    Gerber 1982): p_k = e(k-1) - 2 e(k) + e(k+1) with e(k) = E max(L - k, 0), which keeps the mean. It adds 1/6 day² to
    the variance, which is taken off before. sd 0 means a fixed time. What comes once in a million counts as the last
    day, which costs the mean nothing to speak of while the sd is below some five times the mean.
    """
    sd_days = np.sqrt(np.maximum(sd_days**2 - 1 / 6, 0.0))
    last = int(np.ceil(_longest(mean_days, sd_days).max(initial=0.0))) + 1
    days = np.arange(-1.0, last + 2.0)
    excess = _mean_excess(mean_days[:, None], sd_days[:, None], days)
    pmf = excess[:, :-2] - 2 * excess[:, 1:-1] + excess[:, 2:]
    pmf = np.maximum(pmf, 0.0)
    return np.asarray(pmf / pmf.sum(axis=1, keepdims=True))


def _shape(mean: Floats, sd: Floats) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Where the time is random at all, and the gamma's shape (mean / sd)², which no float can hold for a tiny sd."""
    random = (sd > FIXED * mean) & (mean > FIXED * sd)
    return random, np.where(random, (mean / np.where(random, sd, 1.0)) ** 2, 1.0)


def _longest(mean: Floats, sd: Floats) -> Floats:
    """Days that the lead time exceeds once in a million."""
    random, shape = _shape(mean, sd)
    far = special.gammainccinv(shape, TAIL) * np.where(random, mean / shape, 0.0)
    return np.asarray(np.where(random, far, mean))


def _mean_excess(mean: Floats, sd: Floats, days: Floats) -> Floats:
    """E max(L - k, 0), in days, at each of `days` k.

    Of a gamma with shape a and scale b: mean · Q(a + 1, k/b) - k · Q(a, k/b), Q the upper incomplete gamma ratio.
    """
    random, shape = _shape(mean, sd)
    scaled = np.maximum(days, 0.0) * np.where(random, shape / np.where(random, mean, 1.0), 0.0)
    spread = mean * special.gammaincc(shape + 1, scaled) - days * special.gammaincc(shape, scaled)
    return np.asarray(np.where(random, spread, np.maximum(mean - days, 0.0)))
