"""Contracts: read, typed, and the same in every engine."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import yaml

from supplyline.config import conf_texts
from supplyline.errors import ContractError, SupplylineError
from supplyline.tables import FORECASTS, SALES_DAILY, Table, all_tables, table
from supplyline.tables.arrow import ARROW_TYPES, arrow_schema
from supplyline.tables.checks import column_checks
from supplyline.tables.contract import parse_contract
from supplyline.tables.frames import conform

TABLES = sorted(all_tables().values(), key=lambda each: each.name)
DESIGNED = {
    "products customers order_lines stock_movements behaviour_events quarantine ingest_log",
    "sales_daily inventory_daily behaviour_daily sessions demand_daily forecasts forecast_scores reorder_policy",
    "window_metrics alert_events alerts late_events rejected_events",
}


def test_every_table_of_the_design_has_a_contract() -> None:
    assert {name for line in DESIGNED for name in line.split()} <= set(all_tables())


@pytest.mark.parametrize("each", TABLES, ids=lambda each: each.name)
def test_arrow_schema_gives_back_names_types_and_gaps_of_the_contract(each: Table) -> None:
    names = {kind: name for name, kind in ARROW_TYPES.items()}
    back = [(field.name, names[field.type], not field.nullable) for field in arrow_schema(each)]
    assert back == [(column.name, column.type, column.required) for column in each.columns]


@pytest.mark.parametrize("each", TABLES, ids=lambda each: each.name)
def test_keys_are_required_and_every_column_says_what_it_means(each: Table) -> None:
    assert all(each.column(key).required for key in each.keys)
    assert all(len(column.description) >= 5 for column in each.columns)


@pytest.mark.parametrize("each", TABLES, ids=lambda each: each.name)
def test_file_name_table_name_and_schema_name_are_one(each: Table) -> None:
    document = yaml.safe_load(conf_texts("contracts")[each.name])
    assert {document["id"], document["name"], document["schema"][0]["name"]} == {each.name}


def test_upper_cased_name_is_the_table_and_an_unknown_one_is_refused() -> None:
    assert table("forecasts") is FORECASTS
    with pytest.raises(ContractError, match="no table 'forecast'.*forecasts"):
        table("forecast")
    with pytest.raises(ImportError):
        from supplyline.tables import NO_SUCH_TABLE  # noqa: F401


def test_checks_of_a_table_cover_gaps_limits_and_its_own_rules() -> None:
    names = {check.name for check in column_checks(SALES_DAILY)}
    assert {"sku_required", "units_sold_minimum", "revenue_finite", "net_demand_is_part_of_sales"} <= names


GOOD = conf_texts("contracts")["ingest_log"]
BROKEN = {
    "a key misspelt": GOOD.replace("logicalType:", "logicaltype:", 1),
    "a type unknown": GOOD.replace("physicalType: long", "physicalType: bigint"),
    "types that differ": GOOD.replace("logicalType: integer", "logicalType: string"),
    "a column twice": GOOD.replace("name: outcome", "name: input"),
    "no primary key": GOOD.replace("primaryKey: true", "primaryKey: false"),
    "broken YAML": GOOD + "\n  - [",
    "no mapping": "- just\n- a list\n",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_contract_is_one_line_that_names_the_file(text: str) -> None:
    with pytest.raises(SupplylineError, match=r"contracts/x\.yaml") as caught:
        parse_contract(text, "contracts/x.yaml")
    assert "\n" not in str(caught.value)


def test_a_frame_is_refused_with_every_difference_at_once() -> None:
    frame = pd.DataFrame({"source": ["a"], "input": [None], "rows": ["many"], "colour": [1]})
    with pytest.raises(ContractError) as caught:
        conform(frame, table("ingest_log"))
    text = str(caught.value)
    assert all(
        part in text for part in ("missing column outcome", "unknown column colour", "input has empty", "rows is no")
    )


def test_a_frame_comes_back_in_the_order_and_types_of_the_contract() -> None:
    frame = pd.DataFrame({"rows": [1], "outcome": ["read"], "input": ["i"], "source": ["s"]})
    assert list(conform(frame, table("ingest_log")).columns) == ["source", "input", "outcome", "rows"]


def test_a_contract_in_the_users_folder_is_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "mine.yaml").write_text(GOOD.replace("ingest_log", "mine"))
    monkeypatch.setenv("SUPPLYLINE_CONF", str(tmp_path))
    assert table("mine").keys == ("source", "input", "outcome")
    assert "forecasts" in all_tables()
