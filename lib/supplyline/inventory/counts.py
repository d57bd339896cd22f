"""Demand in whole pieces: Poisson, and negative binomial where it comes in clumps. See `distributions.Demand`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import special, stats

from supplyline.errors import InventoryError
from supplyline.inventory.arrays import Floats, numbers

MOST_ADDED = 100.0  # mean up to which chances are added up
MOST_LEVEL = 1.0 - 1e-13  # above, what rounding leaves of the sum may never reach the level


@dataclass(frozen=True)
class Poisson:
    """Single pieces at random times."""

    mean: Floats
    discrete: ClassVar[bool] = True

    @property
    def variance(self) -> Floats:
        """The mean."""
        return self.mean

    def cdf(self, x: npt.ArrayLike) -> Floats:
        """Σ of e^-λ λ^k / k! for k ≤ x."""
        whole = np.floor(np.asarray(x, dtype=np.float64))
        return np.asarray(np.where(whole < 0, 0.0, special.pdtr(np.maximum(whole, 0.0), self.mean)))

    def quantile(self, level: npt.ArrayLike) -> Floats:
        """Least whole x with P(D ≤ x) ≥ level."""
        wanted, mean = np.broadcast_arrays(np.asarray(level, dtype=np.float64), self.mean)
        found = _small_quantiles(np.ascontiguousarray(wanted).ravel(), np.ascontiguousarray(mean).ravel())
        large = found < 0
        found[large] = stats.poisson.ppf(wanted.ravel()[large], mean.ravel()[large])
        return np.asarray(found.reshape(mean.shape))

    def loss(self, x: npt.ArrayLike) -> Floats:
        """λ P(D ≥ ⌊x⌋) - x P(D > ⌊x⌋)."""
        x = np.asarray(x, dtype=np.float64)
        return np.asarray(self.mean * self._above(x - 1.0) - x * self._above(x))

    def second_loss(self, x: npt.ArrayLike) -> Floats:
        """[λ² P(D > x-2) - 2 λ x P(D > x-1) + x (x+1) P(D > x)] / 2 for whole x."""
        x, mean = np.asarray(x, dtype=np.float64), self.mean
        squares = mean * mean * self._above(x - 2.0) - 2 * mean * x * self._above(x - 1.0)
        return np.asarray((squares + x * (x + 1) * self._above(x)) / 2)

    def over(self, periods: float | Floats) -> Poisson:
        """The mean grows with the periods."""
        return Poisson(np.asarray(self.mean * periods))

    def _above(self, x: Floats) -> Floats:
        whole = np.floor(x)
        return np.asarray(np.where(whole < 0, 1.0, special.pdtrc(np.maximum(whole, 0.0), self.mean)))


@njit(cache=True)
def _small_quantiles(level: Floats, mean: Floats) -> Floats:
    """Quantiles (n,) of Poisson demand by adding up chances; -1 where its mean is too large for that, or unknown."""
    found = np.full(len(level), -1.0)
    for at in range(len(level)):
        if mean[at] <= MOST_ADDED and 0.0 < level[at] <= MOST_LEVEL:
            pieces, chance = 0.0, math.exp(-mean[at])
            below = chance
            while below < level[at]:
                pieces += 1.0
                chance *= mean[at] / pieces
                below += chance
            found[at] = pieces
    return found


@dataclass(frozen=True)
class NegativeBinomial:
    """Pieces that come in clumps: failures before `r` (any number > 0) successes of probability `p`."""

    r: Floats
    p: Floats
    discrete: ClassVar[bool] = True

    @property
    def mean(self) -> Floats:
        """r (1 - p) / p."""
        return np.asarray(self.r * (1 - self.p) / self.p)

    @property
    def variance(self) -> Floats:
        """r (1 - p) / p²."""
        return np.asarray(self.mean / self.p)

    def cdf(self, x: npt.ArrayLike) -> Floats:
        """Regularised incomplete beta function I_p(r, ⌊x⌋ + 1)."""
        whole = np.floor(np.asarray(x, dtype=np.float64))
        return np.asarray(np.where(whole < 0, 0.0, special.betainc(self.r, np.maximum(whole, 0.0) + 1, self.p)))

    def quantile(self, level: npt.ArrayLike) -> Floats:
        """Least whole x with P(D ≤ x) ≥ level."""
        return np.asarray(stats.nbinom.ppf(level, self.r, self.p), dtype=np.float64)

    def loss(self, x: npt.ArrayLike) -> Floats:
        """mean P(D₊₁ > x-1) - x P(D > x), D₊₁ of r + 1 successes."""
        x = np.asarray(x, dtype=np.float64)
        return np.asarray(self.mean * self._above(x - 1.0, 1.0) - x * self._above(x, 0.0))

    def second_loss(self, x: npt.ArrayLike) -> Floats:
        """[E[D(D-1)] P(D₊₂ > x-2) - 2 x mean P(D₊₁ > x-1) + x (x+1) P(D > x)] / 2 for whole x."""
        x, odds = np.asarray(x, dtype=np.float64), (1 - self.p) / self.p
        factorial = self.r * (self.r + 1) * odds**2 * self._above(x - 2.0, 2.0)
        single = 2 * x * self.mean * self._above(x - 1.0, 1.0)
        return np.asarray((factorial - single + x * (x + 1) * self._above(x, 0.0)) / 2)

    def over(self, periods: float | Floats) -> NegativeBinomial:
        """r grows with the periods."""
        return NegativeBinomial(np.asarray(self.r * periods), np.asarray(self.p))

    def _above(self, x: Floats, more: float) -> Floats:
        """P(D > x), D of r + `more` successes."""
        whole = np.floor(x)
        tail = special.betainc(np.maximum(whole, 0.0) + 1, self.r + more, 1 - self.p)
        return np.asarray(np.where(whole < 0, 1.0, tail))


def poisson(mean: npt.ArrayLike) -> Poisson:
    """Poisson demand."""
    return Poisson(*numbers(least=0.0, mean=mean))


def negative_binomial(mean: npt.ArrayLike, sd: npt.ArrayLike) -> NegativeBinomial:
    """Negative binomial demand: p = mean / sd², r = mean p / (1 - p). Raises InventoryError where sd² ≤ mean."""
    m, s = numbers(above=0.0, mean=mean, sd=sd)
    if (s * s <= m).any():
        raise InventoryError("variance not above the mean", where="sd", fix="use poisson or gamma there")
    return NegativeBinomial(np.asarray(m * m / (s * s - m)), np.asarray(m / (s * s)))
