"""reorder_policy and simulate_policy with what a stranger hands them: a row with its reason or a named error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from supplyline.errors import SupplylineError
from supplyline.inventory import Costs, Terms, reorder_policy, simulate_policy

DAYS = 40


def history(**columns: Any) -> pd.DataFrame:
    dates = pd.date_range("2024-01-01", periods=DAYS)
    whole = [pd.DataFrame({"sku": sku, "date": dates, "quantity": np.arange(DAYS) % 4 + 1.0}) for sku in ("1", "2")]
    return pd.concat(whole, ignore_index=True).assign(**columns)


def forecasts(**columns: Any) -> pd.DataFrame:
    days = pd.date_range("2024-02-10", periods=28)
    told = {"model": "naive", "mean": 2.5, "q05": 1.0, "q50": 2.0, "q95": 4.0, "status": "ok", "error": None}
    rows = [pd.DataFrame({"sku": sku, "date": days, "horizon": range(1, 29)} | told) for sku in ("1", "2")]
    return pd.concat(rows, ignore_index=True).assign(**columns)


def stock(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"sku": ["1", "2"], "on_hand": [10.0, 5.0], "unit_price": [2.0, 3.0]}).assign(**columns)


def levels(**columns: Any) -> pd.DataFrame:
    given = {"sku": ["1", "2"], "reorder_point": [20, 30], "order_up_to_level": [40, 50]}
    return pd.DataFrame(given).assign(**columns)


SAME: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "arrow": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "nullable": lambda frame: frame.convert_dtypes(),
    "categorical": lambda frame: frame.assign(sku=frame["sku"].astype("category")),
    "numbered skus": lambda frame: frame.assign(sku=frame["sku"].astype(int)),
    "mixed skus": lambda frame: frame.assign(sku=[int(sku) if sku == "1" else sku for sku in frame["sku"]]),
    "an index of its own name": lambda frame: frame.set_index("sku", drop=False),
}


@pytest.mark.parametrize("kind", SAME)
def test_other_types_of_the_same_values_give_the_same_rows(kind: str) -> None:
    usual = reorder_policy(forecasts(), stock())
    for given in ((SAME[kind](forecasts()), SAME[kind](stock())), (forecasts(), SAME[kind](stock()))):
        pd.testing.assert_frame_equal(reorder_policy(*given), usual)
    replayed = simulate_policy(history(), levels())
    pd.testing.assert_frame_equal(simulate_policy(SAME[kind](history()), SAME[kind](levels())), replayed)
    assert usual["status"].tolist() == replayed["status"].tolist() == ["ok", "ok"]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_dates_with_a_zone_are_the_shops_own(zone: str) -> None:
    local = history()["date"].dt.tz_localize(zone)
    pd.testing.assert_frame_equal(simulate_policy(history(date=local), levels()), simulate_policy(history(), levels()))
    sold = stock(last_demand=pd.Timestamp("2024-02-01", tz=zone))
    assert reorder_policy(forecasts(), sold)["days_without_demand"].tolist() == [8, 8]


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (lambda: reorder_policy(forecasts(), stock(last_demand="never")), "last_demand can't be never"),
        (lambda: reorder_policy(forecasts(), stock(on_hand=1e19)), "on_hand can't be 1e+19"),
        (lambda: reorder_policy(forecasts(mean=1e300, q05=1e300, q50=1e300, q95=1e300), stock()), "above 1e15"),
        (lambda: reorder_policy(forecasts(horizon="a"), stock()), "forecast: "),
        (lambda: reorder_policy(forecasts(q95="x"), stock()), "a quantile is missing"),
        (lambda: reorder_policy(forecasts(), stock(), pd.DataFrame({"sku": ["1", "2"], "pack_size": "x"})), "numbers"),
        (lambda: simulate_policy(history(quantity="x"), levels()), "quantity is not a finite number"),
        (lambda: simulate_policy(history(date="soon").assign(date=history()["date"].where(lambda d: d.dt.day > 1)),
                                 levels()), "date is missing or no date"),
        (lambda: simulate_policy(history(), levels(reorder_point="x")), "is missing"),
        (lambda: simulate_policy(history(), levels(on_hand=np.inf)), "on_hand or unit_price"),
        (lambda: simulate_policy(history(), levels(unit_price=-1.0)), "on_hand or unit_price"),
        (lambda: simulate_policy(history(), levels(unit_price="x")), "on_hand or unit_price"),
        (lambda: simulate_policy(history(), levels(as_of="soon")), "as_of is no date"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_row_with_its_reason(work: Callable[[], pd.DataFrame], told: str) -> None:
    found = work()
    assert found["status"].tolist() == ["failed", "failed"]
    assert found["error"].str.contains(told, regex=False).all(), found["error"].tolist()


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (lambda: reorder_policy(forecasts(), stock(), as_of="soon"), "as_of 'soon' is no date (reorder_policy)"),
        (lambda: reorder_policy(forecasts(), stock(), [1]), "terms is a list and no Terms"),
        (lambda: reorder_policy(forecasts(), stock(), costs=3), "costs is a int and no Costs"),
        (lambda: reorder_policy(forecasts(), stock(), excess=3), "excess is a int and no ExcessRule"),
        (lambda: reorder_policy(pd.concat([forecasts(), forecasts()[["sku"]]], axis=1), stock()), "sku twice"),
        (lambda: Terms(lead_time_days="x"), "terms are not numbers"),
        (lambda: Costs(holding_rate=np.nan), "no number"),
        (lambda: Costs(holding_rate="x"), "no number"),
        (lambda: simulate_policy(history(), levels(), costs=3), "costs is a int and no Costs"),
        (lambda: simulate_policy(history(), levels(), warm_up="a"), "warm_up a leaves no day"),
        (lambda: simulate_policy(history(date=5), levels()), "history is empty"),
    ],
)
def test_an_argument_that_cannot_be_is_named(work: Callable[[], object], told: str) -> None:
    with pytest.raises(SupplylineError) as raised:
        work()
    assert told in str(raised.value)
    assert raised.value.where
    assert raised.value.fix
