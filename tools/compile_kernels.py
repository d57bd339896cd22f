"""Compile the forecast and stock kernels once, so that no job waits for it. `make setup` calls it.

numba keeps what it compiles beside each file, and knows when that file has changed, but not when one has that it
calls. So a change of any of them throws all away here first. It takes one or two minutes of CPU.
"""

from __future__ import annotations

from supplyline import compiled_kernels

DAYS = 120


def main() -> None:
    """Compile where something has changed since the last time."""
    if compiled_kernels.are_current():
        return
    print("kernels: compiling what forecasts run on (one or two minutes)", flush=True)
    wanted = compiled_kernels.fingerprint()
    compiled_kernels.forget()
    _run_all()
    compiled_kernels.mark_complete(wanted)


def _run_all() -> None:
    """Every model on a few products of each demand pattern, and the stock decisions made of their forecasts."""
    # Here, so that a set-up with nothing to do does not wait for them.
    import numpy as np
    import pandas as pd

    from supplyline.forecasting import TOTAL_QUANTILES, Plan, forecast_and_score
    from supplyline.forecasting.registry import models
    from supplyline.inventory import reorder_policy

    chance, rates = np.random.default_rng(1), {"a": 20.0, "b": 5.0, "c": 0.3, "d": 0.1}
    dates = pd.date_range("2011-01-01", periods=DAYS)
    sold = {sku: chance.poisson(rate, DAYS) * (1.0 + chance.poisson(1.0, DAYS)) for sku, rate in rates.items()}
    history = pd.DataFrame(sold, index=dates).rename_axis("date").reset_index()
    history = history.melt("date", var_name="sku", value_name="quantity")
    plan = Plan(total_quantiles=TOTAL_QUANTILES, horizon=14)
    made = forecast_and_score(history, plan)[0]
    for name in models():
        if name != "gradient_boosting":  # It learns from hundreds of rows, and compiles nothing.
            forecast_and_score(history, Plan(models=(name,), horizon=14))
    reorder_policy(made, pd.DataFrame({"sku": list(rates), "on_hand": 10, "unit_price": 1.0}))


if __name__ == "__main__":
    main()
