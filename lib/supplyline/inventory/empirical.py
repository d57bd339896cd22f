"""Demand known by examples, such as simulated paths, and mixtures, such as demand over a random lead time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplyline.errors import InventoryError
from supplyline.inventory.arrays import Floats, least_whole, numbers, root_of_falling
from supplyline.inventory.distributions import Demand

SAME = 1e-12  # share of probability below which two levels are one


@dataclass(frozen=True)
class Examples:
    """Examples `values` (n, m) of demand, rising along m, each of probability `weights` (n, m)."""

    values: Floats
    weights: Floats
    discrete: bool

    @property
    def mean(self) -> Floats:
        """Weighted mean."""
        return np.asarray((self.weights * self.values).sum(axis=1))

    @property
    def variance(self) -> Floats:
        """Weighted mean of squares less the squared mean."""
        return np.asarray((self.weights * (self.values - self.mean[:, None]) ** 2).sum(axis=1))

    def cdf(self, x: npt.ArrayLike) -> Floats:
        """Probability of the examples at or below x (n,)."""
        return np.asarray((self.weights * (self.values <= self._column(x))).sum(axis=1))

    def quantile(self, level: npt.ArrayLike) -> Floats:
        """The least example whose probability, with those below it, reaches `level` (n,)."""
        reached = np.cumsum(self.weights, axis=1) >= self._column(level) - SAME
        first = np.where(reached.any(axis=1), reached.argmax(axis=1), self.values.shape[1] - 1)
        return np.asarray(np.take_along_axis(self.values, first[:, None], axis=1)[:, 0])

    def loss(self, x: npt.ArrayLike) -> Floats:
        """Mean of what the examples exceed x (n,) by."""
        return np.asarray((self.weights * np.maximum(self.values - self._column(x), 0.0)).sum(axis=1))

    def second_loss(self, x: npt.ArrayLike) -> Floats:
        """Half the mean of (D - x)⁺², or of (D - x)⁺(D - x - 1)⁺ for whole pieces."""
        over = np.maximum(self.values - self._column(x), 0.0)
        again = np.maximum(over - 1.0, 0.0) if self.discrete else over
        return np.asarray((self.weights * over * again).sum(axis=1) / 2)

    def over(self, periods: float | Floats) -> Examples:
        """Not known from totals: build it from the paths of single periods. Raises InventoryError."""
        raise InventoryError(
            "totals can't be stretched over more periods", where="Examples", fix="use from_paths with those periods"
        )

    def _column(self, x: npt.ArrayLike) -> Floats:
        return np.broadcast_to(np.asarray(x, dtype=np.float64), self.values.shape[:1])[:, None]


def from_paths(paths: Floats, periods: npt.ArrayLike, probabilities: npt.ArrayLike = 1.0) -> Examples:
    """Demand over a random number of periods from simulated `paths` (n, m, h), pieces in each of h periods.

    `periods` (k,) whole numbers from 0 to h, `probabilities` (k,) of each, or (n, k). Every path is summed over each
    number of periods and counts with its probability, so that periods that move together stay together: the exact
    mixture P(D ≤ x) = Σ p_k P(D_k ≤ x) of what the paths say, no Normal anywhere.
    """
    lengths = np.atleast_1d(np.asarray(periods, dtype=np.int64))
    if paths.ndim != 3 or lengths.min() < 0 or lengths.max() > paths.shape[2]:
        raise InventoryError("more periods than the paths have, or none", where="periods", fix="simulate longer paths")
    shares = _shares(probabilities, len(paths), len(lengths))
    totals = np.concatenate([np.zeros((*paths.shape[:2], 1)), np.cumsum(paths, axis=2)], axis=2)[:, :, lengths]
    values = totals.transpose(0, 2, 1).reshape(len(paths), -1)
    weights = np.repeat(shares / paths.shape[1], paths.shape[1], axis=1)
    order = np.argsort(values, axis=1, kind="stable")
    whole = bool((paths == np.round(paths)).all())
    return Examples(np.take_along_axis(values, order, axis=1), np.take_along_axis(weights, order, axis=1), whole)


def from_quantile_function(function: Callable[[Floats], Floats], points: int = 1000) -> Examples:
    """Demand of which only quantiles are known: `function` takes levels (points,) and gives pieces (n, points).

    The levels are the middles of `points` equal shares, so a loss is off by about the largest gap between neighbours
    over `points`. Raises InventoryError where the quantiles fall as the level rises, or are not finite.
    """
    values = np.asarray(function((np.arange(points) + 0.5) / points), dtype=np.float64)
    if values.ndim != 2 or not np.isfinite(values).all() or (np.diff(values, axis=1) < 0).any():
        raise InventoryError("quantiles fall, are not finite or no (n, levels)", where="function", fix="correct it")
    whole = bool((values == np.round(values)).all())
    return Examples(values, np.full(values.shape, 1.0 / points), whole)


def _shares(probabilities: npt.ArrayLike, skus: int, lengths: int) -> Floats:
    """(n, k), each row adding up to 1."""
    (given,) = numbers(least=0.0, probabilities=probabilities)
    shares = np.broadcast_to(given, (skus, lengths))
    total = shares.sum(axis=1, keepdims=True)
    if (total <= 0).any():
        raise InventoryError("probabilities add up to nothing", where="probabilities", fix="give one above zero")
    return np.asarray(shares / total)


@dataclass(frozen=True)
class Mixture:
    """One of several distributions with probabilities `weights` (k,) or (k, n): P(D ≤ x) = Σ w_k P(D_k ≤ x)."""

    parts: tuple[Demand, ...]
    weights: Floats
    discrete: bool

    @property
    def mean(self) -> Floats:
        """Σ w_k mean_k."""
        return self._mixed([part.mean for part in self.parts])

    @property
    def variance(self) -> Floats:
        """Σ w_k (variance_k + mean_k²) - mean²."""
        return np.asarray(self._mixed([part.variance + part.mean**2 for part in self.parts]) - self.mean**2)

    def cdf(self, x: npt.ArrayLike) -> Floats:
        """Σ w_k P(D_k ≤ x)."""
        return self._mixed([part.cdf(x) for part in self.parts])

    def quantile(self, level: npt.ArrayLike) -> Floats:
        """Between the least and the largest quantile of the parts, by halving."""
        at = np.asarray(level, dtype=np.float64)
        ends = np.stack(np.broadcast_arrays(*[part.quantile(at) for part in self.parts]))
        find = least_whole if self.discrete else root_of_falling
        return find(lambda x: np.asarray(at - SAME - self.cdf(x)), ends.min(axis=0), ends.max(axis=0))

    def loss(self, x: npt.ArrayLike) -> Floats:
        """Σ w_k n_k(x)."""
        return self._mixed([part.loss(x) for part in self.parts])

    def second_loss(self, x: npt.ArrayLike) -> Floats:
        """Σ w_k of the parts' second losses."""
        return self._mixed([part.second_loss(x) for part in self.parts])

    def over(self, periods: float | Floats) -> Mixture:
        """The same mixture of the parts over so many periods: one lead time holds for all of them."""
        return Mixture(tuple(part.over(periods) for part in self.parts), self.weights, self.discrete)

    def _mixed(self, values: Sequence[Floats]) -> Floats:
        return np.asarray(sum(weight * value for weight, value in zip(self.weights, values, strict=True)))


def over_random_time(demand: Demand, periods: npt.ArrayLike, probabilities: npt.ArrayLike) -> Mixture:
    """Demand over a random number of independent periods: the exact mixture over `periods` (k,), all above 0.

    `demand` is that of one period; `probabilities` (k,) or (k, n). (Compound over a random lead time: Zipkin,
    Foundations of Inventory Management, chapter 7.)
    """
    (lengths,) = numbers(above=0.0, periods=periods)
    (given,) = numbers(least=0.0, probabilities=probabilities)
    if given.shape[:1] != lengths.shape or lengths.ndim != 1:
        raise InventoryError("not one probability for each number of periods", where="probabilities", fix="give them")
    weights = np.asarray(given / given.sum(axis=0))
    return Mixture(tuple(demand.over(length) for length in lengths), weights, demand.discrete)


def moments_over_random_time(
    mean: npt.ArrayLike, variance: npt.ArrayLike, periods: npt.ArrayLike, periods_sd: npt.ArrayLike
) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the demand over a random time, from those of one period.

    E = L d, Var = L σ_d² + d² σ_L² (Silver, Pyke and Thomas, on variable lead times; Snyder and Shen, section 4.3).
    """
    d, v, length, sd = numbers(least=0.0, mean=mean, variance=variance, periods=periods, periods_sd=periods_sd)
    return np.asarray(d * length), np.asarray(np.sqrt(length * v + d * d * sd * sd))
