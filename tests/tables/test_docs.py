"""docs/tables.md says what the contracts say."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplyline.errors import ConfigError
from supplyline.tables import all_tables, docs

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"


@pytest.fixture(autouse=True)
def _shipped_contracts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUPPLYLINE_CONF", raising=False)


@pytest.mark.skipif(not PAGE.exists(), reason="docs/ is not beside an installed package")
def test_the_page_is_up_to_date() -> None:
    fix = "run `python -m supplyline.tables.docs docs/`"
    assert PAGE.read_text(encoding="utf-8") == docs.tables_page(), fix


def test_every_table_and_column_is_on_the_page() -> None:
    page = docs.tables_page()
    for name, table in all_tables().items():
        part = page.split(f"\n### {name}\n")[1].split("\n### ")[0]
        assert table.description in part
        for column in table.columns:
            cell = f"| **{column.name}** |" if column.name in table.keys else f"| {column.name} |"
            assert cell in part


def test_bars_in_patterns_do_not_break_the_table() -> None:
    for line in docs.tables_page().splitlines():
        if line.startswith("| "):
            assert line.replace("\\|", "").count("|") == 6


def test_the_page_is_written_into_the_folder_named(tmp_path: Path) -> None:
    docs.main([str(tmp_path)])
    assert (tmp_path / "tables.md").read_text(encoding="utf-8") == docs.tables_page()


@pytest.mark.parametrize("words", [[], ["a", "b"], ["no-such-folder"]])
def test_anything_but_one_folder_is_refused(words: list[str]) -> None:
    with pytest.raises(ConfigError, match="give one existing folder"):
        docs.main(words)
