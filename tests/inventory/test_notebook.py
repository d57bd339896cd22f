"""The notebook of one product runs from top to bottom on a warehouse like the demo's."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.warehouse import build_warehouse

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "02_from_history_to_order.ipynb"


def test_one_product_goes_from_its_history_to_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPPLYLINE_WAREHOUSE", str(build_warehouse(tmp_path / "warehouse")))
    monkeypatch.setenv("SUPPLYLINE_SKU", "22423")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    here = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=240, kernel_name="python3", resources=here).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs for cell in cells[:-1])
    assert "22423 in main, reorder policy of 2011-11-11" in json.dumps([cell.outputs for cell in cells])


def test_the_notebook_is_kept_without_outputs_and_machine_paths() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert str(NOTEBOOK.parents[1]) not in text
    assert str(Path.home()) not in text
