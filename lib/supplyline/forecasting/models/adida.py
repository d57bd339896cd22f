"""Intermittent demand seen in sums over its mean interval, which are rarely zero."""

from __future__ import annotations

from supplyline.forecasting.models.imapa import Imapa


class Adida(Imapa):
    """Aggregate, smooth, disaggregate; Nikolopoulos, Syntetos, Boylan, Petropoulos, Assimakopoulos, JORS 62, 2011."""

    name = "adida"
    every = False


MODEL = Adida()
