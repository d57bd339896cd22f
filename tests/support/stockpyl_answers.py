"""What stockpyl (Snyder and Shen's library, MIT licence) answers for random shops and documented instances.

`python -m tests.support.stockpyl_answers` writes tests/inventory/stockpyl_goldens.json anew, with the version that it
came from; tests read the file, and compare it with the library where that is installed.
"""

from __future__ import annotations

import importlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).parents[1] / "inventory" / "stockpyl_goldens.json"
SEEDS = range(12)
Answers = dict[str, list[float]]


def shop(seed: int) -> list[float]:
    """Fixed, holding and shortage cost, mean and deviation of a year's demand."""
    rng = np.random.default_rng(seed)
    mean = float(rng.lognormal(6, 0.7))
    return [float(rng.uniform(5, 60)), float(rng.uniform(0.1, 1)), float(rng.uniform(3, 30)), mean, mean * 0.2]


def answers(given: list[float]) -> Answers:
    """Each function's answer for a shop."""
    fixed, holding, shortage, mean, sd = given
    rq, eoq, ss, shops = (importlib.import_module(f"stockpyl.{name}") for name in ("rq", "eoq", "ss", "newsvendor"))
    rate, breaks = mean / 200, [0, 300, 600]
    prices = [shortage, 0.95 * shortage, 0.9 * shortage]
    found = {
        "r_q_optimal_r_for_q": [rq.r_q_optimal_r_for_q(mean / 5, holding, shortage, mean, sd, 1 / 12)],
        "r_q_eoqb_approximation": rq.r_q_eoqb_approximation(holding, shortage, fixed, mean, sd, 1 / 12),
        "r_q_loss_function_approximation": rq.r_q_loss_function_approximation(
            holding, shortage, fixed, mean, sd, 1 / 12
        ),
        "all_units_discounts": eoq.economic_order_quantity_with_all_units_discounts(fixed, 0.2, mean, breaks, prices),
        "incremental_discounts": eoq.economic_order_quantity_with_incremental_discounts(
            fixed, 0.2, mean, breaks, prices
        ),
        "newsvendor_normal": shops.newsvendor_normal(holding, shortage, mean / 50, mean / 60),
        "newsvendor_poisson": shops.newsvendor_poisson(holding, shortage, mean / 50),
        **losses(mean),
    }
    if rate < 3:  # the exact searches take seconds for more
        found["r_q_poisson_exact"] = rq.r_q_poisson_exact(holding, shortage, fixed, rate, 2)
        found["s_s_discrete_exact"] = ss.s_s_discrete_exact(holding, shortage, fixed, True, rate)
    return {name: [float(each) for each in values] for name, values in found.items()}


def losses(mean: float) -> dict[str, Any]:
    """Loss functions at 1.2 times the mean of a fiftieth of a year."""
    peer = importlib.import_module("stockpyl.loss_functions")
    m, sd, x = mean / 50, mean / 60, float(np.round(1.2 * mean / 50))
    shape, spread = (m / sd) ** 2, np.sqrt(np.log1p((sd / m) ** 2))
    return {
        "normal_loss": peer.normal_loss(x, m, sd)[:1],
        "gamma_loss": peer.gamma_loss(x, shape, m / shape)[:1],
        "lognormal_loss": peer.lognormal_loss(x, np.log(m) - spread**2 / 2, spread)[:1],
        "poisson_loss": peer.poisson_loss(x, m)[:1],
        "negative_binomial_loss": peer.negative_binomial_loss(x, mean=m, sd=np.sqrt(3 * m))[:1],
        "poisson_second_loss": peer.poisson_second_loss(x, m)[:1],
        "gamma_second_loss": peer.gamma_second_loss(x, shape, m / shape)[:1],
    }


def documented() -> Answers:
    """Instances that stockpyl documents with their number in Snyder and Shen, 2nd edition."""
    eoq, shops, ww = (importlib.import_module(f"stockpyl.{name}") for name in ("eoq", "newsvendor", "wagner_whitin"))
    cost, quantities = ww.wagner_whitin(4, 2, 500, [90, 120, 80, 70])[1::-1]
    found = {
        "example_3_8": eoq.economic_order_quantity_with_backorders(8, 0.225, 5, 1300),
        "example_3_9": [cost, *quantities[1:]],
        "example_4_4": shops.newsvendor_normal(0.18, 0.70, 50, 8, lead_time=4),
        "problem_3_1": eoq.economic_order_quantity(2250, 275, 182500),
    }
    return {name: [float(each) for each in values] for name, values in found.items()}


def main() -> None:
    """Write the file."""
    shops = [{"given": shop(seed), "answers": answers(shop(seed))} for seed in SEEDS]
    told = {"stockpyl": version("stockpyl"), "documented": documented(), "shops": shops}
    FILE.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
