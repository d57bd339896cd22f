"""Accuracy on a real shop: Online Retail II held back, daily and weekly, against what a shop would use instead.

Products that sold in the 180 days before an origin, a seeded sample of them, from three origins; everything after the
origin is unknown to all. Ours is `forecast_panel` as it comes. The rivals: the seasonal naive, the mean of the last
four weeks (the shop's own rule; both with our quantiles), and AutoETS of statsforecast with its Normal intervals, cut
at 0. Scores are means over SKUs and origins: MASE, RMSSE (by the in-sample seasonal naive), pinball loss of five
quantiles in pieces, bias in pieces a period. Results go to benchmarks/results/retail.json.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from retail_history import daily_demand
from statsforecast import StatsForecast
from statsforecast.models import AutoETS, HistoricAverage

from supplyline.forecasting import forecast_panel, scores
from supplyline.forecasting.history import read_history
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.periods import Calendar

Floats = npt.NDArray[np.float64]

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
COLUMNS = ("q05", "q25", "q50", "q75", "q95")
DAYS_ALIVE, SEED = 180, 20111209
RESULT = Path(__file__).with_name("results") / "retail.json"
# Name → periods ahead, season, season of AutoETS (a year of weeks is more than it can carry), average of four weeks.
GRAINS = {"daily": (28, 7, 7, 28), "weekly": (8, 52, 1, 4)}
ORIGINS = {"daily": ("2011-04-01", "2011-08-12", "2011-11-11"), "weekly": ("2011-04-03", "2011-08-14", "2011-10-09")}


def weekly(history: pd.DataFrame) -> pd.DataFrame:
    """Demand by week, named by its Sunday; a week not over by the last day is left out."""
    sunday = history["date"] + pd.to_timedelta(6 - history["date"].dt.weekday, unit="D")
    weeks = history.assign(date=sunday).groupby(["sku", "date"], as_index=False)["quantity"].sum()
    return weeks[weeks["date"] <= history["date"].max()]


def sample(history: pd.DataFrame, origin: pd.Timestamp, size: int) -> pd.DataFrame:
    """The history, days to come included, of `size` products that are alive."""
    recent = history[(history["date"] <= origin) & (history["date"] > origin - pd.Timedelta(days=DAYS_ALIVE))]
    alive = np.sort(recent["sku"].unique())
    chosen = np.random.default_rng(SEED).choice(alive, min(size, len(alive)), replace=False)
    return history[history["sku"].isin(chosen)]


def by_us(past: pd.DataFrame, horizon: int, season: int, models: str | list[str], end: pd.Timestamp) -> pd.DataFrame:
    return forecast_panel(past, horizon, LEVELS, season, models, as_of=end)


def by_average(panel: Panel, periods: int, horizon: int) -> Floats:
    return np.repeat(panel.tail(periods).values.mean(axis=1, keepdims=True), horizon, axis=1)


def by_auto_ets(panel: Panel, horizon: int, season: int) -> tuple[Floats, Floats]:
    rows = np.concatenate([np.full(length, row) for row, length in enumerate(panel.lengths)])
    values = np.concatenate([panel.history(row) for row in range(len(panel))])
    frame = pd.DataFrame({"unique_id": rows, "ds": pd.Series(rows).groupby(rows).cumcount() + 1, "y": values})
    # It refuses histories of a few periods: those get their mean.
    engine = StatsForecast([AutoETS(season_length=season)], freq=1, n_jobs=1, fallback_model=HistoricAverage())
    made = engine.forecast(df=frame, h=horizon, level=[50, 90]).sort_values(["unique_id", "ds"])
    names = ["AutoETS-lo-90", "AutoETS-lo-50", "AutoETS", "AutoETS-hi-50", "AutoETS-hi-90"]
    values = np.maximum(made[names].to_numpy(), 0.0).reshape(len(panel), horizon, len(names))
    return values[..., 2], values


def table_of(rows: pd.DataFrame, skus: int, horizon: int) -> tuple[Floats, Floats]:
    ordered = rows.sort_values(["sku", "horizon"])
    return (
        ordered["mean"].to_numpy().reshape(skus, horizon),
        ordered[list(COLUMNS)].to_numpy().reshape(skus, horizon, len(LEVELS)),
    )


def score(panel: Panel, actual: Floats, forecast: tuple[Floats, Floats]) -> dict[str, float]:
    absolute, squared = scores.naive_scales(panel)
    mean, levels = forecast
    return {
        "mase": float(np.nanmean(scores.mase(actual, mean, absolute))),
        "rmsse": float(np.nanmean(scores.rmsse(actual, mean, squared))),
        "pinball": float(scores.pinball(actual, levels, LEVELS).mean()),
        "bias": float(scores.bias(actual, mean).mean()),
    }


def compare(history: pd.DataFrame, grain: str, origin: pd.Timestamp, size: int) -> dict[str, dict[str, float]]:
    horizon, season, ets_season, average = GRAINS[grain]
    calendar = Calendar() if grain == "daily" else Calendar("seconds", 7 * 86_400, 3 * 86_400)
    chosen = sample(history, origin, size)
    step = pd.Timedelta(days=1 if grain == "daily" else 7)
    past, end = chosen[chosen["date"] <= origin], origin + horizon * step
    panel, _ = read_history(past, as_of=origin, season_length=season, max_days=730, calendar=calendar)
    future, _ = read_history(
        chosen[chosen["date"] <= end], as_of=end, season_length=season, max_days=2000, calendar=calendar
    )
    actual = future.tail(horizon).values
    scaled = panel if grain == "daily" else read_history(
        past, as_of=origin, season_length=1, max_days=730, calendar=calendar
    )[0]  # fmt: skip
    ours = {
        "supplyline": "auto", "seasonal naive": ["seasonal_naive"], "average of 4 weeks": ["moving_average"],
    }  # fmt: skip
    made = {
        name: table_of(by_us(past, horizon, season, models, origin), len(panel), horizon)
        for name, models in ours.items()
    }
    # Its quantiles are ours, its mean the shop's rule to the letter.
    made["average of 4 weeks"] = (by_average(panel, average, horizon), made["average of 4 weeks"][1])
    made["AutoETS"] = by_auto_ets(panel, horizon, ets_season)
    return {name: score(scaled, actual, forecast) for name, forecast in made.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skus", type=int, default=400, help="products at each origin")
    size = parser.parse_args().skus
    daily = daily_demand()
    result: dict[str, dict[str, dict[str, float]]] = {}
    for grain, history in (("daily", daily), ("weekly", weekly(daily))):
        started = time.process_time()
        parts = [compare(history, grain, pd.Timestamp(origin), size) for origin in ORIGINS[grain]]
        result[grain] = {
            name: {key: float(np.mean([part[name][key] for part in parts])) for key in parts[0][name]}
            for name in parts[0]
        }
        print(f"{grain}, {size} products from each of {len(parts)} origins ({time.process_time() - started:.0f} CPU s)")
        print(pd.DataFrame(result[grain]).T.round(3).to_string(), flush=True)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
