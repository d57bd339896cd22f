"""The shop's purchase plan: rows held to the contract, terms from the file, the job twice, one bad SKU alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession

from jobs import plan_purchases
from supplyline.config.yaml_model import model_from_yaml
from supplyline.errors import ConfigError, SupplylineError
from supplyline.inventory.policy import reorder_policy
from supplyline.inventory.purchase_plan import PurchaseTerms, ShopCosts, plan_shop, purchase_terms
from supplyline.spark.schema import spark_schema
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import FORECASTS, PRODUCTS, PURCHASE_PLAN, REORDER_POLICY, Table

AS_OF = dt.date(2011, 11, 11)
DAILY = {"FAST": 9.0, "SLOW": 0.5, "NONE": 0.0, "BAD": np.nan, "STRANGER": 2.0}
PARTS = ["forecast_demand", "safety_stock", "pack_rounding", "adjustment"]
TAKEN = ["on_hand", "on_order", "planned_before", "lost_sales"]


def forecasts() -> pd.DataFrame:
    rows = [(sku, day, mean) for sku, mean in DAILY.items() for day in range(1, 29)]
    frame = pd.DataFrame(rows, columns=["sku", "horizon", "mean"])
    dates = [AS_OF + dt.timedelta(days=int(day)) for day in frame["horizon"]]
    status = np.where(frame["mean"].isna(), "failed", "ok")
    return frame.assign(as_of=AS_OF, date=dates, model="theta", status=status)


def policy() -> pd.DataFrame:
    rows = pd.DataFrame(
        {"sku": list(DAILY), "safety_stock": [12.0, 1.5, 0.0, np.nan, 3.0], "on_hand": 10, "on_order": 0}
    )
    failed = rows["sku"] == "BAD"
    rows = rows.assign(as_of=AS_OF, warehouse="main", service_level=0.95, unit_price=2.0)
    return rows.assign(status=np.where(failed, "failed", "ok"), error=np.where(failed, "forecast failed", None))


def products() -> pd.DataFrame:
    return pd.DataFrame({"sku": list(DAILY), "supplier": [None, "", None, None, "WHO"]})


def terms(text: str = "suppliers: [{name: default, lead_time_days: 10, pack_size: 6}]") -> PurchaseTerms:
    return model_from_yaml(PurchaseTerms, text, "suppliers.yaml")


def planned(**changes: PurchaseTerms) -> pd.DataFrame:
    given = {"terms": terms()} | changes
    return plan_shop(forecasts(), policy(), products(), given["terms"], ShopCosts(), as_of=AS_OF)[0]


def test_every_row_keeps_the_contract_and_adds_up() -> None:
    rows = planned()
    assert list(rows.columns) == PURCHASE_PLAN.column_names
    lines = rows[rows["status"] == "ok"]
    assert set(lines["sku"]) == {"FAST", "SLOW"}
    total = lines[PARTS].sum(axis=1) - lines[TAKEN].astype(float).sum(axis=1)
    np.testing.assert_allclose(total, lines["quantity"].astype(float), atol=1e-6)
    assert (lines["quantity"] == 6 * lines["packs"]).all()
    assert rows.loc[rows["status"] == "failed"].set_index("sku")["error"].to_dict() == {
        "BAD": "forecast failed",
        "STRANGER": "unknown supplier WHO",
    }


def test_orders_are_placed_on_the_first_day_of_a_week_and_arrive_after_the_lead_time() -> None:
    lines = planned().query("sku == 'FAST'")
    assert all((day - AS_OF).days % 7 == 1 for day in lines["order_date"])
    assert all((lines["arrival_date"] - lines["order_date"]).map(lambda days: days.days) == 10)
    first = lines.iloc[0]
    assert first["forecast_demand"] == pytest.approx(9.0 * (first["covers_until"] - AS_OF).days)
    assert first["lost_sales"] == pytest.approx(9.0 * 14 - 10)  # two weeks until the first arrival, 10 on hand


def test_a_plan_ends_with_the_safety_stock_and_not_on_empty_shelves() -> None:
    last = planned().query("status == 'ok'").groupby("sku").last()
    came = last["on_hand"] + last["planned_before"] + last["quantity"]
    left = came + last["lost_sales"] - last["forecast_demand"]
    assert (last["covers_until"] == AS_OF + dt.timedelta(weeks=8)).all()
    assert ((left - last["safety_stock"]).abs() < last["pack_size"]).all()


def test_terms_of_a_product_win_over_its_suppliers_and_these_over_the_standard() -> None:
    text = """
suppliers:
  - name: default
    lead_time_days: 7
    pack_size: 6
    price_breaks: [{from_quantity: 600, discount: 0.5}]
    offers: [{sku: SLOW, unit_cost: 0.1, pack_size: 4, lead_time_days: 0}]
"""
    rows = planned(terms=terms(text))
    slow = rows.query("sku == 'SLOW'")
    assert (slow["pack_size"] == 4).all()
    assert (slow["unit_cost"] == 0.1).all()
    assert (slow["order_date"] == slow["arrival_date"]).all()
    assert (rows.query("sku == 'FAST'")["pack_size"] == 6).all()


def test_a_budget_in_the_file_holds_and_is_named() -> None:
    base = "suppliers: [{name: default}]"
    free, tight = planned(terms=terms(base)), planned(terms=terms(base + "\nlimits: {budget: 100}"))
    assert free["cost"].sum() > 100 >= tight["cost"].sum()
    assert tight["limits"].str.contains("budget").any()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("suppliers: []", "suppliers"),
        ("suppliers: [{name: a}, {name: a}]", "there twice"),
        ("suppliers: [{name: a, currency: EUR}]", "no rate for EUR"),
        ("suppliers: [{name: a, lead_time_days: -1}]", "lead_time_days"),
        ("suppliers: [{name: a, lead: 1}]", "unknown key 'lead'"),
    ],
)
def test_a_mistake_in_the_file_is_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        terms(text)


def test_the_shipped_terms_are_marked_as_assumed_and_can_be_used() -> None:
    assert purchase_terms().suppliers[0].name == "default"
    shipped = Path(__file__).parents[2] / "conf" / "suppliers.yaml"
    assert "ASSUMED" in shipped.read_text(encoding="utf-8")


def stored(spark: SparkSession, frame: pd.DataFrame, table: Table) -> None:
    full = frame.assign(**{name: None for name in table.column_names if name not in frame})[table.column_names]
    rows = full.astype(object).where(full.notna(), None)
    write_table(spark.createDataFrame(rows, spark_schema(table)), table)


def test_the_job_writes_the_plan_and_a_rerun_leaves_it_unchanged(spark: SparkSession, warehouse: str) -> None:
    made = forecasts()
    days = [name for name in FORECASTS.column_names if name.startswith("q")]
    totals = [name for name in FORECASTS.column_names if name.startswith("total_")]
    made = made.assign(**dict.fromkeys(days, made["mean"]), **dict.fromkeys(totals, made["mean"] * made["horizon"]))
    stored(spark, made, FORECASTS)
    shelves = pd.DataFrame({"sku": list(DAILY), "on_hand": 10, "unit_price": 2.0})
    stored(spark, reorder_policy(made.assign(error=None), shelves, as_of=AS_OF), REORDER_POLICY)
    stored(spark, products().assign(currency="GBP", source="test"), PRODUCTS)
    contents = []
    for _ in range(2):
        plan_purchases.main(["--as-of", str(AS_OF), "--warehouse", warehouse])
        contents.append(read_table(spark, PURCHASE_PLAN).toPandas().sort_values(["sku", "line"], ignore_index=True))
    pd.testing.assert_frame_equal(*contents)
    assert contents[0].groupby("sku")["status"].first().to_dict() == {
        "BAD": "failed", "FAST": "ok", "SLOW": "ok", "STRANGER": "failed"
    }  # fmt: skip
    with pytest.raises(SupplylineError, match="run plan_inventory --as-of 2011-11-04"):
        plan_purchases.main(["--as-of", "2011-11-04", "--warehouse", warehouse])


def test_what_is_on_order_counts_from_the_week_it_is_expected_in() -> None:
    coming = pd.DataFrame({"sku": ["FAST", "FAST"], "quantity": [60, 40]})
    late = coming.assign(expected_date=[AS_OF - dt.timedelta(days=3), AS_OF + dt.timedelta(days=9)])
    rows = plan_shop(forecasts(), policy(), products(), terms(), ShopCosts(), as_of=AS_OF, open_orders=late)[0]
    first = rows.query("sku == 'FAST' and line == 1").iloc[0]
    # 10 on hand, 60 overdue that come in the first week, 40 in the second; the first new order comes in the third.
    assert first["lost_sales"] == pytest.approx(9.0 * 14 - 110)
    assert first["on_order"] == 100
