"""The far end of a product's demand, told by few events of its own, drawn towards what products have in common.

A product that once sold thousands in a day has that day among its past errors, and its highest quantiles promise
another. Such days seldom come again: of the heaviest tails of a shop the 98 % quantiles covered 99.8 % of fortnights.
So what lies above the upper quartile is, where it is heavier than an exponential tail of twice the demand's size, the
geometric mean of both: shrinkage of the logarithm, as one shrinks many means towards their common one (Efron and
Morris, JASA 70, 1975). Lighter tails stay.
"""

from __future__ import annotations

import numpy as np

from supplyline.inventory.arrays import Floats

PIVOT = 0.75
COMMON = 2.0  # mean of the common tail in sizes of demand


def drawn_tails(sums: Floats, levels: Floats) -> Floats:
    """Sums (n, days, 1 + q), mean first, with heavy tails above the upper quartile drawn in.

    With e(p) = x(p) - x(.75), m = max(mean, x(.75), 1) pieces and c(p) = 2 m ln(.25 / (1 - p)): x(.75) + √(e c) where
    e > c. Quantiles stay in order. Levels (q,) rise; x(.75) is that of the last level up to .75, and without one
    nothing changes.
    """
    pivot = int(np.searchsorted(levels, PIVOT, side="right"))
    if pivot == 0:
        return sums
    base, above = sums[..., pivot, None], sums[..., pivot + 1 :]
    size = np.maximum(np.maximum(sums[..., :1], base), 1.0)
    common = COMMON * size * np.log((1.0 - levels[pivot - 1]) / (1.0 - levels[pivot:]))
    own = np.maximum(above - base, 0.0)
    return np.concatenate([sums[..., : pivot + 1], base + np.minimum(own, np.sqrt(own * common))], axis=-1)
