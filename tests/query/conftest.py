"""A complete small warehouse, built once and only read."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplyline.config import Settings, load_settings
from tests.support.warehouse import build_warehouse


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the small shop's warehouse; its name needs escaping in URIs and SQL."""
    return build_warehouse(tmp_path_factory.mktemp("query") / "it's a café")


@pytest.fixture
def shop_settings(shop: Path) -> Settings:
    """Settings whose warehouse is the small shop's."""
    return load_settings(warehouse=str(shop))
