"""Explanations: parts that add up to the order, words with the numbers of the row, and a chart drawn to scale."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplyline.inventory import ExcessRule, Terms, reorder_policy
from supplyline.inventory.explanation import chart, explain_plan_line, explain_policy
from tests.inventory.test_policy import normal_rows, stock_of
from tests.support.warehouse import build_warehouse

TERMS = Terms(lead_time_sd_days=0, pack_size=12, min_order=300)


def policy_row(on_hand: float, **more: object) -> dict[str, Any]:
    stock = stock_of(A=on_hand).assign(**more)
    policy = reorder_policy(normal_rows("A", 10, 1), stock, TERMS, excess=ExcessRule(cover_days=30))
    return {
        name: None if value is None or value != value else value for name, value in policy.iloc[0].to_dict().items()
    }


@pytest.mark.parametrize("on_hand", [0, 40, 139, 140, 5000])
def test_the_parts_shown_add_up_to_the_order(on_hand: int) -> None:
    row = policy_row(on_hand, on_order=15)
    told = explain_policy(row, "GBP")
    assert sum(pieces for _, pieces in told.parts) == told.quantity == row["order_quantity"]


def test_an_order_is_told_with_its_numbers_and_its_money() -> None:
    row = policy_row(100)
    text = "\n".join(explain_policy(row, "GBP").lines())
    assert "holt expects 10 pieces a day, 140 over the 14 days" in text
    assert "The minimum order of 300 decides the quantity: 300." in text
    assert "300 x 2.50 = 750.00 GBP" in text


def test_what_is_too_much_is_told_with_its_cost() -> None:
    """10 a day for 30 days are 300 of 5,000; each costs 2.50 · 0.5 · 0.25 a year."""
    text = "\n".join(explain_policy(policy_row(5000), "GBP").lines())
    assert "are above the reorder point: nothing is due." in text
    assert "4,700 pieces are too many (more than will be asked for), 1,468.75 GBP a year to keep." in text


def test_a_product_that_failed_says_why() -> None:
    row = policy_row(5) | {"status": "failed", "error": "no forecast"}
    assert explain_policy(row, "GBP").lines()[1:] == ["  Not planned: no forecast."]


def plan_line() -> dict[str, Any]:
    parts = {"forecast_demand": 200.5, "safety_stock": 40.0, "on_hand": 100.0, "on_order": 0.0, "planned_before": 0}
    parts |= {"lost_sales": 0.0, "pack_rounding": 3.5, "adjustment": 0.0}
    head = {"sku": "A", "warehouse": "main", "as_of": "2011-11-11", "line": 1, "supplier": "S1", "status": "ok"}
    dates = {"order_date": "2011-11-12", "arrival_date": "2011-11-19", "covers_until": "2011-12-02"}
    return (
        head | dates | parts | {"quantity": 144, "unit_cost": 1.25, "cost": 180.0, "limits": "pack size", "error": None}
    )


def test_a_line_of_the_purchase_plan_is_told_likewise() -> None:
    told = explain_plan_line(plan_line(), "GBP")
    assert sum(pieces for _, pieces in told.parts) == told.quantity == 144
    text = "\n".join(told.lines())
    assert "Order 144 pieces from S1 on 2011-11-12: arrives 2011-11-19, lasts until 2011-12-02." in text
    assert "144 x 1.25 = 180.00 GBP at cost." in text


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-500, 500), min_size=1, max_size=8))
def test_each_bar_begins_where_the_one_before_ended(pieces: list[int]) -> None:
    rows = chart([(f"part {at}", float(value)) for at, value in enumerate(pieces)], float(sum(pieces)))
    assert len(rows) == len(pieces) + 1
    assert all(len(row) <= 2 + 7 + 1 + 10 + 2 + 31 for row in rows)
    assert all(("█" in row) == (value != 0) for row, value in zip(rows, pieces, strict=False))


def command(*words: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-c", "from supplyline.cli.main import app_main; app_main()", "explain", *words]
    return subprocess.run(call, capture_output=True, text=True, check=False)


def test_the_command_explains_a_product_and_names_one_that_is_not_there(tmp_path: Path) -> None:
    warehouse = str(build_warehouse(tmp_path / "warehouse"))
    found = command("22423", "--json", "--warehouse", warehouse)
    rows = json.loads(found.stdout)
    assert rows[0]["sku"] == "22423"
    assert sum(pieces for _, pieces in rows[0]["parts"]) == rows[0]["quantity"] == rows[0]["order_quantity"]
    assert "order" in command("22423", "--warehouse", warehouse).stdout
    assert command("NOTHING", "--warehouse", warehouse).stderr.startswith("error: no product NOTHING")
