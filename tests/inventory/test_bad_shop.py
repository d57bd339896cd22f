"""One bad SKU costs nobody else a plan: all kinds in one plan, and the good one's orders as if it were alone."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from supplyline.inventory.purchase_plan import plan_purchases

SERIES = {
    "GOOD": [5.0, 7.0, 6.0, 8.0],
    "ZERO": [0.0] * 4,
    "NEGATIVE": [5.0, -1.0, 5.0, 5.0],
    "NAN": [5.0, math.nan, 5.0, 5.0],
    "INFINITE": [5.0, math.inf, 5.0, 5.0],
    "HUGE": [1e12] * 4,
    "TINY": [1e-9] * 4,
    "LATE": [5.0] * 4,
}


def plan(names: list[str]) -> tuple[pd.DataFrame, dict[str, str]]:
    skus = pd.DataFrame({"sku": names, "on_hand": 3.0, "holding_cost": 0.1, "shortage_cost": 9.0})
    offers = pd.DataFrame({"sku": names, "supplier": "S", "unit_cost": 2.0, "pack_size": 4})
    offers["lead_time"] = np.where(offers["sku"] == "LATE", 9, 1)
    rows = [(name, at + 1, pieces) for name in names for at, pieces in enumerate(SERIES[name])]
    demand = pd.DataFrame(rows, columns=["sku", "period", "quantity"])
    made = plan_purchases(skus, pd.DataFrame({"supplier": ["S"]}), offers, demand, periods=4)
    return made.lines, made.failed


def test_all_kinds_of_demand_in_one_plan_leave_the_good_one_as_it_was() -> None:
    lines, failed = plan(list(SERIES))
    alone, _ = plan(["GOOD"])
    good = lines[lines["sku"] == "GOOD"].reset_index(drop=True)
    pd.testing.assert_frame_equal(good, alone)
    assert set(lines["sku"]) == {"GOOD"}
    assert failed == {
        "HUGE": "demand of period 1 is 1e+12",
        "INFINITE": "demand of period 2 is inf",
        "NAN": "demand of period 2 is nan",
        "NEGATIVE": "demand of period 2 is -1",
    }


def test_an_empty_shop_has_an_empty_plan() -> None:
    lines, failed = plan([])
    assert lines.empty
    assert failed == {}
