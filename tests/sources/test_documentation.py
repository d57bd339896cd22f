"""docs/sources.md can't fall behind the vocabulary it describes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from supplyline.config.yaml_model import YamlPart
from supplyline.sources.inputs import Input
from supplyline.sources.mapping import SourceMapping, parse_mapping
from supplyline.sources.operations import OPERATIONS
from supplyline.sources.values import STARTS, Value
from supplyline.sources.values import Test as ColumnTest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")


def test_every_operation_stands_in_the_page_as_the_registry_says() -> None:
    rows = [f"| `{item.name}` | {item.on} | {item.meaning} | `{item.example}` |" for item in OPERATIONS.values()]
    assert [row for row in rows if row not in PAGE] == []


@pytest.mark.parametrize("part", [SourceMapping, Input, ColumnTest])
def test_every_key_stands_in_the_page(part: type[YamlPart]) -> None:
    names = [info.alias or name for name, info in part.model_fields.items()]
    assert [name for name in names if f"`{name}`" not in PAGE] == []


def test_every_start_of_a_value_stands_in_the_page() -> None:
    names = [Value.model_fields[name].alias or name for name in STARTS]
    assert [name for name in names if f"| `{name}` |" not in PAGE] == []


def test_the_example_is_a_mapping_and_each_operations_example_works_in_it() -> None:
    text = PAGE.split("```yaml\n")[1].split("```")[0]
    assert parse_mapping(text, "docs/sources.md").source == "myshop"
    for item in OPERATIONS.values():
        [step] = yaml.safe_load(f"[{{{item.example}}}]" if ":" in item.example else f"[{item.example}]")
        assert Value.model_validate({"from": "x", "ops": [step]}).ops[0].name == item.name
