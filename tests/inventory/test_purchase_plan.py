"""plan_purchases from frames: golden values, limits that bind or contradict, faults, and lines that add up."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from supplyline.errors import InventoryError
from supplyline.inventory.purchase_plan import Effort, InfeasiblePlanError, PurchasePlan, plan_purchases
from supplyline.inventory.purchase_plan.solver import Program, Solution

DEMAND = [110, 130, 160, 190, 210, 230, 260, 290, 310, 330]


def demand_of(**series: list[float]) -> pd.DataFrame:
    rows = [(sku, at + 1, each) for sku, values in series.items() for at, each in enumerate(values)]
    return pd.DataFrame(rows, columns=["sku", "period", "quantity"])


def skus(*names: str, **columns: Any) -> pd.DataFrame:
    given = {"on_hand": 0.0, "holding_cost": 0.1, "shortage_cost": math.inf} | columns
    return pd.DataFrame({"sku": list(names)}).assign(**given)


def offers(*names: str, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"sku": list(names)}).assign(**({"supplier": "S", "unit_cost": 1.0, "lead_time": 0} | columns))


def suppliers(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"supplier": ["S"]}).assign(**columns)


def golden(**changes: Any) -> PurchasePlan:
    """One product of known demand, bought for nothing, at most 300 a period: see tests of plan_orders."""
    terms = offers("A", unit_cost=0.0, maximum_quantity=300)
    return plan_purchases(skus("A", on_hand=200, **changes), suppliers(), terms, demand_of(A=DEMAND), periods=10)


def test_the_golden_orders_cost_19_and_64_with_a_floor() -> None:
    plan = golden()
    assert plan.cost == pytest.approx(19.0)
    assert plan.status == "optimal"
    assert plan.lines["order_period"].tolist() == list(range(2, 11))
    assert plan.lines["quantity"].tolist() == [40, 160, 190, 210, 230, 290, 300, 300, 300]
    assert golden(minimum_stock=50).cost == pytest.approx(64.0)


def test_every_line_is_the_sum_of_its_parts_and_names_what_bound_it() -> None:
    terms = offers(
        "A", "A", unit_cost=[5.0, 4.0], from_quantity=[1, 60], pack_size=12, minimum_quantity=30, lead_time=1
    )
    both = pd.concat([terms, offers("B", unit_cost=3.0, pack_size=10, maximum_quantity=20)])
    plan = plan_purchases(
        skus("A", "B", on_hand=[15.5, 2.0], shortage_cost=20.0, minimum_stock=[4.0, 7.0], floor_cost=1.0),
        suppliers(order_cost=2.0), both, demand_of(A=[7.3] * 6, B=[11.7] * 6), periods=6,
        on_order=pd.DataFrame({"sku": ["A"], "period": [2], "quantity": [3]}),
    )  # fmt: skip
    lines = plan.lines
    parts = lines["forecast_demand"] + lines["safety_stock"] - lines["on_hand"] - lines["on_order"]
    parts += lines["pack_rounding"] + lines["adjustment"] - lines["planned_before"] - lines["lost_sales"]
    np.testing.assert_allclose(parts, lines["quantity"], atol=1e-9)
    assert (lines["quantity"] == lines["packs"] * lines["sku"].map({"A": 12, "B": 10})).all()
    assert (lines["arrival_period"] - lines["order_period"] == lines["sku"].map({"A": 1, "B": 0})).all()
    named = {name for names in lines["limits"] for name in names}
    assert {"pack size", "maximum quantity"} <= named
    assert lines.loc[lines["adjustment"] != 0, "limits"].map(bool).all()


def test_a_plan_ends_on_its_minimum_stock_where_refilling_it_afterwards_costs_as_much() -> None:
    known = skus("A", holding_cost=0.1, shortage_cost=20.0, minimum_stock=5.0, floor_cost=1.0)
    wanted = demand_of(A=[10.0] * 4)
    runs_down, refills = (
        plan_purchases(known.assign(end_cost=cost), suppliers(), offers("A", unit_cost=4.0), wanted, periods=4)
        for cost in (0.0, 4.0)
    )
    assert runs_down.lines["quantity"].sum() == 40
    assert refills.lines["quantity"].tolist() == [15, 10, 10, 10]
    assert refills.cost == pytest.approx(45 * 4.0 + 4 * 5 * 0.1)


def test_less_than_a_pack_is_rounding_up_or_down_and_binds_nothing() -> None:
    known = skus("A", holding_cost=0.1, shortage_cost=20.0, minimum_stock=5.4, floor_cost=1.0, end_cost=4.0)
    line = plan_purchases(known, suppliers(), offers("A", unit_cost=4.0), demand_of(A=[10.0]), periods=1).lines.iloc[0]
    assert line["quantity"] == 15
    assert line["pack_rounding"] == pytest.approx(-0.4)
    assert (line["adjustment"], line["limits"]) == (0.0, ())


def test_a_price_break_is_taken_where_it_pays_and_named() -> None:
    terms = offers("A", "A", unit_cost=[5.0, 4.0], from_quantity=[1, 40], lead_time=0, line_cost=0.5)
    line = plan_purchases(skus("A", holding_cost=0.01), suppliers(), terms, demand_of(A=[9.0] * 4), periods=4).lines
    assert line["quantity"].tolist() == [40]
    assert line["unit_cost"].tolist() == [4.0]
    assert line["adjustment"].tolist() == [4.0]
    assert line["limits"].tolist() == [("price break",)]


def test_small_orders_are_collected_until_the_suppliers_minimum() -> None:
    plan = plan_purchases(
        skus("A", "B", shortage_cost=9.0), suppliers(minimum_order_value=30.0), offers("A", "B"),
        demand_of(A=[4.0] * 5, B=[3.0] * 5), periods=5,
    )  # fmt: skip
    value = plan.lines.groupby("order_period")["cost"].sum()
    assert value.ge(30).all()
    assert plan.status == "optimal"


def test_money_goes_to_what_loses_most_without_it() -> None:
    plan = plan_purchases(
        skus("DEAR", "CHEAP", shortage_cost=[9.0, 2.0]), suppliers(), offers("DEAR", "CHEAP"),
        demand_of(DEAR=[10.0], CHEAP=[10.0]), periods=1, budget=12.0,
    )  # fmt: skip
    bought = plan.lines.set_index("sku")["quantity"].to_dict()
    assert bought == {"DEAR": 10, "CHEAP": 2}
    assert "budget" in plan.lines.set_index("sku").loc["CHEAP", "limits"] or plan.lines["lost_sales"].sum() == 8


def test_limits_that_contradict_each_other_are_named_with_the_least_relaxation() -> None:
    """Two products need 20 pieces at 1 each on the first day; 15 of currency are there, and room for 12 pieces."""
    with pytest.raises(InfeasiblePlanError, match="budget and minimum stock") as caught:
        plan_purchases(
            skus("A", "B", shortage_cost=50.0, minimum_stock=10.0), suppliers(), offers("A", "B"),
            demand_of(A=[0.0], B=[0.0]), periods=1, budget=15.0,
        )  # fmt: skip
    least = {relaxation.limit: relaxation.amount for relaxation in caught.value.alone}
    assert least == {"budget": pytest.approx(5.0), "minimum stock": pytest.approx(5.0)}
    with pytest.raises(InfeasiblePlanError, match="warehouse pieces and minimum stock") as caught:
        plan_purchases(
            skus("A", "B", shortage_cost=50.0, minimum_stock=10.0), suppliers(), offers("A", "B"),
            demand_of(A=[0.0], B=[0.0]), periods=1, warehouse_pieces=12.0,
        )  # fmt: skip
    assert caught.value.alone[0].amount == pytest.approx(8.0)


def test_limits_of_which_none_alone_is_enough_are_named_together() -> None:
    """Room for 5 of the 10 pieces that must stay, and money for 1 of the 2 that must be sold."""
    with pytest.raises(InfeasiblePlanError) as caught:
        plan_purchases(
            skus("A", minimum_stock=10.0), suppliers(), offers("A"), demand_of(A=[2.0]), periods=1, budget=1.0,
            warehouse_pieces=5.0,
        )  # fmt: skip
    assert not caught.value.alone
    assert len(caught.value.together) >= 2


def test_a_product_that_can_never_be_in_time_says_so_and_leaves_the_others_alone() -> None:
    terms = pd.concat([offers("LATE", lead_time=2), offers("GOOD")])
    plan = plan_purchases(
        skus("LATE", "GOOD"), suppliers(), terms, demand_of(LATE=[5.0] * 3, GOOD=[5.0] * 3), periods=3
    )
    assert "demand by 10 pieces short" in plan.failed["LATE"]
    assert plan.lines["sku"].unique().tolist() == ["GOOD"]


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "NEGATIVE_STOCK": ({"on_hand": -1.0}, "on_hand is -1"),
    "ENDLESS_STOCK": ({"on_hand": 1e12}, "on_hand is 1e+12"),
    "NO_STOCK": ({"on_hand": math.nan}, "on_hand is nan"),
    "NEGATIVE_LEAD": ({"lead_time": -1}, "lead_time is -1"),
    "HALF_LEAD": ({"lead_time": 0.5}, "lead_time is 0.5"),
    "NO_COST": ({"unit_cost": math.nan}, "unit_cost is nan"),
    "NO_PACK": ({"pack_size": 0}, "pack_size is 0"),
    "MINIMUM": ({"minimum_quantity": 50, "maximum_quantity": 40}, "minimum quantity (in whole packs) above maximum"),
    "PACKS": ({"pack_size": 12, "maximum_quantity": 11}, "minimum quantity (in whole packs) above maximum"),
    "STRANGER": ({"supplier": "WHO"}, "unknown supplier WHO"),
    "COIN": ({"supplier": "FAR"}, "unknown currency of supplier FAR"),
    "INFINITE": ({"holding_cost": math.inf}, "holding_cost is inf"),
}


def test_a_fault_costs_its_product_alone_and_is_told() -> None:
    names = [*BAD, "GOOD", "NO_DEMAND", "NO_OFFER", "NAN_DEMAND"]
    products, terms = skus(*names), offers(*names, pack_size=1, minimum_quantity=1, maximum_quantity=math.inf)
    for frame in (products, terms):
        for name, (changes, _) in BAD.items():
            for column in changes.keys() & set(frame.columns):
                frame[column] = frame[column].astype(object)
                frame.loc[frame["sku"] == name, column] = changes[column]
    sellers = pd.DataFrame({"supplier": ["S", "FAR"], "currency": [None, "XXX"]})
    wanted = demand_of(NOT_LISTED=[1.0, 1.0], **{name: [5.0, 5.0] for name in names if name != "NO_DEMAND"})
    wanted.loc[wanted["sku"] == "NAN_DEMAND", "quantity"] = math.nan
    plan = plan_purchases(products, sellers, terms[terms["sku"] != "NO_OFFER"], wanted, periods=2)
    assert plan.lines["sku"].unique().tolist() == ["GOOD"]
    for name, (_, reason) in BAD.items():
        assert plan.failed[name].startswith(reason)
    others = {"NO_DEMAND": "no demand", "NO_OFFER": "no supplier offers it", "NOT_LISTED": "not in skus"}
    assert others.items() <= plan.failed.items()
    assert plan.failed["NAN_DEMAND"] == "demand of period 1 is nan"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"skus": pd.DataFrame({"sku": ["A"]})}, "skus lacks on_hand, holding_cost, shortage_cost"),
        ({"suppliers": pd.DataFrame({"supplier": ["S", "S"]})}, "listed twice"),
        ({"suppliers": pd.DataFrame({"supplier": ["S"], "order_cost": [-1.0]})}, "order_cost is -1"),
        ({"demand": pd.DataFrame({"sku": ["A"], "period": [0], "quantity": [1.0]})}, "period before 1"),
        ({"budget": -1.0}, "budget"),
        ({"budget": [1.0, 2.0, 3.0]}, "budget"),
        ({"warehouse_volume": math.nan}, "warehouse_volume"),
        ({"periods": 0}, "no period"),
        ({"shortage": "none"}, "kind of shortage"),
        ({"demand": None}, "demand is a NoneType and no pandas frame"),
        ({"suppliers": {"supplier": ["S"]}}, "suppliers is a dict and no pandas frame"),
        ({"skus": pd.DataFrame([["A", 1, 2]], columns=["sku", "on_hand", "on_hand"])}, "skus lacks holding_cost"),
        ({"rates": {"EUR": -2.0}}, "rate is -2"),
        ({"rates": {"EUR": "2"}}, "rate is '2'"),
        ({"rates": ["EUR"]}, "rates is a list"),
        ({"budget": "much"}, "could not convert"),
        ({"periods": 2.5}, "no period"),
        ({"effort": 3}, "effort is a int and no Effort"),
    ],
)
def test_frames_and_limits_that_can_not_be_used_are_named(changes: dict[str, Any], message: str) -> None:
    given = {"skus": skus("A"), "suppliers": suppliers(), "offers": offers("A"), "demand": demand_of(A=[1.0, 2.0])}
    with pytest.raises(InventoryError, match=message):
        plan_purchases(**({"periods": 2} | given | changes))


def test_prices_in_another_currency_are_changed() -> None:
    plan = plan_purchases(
        skus("A"), suppliers(currency="EUR"), offers("A", unit_cost=2.0), demand_of(A=[5.0]), periods=1,
        rates={"EUR": 0.5},
    )  # fmt: skip
    assert plan.lines["cost"].tolist() == [5.0]


def test_a_large_part_reports_its_gap() -> None:
    rng = np.random.default_rng(3)
    names = [f"P{at:03d}" for at in range(120)]
    wanted = demand_of(**{name: rng.gamma(2, 6, 4).tolist() for name in names})
    terms = offers(*names, unit_cost=rng.uniform(1, 9, len(names)), pack_size=rng.choice([1, 6], len(names)))
    free = plan_purchases(skus(*names, shortage_cost=30.0), suppliers(), terms, wanted, periods=4)
    tight = plan_purchases(
        skus(*names, shortage_cost=30.0), suppliers(order_cost=5.0), terms, wanted, periods=4,
        budget=0.8 * free.lines["cost"].sum(), effort=Effort(gap=1e-3),
    )  # fmt: skip
    assert tight.lines["cost"].sum() <= 0.8 * free.lines["cost"].sum() + 1e-6
    assert free.cost < tight.bound <= tight.cost <= 1.01 * tight.bound
    assert tight.status == "optimal" or tight.status.startswith("gap 0.")


def test_demand_that_must_be_met_is_met_in_a_large_part_too() -> None:
    rng = np.random.default_rng(4)
    names = [f"P{at:03d}" for at in range(60)]
    series = {name: np.round(rng.gamma(2, 6, 5), 1).tolist() for name in names}
    terms = offers(*names, unit_cost=rng.uniform(1, 9, len(names)), pack_size=rng.choice([1, 6], len(names)))
    plan = plan_purchases(
        skus(*names, minimum_stock=2.0), suppliers(order_cost=40.0, minimum_order_value=100.0), terms,
        demand_of(**series), periods=5,
    )  # fmt: skip
    assert not plan.failed
    assert plan.lines["lost_sales"].max() == 0
    came = plan.lines.pivot_table(index="sku", columns="arrival_period", values="quantity", aggfunc="sum")
    came = came.reindex(index=names, columns=range(1, 6)).fillna(0.0).cumsum(axis=1)
    left = came.to_numpy() - np.cumsum([series[name] for name in names], axis=1)
    assert (left >= 2.0 - 1e-6).all()
    assert plan.lines.groupby("order_period")["cost"].sum().min() >= 100.0
    assert plan.cost <= 1.02 * plan.bound


def test_a_plan_that_ran_out_of_time_says_so_and_how_far_it_may_be_off(monkeypatch: pytest.MonkeyPatch) -> None:
    to_the_end = Program.solve

    def stopped(program: Program, **limits: float) -> Solution:
        return dataclasses.replace(to_the_end(program, **limits), status="limit", bound=90.0)

    monkeypatch.setattr(Program, "solve", stopped)
    plan = plan_purchases(
        skus("A", "B", shortage_cost=9.0), suppliers(order_cost=20.0), offers("A", "B"),
        demand_of(A=[40.0], B=[40.0]), periods=1,
    )  # fmt: skip
    assert (plan.cost, plan.bound) == (pytest.approx(100.0), 90.0)
    assert plan.status == "time limit, gap 10.00 %"
