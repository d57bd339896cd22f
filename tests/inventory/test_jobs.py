"""simulate_policies and plan_inventory as jobs: the library's rows in their tables, the same twice."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from jobs import plan_inventory, simulate_policies
from supplyline.config import load_settings
from supplyline.errors import InventoryError
from supplyline.forecasting import TOTAL_QUANTILES, Plan, forecast_and_score
from supplyline.inventory.lines import PARTS
from supplyline.inventory.shop_replay import replay_shop
from supplyline.spark.schema import spark_schema
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import (
    DEMAND_DAILY,
    FORECASTS,
    INVENTORY_DAILY,
    POLICY_SIMULATION,
    PRODUCTS,
    PURCHASE_ORDERS,
    REORDER_POLICY,
)
from tests.support.demand_histories import END, history, shop
from tests.support.frames import of_contract

DEMAND = {name: demand for name, demand in shop(days=130).items() if name in ("STEADY", "LUMPY", "DEAD")}
PLAN = Plan(models=("moving_average",), total_quantiles=TOTAL_QUANTILES)


@pytest.fixture
def shop_warehouse(spark: SparkSession, warehouse: str, monkeypatch: pytest.MonkeyPatch) -> str:
    rows = history(**DEMAND)
    told = {"stock_out": False, "origin": "observed", "status": "ok", "error": None}
    demand = rows.assign(date=rows["date"].dt.date, sales=rows["quantity"], expected=rows["quantity"], **told)
    named = {"description": "", "category": "", "supplier": "", "unit_price": 2.0, "currency": "GBP"}
    sold = {"first_sold_on": END, "last_sold_on": END, "source": "test"}
    write_table(spark.createDataFrame(demand[DEMAND_DAILY.column_names], spark_schema(DEMAND_DAILY)), DEMAND_DAILY)
    write_table(spark.createDataFrame(pd.DataFrame([{"sku": sku, **named, **sold} for sku in DEMAND])), PRODUCTS)
    monkeypatch.setenv("SUPPLYLINE_INVENTORY__REPLAY_WEEKS", "2")
    monkeypatch.setenv("SUPPLYLINE_FORECASTING__BUCKETS", "2")
    return warehouse


def run(job: object, warehouse: str, as_of: dt.date = END) -> None:
    job.main(["--as-of", str(as_of), "--warehouse", warehouse])  # type: ignore[attr-defined]


def test_the_table_holds_what_the_library_gives_and_a_rerun_leaves_it(spark: SparkSession, shop_warehouse: str) -> None:
    run(simulate_policies, shop_warehouse)
    found = read_table(spark, POLICY_SIMULATION).toPandas().sort_values(["policy", "sku"], ignore_index=True)
    assert set(found["sku"]) == set(DEMAND)
    settings = load_settings(warehouse=shop_warehouse)
    prices = pd.Series(2.0, index=sorted(set(found["sku"])))
    told = replay_shop(history(**DEMAND), prices, settings, END).sort_values(["policy", "sku"], ignore_index=True)
    names = ["sku", "policy", "demand", "sold", "missed", "orders", "total_cost", "status"]
    pd.testing.assert_frame_equal(found[names], told[names], check_dtype=False)
    run(simulate_policies, shop_warehouse)
    again = read_table(spark, POLICY_SIMULATION).toPandas().sort_values(["policy", "sku"], ignore_index=True)
    pd.testing.assert_frame_equal(found, again)


def test_a_day_before_which_nothing_sold_is_named(shop_warehouse: str) -> None:
    with pytest.raises(InventoryError, match="no product sold in the half year before"):
        run(simulate_policies, shop_warehouse, END - dt.timedelta(days=120))


def test_planned_orders_add_up_from_sums_of_days_and_dead_stock_is_named(
    spark: SparkSession, shop_warehouse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    still = {"opening": 40, "received": 0, "sold": 0, "returned": 0, "adjusted": 0, "closing": 40, "stock_out": False}
    stock = [{"warehouse": "main", "sku": sku, "date": END, **still, "origin": "simulated"} for sku in DEMAND]
    write_table(spark.createDataFrame(pd.DataFrame(stock)), INVENTORY_DAILY)
    made = forecast_and_score(history(**DEMAND), PLAN, as_of=END)[0].assign(as_of=END)
    made = made.reindex(columns=FORECASTS.column_names).assign(date=made["date"].dt.date)
    write_table(
        spark.createDataFrame(made.astype(object).where(made.notna(), None), spark_schema(FORECASTS)), FORECASTS
    )
    orders_of(spark)
    run(plan_inventory, shop_warehouse)
    policy = read_table(spark, REORDER_POLICY).toPandas().set_index("sku")
    assert set(policy["method"]) == {"paths"}
    assert (sum(sign * policy[name] for name, sign in PARTS.items()) == policy["order_quantity"]).all()
    assert policy["order_quantity"]["STEADY"] > 0
    assert policy["excess_quantity"].to_dict() == {"DEAD": 40, "LUMPY": 0, "STEADY": 0}
    assert policy["on_order"].to_dict() == {"DEAD": 0, "LUMPY": 0, "STEADY": 3}
    assert set(policy["service_level"]) == {0.95}
    monkeypatch.setenv("SUPPLYLINE_INVENTORY__LEAST_COST", "true")
    run(plan_inventory, shop_warehouse)
    cheaper = read_table(spark, REORDER_POLICY).toPandas().set_index("sku")
    assert (cheaper["service_level"] > 0.95)["STEADY"]
    assert (sum(sign * cheaper[name] for name, sign in PARTS.items()) == cheaper["order_quantity"]).all()


def orders_of(spark: SparkSession) -> None:
    """Of STEADY 3 pieces that come a day after the plan's, beside what came, and one that is ordered after it."""
    tomorrow = END + dt.timedelta(days=1)
    days = {"came": (END, END), "coming": (END, tomorrow), "later": (tomorrow, None)}
    told = {"warehouse": "main", "sku": "STEADY", "expected_date": tomorrow, "origin": "observed", "source": "test"}
    lines = [
        {"purchase_order_line_id": name, "ordered_date": ordered, "received_date": received, "quantity": 3, **told}
        for name, (ordered, received) in days.items()
    ]
    write_table(of_contract(spark, pd.DataFrame(lines), PURCHASE_ORDERS), PURCHASE_ORDERS)
