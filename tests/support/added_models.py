"""Models that misbehave, dropped into the register as a user's module would be."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from supplyline.forecasting import models as model_package
from supplyline.forecasting.registry import models

RAISES = '''
"""Raises at an unlucky demand."""
from supplyline.forecasting.models.seasonal_naive import LastSeason
from supplyline.forecasting.registry import Model


class Raises(Model):
    name = "raises"
    patterns = frozenset()

    def fit(self, panel):
        if (panel.values == 13).any():
            raise ValueError("unlucky demand")
        return LastSeason(panel)


MODEL = Raises()
'''
HANGS = RAISES.replace("raises", "hangs").replace("Raises", "Hangs")
HANGS = HANGS.replace('if (panel.values == 13).any():\n            raise ValueError("unlucky demand")', "WAIT")
HANGS = HANGS.replace("WAIT", "while (panel.values == 17).any():\n            pass")


@contextmanager
def added(folder: Path, monkeypatch: pytest.MonkeyPatch, **modules: str) -> Iterator[None]:
    """The modules named, in `folder`, beside those of the register, and nothing else."""
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.setattr(model_package, "__path__", [*model_package.__path__, str(folder)])
    models.cache_clear()
    yield
    monkeypatch.undo()
    models.cache_clear()
    for name in modules:
        sys.modules.pop(f"supplyline.forecasting.models.{name}", None)
