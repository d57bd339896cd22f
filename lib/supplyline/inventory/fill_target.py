"""Reorder points for a fill rate, and the fill rate that any point comes to, on the demand that forecasts tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.inventory.demand import period_moments
from supplyline.inventory.distributions import Gamma, gamma
from supplyline.inventory.reorder_review import reorder_point_for_fill_rate
from supplyline.inventory.shelf_service import point_for_fill_rate, shelf_service

Floats = npt.NDArray[np.float64]
Numbers = dict[str, npt.NDArray[Any]]

MOST_LEVEL = 0.9999
LEAST_MEAN, LEAST_SPREAD = 1e-9, 1e-6


def with_fill_rates(
    demand: Numbers, moments: tuple[Floats, Floats], sums: tuple[Floats, Floats], terms: pd.DataFrame, quantity: Floats
) -> Numbers:
    """The numbers of `reorder_policy` with the points of the rows that aim at a fill rate, and what all come to.

    `demand` has quantile (n,), pieces at the service level; `moments` mean and variance (n, days) of each day; `sums`
    (n, days, 1 + q) and levels (q,) of their totals, NaN where not known; `quantity` (n,) is S - s. Where sums are
    known `expected_fill_rate` is told (`shelf_service`), and the cycle service of an aimed-at rate is `reached`; from
    moments alone, of gamma demands, only the point (`reorder_review`).
    """
    rate = terms["fill_rate"].to_numpy(dtype=float)
    known = np.isfinite(sums[0]).all(axis=(1, 2)) if sums[0].shape[2] else np.zeros(len(terms), dtype=np.bool_)
    quantile = demand["quantile"].copy()
    expected, reached = np.full(len(terms), np.nan), np.full(len(terms), np.nan)
    plain = ~known & np.isfinite(rate)
    quantile[plain] = _by_moments(moments[0][plain], moments[1][plain], terms[plain], quantity[plain], rate[plain])
    if known.any():
        own = terms[known]
        lead = own["lead_time_days"].to_numpy(), own["lead_time_sd_days"].to_numpy()
        inputs = sums[0][known], sums[1], own["review_days"].to_numpy(dtype=np.int64), lead
        point = point_for_fill_rate(*inputs, quantity[known], rate[known])
        quantile[known] = np.where(np.isfinite(rate[known]), point, quantile[known])
        whole = np.ceil(np.round(quantile[known], 6))
        expected[known], level = shelf_service(*inputs, whole, quantity[known])
        reached[known] = np.where(np.isfinite(rate[known]), np.minimum(level, MOST_LEVEL), np.nan)
    return demand | {"quantile": quantile, "expected_fill_rate": expected, "reached": reached}


def _by_moments(mean: Floats, variance: Floats, terms: pd.DataFrame, quantity: Floats, rate: Floats) -> Floats:
    """(n,) points where lead time and review period are gamma distributed, what is short lost; 0 without demand."""
    review, lead = (terms[name].to_numpy(dtype=float) for name in ("review_days", "lead_time_days"))
    spread = terms["lead_time_sd_days"].to_numpy(dtype=float)
    result = np.zeros(len(mean))
    times = ((review + lead, spread), (lead, spread), (review, np.zeros(len(mean))))
    sizes = [period_moments(mean, variance, *time) for time in times]
    good = sizes[2][0] > 0
    protection, before, period = (_gamma(expected[good], square[good]) for expected, square in sizes)
    if good.any():
        result[good] = reorder_point_for_fill_rate(protection, before, period, quantity[good], rate[good], "lost")
    return np.maximum(result, 0.0)


def _gamma(mean: Floats, variance: Floats) -> Gamma:
    """One that is certain, or no demand at all, is taken as all but that."""
    expected = np.maximum(mean, LEAST_MEAN)
    return gamma(expected, np.sqrt(np.maximum(variance, LEAST_SPREAD * expected**2)))
