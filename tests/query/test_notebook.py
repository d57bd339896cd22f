"""The notebook runs from top to bottom on a warehouse like the demo's."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.warehouse import build_warehouse

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "01_explore.ipynb"


def test_the_notebook_runs_and_its_cells_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPPLYLINE_WAREHOUSE", str(build_warehouse(tmp_path / "warehouse")))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs for cell in cells[1:-1])
    assert "1,236 rows read, 1,236 accounted for" in json.dumps(cells[2].outputs)


def test_the_notebook_is_kept_without_outputs_and_machine_paths() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert str(NOTEBOOK.parents[1]) not in text
    assert str(Path.home()) not in text
