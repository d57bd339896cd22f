"""Which version of each table this report was made from."""

from __future__ import annotations

from supplyline.report.context import Context
from supplyline.report.html import Html, join, number, paragraph, table, tag
from supplyline.report.section import Section


def build(context: Context) -> Html:
    """One line a built table."""
    head = ["table", "rows", "version", "committed (UTC)", "job", "run"]
    rows = [
        (tag("code", status.name), number(status.rows), status.version, status.committed_at, status.job, status.run_id)
        for status in context.statuses.values()
        if status.built and not status.problem
    ]
    note = paragraph("Ask them yourself: ", tag("code", 'supplyline sql "SELECT …"'), " knows each by its name.")
    return join([table(head, rows, right={"rows", "version"}), note])


RUNS = Section("runs", "Where this comes from", "The tables and the runs that wrote them.", (), build)
