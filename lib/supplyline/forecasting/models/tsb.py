"""Teunter-Syntetos-Babai: intermittent demand that may be dying out."""

from __future__ import annotations

from supplyline.forecasting.kernels.intermittent import tsb_panel
from supplyline.forecasting.panel import Panel
from supplyline.forecasting.patterns import ERRATIC, INTERMITTENT, LUMPY
from supplyline.forecasting.registry import Model, State
from supplyline.forecasting.states import level_path


class TeunterSyntetosBabai(Model):
    """The chance of demand is updated daily, so that a product nobody buys fades; Teunter et al., EJOR 214, 2011."""

    name = "tsb"
    patterns = frozenset({ERRATIC, INTERMITTENT, LUMPY})

    def fit(self, panel: Panel) -> State:
        """Rates after each day."""
        rates, _ = tsb_panel(panel.values, panel.starts)
        return level_path(panel, rates)


MODEL = TeunterSyntetosBabai()
