"""Syntetos-Boylan approximation: Croston's method without its bias."""

from __future__ import annotations

from supplyline.forecasting.models.croston import Croston


class SyntetosBoylan(Croston):
    """Croston's rate times (1 - alpha / 2), alpha that of the interval; Syntetos and Boylan, IJF 21, 2005, 303–314."""

    name = "sba"
    unbiased = True


MODEL = SyntetosBoylan()
