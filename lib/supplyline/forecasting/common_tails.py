"""The upper half of a SKU's totals drawn towards that of SKUs of its size, as its own past knows little of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from supplyline.forecasting.arrays import Floats, Ints

MEDIAN = 0.5
LEAST_SKUS = 30
LIKE_SPANS = 26.0  # so many spans of a SKU's own count as much as all others together
MOST_APART = np.log(100.0)
RIDGE = 1e-9


@dataclass(frozen=True)
class Totals:
    """Quantiles of totals by a SKU's own past, `own` (n, …, q), and the `medians` (n, …) of the same totals.

    `expected` (n, …) pieces are the means, `units` (n, 1, …) the size of a usual demand, `spans` (n, …) how many of
    such totals the past holds that share no day.
    """

    own: Floats
    medians: Floats
    expected: Floats
    units: Floats
    spans: Floats

    def at(self, days: Ints) -> Totals:
        """Those of some columns alone."""
        return Totals(self.own[:, days], self.medians[:, days], self.expected[:, days], self.units, self.spans[:, days])

    @property
    def spread(self) -> Floats:
        """(n, …) standard deviation to be expected of totals that come in demands of the unit, at random, and one more.

        Of a compound Poisson sum: the root of size times total. What errors of products of any size are compared by.
        """
        return np.asarray(np.sqrt(self.units * (self.units + self.expected)))

    @property
    def excess(self) -> Floats:
        """(n, …, q) spreads from the median up to each quantile; 0 below it."""
        return np.asarray(np.maximum(self.own - self.medians[..., None], 0.0) / self.spread[..., None])

    @property
    def size(self) -> Floats:
        """(n, …, 3) 1, x and x² of x = ln(1 + demands expected)."""
        x = np.log1p(self.expected / self.units)
        return np.stack([np.ones_like(x), x, x * x], axis=-1)


def common_excess(totals: Totals, levels: Floats) -> Floats:
    """(…, q, 3) terms of ln excess = c0 + c1 x + c2 x², least squares over the SKUs of totals (n, …).

    NaN for the levels up to the median, and where fewer than 30 SKUs have an excess above 0.
    """
    excess, size = totals.excess, np.nan_to_num(totals.size)
    told = np.isfinite(excess) & (excess > 0) & (levels > MEDIAN)
    logs = np.log(np.where(told, excess, 1.0))
    square = np.einsum("n...q,n...a,n...b->...qab", told.astype(np.float64), size, size) + RIDGE * np.eye(
        size.shape[-1]
    )
    found = np.linalg.solve(square, np.einsum("n...q,n...a->...qa", logs, size)[..., None])[..., 0]
    return np.asarray(np.where((told.sum(axis=0) < LEAST_SKUS)[..., None], np.nan, found))


def drawn_in(totals: Totals, common: Floats) -> Floats:
    """(n, …, q) the quantiles with e^w E^(1 - w) for the excess e of those above the median; the others as they are.

    E is what SKUs of this size have in common, by the terms `common` (…, q, 3), as they are where these are NaN, and w
    = k / (k + 26) of a past of k spans. A SKU that once sold thousands in a day has that day in its upper quantiles,
    and seldom again; one that never did may yet. Both come nearer to what is usual, the further the less they know, to
    a hundredth or a hundred times at most: shrinkage of the logarithm, as one shrinks many means towards their common
    one (Efron and Morris, JASA 70, 1975).
    """
    own = np.log(np.where(totals.excess > 0, totals.excess, 1.0))
    apart = np.clip((totals.size[..., None, :] * common).sum(axis=-1) - own, -MOST_APART, MOST_APART)
    weight = (LIKE_SPANS / (totals.spans + LIKE_SPANS))[..., None]
    drawn = totals.medians[..., None] + np.exp(own + weight * apart) * totals.spread[..., None]
    return np.asarray(np.where((totals.excess > 0) & np.isfinite(apart), drawn, totals.own))
