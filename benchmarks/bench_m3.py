"""Accuracy on the M3 competition: sMAPE of the automatic forecast beside the 24 competitors, by frequency.

One default configuration for all 3,003 series; only the season length follows from the frequency. The metric is checked
first: the competitors' own forecasts must give the figures that Makridakis and Hibon published (The M3-Competition,
International Journal of Forecasting 16, 2000, table 13). The data may not be bundled: give its folder as the argument,
or put it where `../shared/data/m3` is seen from the checkout. Results go to benchmarks/results/m3.json.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplyline.forecasting import forecast_panel

Floats = npt.NDArray[np.float64]

AIM = 12.6
DATA = Path(__file__).parents[2] / "shared" / "data" / "m3"
RESULT = Path(__file__).with_name("results") / "m3.json"
SEASONS = {"YEARLY": 1, "QUARTERLY": 4, "MONTHLY": 12, "OTHER": 1}
HORIZONS = {"YEARLY": 6, "QUARTERLY": 8, "MONTHLY": 18, "OTHER": 8}
# Average over all forecasts of all series. Corrections to the data since 2000 move them by a few hundredths.
PUBLISHED = {"THETA": 13.01, "ForecastPro": 13.19, "ForcX": 13.49, "DAMPEN": 13.63, "B-J auto": 14.01, "NAIVE2": 15.47}
TOLERANCE = 0.1


def smape(forecast: Floats, actual: Floats) -> float:
    """Mean of 200 |f - y| / (|f| + |y|) over the actual values, per cent; NaN where a forecast is missing."""
    known = np.isfinite(actual)
    error = 200.0 * np.abs(forecast - actual) / (np.abs(forecast) + np.abs(actual))
    return float(error[known].mean())


def by_frequency(forecast: pd.DataFrame, actual: pd.DataFrame, frequency: pd.Series) -> dict[str, float]:
    """sMAPE of each frequency and of all together; rows are series, columns 1 … 18."""
    values = forecast.reindex(index=actual.index, columns=actual.columns).to_numpy()
    truth = actual.to_numpy()
    rows = {name: (frequency.loc[actual.index] == name).to_numpy() for name in SEASONS}
    return {name: smape(values[mask], truth[mask]) for name, mask in rows.items()} | {"ALL": smape(values, truth)}


def automatic(train: pd.DataFrame, frequency: pd.Series) -> pd.DataFrame:
    """Mean forecasts, one row a series and one column a step ahead, of `forecast_panel` with its defaults."""
    parts = []
    for name, season in SEASONS.items():
        history = train[train["series"].map(frequency) == name]
        # The series end in different years; counted back from each one's end, they are one panel.
        back = history.groupby("series").cumcount(ascending=False)
        panel = pd.DataFrame({"sku": history["series"], "date": -back, "quantity": history["value"]})
        rows = forecast_panel(panel, horizon=HORIZONS[name], season_length=season)
        parts.append(rows.pivot(index="sku", columns="date", values="mean"))
        print(f"{name}: {rows.groupby('model')['sku'].nunique().to_dict()}", flush=True)
    return pd.concat(parts)


def competitors(folder: Path) -> dict[str, pd.DataFrame]:
    forecasts = pd.read_csv(folder / "m3_competitor_forecasts.csv.gz").set_index("series")
    columns = {f"F{step}": step for step in range(1, 19)}
    return {str(name): part[list(columns)].rename(columns=columns) for name, part in forecasts.groupby("method")}


def check_metric(table: dict[str, dict[str, float]]) -> None:
    off = {name: table[name]["ALL"] for name, known in PUBLISHED.items() if abs(table[name]["ALL"] - known) > TOLERANCE}
    # Two competitors forecast no yearly series: they have no figure for all.
    if off or sum(np.isfinite(row["ALL"]) for row in table.values()) < len(table) - 2:
        raise SystemExit(f"the metric does not give the published figures: {off}, published {PUBLISHED}")


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    if not folder.is_dir():
        print(f"skipped: no M3 data in {folder.name}/ (not bundled, GPL); give its folder as the argument")
        return
    frequency = pd.read_csv(folder / "m3_meta.csv").set_index("series")["period"]
    values = pd.read_csv(folder / "m3_series_long.csv.gz")
    test = values[values["split"] != "train"]
    actual = test.assign(step=test.groupby("series").cumcount() + 1).pivot(
        index="series", columns="step", values="value"
    )
    table = {name: by_frequency(part, actual, frequency) for name, part in competitors(folder).items()}
    check_metric(table)
    started = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    table["supplyline"] = by_frequency(automatic(values[values["split"] == "train"], frequency), actual, frequency)
    seconds = resource.getrusage(resource.RUSAGE_SELF).ru_utime - started
    frame = pd.DataFrame(table).T.sort_values("ALL").round(2)
    print(frame.to_string())
    if not np.isfinite(table["supplyline"]["ALL"]):
        raise SystemExit("a forecast of ours is missing")
    print(f"sMAPE {table['supplyline']['ALL']:.2f} (aim {AIM}), {seconds:.0f} CPU s for {len(actual)} series")
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"smape": table, "cpu_seconds": seconds, "aim": AIM}, indent=2) + "\n")


if __name__ == "__main__":
    main()
