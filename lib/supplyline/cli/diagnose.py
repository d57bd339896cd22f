"""`supplyline diagnose`: the Box-Jenkins procedure for one product."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from supplyline.cli.output import print_rows
from supplyline.config import Settings, load_settings
from supplyline.errors import ConfigError, QueryError, TableError
from supplyline.forecasting.correlograms import Correlogram
from supplyline.forecasting.diagnosis import Diagnosis
from supplyline.forecasting.diagnosis import diagnose as diagnosed
from supplyline.query import connect
from supplyline.query.values import json_value

HISTORY = "SELECT sku, date, quantity FROM demand_daily WHERE upper(sku) = upper($sku) AND date <= $as_of ORDER BY date"
LATEST = dt.date(9999, 12, 31)
HALF_WIDTH = 24


def diagnose(
    sku: Annotated[str, typer.Argument(metavar="SKU", help="The product.")],
    as_of: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Last day that counts; the newest.")] = None,
    season: Annotated[int | None, typer.Option(min=1, help="Days of a season; 1 means none.")] = None,
    output: Annotated[Path | None, typer.Option(help="HTML file to draw it into.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every number of it.")] = False,
    warehouse: Annotated[str | None, typer.Option(help="Folder or URI of the Delta tables.")] = None,
    config: Annotated[str | None, typer.Option(help="YAML file with settings.")] = None,
) -> None:
    """Unit roots, season, correlograms, orders, estimates, residuals, the gate, and what is used in the end."""
    settings = load_settings(config, warehouse=warehouse)
    sku, days, values = _history(settings, sku, _day(as_of))
    found = diagnosed(values, season or settings.forecasting.season_length)
    if output is not None:
        _draw(output, sku, days, found)
    if as_json:
        print(json.dumps({"sku": sku, "from": str(days[0]), "to": str(days[-1])} | _as_json(found), indent=2))
    else:
        _print(sku, days, found, output)


def _day(text: str | None) -> dt.date:
    try:
        return dt.date.fromisoformat(text) if text else LATEST
    except ValueError as error:
        raise ConfigError(f"no date {text!r}", where="--as-of", fix="write YYYY-MM-DD") from error


def _history(settings: Settings, sku: str, as_of: dt.date) -> tuple[str, list[dt.date], np.ndarray[Any, Any]]:
    """The product as the table spells it, the days the forecasts would be fitted on, and their demand."""
    with connect(settings) as connection:
        rows = connection.rows(HISTORY, {"sku": sku, "as_of": as_of})[-settings.forecasting.history_days :]
    if not rows:
        raise QueryError(f"no demand of {sku}", where="demand_daily", fix="correct the product or --as-of")
    values = np.array([row["quantity"] for row in rows], dtype=np.float64)
    return rows[0]["sku"], [row["date"] for row in rows], values


def _draw(output: Path, sku: str, days: list[dt.date], found: Diagnosis) -> None:
    from supplyline.report.diagnosis import diagnosis_page

    try:
        output.write_text(diagnosis_page(sku, days, found), encoding="utf-8")
    except OSError as error:
        raise TableError(
            f"can't be written: {error.strerror}", where=str(output), fix="choose another --output"
        ) from error


def _as_json(found: Diagnosis) -> dict[str, object]:
    plain = dataclasses.asdict(found) | {"model": found.model}
    plain["gate"] = dataclasses.asdict(found.gate) | {"passed": found.gate.passed} if found.gate else None
    return {name: json_value(_lists(value)) for name, value in plain.items()}


def _lists(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {name: _lists(item) for name, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, (list, tuple)) else value


def _print(sku: str, days: list[dt.date], found: Diagnosis, output: Path | None) -> None:
    from supplyline.report.diagnosis import steps, verdict

    print(f"{sku}: {verdict(found)}\n{len(days)} days, {days[0]} to {days[-1]}, season of {found.season_length}")
    for number, step in enumerate(steps(found), start=1):
        print(f"\n{number}. {step.title}: {step.said}")
        if step.rows:
            print_rows(step.head, step.rows, right=step.head)
        if step.title.startswith("Correlograms") and found.acf and found.pacf:
            print("\n".join(["", *_side_by_side(found.acf, found.pacf)]))
    if output is not None:
        print(f"\nDrawn: {output}")


def _side_by_side(acf: Correlogram, pacf: Correlogram) -> list[str]:
    """Both correlograms as bars: # beyond what chance gives, = within, | where the band ends."""
    head = f"lag  {'ACF':<{2 * HALF_WIDTH + 1}}  PACF"
    lines = [f"{lag:>3}  {_bar(acf, lag)}  {_bar(pacf, lag).rstrip()}" for lag in range(1, len(acf.values) + 1)]
    return [head, *lines]


def _bar(correlogram: Correlogram, lag: int) -> str:
    value, band = float(correlogram.values[lag - 1]), float(correlogram.bands[lag - 1])
    cells = [" "] * (2 * HALF_WIDTH + 1)
    for edge in (-band, band):
        cells[round(HALF_WIDTH * (1 + max(-1.0, min(1.0, edge))))] = "|"
    end = round(HALF_WIDTH * (1 + max(-1.0, min(1.0, value))))
    for cell in range(min(end, HALF_WIDTH), max(end, HALF_WIDTH) + 1):
        cells[cell] = "#" if abs(value) > band else "="
    return "".join(cells)
