"""`supplyline demo`: the whole loop on the bundled real data, step by step."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from importlib import import_module
from typing import Annotated

import typer
from rich.console import Console

from supplyline.config import Settings, load_settings

# Four weeks before the data ends: the rest is what forecasts are held against and the monitor watches.
AS_OF = dt.date(2011, 11, 11)
# What a step is called, its job and the job's own options.
Job = tuple[str, str, tuple[str, ...]]
UP_TO = ("--as-of", AS_OF.isoformat())
FIRST_JOBS: tuple[Job, ...] = (("ingest Online Retail II", "ingest", ("--source", "online_retail_ii")),)
STOCK_JOBS: tuple[Job, ...] = (
    ("daily sales", "build_sales", ()),
    ("simulate receipts of stock", "simulate_stock", ()),
    ("daily inventory", "build_inventory", ()),
    ("demand history", "build_demand", ()),
    ("what moves sales", "estimate_drivers", UP_TO),
    ("forecast every SKU", "forecast_demand", UP_TO),
    ("score forecasts from past days", "score_forecasts", UP_TO),
    ("reorder policy", "plan_inventory", UP_TO),
    ("purchase plan", "plan_purchases", UP_TO),
    ("replay stock policies", "simulate_policies", UP_TO),
)
VISIT_JOBS: tuple[Job, ...] = (
    ("simulate the clickstream", "simulate_behaviour", ()),
    ("sessions and behaviour", "build_behaviour", ()),
)
LAST_JOBS: tuple[Job, ...] = (("export live events and thresholds", "export_events", UP_TO),)


def demo(
    warehouse: Annotated[str | None, typer.Option(help="Folder or URI of the Delta tables.")] = None,
    config: Annotated[str | None, typer.Option(help="YAML file with settings.")] = None,
) -> None:
    """Ingest, build, forecast, plan, watch, publish and report; prints what was found and where the tables are."""
    settings = load_settings(config, warehouse=warehouse)
    console = Console(stderr=False)
    started = time.monotonic()
    options = _options(warehouse, config)
    _batch(settings, options, console)
    _live(settings, options, console)
    _show(settings, console, time.monotonic() - started)


def _options(warehouse: str | None, config: str | None) -> list[str]:
    """The options every program gets, as they were given here."""
    given = {"--warehouse": warehouse, "--config": config}
    return [word for name, value in given.items() if value is not None for word in (name, value)]


def _batch(settings: Settings, options: Sequence[str], console: Console) -> None:
    """All Spark jobs in one JVM, which takes longer to start than most of them to run.

    Visits need order lines alone: their jobs run beside the others, which leave a core idle while they are planned.
    """
    from supplyline.spark.jvm import end_jvm
    from supplyline.spark.session import session_beside, spark_session

    with _step(console, "start Spark"):
        session = spark_session("demo", settings)
        spark = session.__enter__()

    def run_beside() -> None:
        with session_beside(spark):
            for title, job, words in VISIT_JOBS:
                with _timed(console, f"{title} (beside the others)"):
                    _run_job(job, [*words, *options])

    def run(jobs: Sequence[Job]) -> None:
        for title, job, words in jobs:
            with _step(console, title):
                _run_job(job, [*words, *options])

    try:
        run(FIRST_JOBS)
        with ThreadPoolExecutor(1) as beside:
            visits = beside.submit(run_beside)
            run(STOCK_JOBS)
        visits.result()
        run(LAST_JOBS)
    finally:
        session.__exit__(None, None, None)
        end_jvm()


def _run_job(job: str, argv: Sequence[str]) -> None:
    import_module(f"supplyline.jobs.{job}").main(argv)


def _live(settings: Settings, options: Sequence[str], console: Console) -> None:
    from supplyline.publishing import publish_once

    with _step(console, "watch four weeks of live events (Flink)"):
        # In a process of its own, because Flink and Spark each want a JVM.
        command = [sys.executable, "-m", "supplyline.streaming.monitor_inventory", *options]
        if code := subprocess.run(command, check=False).returncode:
            raise SystemExit(code)
    with _step(console, "publish alerts"):
        publish_once(settings)


def _show(settings: Settings, console: Console, seconds: float) -> None:
    from supplyline.report import write_report
    from supplyline.report.terminal import print_summary

    with _step(console, "write the report"):
        path = write_report(settings)
    print_summary(settings, console)
    console.print(f"Report: {path}\nTables: {settings.warehouse}\nThe whole loop took {seconds:.0f} s.")


@contextmanager
def _step(console: Console, title: str) -> Iterator[None]:
    """A spinner while the step runs on a terminal, and a line with its time when it is done."""
    with console.status(f"{title} …") if console.is_terminal else nullcontext(), _timed(console, title):
        yield


@contextmanager
def _timed(console: Console, title: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    console.print(f"[green]✓[/] {title} [dim]{time.monotonic() - started:.1f} s[/]")
