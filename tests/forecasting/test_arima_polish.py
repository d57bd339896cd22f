"""The end of an ARMA's search: at the optimum of statsmodels where it used to stop on a ridge, and no scipy goes on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from statsmodels.tsa.statespace.sarimax import SARIMAX

from supplyline.forecasting.box_jenkins import fit_arima


def drifting_counts(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.poisson(12.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, 300)))).astype(np.float64)


# Without the last steps these "converged" at -818.0, -814.2 and, a thousandth below, at -831.5593.
@pytest.mark.parametrize(("seed", "order"), [(36, (2, 1, 3)), (12, (3, 1, 3)), (15, (2, 1, 3))])
def test_what_converged_is_a_top_that_no_other_search_climbs_from(seed: int, order: tuple[int, int, int]) -> None:
    values = drifting_counts(seed)
    ours = fit_arima(values, order)
    assert ours.converged
    theirs = SARIMAX(values, order=order, simple_differencing=True)
    found = np.array([*ours.parameters.values(), ours.sigma2])
    assert ours.loglik == pytest.approx(theirs.loglike(found), abs=1e-4)
    assert ours.loglik >= theirs.fit(disp=False).llf - 1e-3
    inside = theirs.untransform_params(found)
    best = minimize(
        lambda point: -theirs.loglike(theirs.transform_params(point)),
        inside,
        method="Nelder-Mead",
        options={
            "maxfev": 600,
            "initial_simplex": inside + np.vstack([np.zeros(len(inside)), 1e-2 * np.eye(len(inside))]),
        },
    )
    assert ours.loglik >= -best.fun - 1e-3


def test_a_coefficient_that_nothing_tells_of_does_not_keep_a_search_from_its_end() -> None:
    # (1 - B) (1 - B^7) of a week that never changes: the two factors at lag 7 cancel wherever they are.
    noise = np.random.default_rng(5).normal(size=350)
    values = 20.0 + np.tile([5.0, 0, 0, -3.0, 1.0, 0, 2.0], 50) + noise
    ours = fit_arima(values, (0, 1, 1), (1, 1, 1, 7))
    assert ours.converged
    theirs = SARIMAX(values, order=(0, 1, 1), seasonal_order=(1, 1, 1, 7), simple_differencing=True).fit(disp=False)
    assert ours.loglik >= theirs.llf - 1e-3
