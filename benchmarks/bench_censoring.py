"""Demand behind empty shelves: what plain sales and our estimates are off on planted truth, and the time a SKU takes.

Needs nothing but the library. Writes benchmarks/results/censoring.json.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.hidden_demand import PATTERNS, Shelf, bias, estimated, planted, refilled_daily, refilled_weekly

SKUS = 200
RESULTS = Path(__file__).parent / "results" / "censoring.json"
POLICIES = {"base stock filled up daily": refilled_daily, "order-up-to once a week": refilled_weekly}
HEAD = f"{'':13}{'hidden days':>12} |{'plain: mean':>12}{'sd':>9} |{'ours: mean':>12}{'sd':>9} |{'ms a SKU':>9}"


def main() -> None:
    estimated(refilled_daily(planted("slow", 1, seed=1)))  # compiled outside the measured time
    results = {}
    for name, policy in POLICIES.items():
        print(f"\n{name}, {SKUS} SKUs a pattern\n{HEAD}")
        rows = {pattern: measured(policy(planted(pattern, SKUS, seed=7))) for pattern in (*PATTERNS, "lognormal")}
        for pattern, row in rows.items():
            print(line(pattern, row))
        held = [row for pattern, row in rows.items() if pattern != "lognormal"]
        rows["mean of all but lognormal"] = {key: sum(row[key] for row in held) / len(held) for key in held[0]}
        print(line("all of these", rows["mean of all but lognormal"]))
        results[name] = rows
    print("\nlognormal is no case of the count models that are fitted, and is not among `all of these`")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def measured(shelf: Shelf) -> dict[str, float]:
    started = time.process_time()
    found = estimated(shelf)
    spent = time.process_time() - started
    plain, ours = bias(shelf.sales, shelf.demand), bias(found.drawn, shelf.demand)
    sides = {"plain_mean": plain[0], "plain_sd": plain[1], "our_mean": ours[0], "our_sd": ours[1]}
    return sides | {"hidden": float(shelf.empty.mean()), "ms_a_sku": 1000 * spent / len(shelf.demand)}


def line(name: str, row: dict[str, float]) -> str:
    plain = f"{100 * row['plain_mean']:>10.1f} %{100 * row['plain_sd']:>7.1f} %"
    ours = f"{100 * row['our_mean']:>10.1f} %{100 * row['our_sd']:>7.1f} %"
    return f"{name:13}{100 * row['hidden']:>10.1f} % |{plain} |{ours} |{row['ms_a_sku']:>9.2f}"


if __name__ == "__main__":
    main()
