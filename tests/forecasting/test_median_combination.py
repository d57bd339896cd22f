"""The combination is the median of its members, no more."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from supplyline.forecasting.models.median_combination import MEMBERS, MODEL, Combined
from supplyline.forecasting.panel import Panel

RANDOM = np.random.default_rng(2)
NAMES = np.array(["a", "b", "c"], dtype=object)
VALUES = RANDOM.poisson([[2.0], [8.0], [0.2]], (3, 120)).astype(float)
PANEL = Panel(NAMES, VALUES, np.array([0, 30, 0]), dt.date(2011, 6, 30))


def test_it_is_the_median_of_its_members_from_every_origin() -> None:
    origins = np.array([60, 119])
    each = np.stack([np.maximum(member.fit(PANEL).ahead(origins, 9), 0.0) for member in MEMBERS])
    ordered = np.sort(each, axis=0)
    assert MODEL.fit(PANEL).ahead(origins, 9) == pytest.approx((ordered[1] + ordered[2]) / 2)


def test_a_members_error_and_note_are_its_own() -> None:
    class Told:
        panel, errors, notes = PANEL, ("", "too short", ""), ("not converged", "", "")

    class Silent:
        panel, errors, notes = PANEL, ("", "", ""), ()

    combined = Combined(PANEL, (Silent(), Told()))  # type: ignore[arg-type]
    assert combined.errors == ("", "too short", "")
    assert combined.notes == ("not converged", "", "")
