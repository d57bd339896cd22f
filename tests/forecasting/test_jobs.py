"""forecast_demand and plan_inventory on a small warehouse: both tables, the same twice, one bad SKU alone."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from jobs import forecast_demand, plan_inventory, score_forecasts
from supplyline.config import Settings
from supplyline.errors import SupplylineError
from supplyline.forecasting import TOTAL_QUANTILES, Plan, forecast_and_score
from supplyline.forecasting.shop_plan import plan_of
from supplyline.inventory import Terms, reorder_policy
from supplyline.spark.forecasts import forecast_each_sku, rows_of
from supplyline.spark.schema import spark_schema
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import DEMAND_DAILY, FORECAST_SCORES, FORECASTS, INVENTORY_DAILY, PRODUCTS, REORDER_POLICY
from tests.support.demand_histories import END, history, shop

SKUS = sorted({*shop(), "TWICE"})
WEEK_BEFORE = END - dt.timedelta(days=7)


def demand_rows() -> pd.DataFrame:
    rows = pd.concat([history(**shop(days=150)), history(TWICE=[1.0]), history(TWICE=[2.0])])
    flags = {"stock_out": False, "origin": "observed", "status": "ok", "error": None}
    seen = {"date": rows["date"].dt.date, "sales": rows["quantity"], "expected": rows["quantity"]}
    return rows.assign(**seen, **flags)


def contents(spark: SparkSession, name: str) -> pd.DataFrame:
    table = {"forecasts": FORECASTS, "scores": FORECAST_SCORES, "policy": REORDER_POLICY}[name]
    frame = read_table(spark, table).toPandas()
    return frame.sort_values(list(table.keys), ignore_index=True)


@pytest.fixture(scope="module")
def forecast_once(_spark: SparkSession, _settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with the demand, stock and products of the small shop, and its forecasts of END."""
    folder = tmp_path_factory.mktemp("forecast_once")
    with spark_session("test", _settings.model_copy(update={"warehouse": str(folder)})) as spark:
        write_table(spark.createDataFrame(demand_rows(), spark_schema(DEMAND_DAILY)), DEMAND_DAILY)
        write_table(spark.createDataFrame(stock_rows()), INVENTORY_DAILY)
        write_table(spark.createDataFrame(product_rows()), PRODUCTS)
    run(forecast_demand, str(folder), END)
    return folder


def stock_rows() -> pd.DataFrame:
    still = {"opening": 3, "received": 0, "sold": 0, "returned": 0, "adjusted": 0, "closing": 3, "stock_out": False}
    key = {"warehouse": "main", "date": END}
    return pd.DataFrame([{"sku": sku, **key, **still, "origin": "simulated"} for sku in SKUS])


def product_rows() -> pd.DataFrame:
    named = {"description": "", "category": "", "supplier": "", "unit_price": 2.0, "currency": "GBP"}
    sold = {"first_sold_on": END, "last_sold_on": END, "source": "test"}
    return pd.DataFrame([{"sku": sku, **named, **sold} for sku in SKUS])


@pytest.fixture
def shop_warehouse(forecast_once: Path, spark: SparkSession, warehouse: str) -> str:
    """A copy of it for one test, and the session pointed at the copy."""
    shutil.copytree(forecast_once, warehouse)
    return warehouse


def run(job: object, warehouse: str, as_of: dt.date) -> None:
    job.main(["--as-of", str(as_of), "--warehouse", warehouse])  # type: ignore[attr-defined]


def test_every_sku_has_every_day_and_bad_skus_say_why(spark: SparkSession, shop_warehouse: str) -> None:
    forecasts = contents(spark, "forecasts")
    assert forecasts.groupby("sku").size().to_dict() == dict.fromkeys(SKUS, 28)
    status = forecasts.groupby("sku")["status"].unique().str[0]
    assert sorted(status[status == "failed"].index) == ["TWICE"]
    assert "twice" in forecasts.loc[forecasts["sku"] == "TWICE", "error"].iloc[0]
    assert contents(spark, "scores").query("selected")["sku"].isin(shop()).all()


def test_the_job_writes_what_the_library_gives_in_any_number_of_buckets(
    spark: SparkSession, settings: Settings
) -> None:
    rows = demand_rows()
    plan = plan_of(settings.forecasting)
    ours, scores = forecast_and_score(rows, plan, as_of=END)
    for buckets in (1, 3):
        both = forecast_each_sku(spark.createDataFrame(rows), plan, as_of=END, buckets=buckets)
        for table, expected in ((FORECASTS, ours), (FORECAST_SCORES, scores)):
            got = rows_of(both, table).toPandas().sort_values(list(table.keys), ignore_index=True)
            names = [name for name in ("sku", "model", "mean", "q95", "pinball", "selected") if name in expected]
            pd.testing.assert_frame_equal(got[names], expected[names], check_dtype=False)


def test_a_rerun_leaves_the_tables_as_they_were_and_other_days_alone(spark: SparkSession, shop_warehouse: str) -> None:
    run(forecast_demand, shop_warehouse, WEEK_BEFORE)
    before = contents(spark, "forecasts"), contents(spark, "scores")
    run(forecast_demand, shop_warehouse, END)
    pd.testing.assert_frame_equal(contents(spark, "forecasts"), before[0])
    pd.testing.assert_frame_equal(contents(spark, "scores"), before[1])
    assert set(before[0]["as_of"]) == {WEEK_BEFORE, END}


def test_an_evaluation_adds_its_scores_and_leaves_those_of_the_choice(spark: SparkSession, shop_warehouse: str) -> None:
    chosen_by = contents(spark, "scores")
    run(score_forecasts, shop_warehouse, END)
    first = contents(spark, "scores")
    run(score_forecasts, shop_warehouse, END)
    pd.testing.assert_frame_equal(contents(spark, "scores"), first)
    pd.testing.assert_frame_equal(first[first["purpose"] == "choice"].reset_index(drop=True), chosen_by)
    evaluated = first[first["purpose"] == "evaluation"].set_index("sku")
    assert set(evaluated["days_ahead"]) == {"all", "1-7", "8-14", "15-28"}
    assert evaluated["origin"].nunique() == 3
    assert evaluated.loc["WEEKLY", "abc_class"].unique().tolist() == ["A"]
    made = contents(spark, "forecasts").set_index("sku")["model"]
    selected = evaluated[evaluated["selected"]]
    assert (selected["model"] == made.groupby("sku").first().reindex(selected.index)).all()
    run(forecast_demand, shop_warehouse, END)
    pd.testing.assert_frame_equal(contents(spark, "scores"), first)


def test_a_day_that_the_history_has_not_reached_is_refused(shop_warehouse: str) -> None:
    with pytest.raises(SupplylineError, match="demand_daily ends on 2011-11-11"):
        run(forecast_demand, shop_warehouse, END + dt.timedelta(days=1))


def test_a_day_before_all_history_is_refused(shop_warehouse: str) -> None:
    with pytest.raises(SupplylineError, match="no demand on or before 2001-01-01"):
        run(forecast_demand, shop_warehouse, dt.date(2001, 1, 1))


def test_a_missing_demand_table_is_named(spark: SparkSession, warehouse: str) -> None:
    with pytest.raises(SupplylineError, match="table is not built yet"):
        run(forecast_demand, warehouse, END)
    assert not Path(warehouse, "gold", "forecasts").exists()


def test_a_policy_row_for_every_sku_from_its_forecast_and_stock(spark: SparkSession, shop_warehouse: str) -> None:
    run(plan_inventory, shop_warehouse, END)
    policy = contents(spark, "policy").set_index("sku")
    assert policy["status"].to_dict() == dict.fromkeys(shop(), "ok") | {"TWICE": "failed"}
    stock = pd.DataFrame({"sku": list(shop()), "on_hand": 3, "unit_price": 2.0})
    made = forecast_and_score(history(**shop(days=150)), Plan(total_quantiles=TOTAL_QUANTILES))[0]
    expected = reorder_policy(made, stock, Terms()).set_index("sku")
    for name in ("reorder_point", "order_up_to_level", "safety_stock", "order_value"):
        assert policy.loc[list(shop()), name].tolist() == pytest.approx(expected.loc[list(shop()), name].tolist())
    before = contents(spark, "policy")
    run(plan_inventory, shop_warehouse, END)
    pd.testing.assert_frame_equal(contents(spark, "policy"), before)


def test_planning_a_day_without_forecasts_names_the_job_to_run(shop_warehouse: str) -> None:
    with pytest.raises(SupplylineError, match="run forecast_demand --as-of 2011-11-04"):
        run(plan_inventory, shop_warehouse, WEEK_BEFORE)
