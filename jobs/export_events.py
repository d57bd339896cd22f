"""Live events and thresholds as files: stock_movements, reorder_policy → inventory_events.jsonl, thresholds.jsonl."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from supplyline.config import job_parser, settings_from
from supplyline.errors import exit_cleanly
from supplyline.logs import get_logger
from supplyline.marts.live import inventory_events, thresholds
from supplyline.spark.days import last_day
from supplyline.spark.ordered_file import write_ordered_file
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table
from supplyline.tables import REORDER_POLICY, STOCK_MOVEMENTS
from supplyline.tables.events import EVENTS_FILE, THRESHOLDS_FILE, events_folder

log = get_logger(job="export_events")


def main(argv: Sequence[str] | None = None) -> None:
    args = parse_args(argv)
    settings = settings_from(args)
    folder = Path(args.output) if args.output else events_folder(settings)
    with spark_session("export_events", settings) as spark:
        movements, policy = read_table(spark, STOCK_MOVEMENTS), read_table(spark, REORDER_POLICY)
        as_of = args.as_of or last_day(policy, "as_of")
        since = args.since or as_of + dt.timedelta(days=1)
        until = args.until or last_day(movements, "movement_date")
        folder.mkdir(parents=True, exist_ok=True)
        limits = write_ordered_file(
            thresholds(policy, until), folder / THRESHOLDS_FILE, ("effective_from", "warehouse", "sku")
        )
        events = write_ordered_file(
            inventory_events(movements, since, until), folder / EVENTS_FILE, ("event_time", "event_id")
        )
        log.info("exported", folder=str(folder), events=events, thresholds=limits, since=str(since), until=str(until))


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = job_parser(__doc__)
    parser.add_argument("--since", type=dt.date.fromisoformat, help="first day of events; default: the day after as-of")
    parser.add_argument("--until", type=dt.date.fromisoformat, help="last day of events; default: the last there is")
    parser.add_argument("--output", help="folder for the two files; default: _events in the warehouse")
    return parser.parse_args(argv)


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
