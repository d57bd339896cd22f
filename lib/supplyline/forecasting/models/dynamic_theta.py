"""The Theta method with its theta estimated and a line that every day moves."""

from __future__ import annotations

from supplyline.forecasting.models.theta import Theta


class DynamicTheta(Theta):
    """DOTM of Fiorucci, Pellegrini, Louzada, Petropoulos and Koehler, IJF 32, 2016."""

    name = "dynamic_theta"
    optimised = True
    dynamic = True


MODEL = DynamicTheta()
