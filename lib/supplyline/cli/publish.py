"""`supplyline publish`: landed files → live tables."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer

from supplyline.config import load_settings
from supplyline.publishing import Published
from supplyline.publishing.folding import rebuild_alerts
from supplyline.publishing.service import serve
from supplyline.tables.warehouse import Warehouse


def publish(
    follow: Annotated[bool, typer.Option("--follow", help="Go on until SIGTERM or Ctrl-C.")] = False,
    interval: Annotated[float | None, typer.Option(min=0.01, help="Seconds between two looks, with --follow.")] = None,
    landing: Annotated[str | None, typer.Option(help="Folder where Flink lands files.")] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild-alerts", help="Write `alerts` anew from `alert_events` and stop.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list with one object.")] = False,
    warehouse: Annotated[str | None, typer.Option(help="Folder or URI of the Delta tables.")] = None,
    config: Annotated[str | None, typer.Option(help="YAML file with settings.")] = None,
) -> None:
    """Turn landed files into Delta commits, exactly once."""
    settings = load_settings(config, warehouse=warehouse, publishing={"landing": landing} if landing else None)
    if rebuild:
        alerts = rebuild_alerts(Warehouse(settings.warehouse))
        print(json.dumps([{"alerts": alerts}]) if as_json else f"{alerts} alerts rebuilt from alert_events")
        return
    done = serve(settings, follow=follow, interval=interval)
    print(json.dumps([dataclasses.asdict(done)]) if as_json else _sentence(done))


def _sentence(done: Published) -> str:
    if not done.manifests:
        return "nothing has landed"
    return (
        f"{done.landed} landed lines: {done.published} published, {done.unchanged} changed nothing, "
        f"{done.rejected} rejected (see table rejected_events)"
    )
