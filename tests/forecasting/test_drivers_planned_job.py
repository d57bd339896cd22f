"""forecast_demand follows the shop's plan and holidays, and without them writes the same numbers to the last bit."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from jobs import forecast_demand
from supplyline.config import Settings, conf_text
from supplyline.forecasting.drivers import DriverPlan, estimate_drivers
from supplyline.forecasting.holidays import holidays
from supplyline.spark.drivers import drivers_of_each_category
from supplyline.spark.planned import planned_drivers
from supplyline.spark.schema import spark_schema
from supplyline.spark.tables import read_table, write_table
from supplyline.tables import DEMAND_DAILY, DEMAND_DRIVERS, FORECASTS, ORDER_LINES, PLANNED_PRICES, Table
from tests.support.demand_histories import END, history, shop
from tests.support.ingest import ingest
from tests.support.planted_drivers import HOLIDAYS, PROMOTION, planted_history

SKUS = ("WEEKLY", "LUMPY")
FIRST, LAST = END + dt.timedelta(days=3), END + dt.timedelta(days=9)


def stored(spark: SparkSession, rows: pd.DataFrame, target: Table) -> None:
    ordered = rows.reindex(columns=target.column_names).astype(object)
    write_table(spark.createDataFrame(ordered.where(ordered.notna(), None), spark_schema(target)), target)


def shop_of(spark: SparkSession, as_of: dt.date = END) -> None:
    """Demand, prices of 4.00 and effects of the two products of the small shop."""
    known = shop(days=150)
    rows = history(**{sku: known[sku] for sku in SKUS})
    rows = rows.assign(date=(rows["date"] - (pd.Timestamp(END) - pd.Timestamp(as_of))).dt.date)
    flags = {"stock_out": False, "origin": "observed", "status": "ok", "sales": rows["quantity"]}
    stored(spark, rows.assign(expected=rows["quantity"], **flags), DEMAND_DAILY)
    told = {"line_type": "sale", "quantity": 1, "unit_price": 4.0, "amount": 4.0, "currency": "GBP"}
    told |= {"warehouse": "main", "source": "test", "source_file": "t", "source_line": 1}
    lines = [
        told | {"order_line_id": sku, "order_id": sku, "sku": sku, "order_time": pd.Timestamp(as_of, tz="UTC")}
        for sku in SKUS
    ]
    stored(spark, pd.DataFrame(lines).assign(order_date=as_of), ORDER_LINES)
    effects = {"price": (-2.0, -2.3, -1.7), "promotion": (1.5, 1.4, 1.6), "holiday": (0.01, 0.005, 0.02)}
    rows = pd.DataFrame(
        [{"driver": name, "effect": mid, "low": low, "high": high} for name, (mid, low, high) in effects.items()]
    )
    told = {"as_of": as_of, "category": "all", "method": "quasi_poisson", "n": 9, "status": "ok"}
    stored(spark, rows.assign(**told), DEMAND_DRIVERS)


def forecasts(spark: SparkSession, warehouse: str, as_of: dt.date = END) -> pd.DataFrame:
    forecast_demand.main(["--as-of", str(as_of), "--warehouse", warehouse])
    return read_table(spark, FORECASTS).toPandas().sort_values(["sku", "horizon"], ignore_index=True)


def plan_of(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(list(rows)).assign(first_day=FIRST, last_day=LAST, source="test")


def test_forecasts_follow_the_plan_on_its_days_and_in_the_sums_after_them(spark: SparkSession, warehouse: str) -> None:
    shop_of(spark)
    before = forecasts(spark, warehouse)
    assert before["planned_factor"].isna().all()
    plan = plan_of({"sku": "WEEKLY", "price": 3.2, "promotion": True}, {"sku": "NEW", "price": 1.0, "promotion": False})
    stored(spark, plan, PLANNED_PRICES)
    after = forecasts(spark, warehouse)
    held = ((after["sku"] == "WEEKLY") & (after["date"] >= FIRST) & (after["date"] <= LAST)).to_numpy()
    factor = 0.8**-2 * 1.5
    assert after["planned_factor"].notna().tolist() == held.tolist()
    assert after.loc[held, "mean"].to_numpy() == pytest.approx(before.loc[held, "mean"].to_numpy() * factor)
    assert (after.loc[held, "q95"] >= before.loc[held, "q95"] * factor).all()
    summed = after.groupby("sku")["mean"].cumsum()
    assert after["total_mean"].to_numpy() == pytest.approx(summed.to_numpy())
    untouched = (after["sku"] != "WEEKLY") | (after["date"] < FIRST)
    pd.testing.assert_frame_equal(after[untouched], before[untouched])
    later = (after["sku"] == "WEEKLY") & (after["date"] >= FIRST)
    assert (after.loc[later, "total_q95"] > before.loc[later, "total_q95"]).all()


def test_a_discount_for_all_products_needs_no_price_and_a_plan_of_other_days_is_none(
    spark: SparkSession, warehouse: str
) -> None:
    shop_of(spark)
    for_all = plan_of({"sku": "*", "discount": 0.5, "promotion": False})
    stored(spark, for_all.assign(first_day=dt.date(2011, 1, 1), last_day=END), PLANNED_PRICES)
    assert planned_drivers(spark, END, 28, {}) is None
    stored(spark, for_all, PLANNED_PRICES)
    planned = planned_drivers(spark, END, 28, {})
    assert planned is not None
    assert planned.plan["price"].tolist() == [0.5]
    later = read_table(spark, DEMAND_DRIVERS).toPandas().assign(as_of=END + dt.timedelta(days=1))
    stored(spark, later, DEMAND_DRIVERS)
    # Effects that were learnt from days after the forecast's are not known to it.
    assert planned_drivers(spark, END, 28, {}) is None


def test_holidays_count_with_no_plan_at_all(spark: SparkSession, warehouse: str) -> None:
    christmas = dt.date(2011, 12, 16)
    shop_of(spark, christmas)
    found = forecasts(spark, warehouse, christmas)
    closed = found["planned_factor"].notna()
    days = {day for day in holidays("GB") if christmas < day <= christmas + dt.timedelta(days=28)}
    assert set(found.loc[closed, "date"]) == days
    assert found.loc[closed, "planned_factor"].to_numpy() == pytest.approx(0.01)
    assert (found.loc[closed, "mean"] < 0.5).all()


def test_a_plans_file_becomes_the_table_and_its_impossible_lines_are_kept_apart(
    spark: SparkSession, settings: Settings, tmp_path: Path
) -> None:
    lines = [
        "sku,from,to,price,discount,promotion",
        "A,2011-11-20,2011-11-27,3.50,,TRUE",
        "A,2011-11-20,2011-11-28,3.40,,true",
        "*,2011-11-25,2011-11-25,,0.2,",
        "B,2011-11-27,2011-11-20,3.50,,",
        "B,2011-11-20,2011-11-27,3.50,0.1,",
        "*,2011-11-20,2011-11-27,3.50,,",
        "B,2011-11-20,2011-11-27,,,false",
        "B,2011-11-20,2011-11-27,0,,false",
    ]
    (tmp_path / "planned_prices_november.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    generous = settings.model_copy(update={"ingest": settings.ingest.model_copy(update={"max_bad_share": 1.0})})
    tables, books = ingest(spark, conf_text("sources/planned_prices.yaml"), tmp_path, generous)
    rows = {(row["sku"], row["last_day"]): row for row in tables["planned_prices"]}
    assert set(rows) == {("A", dt.date(2011, 11, 28)), ("*", dt.date(2011, 11, 25))}
    assert rows["A", dt.date(2011, 11, 28)]["promotion"] is True
    assert (rows["*", dt.date(2011, 11, 25)]["discount"], rows["*", dt.date(2011, 11, 25)]["promotion"]) == (0.2, False)
    assert books["plan"].bad == 5


def test_the_effect_of_promotions_is_learnt_from_the_days_that_the_plan_has_marked(spark: SparkSession) -> None:
    rows = planted_history(5, skus=15)
    runs = rows[rows["promotion"] > 0].rename(columns={"date": "first_day"})
    plan = runs[["sku", "first_day", "promotion"]].assign(last_day=runs["first_day"], price=float("nan"))
    plain = rows.drop(columns="promotion").assign(category="all")
    frame = spark.createDataFrame(plain)
    found = drivers_of_each_category(frame, HOLIDAYS, DriverPlan(), buckets=2, promotions=plan)
    effects = found[found["method"] == "quasi_poisson"].set_index("driver")
    known = estimate_drivers(rows, HOLIDAYS).set_index("driver")
    assert effects.effect["promotion"] == pytest.approx(known.effect["promotion"])
    assert effects.low["promotion"] < PROMOTION < effects.high["promotion"]
    assert "price_cut" not in effects.index
