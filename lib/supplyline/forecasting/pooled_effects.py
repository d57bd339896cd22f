"""A log-linear regression of daily demand over many SKUs at once: effects they share, levels of their own.

E[y] = exp(level of the SKU's group + x · effects), by Poisson quasi-likelihood, which asks only that this mean is
right, whatever the spread (Wooldridge, Econometric Analysis of Cross Section and Panel Data, 2nd ed., section 18.2).
The levels have a closed form and are solved out. A ridge penalty, a Normal prior of `prior_sd` on each effect, keeps
those in bounds that the data hardly tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from supplyline.errors import ForecastError
from supplyline.forecasting.panel import Bools, Floats, Ints

ROUNDS = 50
TOLERANCE = 1e-8
LARGEST_STEP = 2.0


@dataclass(frozen=True)
class Effects:
    """`log_effects` (k), log of the factor on demand a unit of x; `covariance` (k, k); `n` rows that tell of them.

    `freedom` (k) is one less than the effective number of clusters behind a standard error: eight holidays are eight
    days, however many SKUs sold on them.
    """

    log_effects: Floats
    covariance: Floats
    n: int
    freedom: Floats
    converged: bool

    @property
    def standard_errors(self) -> Floats:
        """(k) standard error of each effect."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))


def interval(effect: float, error: float, freedom: float, level: float) -> tuple[float, float]:
    """The two-sided interval of `level` by Student's t."""
    reach = float(stdtrit(max(freedom, 1.0), 0.5 + level / 2)) * error
    return effect - reach, effect + reach


def fit_effects(demand: Floats, x: Floats, groups: Ints, clusters: tuple[Ints, Ints], prior_sd: float = 1.0) -> Effects:
    """Effects of the columns of x (n, k) on demand (n,), >= 0.

    `groups` (n,) says which rows share a level, `clusters` two partitions of the rows (SKU and day) within which
    errors may hang together: the covariance is Cameron, Gelbach and Miller's (Robust inference with multiway
    clustering, JBES 29, 2011). Raises ForecastError where no group has demand.
    """
    told = _rows_that_tell(demand, groups)
    if not told.any():
        raise ForecastError("no demand to learn effects from", where="fit_effects", fix="give a longer history")
    y, kept, group = demand[told], x[told], _codes(groups[told])
    effects, penalty, converged = np.zeros(x.shape[1]), np.full(x.shape[1], 1.0 / prior_sd**2), False
    scale = 1.0
    for _ in range(ROUNDS):
        mean, around = _means(y, kept, group, effects)
        # Quasi-likelihood is in units of the overdispersion; the penalty must be in the same.
        scale = max(float(((y - mean) ** 2 / np.maximum(mean, 1e-9)).mean()), 1e-9)
        curvature = (around * mean[:, None]).T @ around + np.diag(scale * penalty)
        step = np.linalg.solve(curvature, around.T @ (y - mean) - scale * penalty * effects)
        step *= min(1.0, LARGEST_STEP / max(float(np.abs(step).max()), 1e-300))
        effects = effects + step
        converged = bool(np.abs(step).max() < TOLERANCE)
        if converged:
            break
    mean, around = _means(y, kept, group, effects)
    partitions = _codes(clusters[0][told]), _codes(clusters[1][told])
    bread = np.linalg.inv((around * mean[:, None]).T @ around + np.diag(scale * penalty))
    covariance = bread @ _meat(around * (y - mean)[:, None], *partitions) @ bread
    clusters_of = np.minimum(*(_effective_clusters(around**2 * mean[:, None], part) for part in partitions))
    stretch = np.sqrt(clusters_of / np.maximum(clusters_of - 1.0, 0.5))
    covariance = covariance * np.outer(stretch, stretch)
    return Effects(effects, covariance, int(told.sum()), clusters_of - 1.0, converged)


def _effective_clusters(leverage: Floats, codes: Ints) -> Floats:
    """(k) how many clusters of equal weight tell as much: (Σ L)² / Σ L², L the leverage of a cluster.

    Carter, Schnepel and Steigerwald, Asymptotic behavior of a t-test robust to cluster heterogeneity, Review of
    Economics and Statistics 99, 2017.
    """
    sums = np.stack([np.bincount(codes, weights=column) for column in leverage.T], axis=1)
    return np.asarray(sums.sum(axis=0) ** 2 / np.maximum((sums**2).sum(axis=0), 1e-300))


def _rows_that_tell(demand: Floats, groups: Ints) -> Bools:
    """Rows of the groups with any demand: the others only say that their level is 0."""
    codes = _codes(groups)
    return np.asarray(np.bincount(codes, weights=demand)[codes] > 0)


def _codes(labels: Ints) -> Ints:
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _means(y: Floats, x: Floats, group: Ints, effects: Floats) -> tuple[Floats, Floats]:
    """(n,) mean demand with the best level of each group, and x less its mean in the group, weighted by that."""
    shape = x @ effects
    shape = np.exp(shape - shape.max())
    level = np.bincount(group, weights=y) / np.bincount(group, weights=shape)
    mean = level[group] * shape
    weights = np.bincount(group, weights=mean)
    averages = np.stack([np.bincount(group, weights=mean * column) / weights for column in x.T], axis=1)
    return mean, x - averages[group]


def _meat(scores: Floats, first: Ints, second: Ints) -> Floats:
    """Sum of score products within either partition, each once; not less than by the first alone."""
    both = _codes(first * (int(second.max(initial=0)) + 1) + second)
    one, other, shared = (_within(scores, codes) for codes in (first, second, both))
    together = one + other - shared
    # A sum of three estimates can have a negative variance in small samples: the larger of the two stands then.
    larger = one if np.trace(one) >= np.trace(other) else other
    return together if (np.diag(together) >= np.maximum(np.diag(one), np.diag(other)) * 0.5).all() else larger


def _within(scores: Floats, codes: Ints) -> Floats:
    sums = np.stack([np.bincount(codes, weights=column) for column in scores.T], axis=1)
    return np.asarray(sums.T @ sums)


def shrunk(log_effects: Floats, errors: Floats) -> tuple[Floats, Floats]:
    """Empirical Bayes: effects of several categories pulled towards their common mean, and their posterior errors.

    The spread between categories is DerSimonian and Laird's (Meta-analysis in clinical trials, Controlled Clinical
    Trials 7, 1986); the posterior is Normal. One category stays as it is.
    """
    if len(log_effects) < 2:
        return log_effects, errors
    precision = 1.0 / np.maximum(errors, 1e-6) ** 2
    mean = (precision * log_effects).sum() / precision.sum()
    excess = (precision * (log_effects - mean) ** 2).sum() - (len(log_effects) - 1)
    between = max(excess / (precision.sum() - (precision**2).sum() / precision.sum()), 0.0)
    whole = 1.0 / (1.0 / precision + between)
    common, unsure = (whole * log_effects).sum() / whole.sum(), 1.0 / whole.sum()
    keep = between / (between + 1.0 / precision)
    return keep * log_effects + (1 - keep) * common, np.sqrt(keep / precision + (1 - keep) ** 2 * unsure)
