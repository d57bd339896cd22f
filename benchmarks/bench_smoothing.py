"""Exponential smoothing, Theta and the intermittent models against statsforecast: CPU time and the objective reached.

240 series of 700 days with a week's shape, every other one without a day of no sales, so that relative errors and
multiplicative seasons are tried there as well; 240 intermittent ones. One core, one process; the peers fit the whole
lot too. A fit counts as equal or better where its objective, computed by one function from the parameters of both, is
no more than a hundred-millionth above the peer's: AICc for exponential smoothing (0.01 of it, as the peer stops
there), sum of squared errors for the others. Prints and writes benchmarks/results/smoothing.json.
"""

# ruff: noqa: E402 - threads are counted out before numpy starts any
from __future__ import annotations

import os

for variable in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import datetime as dt
import json
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from statsforecast import models as peers
from statsforecast.ets import ets_f
from statsforecast.theta import auto_theta, forecast_theta

from supplyline.forecasting.kernels import ets, ets_pass, intermittent, seasonal
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.registry import models

Floats = npt.NDArray[np.float64]
SERIES, DAYS, WEEK, HORIZON = 240, 700, 7, 28
RESULT = Path(__file__).with_name("results") / "smoothing.json"
AIMS = {"auto-ETS": 40, "Theta": 60, "optimised Theta": 60, "intermittent panel": 8}
CLOSE, CLOSE_AICC = 1e-8, 0.01
RUNS = 3


def daily_sales(seed: int = 7) -> Floats:
    """Poisson sales around a wandering level with a trend and a week's shape."""
    rng, time_ = np.random.default_rng(seed), np.arange(DAYS)
    rows = []
    for row in range(SERIES):
        week = 1 + rng.uniform(0, 0.6) * rng.uniform(-1, 1, WEEK)[time_ % WEEK]
        level = rng.uniform(3, 80) * np.exp(np.cumsum(rng.normal(0, rng.uniform(0, 0.04), DAYS)))
        sales = rng.poisson(level * week * np.exp(rng.normal(0, 0.5) * time_ / DAYS))
        rows.append(np.maximum(sales, 1) if row % 2 == 0 else sales)
    return np.array(rows, dtype=float)


def intermittent_sales(seed: int = 3) -> Floats:
    """Geometric demands on 8 to 50 % of the days."""
    rng = np.random.default_rng(seed)
    chance, size = rng.uniform(0.08, 0.5, (SERIES, 1)), rng.uniform(0.1, 0.6, (SERIES, 1))
    return np.where(rng.random((SERIES, DAYS)) < chance, rng.geometric(size, (SERIES, DAYS)), 0).astype(float)


def panel_of(values: Floats, season_length: int) -> Panel:
    names = np.array([f"sku{row}" for row in range(len(values))], dtype=object)
    starts = np.zeros(len(values), dtype=np.int64)
    return Panel(names, values, starts, dt.date(2011, 11, 11), season_length)


def timed(run: Callable[[], Any], runs: int = 1) -> tuple[Any, float]:
    """What it returns, and the CPU seconds of the quickest run."""
    seconds = []
    for _ in range(runs):
        started = time.process_time()
        result = run()
        seconds.append(time.process_time() - started)
    return result, min(seconds)


def fit_and_look_ahead(names: Sequence[str], panel: Panel) -> list[Any]:
    """States of the models, each asked for the days after the end."""
    states = [models()[name].fit(panel) for name in names]
    for state in states:
        state.ahead(np.array([panel.days - 1]), HORIZON)
    return states


def aicc(y: Floats, row: int, theta: Floats) -> float:
    """Of a row of FAMILY with these parameters."""
    relative, trend, damped, season = ets.FAMILY[row]
    m = WEEK if season else 1
    misfit = ets_pass.misfit(y, trend == 1, season, relative == 1, m, theta[: ets_pass.SEASONS + m - 1], np.zeros(m))
    return float(ets.criterion(misfit, ets.parameters(trend, damped, season, m), y.size))


def peers_parameters(fit: dict[str, Any]) -> tuple[int, Floats]:
    """Row of FAMILY and parameter vector of a statsforecast fit, whose newest season stands first."""
    error, trend, season, damped = fit["components"]
    kind = [error == "M", trend == "A", damped == "D", "NAM".index(season)]
    alpha, beta, gamma, phi, *state = (0.0 if np.isnan(value) else value for value in fit["par"])
    theta = np.zeros(ets_pass.SEASONS + WEEK - 1)
    theta[:4] = alpha, beta / alpha, gamma / (1 - alpha), phi if damped == "D" else 1.0
    theta[4 : 5 + kind[1]] = state[: 1 + kind[1]]
    if season != "N":
        theta[6:] = state[1 + kind[1] :][::-1][1:]
    return int(np.flatnonzero((kind == ets.FAMILY).all(axis=1))[0]), theta


def smoothing(values: Floats) -> dict[str, float]:
    """The whole family, chosen by AICc."""
    panel = panel_of(values, WEEK)
    (state,), ours = timed(lambda: fit_and_look_ahead(["ets"], panel), RUNS)
    fits, theirs = timed(lambda: [ets_f(y, WEEK) for y in values])
    mine = [aicc(y, row, theta) for y, row, theta in zip(values, state.chosen, state.thetas, strict=True)]
    others = [aicc(y, *peers_parameters(fit)) for y, fit in zip(values, fits, strict=True)]
    return entry("auto-ETS", ours, theirs, np.array(mine) <= np.array(others) + CLOSE_AICC)


def theta(values: Floats, name: str, model: str, title: str) -> dict[str, float]:
    """Adjusted for the season, alpha, theta and the first level by least squares."""
    panel = panel_of(values, WEEK)
    (state,), ours = timed(lambda: fit_and_look_ahead([name], panel), RUNS)
    fits, theirs = timed(lambda: [auto_theta(y, WEEK, model=model) for y in values])
    _, looking = timed(lambda: [forecast_theta(fit, HORIZON) for fit in fits])
    better = [
        mine <= squares_of(y, fit) * (1 + CLOSE)
        for y, fit, mine in zip(values, fits, state.fitted[0][:, 3], strict=True)
    ]
    return entry(title, ours, theirs + looking, np.array(better))


def squares_of(y: Floats, fit: dict[str, Any]) -> float:
    """Squared one-step errors of the adjusted series without the first three, which the models leave out."""
    adjusted, shape = np.empty(y.size), np.ones(WEEK)
    errors = fit["residuals"]
    multiply = seasonal.seasonal_adjustment(y, WEEK, shape, adjusted)
    if fit.get("decompose"):
        # The peer puts the season back into its residuals.
        season = shape[np.arange(y.size) % WEEK]
        errors = errors / season if multiply else errors - season
    return float(np.sum(errors[3:] ** 2))


def sparse(values: Floats) -> dict[str, float]:
    """Croston, SBA, TSB and IMAPA, one after the other, as both libraries are used."""
    panel = panel_of(values, 1)
    _, ours = timed(lambda: fit_and_look_ahead(["croston", "sba", "tsb", "imapa"], panel), RUNS)
    others = (peers.CrostonOptimized(), peers.CrostonSBA(), peers.TSB(0.1, 0.1), peers.IMAPA())
    _, theirs = timed(lambda: [[model.forecast(y, HORIZON) for y in values] for model in others], RUNS)
    return entry("intermittent panel", ours, theirs, np.array([better_constants(y) for y in values]))


def better_constants(y: Floats) -> bool:
    """Whether sizes, intervals and sums of days are smoothed with no more squared error, from the peer's start."""
    sizes, intervals = np.empty(y.size), np.empty(y.size)
    count = intermittent.demands_of(y, sizes, intervals)
    widest = int(np.round(intermittent.mean_interval(y)))
    sums = [y[y.size % width :].reshape(-1, width).sum(axis=1) for width in range(1, widest + 1)]
    better = True
    for x in (sizes[:count], intervals[:count], *sums):
        mine = intermittent.best_alpha(x, x[0], intermittent.LEAST_ALPHA, intermittent.MOST_ALPHA)
        other = peers._optimized_ses_forecast(x)[2]  # The constant it found has no public name.
        mine_squared, other_squared = (intermittent.squares(x, alpha, x[0])[0] for alpha in (mine, other))
        better &= bool(mine_squared <= other_squared * (1 + CLOSE))
    return better


def entry(title: str, ours: float, theirs: float, better: npt.NDArray[np.bool_]) -> dict[str, float]:
    result = {
        "series": len(better),
        "milliseconds": 1000 * ours / len(better),
        "peer_milliseconds": 1000 * theirs / len(better),
        "ratio": theirs / ours,
        "aim": AIMS[title],
        "equal_or_better": float(better.mean()),
    }
    print(
        f"{title}: {result['milliseconds']:.3f} ms a series, statsforecast {result['peer_milliseconds']:.3f} ms, "
        f"ratio {result['ratio']:.1f} (aim {AIMS[title]}), equal or better {100 * better.mean():.1f} %",
        flush=True,
    )
    return result


def main() -> None:
    warnings.simplefilter("ignore")
    values, rare = daily_sales(), intermittent_sales()
    # Compiled, and loaded from the cache, before anything is timed.
    fit_and_look_ahead(
        ["ets", "theta", "optimised_theta", "croston", "sba", "tsb", "imapa"], panel_of(values[:2], WEEK)
    )
    results = {
        "theta": theta(values, "theta", "STM", "Theta"),
        "optimised_theta": theta(values, "optimised_theta", "OTM", "optimised Theta"),
        "intermittent": sparse(rare),
        "ets": smoothing(values),
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
