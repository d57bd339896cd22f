"""What one model has found of a series another need not find again, and never takes for that of another series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from supplyline.forecasting.panel import Panel
from supplyline.forecasting.registry import models
from supplyline.forecasting.sharing import Arrays, shared
from tests.support.demand_histories import panel_of

RNG = np.random.default_rng(12)


class Counted:
    """Means and squares of each row, and how many rows were asked for."""

    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, panel: Panel) -> Arrays:
        self.rows += len(panel)
        return panel.values.mean(axis=1), panel.values**2


def test_a_series_is_fitted_once_whatever_else_is_in_the_panel() -> None:
    panel, fit = replace(panel_of(*RNG.poisson(3.0, (6, 50)).astype(float)), fits={}), Counted()
    for rows in ([1, 3], [0, 1, 2, 3], [3, 2], [5, 0]):
        part = panel.take(np.array(rows))
        for ours, plain in zip(shared(part, "counted", fit), Counted()(part), strict=True):
            assert np.array_equal(ours, plain)
    assert fit.rows == 2 + 2 + 0 + 2


def test_another_history_season_or_start_is_another_series() -> None:
    values = RNG.poisson(3.0, (2, 50)).astype(float)
    panel, fit = replace(panel_of(*values), fits={}), Counted()
    panel.values[0, 4] = np.nan
    changed = panel.values.copy()
    changed[1, -1] += 1.0
    others = (
        (replace(panel, values=changed), 1),
        (panel.with_seasons((5,)), 2),
        (replace(panel, starts=panel.starts + np.array([0, 3])), 1),
        (panel.until(4), 2),
    )
    for other, new in others:
        shared(panel, "counted", fit)
        before = fit.rows
        shared(other, "counted", fit)
        assert fit.rows - before == new
        assert fit.rows - before == (
            1 if len(other.starts) and other.days == 50 and other.seasons == panel.seasons else 2
        )
        panel.fits.clear()


def test_shared_or_not_a_combination_forecasts_the_same() -> None:
    panel = panel_of(*RNG.poisson(9.0, (5, 120)).astype(float))
    sharing = replace(panel, fits={})
    models()["ets"].fit(sharing.take(np.array([0, 2])))
    origins = np.array([80, 119])
    alone, together = (models()["median_combination"].fit(each).ahead(origins, 7) for each in (panel, sharing))
    assert np.array_equal(alone, together)
