"""Visits and the daily funnel of each product: behaviour_events → sessions, behaviour_daily."""

from __future__ import annotations

from collections.abc import Sequence

from supplyline.config import job_parser, settings_from
from supplyline.errors import exit_cleanly
from supplyline.logs import get_logger
from supplyline.marts.behaviour import behaviour_daily, sessions, with_sessions
from supplyline.spark.session import spark_session
from supplyline.spark.tables import read_table, write_tables
from supplyline.tables import BEHAVIOUR_DAILY, BEHAVIOUR_EVENTS, SESSIONS

log = get_logger(job="build_behaviour")


def main(argv: Sequence[str] | None = None) -> None:
    args = job_parser(__doc__, as_of=False).parse_args(argv)
    settings = settings_from(args)
    with spark_session("build_behaviour", settings) as spark:
        # Both tables need it, and it is the costly part.
        events = with_sessions(read_table(spark, BEHAVIOUR_EVENTS)).persist()
        tables = {SESSIONS: sessions(events), BEHAVIOUR_DAILY: behaviour_daily(events)}
        for target, rows in write_tables(tables).items():
            log.info("built", table=target.name, rows=rows)
        events.unpersist()


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
