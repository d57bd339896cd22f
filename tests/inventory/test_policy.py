"""The reorder policy: textbook values, identities that hold on every row, and SKUs that can't be planned."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from supplyline.errors import ForecastError, InventoryError
from supplyline.forecasting import forecast_panel
from supplyline.inventory import ExcessRule, Terms, reorder_policy
from supplyline.inventory.lines import PARTS
from tests.support.demand_histories import END, history, shop

LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
NAMES = [f"q{round(100 * level):02d}" for level in LEVELS]


def forecast_rows(sku: str, mean: float, quantiles: list[float], days: int = 28) -> pd.DataFrame:
    dates = pd.date_range(END + dt.timedelta(days=1), periods=days)
    rows = pd.DataFrame({"sku": sku, "date": dates, "horizon": range(1, days + 1), "model": "holt", "mean": mean})
    return rows.assign(**dict(zip(NAMES, quantiles, strict=True)), status="ok", error=None)


def normal_rows(sku: str, mean: float, sd: float) -> pd.DataFrame:
    return forecast_rows(sku, mean, [float(value) for value in stats.norm(mean, sd).ppf(LEVELS)])


def stock_of(**on_hand: float) -> pd.DataFrame:
    return pd.DataFrame({"sku": list(on_hand), "on_hand": list(on_hand.values()), "unit_price": 2.5})


def test_safety_stock_is_the_textbooks_factor_times_the_deviation_over_review_and_lead_time() -> None:
    """Demand 1000 ± 100 a day, R = 7, L = 7, 95 %: safety stock 1.645 · 100 · sqrt(14) = 615 (SPT, (R, S) systems)."""
    terms = Terms(lead_time_days=7, lead_time_sd_days=0, review_days=7, service_level=0.95, order_cycle_days=10)
    row = reorder_policy(normal_rows("A", 1000, 100), stock_of(A=5000), terms).iloc[0]
    assert row["lead_time_demand"] == pytest.approx(14_000)
    assert row["safety_stock"] == pytest.approx(1.645 * 100 * np.sqrt(14), rel=0.08)
    assert row["reorder_point"] == np.ceil(row["lead_time_demand_quantile"])
    assert row["order_up_to_level"] == row["reorder_point"] + 10_000
    assert row["order_quantity"] == row["order_up_to_level"] - 5000
    assert row["order_value"] == row["order_quantity"] * 2.5
    assert row["days_of_cover"] == pytest.approx(5)


def test_a_longer_or_less_certain_lead_time_or_a_higher_level_never_lowers_the_reorder_point() -> None:
    rows, stock = normal_rows("A", 50, 12), stock_of(A=10)

    def point(**changes: float) -> int:
        return int(reorder_policy(rows, stock, Terms(**changes)).iloc[0]["reorder_point"])  # type: ignore[arg-type]

    assert point() < point(lead_time_days=10) < point(lead_time_days=40)
    assert point() < point(lead_time_sd_days=4)
    assert point(service_level=0.5) < point(service_level=0.9) < point(service_level=0.99)


def test_an_order_is_made_at_the_reorder_point_and_not_one_piece_above() -> None:
    rows = pd.concat([normal_rows("AT", 50, 12), normal_rows("ABOVE", 50, 12)])
    point = int(reorder_policy(rows, stock_of(AT=0, ABOVE=0))["reorder_point"].iloc[0])
    policy = reorder_policy(rows, stock_of(AT=point, ABOVE=point + 1)).set_index("sku")
    assert policy.loc["AT", "order_quantity"] == policy.loc["AT", "order_up_to_level"] - point
    assert policy.loc["ABOVE", "order_quantity"] == 0


@settings(max_examples=40, deadline=None)
@given(
    mean=st.floats(0, 1e6),
    quantiles=st.lists(st.floats(0, 1e6), min_size=7, max_size=7).map(sorted),
    on_hand=st.integers(0, 10**7),
    lead=st.floats(0, 60),
    lead_sd=st.floats(0, 20),
    level=st.floats(0.01, 0.999),
)
def test_identities_hold_for_any_forecast(
    mean: float, quantiles: list[float], on_hand: int, lead: float, lead_sd: float, level: float
) -> None:
    terms = Terms(lead_time_days=lead, lead_time_sd_days=lead_sd, service_level=level)
    row = reorder_policy(forecast_rows("A", mean, quantiles), stock_of(A=on_hand), terms).iloc[0]
    assert row["status"] == "ok"
    assert row["order_up_to_level"] >= row["reorder_point"] >= 0
    assert row["safety_stock"] == row["lead_time_demand_quantile"] - row["lead_time_demand"]
    assert sum(sign * row[name] for name, sign in PARTS.items()) == row["order_quantity"]
    expected = max(0, row["order_up_to_level"] - on_hand) if on_hand <= row["reorder_point"] else 0
    assert row["order_quantity"] == expected
    assert row["daily_demand_q95"] == quantiles[-1]


def test_nothing_is_ordered_of_a_product_without_demand() -> None:
    row = reorder_policy(forecast_rows("DEAD", 0, [0] * 7), stock_of(DEAD=0)).iloc[0]
    assert (row["reorder_point"], row["order_up_to_level"], row["order_quantity"]) == (0, 0, 0)
    assert pd.isna(row["days_of_cover"])


def test_skus_that_can_not_be_planned_say_why_and_leave_the_others_alone() -> None:
    failed = forecast_rows("FAILED", np.nan, [np.nan] * 7).assign(status="failed", error="quantity is negative")
    rows = pd.concat([failed, normal_rows("GOOD", 5, 1), normal_rows("NOSTOCK", 5, 1)])
    policy = reorder_policy(rows, stock_of(FAILED=3, GOOD=3, NOFORECAST=3)).set_index("sku")
    assert policy["status"].to_dict() == {"FAILED": "failed", "GOOD": "ok", "NOFORECAST": "failed", "NOSTOCK": "failed"}
    assert policy.loc["FAILED", "error"] == "forecast failed: quantity is negative"
    assert policy.loc["NOFORECAST", "error"] == "no forecast"
    assert policy.loc["NOSTOCK", "error"] == "no stock level"
    assert policy.loc["NOSTOCK", "reorder_point"] > 0
    assert pd.isna(policy.loc["NOSTOCK", "order_quantity"])
    alone = reorder_policy(normal_rows("GOOD", 5, 1), stock_of(GOOD=3))
    assert alone["order_quantity"].iloc[0] == policy.loc["GOOD", "order_quantity"]


def test_a_fallback_forecast_is_planned_with() -> None:
    rows = normal_rows("A", 5, 1).assign(status="fallback", error="ValueError: no")
    row = reorder_policy(rows, stock_of(A=1)).iloc[0]
    assert (row["status"], row["error"]) == ("ok", None)


def test_one_demand_is_not_split_over_warehouses() -> None:
    stock = pd.concat([stock_of(A=1).assign(warehouse=name) for name in ("east", "west")])
    policy = reorder_policy(normal_rows("A", 5, 1), stock)
    assert policy["warehouse"].tolist() == ["east", "west"]
    assert set(policy["status"]) == {"failed"}


def test_a_whole_shop_from_history_to_orders() -> None:
    forecasts = forecast_panel(history(**shop()))
    policy = reorder_policy(forecasts, stock_of(**dict.fromkeys(shop(), 3)))
    assert set(policy["status"]) == {"ok"}
    assert policy["as_of"].unique().tolist() == [END]
    assert policy.set_index("sku").loc["STEADY", "order_quantity"] > 250
    assert policy.set_index("sku").loc["DEAD", "order_quantity"] == 0


@pytest.mark.parametrize(
    "wrong", [{"service_level": 1.0}, {"service_level": 0.0}, {"lead_time_days": -1}, {"review_days": 0}]
)
def test_terms_that_can_not_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InventoryError):
        Terms(**wrong)  # type: ignore[arg-type]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ForecastError, match="stock lacks on_hand"):
        reorder_policy(normal_rows("A", 5, 1), pd.DataFrame({"sku": ["A"]}))
    with pytest.raises(ForecastError, match="no quantile columns"):
        reorder_policy(normal_rows("A", 5, 1).drop(columns=NAMES), stock_of(A=1))


def test_terms_differ_by_supplier_and_what_they_leave_open_is_as_ever() -> None:
    rows = pd.concat([normal_rows(sku, 50, 12) for sku in "ABC"])
    terms = pd.DataFrame({"supplier": ["near", "far"], "lead_time_days": [2.0, 30.0]})
    stock = stock_of(A=0, B=0, C=0).assign(supplier=["near", "far", None])
    policy = reorder_policy(rows, stock, terms).set_index("sku")
    assert policy["lead_time_days"].to_dict() == {"A": 2, "B": 30, "C": Terms().lead_time_days}
    assert policy["service_level"].unique().tolist() == [Terms().service_level]
    assert policy.loc["A", "reorder_point"] < policy.loc["C", "reorder_point"] < policy.loc["B", "reorder_point"]


def test_limits_and_packs_are_kept_and_named() -> None:
    """100 at most are 8 packs of 12; at least 500 are 42; 300 at most and 500 at least can't be."""
    rows = pd.concat([normal_rows(sku, 10, 1) for sku in ("FREE", "MOST", "LEAST", "PACK", "NEVER")])
    limits = {"MOST": (0, 100, 12), "LEAST": (500, np.inf, 12), "PACK": (0, np.inf, 50), "NEVER": (500, 300, 1)}
    terms = pd.DataFrame(limits, index=["min_order", "max_order", "pack_size"]).T.rename_axis("sku").reset_index()
    policy = reorder_policy(rows, stock_of(FREE=0, MOST=0, LEAST=0, PACK=0, NEVER=0), terms).set_index("sku")
    free = policy.loc["FREE", "order_quantity"]
    assert free == policy.loc["FREE", "order_up_to_level"]
    assert policy["order_quantity"].drop("NEVER").to_dict() == {
        "FREE": free, "MOST": 96, "LEAST": 504, "PACK": -(-free // 50) * 50
    }  # fmt: skip
    bound = policy["bound_by"].drop("NEVER").to_dict()
    assert bound == {"FREE": None, "MOST": "maximum order", "LEAST": "minimum order", "PACK": "pack size"}
    assert policy.loc["NEVER", "status"] == "failed"
    assert "minimum order is above" in policy.loc["NEVER", "error"]


def test_what_is_on_order_is_not_ordered_again() -> None:
    rows = normal_rows("A", 50, 12)
    alone = reorder_policy(rows, stock_of(A=10)).iloc[0]
    ordered = reorder_policy(rows, stock_of(A=10).assign(on_order=200)).iloc[0]
    assert ordered["order_quantity"] == alone["order_quantity"] - 200


def test_two_terms_for_one_sku_or_none_named_are_refused() -> None:
    rows, stock = normal_rows("A", 5, 1), stock_of(A=1)
    with pytest.raises(InventoryError, match="two terms for sku A"):
        reorder_policy(rows, stock, pd.DataFrame({"sku": ["A", "A"], "lead_time_days": [1.0, 2.0]}))
    with pytest.raises(InventoryError, match="neither sku nor supplier"):
        reorder_policy(rows, stock, pd.DataFrame({"lead_time_days": [1.0]}))


def test_excess_is_what_no_cover_needs_and_dead_is_all_of_it() -> None:
    """10 a day for 100 days are 1,000 of 1,400 pieces; each costs 2.50 · 0.5 · 0.25 a year: 400 · 0.3125 = 125."""
    rows = pd.concat([normal_rows(sku, 10, 1) for sku in ("EXCESS", "DEAD", "FINE")])
    last = pd.to_datetime([END, END - dt.timedelta(days=90), END])
    stock = stock_of(EXCESS=1400, DEAD=300, FINE=300).assign(last_demand=last)
    rule = ExcessRule(cover_days=100, dead_days=90)
    policy = reorder_policy(rows, stock, excess=rule, as_of=END).set_index("sku")
    assert policy["excess_quantity"].to_dict() == {"DEAD": 300, "EXCESS": 400, "FINE": 0}
    assert policy["excess_reason"].to_dict() == {"DEAD": "dead", "EXCESS": "excess", "FINE": None}
    assert policy.loc["EXCESS", "carrying_cost"] == pytest.approx(125)


def test_sums_of_the_forecast_are_used_where_it_has_them_and_the_table_says_so() -> None:
    rows = pd.concat([normal_rows("SUMS", 10, 1), normal_rows("NONE", 10, 1)])
    days = rows["horizon"].to_numpy()
    for level in (0.05, 0.5, 0.95, 0.99):
        rows[f"total_q{round(100 * level):02d}"] = stats.norm(10 * days, days).ppf(level)
    rows["total_mean"] = 10.0 * days
    rows.loc[rows["sku"] == "NONE", "total_mean"] = np.nan
    terms = Terms(lead_time_days=7, lead_time_sd_days=0, review_days=7)
    policy = reorder_policy(rows, stock_of(SUMS=0, NONE=0), terms).set_index("sku")
    assert policy["method"].to_dict() == {"SUMS": "paths", "NONE": "moments"}
    # Days that are all alike: 14 of sd 1 have sd 14, and not sqrt(14).
    assert policy.loc["SUMS", "safety_stock"] == pytest.approx(1.645 * 14, rel=0.01)
    far = reorder_policy(rows, stock_of(SUMS=0), Terms(lead_time_days=60)).set_index("sku")
    assert far.loc["SUMS", "method"] == "paths, extrapolated"
