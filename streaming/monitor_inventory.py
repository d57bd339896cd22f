"""Live inventory: stock movements as events → windows, signals of the alert rules, late and rejected events."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from supplyline.alerts.rules import load_rules
from supplyline.config import Settings, job_parser, settings_from
from supplyline.errors import exit_cleanly
from supplyline.flink.environment import execute, submitted, table_environment, wait
from supplyline.flink.inventory import inventory_statements
from supplyline.flink.sinks import STREAMS, landed_rows
from supplyline.flink.sources import Source, file_source, kafka_topic
from supplyline.logs import get_logger
from supplyline.tables.events import events_file, thresholds_file
from supplyline.tables.landing import landing_folder

log = get_logger(monitor="monitor_inventory")


def main(argv: Sequence[str] | None = None) -> None:
    args = parse_args(argv)
    settings = settings_from(args)
    source, landing = _source(args, settings), Path(args.landing) if args.landing else landing_folder(settings)
    thresholds, rules = file_source(args.thresholds or thresholds_file(settings)), load_rules()
    flink = table_environment("monitor_inventory", settings.monitor, source, landing)
    statements = inventory_statements(flink, source, thresholds, rules, landing, settings.monitor)
    result = execute(flink, statements, source, settings.monitor)
    log.info("started", job=str(result.get_job_client().get_job_id()), landing=str(landing))
    if not submitted():
        wait(result)
        log.info("landed", **{stream: landed_rows(landing, stream) for stream in STREAMS})


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = job_parser(__doc__, as_of=False)
    parser.add_argument("--events", help="a time-ordered file, read to its end, or a folder to follow")
    parser.add_argument(
        "--kafka", action="store_true", help="read the topic of conf/kafka/inventory_events.yaml instead"
    )
    parser.add_argument("--thresholds", help="file or folder of the reorder policy as `export_events` writes it")
    parser.add_argument("--landing", help="folder for the results")
    return parser.parse_args(argv)


def _source(args: argparse.Namespace, settings: Settings) -> Source:
    return kafka_topic("inventory_events") if args.kafka else file_source(args.events or events_file(settings))


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
