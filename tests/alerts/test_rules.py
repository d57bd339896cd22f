"""Rule files: what they need, and the one line that says what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplyline.alerts.rules import load_rules, parse_rule
from supplyline.errors import ConfigError, RuleError, SupplylineError

GOOD = """name: low
severity: warning
description: "{sku}: {last_stock} pieces, {value} of {threshold}"
breach: last_stock < 5
clear: last_stock >= 8
value: last_stock
threshold: "5"
"""


def test_the_shipped_rules_are_the_four_of_the_documentation() -> None:
    assert {rule.name: rule.severity for rule in load_rules()} == {
        "below_reorder_point": "warning",
        "stock_out": "critical",
        "days_of_cover_under_lead_time": "warning",
        "sales_spike": "info",
    }


def test_a_rule_in_the_users_folder_is_added_and_wins_by_its_file_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "low.yaml").write_text(GOOD)
    (tmp_path / "rules" / "stock_out.yaml").write_text(GOOD.replace("low", "stock_out"))
    monkeypatch.setenv("SUPPLYLINE_CONF", str(tmp_path))
    severities = {rule.name: rule.severity for rule in load_rules()}
    assert severities["low"] == severities["stock_out"] == "warning"
    assert len(severities) == 5


def test_two_rules_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "other.yaml").write_text(GOOD.replace("low", "stock_out"))
    monkeypatch.setenv("SUPPLYLINE_CONF", str(tmp_path))
    with pytest.raises(RuleError, match="two rules are named 'stock_out'"):
        load_rules()


def test_an_unknown_column_is_named_with_file_line_and_the_known_ones() -> None:
    with pytest.raises(RuleError) as refused:
        parse_rule(GOOD.replace("breach: last_stock", "breach: last_stok"), "rules/low.yaml")
    assert str(refused.value).startswith("unknown column 'last_stok' (rules/low.yaml:4, breach): use one of ")
    assert "last_stock" in str(refused.value)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("{sku}", "{skew}", "unknown column 'skew'"),
        ("{sku}", "{sku", "brace without its pair"),
        ("severity: warning", "severity: loud", "severity"),
        ("name: low", "name: Low Stock", "name"),
        ("value: last_stock\n", "", "value"),
        ("name: low", "name: low\nwindow: 1 hour", "window"),
        ("clear: last_stock >= 8", "clear: last_stock", "is a number, not a condition"),
        ("value: last_stock", "value: last_stock > 1", "is a condition, not a number"),
        ("breach: last_stock < 5", "breach: sku < 5", "unknown column 'sku'"),
        ("name: low", "name: [", "broken YAML"),
        (GOOD, "", "name"),
        ("pieces", "pie\\\\ces", "description"),
    ],
)
def test_a_mistake_in_a_rule_is_one_line_with_its_place(before: str, after: str, said: str) -> None:
    with pytest.raises(SupplylineError) as refused:
        parse_rule(GOOD.replace(before, after), "rules/low.yaml")
    assert isinstance(refused.value, RuleError | ConfigError)
    assert said in str(refused.value)
    assert "rules/low.yaml" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_rule_knows_the_columns_it_reads() -> None:
    assert parse_rule(GOOD, "x").columns == {"last_stock", "sku"}
