"""ARIMA by our kernels against statsforecast and statsmodels: CPU time of one core in one process, and who fits better.

200 series of 700 days like a shop's, all of them for ours and for the peers; with --quick, some minutes shorter, peers
run on the first few. How many each was run on is printed as `series`.
Both are judged by the exact likelihood of the same differences, computed by one function: the share of series on which
ours is as good (to 1e-3) or better is printed beside the ratio, written to benchmarks/results/arima.json.
"""

# ruff: noqa: E402 - threads are counted out before numpy starts any: on an idle core they wait in circles, at the peer's cost
from __future__ import annotations

import os

for variable in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import json
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from statsforecast.arima import arima, auto_arima_f
from statsmodels.tsa.statespace.sarimax import SARIMAX

from supplyline.forecasting.arima_states import NO_FACTS, NO_ORDERS
from supplyline.forecasting.box_jenkins import BOTH_WAYS, TOGETHER, most_orders
from supplyline.forecasting.kernels import arima_panel as kernel
from supplyline.forecasting.kernels.arima_fit import evaluate
from supplyline.forecasting.kernels.arima_forecast import differenced
from supplyline.forecasting.kernels.arima_likelihood import room
from supplyline.forecasting.kernels.arima_orders import GRID, ONE, STEPS
from supplyline.forecasting.kernels.arima_search import AICC, CONVERGED, LOG_TWO_PI, LOGLIK, STEPS_TAKEN, standardised
from supplyline.forecasting.panel import Floats, Ints

SERIES, DAYS, CLOSE = 200, 700, 1e-3
RESULT = Path(__file__).with_name("results") / "arima.json"
Fitted = tuple[Ints, Floats, Floats]


def shop_series(count: int, days: int) -> Floats:
    """Counts around a level that drifts a little or a lot, with a week's shape, promotions and overdispersion."""
    rng = np.random.default_rng(4)
    drift = rng.choice([0.0, 0.005, 0.01, 0.03], count)
    walk = np.cumsum(rng.normal(0.0, 1.0, (count, days)) * drift[:, None], axis=1)
    week = 1.0 + rng.choice([0.0, 0.1, 0.4], count)[:, None] * np.sin(2 * np.pi * (np.arange(days) / 7))
    lifts = np.where(rng.random((count, days)) < 0.02, 2.0, 1.0)
    level = rng.uniform(3.0, 60.0, count)[:, None] * np.exp(walk - walk.mean(axis=1, keepdims=True)) * week * lifts
    return np.asarray(rng.poisson(level * rng.gamma(20.0, 1 / 20.0, level.shape)), dtype=np.float64)


def ours(values: Floats, most: Sequence[int], together: int, means: int, how: int) -> Fitted:
    starts = np.zeros(len(values), dtype=np.int64)
    return kernel.fit_panel(values, starts, np.array(most, np.int64), together, means, how, NO_ORDERS, NO_FACTS)


def exact_loglik(y: Floats, spec: Ints, mean: bool, coefficients: Floats) -> float:
    """Log-likelihood of the differences of `y` at given coefficients, mean and variance the best there are for them."""
    unit, _, scale, used = standardised(differenced(y, spec[5], spec[6], spec[4]), mean)
    value = evaluate(coefficients, spec[:5], mean, False, room(unit, spec[:5]))
    return float(-value - 0.5 * used * (LOG_TWO_PI + 1.0) - used * np.log(scale))


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def statsforecast_fit(y: Floats, season: dict[str, Any]) -> dict[str, Any]:
    return dict(arima(y, order=(1, 1, 1), seasonal=season, method="CSS-ML"))


def statsmodels_fit(y: Floats, p: int, q: int) -> Any:
    return SARIMAX(y, order=(p, 1, q), simple_differencing=True).fit(disp=False)


def one_order(values: Floats, peers: int) -> dict[str, float]:
    """ARIMA(1,1,1) against both peers."""
    spec = np.array([1, 1, 0, 0, 1, 1, 0])
    season = {"order": (0, 0, 0), "period": 1}
    ours(values[:2], spec, 2, 0, ONE)
    statsforecast_fit(values[0], season)
    own, (_, _, facts) = seconds(lambda: ours(values, spec, 2, 0, ONE))
    theirs, fits = seconds(lambda: [statsforecast_fit(y, season) for y in values])
    found = [np.array([fit["coef"]["ar1"], fit["coef"]["ma1"]]) for fit in fits]
    better = [fact[LOGLIK] - exact_loglik(y, spec, False, c) for y, fact, c in zip(values, facts, found, strict=True)]
    some = values[:peers]
    statsmodels_fit(values[0], 1, 1)
    slow, slow_fits = seconds(lambda: [statsmodels_fit(y, 1, 1) for y in some])
    best = [fact[LOGLIK] - fit.llf for fact, fit in zip(facts, slow_fits, strict=False)]
    each = own / len(values)
    print(f"  mean steps {facts[:, STEPS_TAKEN].mean():.1f}, converged {facts[:, CONVERGED].mean():.3f}")
    return {
        "milliseconds": 1e3 * each,
        "statsforecast_ratio": theirs / len(values) / each,
        "statsforecast_share": share(better),
        "statsmodels_ratio": slow / peers / each,
        "statsmodels_share": share(best),
        "statsmodels_series": peers,
        "series": len(values),
    }


def share(differences: Sequence[float]) -> float:
    """Share of series where ours is as good or better; not a number counts as better, the peer having found none."""
    return float(np.mean([not difference < -CLOSE for difference in differences]))


def nine_orders(values: Floats, peers: int) -> dict[str, float]:
    """p and q in 0 … 2 with d = 1 by AICc, against statsmodels."""
    most = (2, 2, 0, 0, 1, 1, 0)
    own, (_, _, facts) = seconds(lambda: ours(values, most, 4, 0, GRID))

    def grid(y: Floats) -> float:
        return min(float(statsmodels_fit(y, p, q).aicc) for p in range(3) for q in range(3))

    theirs, found = seconds(lambda: [grid(y) for y in values[:peers]])
    better = [aicc - fact[AICC] for aicc, fact in zip(found, facts, strict=False)]
    each = own / len(values)
    ratio = theirs / peers / each
    return {"milliseconds": 1e3 * each, "ratio": ratio, "share": share(better), "series": peers}


def automatic(values: Floats, m: int, peers: int) -> dict[str, float]:
    """Automatic orders, m = 1 without a season; the peer is told our d and D, so that AICc can be compared."""
    most, how = most_orders(m), STEPS if m > 1 else GRID
    ours(values[:1], most, TOGETHER, BOTH_WAYS, how)
    own, (specs, _, facts) = seconds(lambda: ours(values, most, TOGETHER, BOTH_WAYS, how))
    auto_arima_f(values[0, :200], period=m, seasonal=m > 1)

    def choose(row: int) -> dict[str, Any]:
        return dict(auto_arima_f(values[row], d=int(specs[row, 5]), D=int(specs[row, 6]), period=m, seasonal=m > 1))

    theirs, fits = seconds(lambda: [choose(row) for row in range(peers)])
    better = [exact_aicc(y, fit) - fact[AICC] for y, fit, fact in zip(values, fits, facts, strict=False)]
    each = own / len(values)
    ratio = theirs / peers / each
    return {"milliseconds": 1e3 * each, "ratio": ratio, "share": share(better), "series": peers}


def exact_aicc(y: Floats, fit: dict[str, Any]) -> float:
    """AICc of statsforecast's choice by the exact likelihood at its coefficients."""
    p, q, seasonal_p, seasonal_q, m, d, seasonal_d = fit["arma"]
    spec = np.array([p, q, seasonal_p, seasonal_q, m, d, seasonal_d])
    size = p + q + seasonal_p + seasonal_q
    coefficients = np.array(list(fit["coef"].values())[:size], dtype=np.float64)
    mean = len(fit["coef"]) > size
    k, used = size + mean + 1, len(y) - d - m * seasonal_d
    return -2 * exact_loglik(y, spec, mean, coefficients) + 2 * k + 2 * k * (k + 1) / (used - k - 1)


def main() -> None:
    warnings.simplefilter("ignore")
    quick = "--quick" in sys.argv
    values = shop_series(SERIES, DAYS)
    results: dict[str, dict[str, float]] = {}
    for title, work in {
        "ARIMA(1,1,1)": lambda: one_order(values, 10 if quick else SERIES),
        "nine orders": lambda: nine_orders(values, 3 if quick else SERIES),
        "automatic": lambda: automatic(values, 1, 10 if quick else SERIES),
        "automatic, m = 7": lambda: automatic(values, 7, 10 if quick else SERIES),
    }.items():
        results[title] = work()
        print(title, ", ".join(f"{key} {number:.4g}" for key, number in results[title].items()), flush=True)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
