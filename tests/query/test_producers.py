"""The job behind a table is read from the jobs themselves, so that a new job needs no entry."""

from __future__ import annotations

from supplyline.query.producers import _outputs, how_to_build
from supplyline.tables import all_tables, table


def test_outputs_are_the_names_behind_the_arrow() -> None:
    doc = '"""Scores: order_lines → sales_daily, products.\n\nMore → words."""'
    assert _outputs(doc, "x.py") == ["sales_daily", "products"]
    assert _outputs('"""A job without an arrow."""', "x.py") == []
    assert _outputs("x = 1", "x.py") == []


def test_the_commands_are_named_in_the_order_they_are_run() -> None:
    assert how_to_build(table("products")) == "run `supplyline run ingest`"
    behaviour = "run `supplyline run ingest`, then `supplyline run simulate_behaviour`"
    assert how_to_build(table("behaviour_events")) == behaviour
    assert how_to_build(table("sales_daily")) == "run `supplyline run build_sales`"
    assert how_to_build(table("alerts")) == "run `supplyline stream monitor_inventory`, then `supplyline publish`"


def test_every_gold_table_has_its_job() -> None:
    gold = [table for table in all_tables().values() if table.layer == "gold"]
    assert [table.name for table in gold if "supplyline run" not in how_to_build(table)] == []
