"""Do the quantiles of lead-time demand cover as often as they say? Online Retail II, held back, over several days.

From each as-of day every product with demand in the 180 days before it is forecast, and its demand of the days after is
held against the quantiles of their total: over 7, 14 and 28 days, and over a random lead time of 7 to 21 days whose
distribution is known (F(x) = sum p_L F_L(x)). Demand is in whole pieces and often 0, so that P(D <= q) can't hit every
level whatever the forecast. The measure is therefore the randomised probability integral transform,
P(D < q) + u P(D = q) with u uniform on (0, 1) (Czado, Gneiting and Held, Predictive model assessment for count data,
Biometrics 65, 2009): a level covers if the share of transforms at or below it is the level. The plain share of D <= q
is printed beside it. So are the quantiles of single days measured, over the days 1-7, 8-14 and 15-28. Aim: within 1.5
points. How errors are scaled, pooled and corrected was settled on eight days of 2010-07-16 to 2011-01-28, whose
outcomes end before the first day measured here. All products share their fortnight, so that a cell is known less well
than so many products promise: the share covered at 50 % differs by about 5 points between days, the mean of 19 of them
by about 1. Results go to benchmarks/results/calibration.json.
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

from supplyline.forecasting import Plan, forecast_and_score
from supplyline.forecasting.plan import quantile_column

Floats = npt.NDArray[np.float64]

AS_OF = pd.date_range("2011-03-04", "2011-11-11", freq="14D")
LEVELS = (0.5, 0.8, 0.9, 0.95, 0.98)
GRID = (0.005, *(round(0.01 * step, 2) for step in range(1, 100)), 0.995)
LENGTHS = (7, 14, 28)
BANDS = {"day 1-7": (0, 7), "day 8-14": (7, 14), "day 15-28": (14, 28)}
LEAD_TIMES = np.arange(7, 22)
ALIVE_DAYS, AIM, HORIZON = 180, 1.5, 28
RESULT = Path(__file__).with_name("results") / "calibration.json"


def distribution(quantiles: Floats, demand: Floats) -> Floats:
    """(n,) P(D <= demand): midway between the levels whose quantiles (n, levels) lie around `demand`.

    0 below the least quantile, 1 from the largest on.
    """
    levels = np.asarray(GRID)
    edges = np.concatenate([[0.0], (levels[1:] + levels[:-1]) / 2, [1.0]])
    return np.asarray(edges[(quantiles <= demand[:, None]).sum(axis=1)])


def transform(totals: Floats, demand: Floats, shares: dict[int, float], chance: Floats) -> Floats:
    """(n,) randomised transform of `demand` in the mixture of the totals (n, days, levels) of so many days."""
    below, at = np.zeros(len(demand)), np.zeros(len(demand))
    for days, share in shares.items():
        below += share * distribution(totals[:, days - 1], demand - 1)
        at += share * distribution(totals[:, days - 1], demand)
    return np.asarray(below + chance * np.maximum(at - below, 0.0))


def quantiles_of(history: pd.DataFrame, as_of: pd.Timestamp, models: str) -> tuple[Floats, Floats, Floats]:
    """Of the SKUs alive at `as_of` the quantiles (n, days, levels) of totals and of days, and what came (n, days)."""
    past = history[history["date"] <= as_of]
    alive = past.loc[past["date"] > as_of - pd.Timedelta(days=ALIVE_DAYS), "sku"].unique()
    chosen = "auto" if models == "auto" else tuple(models.split(","))
    plan = Plan(horizon=HORIZON, quantiles=GRID, total_quantiles=GRID, models=chosen)
    rows = forecast_and_score(past[past["sku"].isin(alive)], plan, as_of=as_of.date())[0]
    days = [quantile_column(level) for level in GRID]
    size = (-1, HORIZON, len(GRID))
    skus = pd.Index(rows["sku"].iloc[::HORIZON])
    after = history[(history["date"] > as_of) & (history["date"] <= as_of + pd.Timedelta(days=HORIZON))]
    came = after.assign(day=(after["date"] - as_of).dt.days).pivot(index="sku", columns="day", values="quantity")
    came = came.reindex(index=skus, columns=range(1, HORIZON + 1)).fillna(0.0)
    totals = rows[[f"total_{name}" for name in days]].to_numpy().reshape(size)
    return totals, rows[days].to_numpy().reshape(size), came.to_numpy()


def measured(
    totals: Floats, single: Floats, came: Floats, chance: np.random.Generator
) -> dict[str, tuple[Floats, Floats, Floats]]:
    """Length → transforms (n,), demand (n,) and the quantiles (n, levels) of the levels asked for (none if random)."""
    running, rows = came.cumsum(axis=1), np.arange(len(came))
    at = [GRID.index(level) for level in LEVELS]
    found = {}
    for days in LENGTHS:
        demand = running[:, days - 1]
        found[f"{days} days"] = (
            transform(totals, demand, {days: 1.0}, chance.random(len(rows))), demand, totals[:, days - 1][:, at],
        )  # fmt: skip
    drawn = chance.choice(LEAD_TIMES, len(rows))
    demand = running[rows, drawn - 1]
    shares = {int(days): 1 / len(LEAD_TIMES) for days in LEAD_TIMES}
    found["7-21 days"] = (transform(totals, demand, shares, chance.random(len(rows))), demand, np.zeros((len(rows), 0)))
    for name, (first, last) in BANDS.items():
        quantiles, demand = single[:, first:last].reshape(-1, len(GRID)), came[:, first:last].reshape(-1)
        uniform = chance.random(len(demand))
        below = np.where(demand > 0, distribution(quantiles, demand - 1), 0.0)
        ranks = below + uniform * np.maximum(distribution(quantiles, demand) - below, 0.0)
        found[name] = ranks, demand, quantiles[:, at]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default="auto", help="registry names with commas between, or auto")
    parser.add_argument("--every", type=int, default=1, help="each so many as-of days")
    arguments = parser.parse_args()
    history, chance, started = daily_demand(), np.random.default_rng(20111209), time.process_time()
    parts, skus = [], 0
    for as_of in AS_OF[:: arguments.every]:
        totals, single, came = quantiles_of(history, as_of, arguments.models)
        skus = max(skus, len(came))
        parts.append(measured(totals, single, came, chance))
        shares = covered([parts[-1]], "14 days")[0]
        print(f"{as_of.date()}  {len(came)} SKUs, 14 days:", " ".join(f"{share:5.1f}" for share in shares))
    seconds = time.process_time() - started
    table = {name: covered(parts, name) for name in parts[0]}
    print(f"\n{'':10}" + "".join(f"{100 * level:8.0f} %" for level in LEVELS) + "   (plain share of D <= q)")
    for name, (shares, plain) in table.items():
        print(
            f"{name:10}" + "".join(f"{share:10.1f}" for share in shares) + "   " + " ".join(f"{p:.1f}" for p in plain)
        )
    worst = max(
        abs(share - 100 * level) for shares, _ in table.values() for share, level in zip(shares, LEVELS, strict=True)
    )
    print(f"largest distance {worst:.1f} points (aim {AIM}), {len(parts)} days, up to {skus} SKUs, {seconds:.0f} s CPU")
    result = {"levels": LEVELS, "covered": table, "worst": worst, "aim": AIM, "as_of_days": len(parts), "skus": skus}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def covered(parts: list[dict[str, tuple[Floats, Floats, Floats]]], name: str) -> tuple[list[float], list[float]]:
    """Per cent of transforms at or below each level, and of demands at or below each quantile, over all parts."""
    transforms = np.concatenate([part[name][0] for part in parts])
    shares = [100 * float((transforms <= level).mean()) for level in LEVELS]
    plain = np.concatenate([part[name][1][:, None] <= part[name][2] for part in parts])
    return shares, [100 * float(share) for share in plain.mean(axis=0)]


if __name__ == "__main__":
    main()
