"""Demand over some time as a distribution for each SKU: arrays (n,) of parameters in pieces, methods over all SKUs.

Each one has `mean` and `variance` (n,), `cdf`, `quantile`, `loss`, `second_loss` and `over` as in `Demand`. Two numbers
of shape () are one SKU. Parameters outside their range raise InventoryError naming the argument; NaN stays NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

import numpy as np
import numpy.typing as npt
from scipy import special

from supplyline.inventory.arrays import Floats, numbers

SQRT_2PI = float(np.sqrt(2.0 * np.pi))


class Demand(Protocol):
    """What a stock decision asks of demand. `x`, `level` broadcast with the parameters.

    `discrete`: demand and stock are whole pieces; a sum over stock levels then takes the place of an integral.
    """

    discrete: ClassVar[bool]

    @property
    def mean(self) -> Floats:
        """E[D], pieces."""

    @property
    def variance(self) -> Floats:
        """Var[D], pieces²."""

    def cdf(self, x: npt.ArrayLike) -> Floats:
        """P(D ≤ x)."""

    def quantile(self, level: npt.ArrayLike) -> Floats:
        """Least x with P(D ≤ x) ≥ level, pieces."""

    def loss(self, x: npt.ArrayLike) -> Floats:
        """n(x) = E[(D - x)⁺], pieces expected to be short of a stock x."""

    def second_loss(self, x: npt.ArrayLike) -> Floats:
        """∫ from x of n(y) dy = E[((D - x)⁺)²] / 2; for whole pieces Σ over y > x of n(y) = E[(D-x)⁺(D-x-1)⁺] / 2."""

    def over(self, periods: float | Floats) -> Self:
        """Demand over so many independent periods of this one's kind."""


@dataclass(frozen=True)
class Normal:
    """Normal demand. Loss: σ [φ(z) - z (1 - Φ(z))], z = (x - μ) / σ (Snyder and Shen, appendix on loss functions)."""

    mean: Floats
    sd: Floats
    discrete: ClassVar[bool] = False

    @property
    def variance(self) -> Floats:
        """σ²."""
        return np.asarray(self.sd**2)

    def cdf(self, x: npt.ArrayLike) -> Floats:
        """Φ(z)."""
        return np.asarray(special.ndtr(self._z(x)))

    def quantile(self, level: npt.ArrayLike) -> Floats:
        """μ + σ Φ⁻¹(level)."""
        return np.asarray(self.mean + self.sd * special.ndtri(np.asarray(level, dtype=np.float64)))

    def loss(self, x: npt.ArrayLike) -> Floats:
        """σ [φ(z) - z (1 - Φ(z))]."""
        z = self._z(x)
        return np.asarray(self.sd * standard_loss(z))

    def second_loss(self, x: npt.ArrayLike) -> Floats:
        """σ²/2 [(z² + 1)(1 - Φ(z)) - z φ(z)]."""
        z = self._z(x)
        return np.asarray(self.variance / 2 * ((z * z + 1) * special.ndtr(-z) - z * np.exp(-z * z / 2) / SQRT_2PI))

    def over(self, periods: float | Floats) -> Normal:
        """Mean and variance grow with the periods."""
        return Normal(np.asarray(self.mean * periods), np.asarray(self.sd * np.sqrt(periods)))

    def _z(self, x: npt.ArrayLike) -> Floats:
        return np.asarray((np.asarray(x, dtype=np.float64) - self.mean) / self.sd)


def standard_loss(z: Floats) -> Floats:
    """G(z) = φ(z) - z (1 - Φ(z)), the standard Normal's loss function."""
    return np.asarray(np.exp(-z * z / 2) / SQRT_2PI - z * special.ndtr(-z))


@dataclass(frozen=True)
class Gamma:
    """Gamma demand of shape k and scale θ: never negative, skewed (Burgin, Operational Research Quarterly 26, 1975)."""

    shape: Floats
    scale: Floats
    discrete: ClassVar[bool] = False

    @property
    def mean(self) -> Floats:
        """k θ."""
        return np.asarray(self.shape * self.scale)

    @property
    def variance(self) -> Floats:
        """k θ²."""
        return np.asarray(self.shape * self.scale**2)

    def cdf(self, x: npt.ArrayLike) -> Floats:
        """Regularised incomplete gamma function P(k, x / θ)."""
        return np.asarray(special.gammainc(self.shape, self._scaled(x)))

    def quantile(self, level: npt.ArrayLike) -> Floats:
        """θ P⁻¹(k, level)."""
        return np.asarray(self.scale * special.gammaincinv(self.shape, np.asarray(level, dtype=np.float64)))

    def loss(self, x: npt.ArrayLike) -> Floats:
        """k θ Q(k + 1, x/θ) - x Q(k, x/θ), Q = 1 - P; below zero mean - x."""
        x, at = np.asarray(x, dtype=np.float64), self._scaled(x)
        above = self.mean * special.gammaincc(self.shape + 1, at)
        return np.asarray(above - x * special.gammaincc(self.shape, at))

    def second_loss(self, x: npt.ArrayLike) -> Floats:
        """[k (k+1) θ² Q(k + 2) - 2 x k θ Q(k + 1) + x² Q(k)] / 2, each at x/θ."""
        x, at, k = np.asarray(x, dtype=np.float64), self._scaled(x), self.shape
        square = k * (k + 1) * self.scale**2 * special.gammaincc(k + 2, at)
        return np.asarray(
            (square - 2 * x * self.mean * special.gammaincc(k + 1, at) + x * x * special.gammaincc(k, at)) / 2
        )

    def over(self, periods: float | Floats) -> Gamma:
        """The shape grows with the periods."""
        return Gamma(np.asarray(self.shape * periods), np.asarray(self.scale))

    def _scaled(self, x: npt.ArrayLike) -> Floats:
        return np.asarray(np.maximum(np.asarray(x, dtype=np.float64), 0.0) / self.scale)


@dataclass(frozen=True)
class Lognormal:
    """Demand whose logarithm is Normal with mean `mu` and deviation `sigma`."""

    mu: Floats
    sigma: Floats
    discrete: ClassVar[bool] = False

    @property
    def mean(self) -> Floats:
        """exp(μ + σ²/2)."""
        return np.asarray(np.exp(self.mu + self.sigma**2 / 2))

    @property
    def variance(self) -> Floats:
        """mean² (exp(σ²) - 1)."""
        return np.asarray(self.mean**2 * np.expm1(self.sigma**2))

    def cdf(self, x: npt.ArrayLike) -> Floats:
        """Φ((ln x - μ) / σ)."""
        return np.asarray(special.ndtr(-self._upper(x)))

    def quantile(self, level: npt.ArrayLike) -> Floats:
        """exp(μ + σ Φ⁻¹(level))."""
        return np.asarray(np.exp(self.mu + self.sigma * special.ndtri(np.asarray(level, dtype=np.float64))))

    def loss(self, x: npt.ArrayLike) -> Floats:
        """mean Φ(u + σ) - x Φ(u), u = (μ - ln x) / σ."""
        u = self._upper(x)
        return np.asarray(self.mean * special.ndtr(u + self.sigma) - np.asarray(x) * special.ndtr(u))

    def second_loss(self, x: npt.ArrayLike) -> Floats:
        """[E[D²] Φ(u + 2σ) - 2 x mean Φ(u + σ) + x² Φ(u)] / 2."""
        x, u = np.asarray(x, dtype=np.float64), self._upper(x)
        square = (self.variance + self.mean**2) * special.ndtr(u + 2 * self.sigma)
        return np.asarray((square - 2 * x * self.mean * special.ndtr(u + self.sigma) + x * x * special.ndtr(u)) / 2)

    def over(self, periods: float | Floats) -> Lognormal:
        """The lognormal of the sum's mean and variance (Fenton and Wilkinson's match: the sum itself is none)."""
        return lognormal(self.mean * periods, np.sqrt(self.variance * periods))

    def _upper(self, x: npt.ArrayLike) -> Floats:
        positive = np.maximum(np.asarray(x, dtype=np.float64), np.finfo(float).tiny)
        return np.asarray((self.mu - np.log(positive)) / self.sigma)


def normal(mean: npt.ArrayLike, sd: npt.ArrayLike) -> Normal:
    """Normal demand of this mean and standard deviation > 0."""
    return Normal(*numbers(least=0.0, mean=mean), *numbers(above=0.0, sd=sd))


def gamma(mean: npt.ArrayLike, sd: npt.ArrayLike) -> Gamma:
    """Gamma demand: shape mean² / sd², scale sd² / mean."""
    m, s = numbers(above=0.0, mean=mean, sd=sd)
    return Gamma(np.asarray(m * m / (s * s)), np.asarray(s * s / m))


def lognormal(mean: npt.ArrayLike, sd: npt.ArrayLike) -> Lognormal:
    """Lognormal demand: σ² = ln(1 + sd² / mean²), μ = ln mean - σ²/2."""
    m, s = numbers(above=0.0, mean=mean, sd=sd)
    square = np.log1p((s / m) ** 2)
    return Lognormal(np.asarray(np.log(m) - square / 2), np.asarray(np.sqrt(square)))
