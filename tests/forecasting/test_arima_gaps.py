"""The likelihood of an ARMA with missing days, and near the unit circle: statsmodels', and the density itself."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX

from supplyline.forecasting.box_jenkins import fit_arima
from supplyline.forecasting.kernels.arima_fit import EDGE, evaluate
from supplyline.forecasting.kernels.arima_likelihood import LOGS, SEEN, S, room
from supplyline.forecasting.kernels.arima_polynomials import coefficients_of, expand, largest_lag

ORDERS = [
    (1, 0, 0, 0, 1), (0, 1, 0, 0, 1), (1, 1, 0, 0, 1), (2, 2, 0, 0, 1), (3, 1, 0, 0, 1), (3, 3, 0, 0, 1),
    (1, 0, 1, 0, 4), (0, 1, 1, 1, 4), (1, 1, 1, 1, 4), (2, 2, 2, 1, 4),
]  # fmt: skip
GAPS = {
    "none": slice(0, 0), "first": slice(0, 4), "after one": slice(1, 6), "middle": slice(12, 21),
    "end": slice(-7, None), "every third": slice(None, None, 3),
}  # fmt: skip
WIDEST = float(np.sin(EDGE))
LOG_TWO_PI = float(np.log(2.0 * np.pi))


def with_gap(rng: np.random.Generator, gap: str, days: int = 36) -> np.ndarray:
    z = rng.normal(size=days) + np.cumsum(rng.normal(size=days)) * rng.choice([0.0, 0.5])
    z[GAPS[gap]] = np.nan
    return z


def at(partials: np.ndarray, order: np.ndarray) -> np.ndarray:
    return coefficients_of(partials, order, np.zeros((len(partials), len(partials))))


def loglik(z: np.ndarray, order: np.ndarray, coefficients: np.ndarray) -> tuple[float, float]:
    """Ours by the filter, and the variance that is best."""
    work = room(z, order)
    value = evaluate(coefficients, order, False, True, work)
    seen = work.numbers[SEEN]
    return -value - 0.5 * seen * (LOG_TWO_PI + 1.0), work.numbers[S] / seen * np.exp(-work.numbers[LOGS])


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("gap", GAPS)
def test_the_likelihood_with_missing_days_is_that_of_statsmodels(order: tuple[int, ...], gap: str) -> None:
    rng = np.random.default_rng(sum(order) * 100 + len(gap))
    arma, size = np.array(order), sum(order[:4])
    z = with_gap(rng, gap)
    for largest in (0.5, 0.99, 0.999):
        coefficients = at(rng.uniform(-largest, largest, size) * rng.choice([1.0, 0.2], size), arma)
        ours, variance = loglik(z, arma, coefficients)
        p, q, seasonal_p, seasonal_q, m = order
        season = (seasonal_p, 0, seasonal_q, m if m > 1 else 0)
        theirs = SARIMAX(z, order=(p, 0, q), seasonal_order=season)
        assert ours == pytest.approx(theirs.loglike(np.append(coefficients, variance)), abs=1e-5)


@pytest.mark.parametrize("gap", GAPS)
def test_near_the_unit_circle_a_likelihood_is_right_or_refused(gap: str) -> None:
    rng = np.random.default_rng(len(gap))
    refused = 0
    for turn in range(40):
        arma = np.array(ORDERS[turn % len(ORDERS)])
        size = int(arma[:4].sum())
        z, chance = with_gap(rng, gap), rng.random(size)
        near = np.where(chance < 0.7, WIDEST, 1.0 - 10.0 ** rng.uniform(-5.0, -2.0, size))
        partials = np.where(chance < 0.4, rng.uniform(-0.9, 0.9, size), near * rng.choice([-1.0, 1.0], size))
        coefficients = at(np.clip(partials, -WIDEST, WIDEST), arma)
        for by_filter in (True, False) if gap == "none" else (True,):
            found = evaluate(coefficients, arma, False, by_filter, room(z, arma))
            if np.isfinite(found):
                # Without a second turn for the starting variance this was wrong by up to 26.
                assert found == pytest.approx(density(z, arma, coefficients), abs=5e-3)
            else:
                assert found == np.inf
                refused += 1
    assert refused < 20


def test_roots_on_the_circle_and_days_of_nothing_are_no_number_and_no_traceback() -> None:
    rng = np.random.default_rng(3)
    for order in ORDERS:
        arma, size = np.array(order), sum(order[:4])
        for z in (with_gap(rng, "middle"), np.full(36, np.nan), np.where(np.arange(36) == 9, 1.0, np.nan)):
            for sign in (-1.0, 1.0):
                found = evaluate(at(np.full(size, sign), arma), arma, False, True, room(z, arma))
                assert not np.isnan(found)
                assert found > -np.inf


# Of differences over every third day only lags 3, 6 … are seen: nothing leads away from 0 at lags 1 and 2.
TOLD = [
    (order, gap)
    for order in ((1, 0, 1), (2, 1, 2), (0, 1, 1))
    for gap in GAPS
    if (*order, gap) != (2, 1, 2, "every third")
]


@pytest.mark.parametrize(("order", "gap"), TOLD)
def test_a_fit_over_missing_days_is_as_good_as_that_of_statsmodels(order: tuple[int, int, int], gap: str) -> None:
    rng = np.random.default_rng(11)
    values = 30.0 + with_gap(rng, gap, 90) + np.cumsum(rng.normal(size=90))
    ours = fit_arima(values, order)
    seen = values[np.flatnonzero(np.isfinite(values))[0] :]
    theirs = SARIMAX(seen, order=order, simple_differencing=True).fit(disp=False)
    assert np.isfinite([ours.loglik, ours.sigma2, *ours.parameters.values()]).all()
    assert ours.loglik >= theirs.llf - 1e-2


def density(z: np.ndarray, order: np.ndarray, coefficients: np.ndarray) -> float:
    """n/2 log(S / n) + log|V| / 2 of the days seen, from their covariances, with sixty digits."""
    with localcontext() as context:
        context.prec = 60
        gamma = covariances(order, coefficients, len(z))
        seen = np.flatnonzero(np.isfinite(z))
        lower: list[list[Decimal]] = []
        errors: list[Decimal] = []
        for i, day in enumerate(seen):
            row: list[Decimal] = []
            for j in range(i + 1):
                rest = gamma[abs(day - seen[j])] - sum(
                    (a * b for a, b in zip(row, lower[j] if j < i else row, strict=False)), Decimal(0)
                )
                row.append(rest.sqrt() if i == j else rest / lower[j][j])
            lower.append(row)
            errors.append(
                (Decimal(float(z[day])) - sum((a * e for a, e in zip(row, errors, strict=False)), Decimal(0))) / row[i]
            )
        total = sum((error * error for error in errors), Decimal(0)) / len(seen)
        return float(len(seen) * total.ln() / 2 + sum((row[-1].ln() for row in lower), Decimal(0)))


def covariances(order: np.ndarray, coefficients: np.ndarray, days: int) -> list[Decimal]:
    """gamma_0 … of the ARMA with errors of variance 1: Brockwell and Davis 1991, 3.3, by Gauss's elimination."""
    r = int(largest_lag(order))
    lags = np.zeros(r + 1), np.zeros(r + 1)
    expand(coefficients, order, *lags)
    phi, theta = ([Decimal(float(x)) for x in side] for side in lags)
    psi = [Decimal(1)]
    for k in range(1, r + 1):
        psi.append(theta[k] + sum(phi[i] * psi[k - i] for i in range(1, k + 1)))
    right = [sum((theta[j] * psi[j - k] for j in range(k, r + 1)), Decimal(0)) for k in range(r + 1)]
    rows = [[Decimal(0)] * (r + 1) + [right[k]] for k in range(r + 1)]
    for k in range(r + 1):
        rows[k][k] += 1
        for i in range(1, r + 1):
            rows[k][abs(k - i)] -= phi[i]
    for k in range(r + 1):
        pivot = max(range(k, r + 1), key=lambda i: abs(rows[i][k]))
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for i in range(r + 1):
            if i != k:
                rows[i] = [x - rows[i][k] * y for x, y in zip(rows[i], rows[k], strict=True)]
    gamma = [row[-1] for row in rows]
    for k in range(r + 1, days):
        gamma.append(sum((phi[i] * gamma[k - i] for i in range(1, r + 1)), Decimal(0)))
    return gamma
