"""The Theta method with its theta estimated."""

from __future__ import annotations

from supplyline.forecasting.models.theta import Theta


class OptimisedTheta(Theta):
    """OTM of Fiorucci, Pellegrini, Louzada, Petropoulos and Koehler, IJF 32, 2016."""

    name = "optimised_theta"
    optimised = True


MODEL = OptimisedTheta()
