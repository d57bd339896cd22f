"""What the report shows of evaluation, hidden demand, drivers, orders, the purchase plan, excess and the replay."""

from __future__ import annotations

import datetime as dt
import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from supplyline.config import Settings, load_settings
from supplyline.inventory.lines import PARTS
from supplyline.query import connect
from supplyline.report import write_report
from supplyline.report.context import Context
from supplyline.report.html import Html
from supplyline.report.sections import SECTIONS
from supplyline.report.terminal import print_summary
from tests.report.decision_rows import PLAYED, PRICE, REPLAYED_DAYS, decision_rows
from tests.report.test_report import CHROMIUM, Outline, drawn_charts
from tests.support.shop_rows import AS_OF, SKUS, Row
from tests.support.warehouse import build_warehouse, write_rows

NEW = ("evaluation", "hidden", "drivers", "parts", "purchases", "excess", "policies")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    root = build_warehouse(tmp_path_factory.mktemp("decisions") / "warehouse")
    for name, rows in decision_rows().items():
        write_rows(root, name, rows)
    return load_settings(warehouse=str(root))


@pytest.fixture(scope="module")
def shown(shop: Settings) -> dict[str, str]:
    """Section → its text."""
    return sections_of(shop)


def sections_of(shop: Settings, as_of: dt.date | None = None) -> dict[str, str]:
    return {key: Outline(page).text for key, page in built_sections(shop, as_of).items()}


def built_sections(shop: Settings, as_of: dt.date | None = None) -> dict[str, Html]:
    with connect(shop) as connection:
        context = Context(shop, connection, as_of)
        made = [section for section in SECTIONS if section.key in NEW and context.has(*section.tables)]
        return {section.key: section.build(context) for section in made}


def plan_lines() -> list[Row]:
    return [row for row in decision_rows()["purchase_plan"] if row["status"] == "ok"]


def test_scores_of_an_evaluation_are_held_against_the_naive_on_the_same_days(shown: dict[str, str]) -> None:
    assert "3 origins from 2011-09-30 to 2011-10-14, 12 products" in shown["evaluation"]
    mase = [row["mase"] for row in decision_rows()["forecast_scores"] if _is_theta(row)]
    said = f"{sum(mase) / len(mase):.2f} {sum(mase) / len(mase):.2f} 0.80 88 % -0.10 0.20"
    assert f"chosen for each product 12 {said}" in shown["evaluation"]
    assert f"theta 12 {said}" in shown["evaluation"]


def _is_theta(row: Row) -> bool:
    return (row["purpose"], row["model"], row["days_ahead"]) == ("evaluation", "theta", "all")


def test_chosen_models_are_shown_by_pattern_days_ahead_and_class_but_not_by_an_unknown_category(
    shown: dict[str, str],
) -> None:
    assert "By Demand pattern Days ahead ABC class" in shown["evaluation"]
    assert "Category" not in shown["evaluation"]
    assert "15-28 12 0.80" in shown["evaluation"]


def test_a_model_tried_on_few_products_does_not_lead_the_table(tmp_path: Path) -> None:
    build_warehouse(tmp_path, tables=["products"])
    rows = [row for row in decision_rows()["forecast_scores"] if row["purpose"] == "evaluation"]
    rows += [row | {"model": "rare", "pinball": 0.0} for row in rows if row["sku"] == SKUS[0] and row["model"] == "ets"]
    write_rows(tmp_path, "forecast_scores", rows)
    shown = sections_of(load_settings(warehouse=str(tmp_path)), AS_OF)["evaluation"]
    assert shown.index("theta 12") < shown.index("seasonal_naive 12") < shown.index("rare 1")


def test_a_choice_without_an_evaluation_says_what_to_run(tmp_path: Path) -> None:
    build_warehouse(tmp_path, tables=["sales_daily", "products", "forecast_scores"])
    assert "run supplyline run score_forecasts" in sections_of(load_settings(warehouse=str(tmp_path)))["evaluation"]


def test_the_share_of_estimated_demand_is_that_of_the_rows(shown: dict[str, str]) -> None:
    rows = [row for row in decision_rows()["demand_daily"] if row["date"] <= AS_OF]
    hidden = sum(row["quantity"] - row["sales"] for row in rows)
    share = hidden / sum(row["quantity"] for row in rows)
    assert f"Demand added to sales {100 * share:.1f} % {hidden:,.0f} pieces" in shown["hidden"]
    estimated = [row for row in rows if row["origin"] == "estimated"]
    assert f"{len(estimated)} days of 12 products" in shown["hidden"]


def test_a_history_that_was_all_sold_is_said_to_be_so(tmp_path: Path) -> None:
    shown = sections_of(load_settings(warehouse=str(build_warehouse(tmp_path))))
    assert "hid demand: all of it was sold" in shown["hidden"]


def test_an_elasticity_is_told_as_what_a_lower_price_does(shown: dict[str, str]) -> None:
    middle, low, high = (100 * (0.9**effect - 1) for effect in (-1.6, -1.3, -1.9))
    assert f"a price 10 % lower +{middle:.1f} % +{low:.1f} to +{high:.1f} %" in shown["drivers"]
    assert "promotion +40.0 % +25.0 to +57.0 %" in shown["drivers"]
    assert "holiday -30.0 % -45.0 to -10.0 %" in shown["drivers"]


def test_an_effect_that_there_is_not_has_its_reason(shown: dict[str, str]) -> None:
    assert shown["drivers"].count("98 of 100 days had a price of 80 % to 125 % of the product's median") == 1
    assert "Without an effect: promotion: it never changes." in shown["drivers"]
    assert "Gifts Kitchen <b>" in shown["drivers"]


def test_parts_of_all_orders_add_up_to_their_value(shop: Settings, shown: dict[str, str]) -> None:
    rows = [row for row in decision_rows()["reorder_policy"] if row["order_quantity"]]
    value = sum(row["order_value"] for row in rows)
    parts = sum(sign * (row[name] or 0) * row["unit_price"] for row in rows for name, sign in PARTS.items())
    assert parts == pytest.approx(value)
    page = built_sections(shop)["parts"]
    assert f'"{value:,.0f}"' in page.split('figures["parts-total"]')[1].split("</script>")[0]
    assert "Show All orders together" in shown["parts"]
    assert "The pack size of 6 decides the quantity" in shown["parts"]


def test_the_purchase_plan_is_told_in_money(shown: dict[str, str]) -> None:
    lines = plan_lines()
    cost, pieces = sum(row["cost"] for row in lines), sum(row["quantity"] for row in lines)
    assert f"Goods to buy, at cost £{cost:,.0f} {pieces:,} pieces of 11 products" in shown["purchases"]
    assert f"Orders 8 {len(lines)} lines, 2 suppliers" in shown["purchases"]
    assert "Distance to the least cost gap 0.1 %" in shown["purchases"]


def test_limits_are_counted_one_by_one_and_failures_have_their_reason(shown: dict[str, str]) -> None:
    for limit in ("pack size", "budget"):
        lines = [row for row in plan_lines() if limit in row["limits"]]
        assert f"{limit} {len(lines)} £{sum(row['cost'] for row in lines):,.0f}" in shown["purchases"]
    assert f"minimum quantity 500 is above maximum quantity 100 1 {SKUS[-1]}" in shown["purchases"]


def test_the_biggest_line_is_taken_apart(shown: dict[str, str]) -> None:
    row = min(plan_lines(), key=lambda row: (-row["cost"], row["sku"], row["line"]))
    parts = f"+{row['forecast_demand']:.0f} +10 -25 +{row['pack_rounding']:.0f} +{row['adjustment']:.0f}"
    assert f"12 Nov 19 Nov {parts} {row['quantity']} £{row['cost']:.2f} pack size, costs" in shown["purchases"]


def test_a_day_without_a_plan_says_what_to_run(shop: Settings) -> None:
    assert (
        "no plan of 2011-10-01: run supplyline run plan_purchases"
        in sections_of(shop, dt.date(2011, 10, 1))["purchases"]
    )


def test_excess_and_dead_stock_are_told_with_their_cost(shown: dict[str, str]) -> None:
    rows = [row for row in decision_rows()["reorder_policy"] if row["excess_quantity"]]
    cost = sum(row["carrying_cost"] for row in rows)
    assert f"Cost of keeping both a year £{cost:,.0f}" in shown["excess"]
    for row in rows:
        value = row["excess_quantity"] * row["unit_price"]
        label = "Dead" if row["excess_reason"] == "dead" else "Excess"
        assert f"{label} stock at sales prices £{value:,.0f} {row['excess_quantity']:,} pieces" in shown["excess"]
    assert "Assumed: a piece has cost 50 % of its sales price" in shown["excess"]


def test_a_cover_without_end_is_cut_short(tmp_path: Path) -> None:
    build_warehouse(tmp_path, tables=["products"])
    endless = next(row for row in decision_rows()["reorder_policy"] if row["excess_quantity"])
    write_rows(tmp_path, "reorder_policy", [endless | {"days_of_cover": 1e12}])
    assert "> 999" in sections_of(load_settings(warehouse=str(tmp_path)))["excess"]


def test_policies_are_compared_on_the_products_that_all_could_be_replayed_for(shown: dict[str, str]) -> None:
    numbers = range(1, len(SKUS))
    demand, stock = sum(1000 + 100 * n for n in numbers), sum(70 * n for n in numbers) * PRICE
    sold = demand - 15 * sum(numbers)
    cells = f"ours {100 * sold / demand:.1f} % 90.0 % {15 * len(numbers)} £{stock:,.0f}"
    assert f"{cells} {sold * PRICE * 365 / REPLAYED_DAYS / stock:.1f}" in shown["policies"]
    assert "11 products over 182 days" in shown["policies"]
    assert "1 more could not be replayed under every policy" in shown["policies"]


def test_the_distance_to_the_clairvoyant_is_that_of_the_costs(shown: dict[str, str]) -> None:
    weight, count = sum(range(1, len(SKUS))), len(SKUS) - 1
    cost = {name: stock * weight / 4 + 2 * missed * weight + o * count for name, (stock, missed, o) in PLAYED.items()}
    for name, said in (("rule_of_thumb", "rule of thumb"), ("autoets_normal", "AutoETS, Normal")):
        share = (cost[name] - cost["forecast_quantiles"]) / (cost[name] - cost["clairvoyant"])
        assert re.search(rf"{100 * share:.0f} % \([^)]*\) of it from {said}", shown["policies"])


def test_tables_without_rows_give_sections_that_say_so(tmp_path: Path) -> None:
    build_warehouse(tmp_path, tables=["products"])
    for name in decision_rows():
        write_rows(tmp_path, name, [])
    shown = sections_of(load_settings(warehouse=str(tmp_path)), AS_OF)
    assert set(shown) == set(NEW)
    assert "run supplyline run simulate_policies" in shown["policies"]
    assert "run supplyline run estimate_drivers" in shown["drivers"]
    assert "No product is to be ordered" in shown["parts"]


def test_the_summary_shows_the_next_orders_by_supplier(shop: Settings) -> None:
    out = io.StringIO()
    print_summary(shop, Console(file=out, width=160))
    shown = " ".join(out.getvalue().split())
    first = [row for row in plan_lines() if row["line"] == 1 and row["supplier"] == "Leeds Crafts"]
    pieces, cost = sum(row["quantity"] for row in first), sum(row["cost"] for row in first)
    assert "Next orders of the purchase plan" in shown
    assert f"2011-11-12 Leeds Crafts 2011-11-19 {len(first)} {pieces} £{cost:,.0f}" in shown


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine to open the report in")
def test_a_browser_draws_the_charts_of_the_decisions(shop: Settings, tmp_path: Path) -> None:
    page = write_report(shop, tmp_path / "r.html")
    drawn = set(drawn_charts(page, tmp_path / "profile"))
    assert drawn >= {
        "evaluation-bands",
        "hidden-weeks",
        "drivers-0",
        "parts-total",
        "purchases-weeks",
        "policies-costs",
    }
