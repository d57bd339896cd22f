"""`supplyline report`: one self-contained HTML file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from supplyline.config import load_settings
from supplyline.errors import ConfigError
from supplyline.report import write_report


def report(
    out: Annotated[Path | None, typer.Option(help="File to write; report.html in the warehouse.")] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Day of the report; the newest plan's.")
    ] = None,
    warehouse: Annotated[str | None, typer.Option(help="Folder or URI of the Delta tables.")] = None,
    config: Annotated[str | None, typer.Option(help="YAML file with settings.")] = None,
) -> None:
    """Write the report, one self-contained HTML file, and print its path."""
    print(write_report(load_settings(config, warehouse=warehouse), out, _day(as_of)))


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ConfigError(f"no date {text!r}", where="--as-of", fix="write YYYY-MM-DD") from error
