"""Data quality: where every row went, and what was refused."""

from __future__ import annotations

from collections import defaultdict

from supplyline.report.context import Context
from supplyline.report.html import Html, join, number, table, tag
from supplyline.report.section import Section

LOG = "SELECT source, input, outcome, rows FROM ingest_log ORDER BY source, input, rows DESC, outcome"
REASONS = """
SELECT source, rule, count(*) AS rows, any_value(reason ORDER BY quarantine_id) AS example FROM quarantine
GROUP BY source, rule ORDER BY rows DESC, source, rule LIMIT 12
"""
REJECTED = "SELECT reason, count(*) AS rows FROM rejected_events GROUP BY reason ORDER BY rows DESC, reason LIMIT 8"
LATE = "SELECT 'came after its window had closed' AS reason, count(*) AS rows FROM late_events HAVING count(*) > 0"
FORECASTS = (
    "SELECT status, count(DISTINCT sku) AS products FROM forecasts WHERE as_of = $as_of GROUP BY ALL ORDER BY ALL"
)


def build(context: Context) -> Html:
    """Left what ingest read and refused, right what the live monitor and the forecasts did."""
    left = [tag("h3", "Ingest: every row is accounted for"), _balance(context)]
    if context.has("quarantine"):
        left += [tag("h3", "Quarantined rows"), _reasons(context)]
    right: list[Html] = []
    if context.has("rejected_events", "late_events"):
        right += [tag("h3", "Live events set aside"), _live(context)]
    if context.has("forecasts"):
        right += [tag("h3", "Forecasts"), _forecasts(context)]
    return tag("div", tag("div", *left), tag("div", *right), cls="columns")


def _balance(context: Context) -> Html:
    """One table an input: rows read, where they went, and whether both agree."""
    inputs: dict[str, dict[str, int]] = defaultdict(dict)
    for row in context.rows(LOG):
        inputs[f"{row['source']} / {row['input']}"][row["outcome"]] = row["rows"]
    return join(_one_balance(name, outcomes) for name, outcomes in inputs.items())


def _one_balance(name: str, outcomes: dict[str, int]) -> Html:
    read = outcomes.get("read", 0)
    went = {outcome: rows for outcome, rows in outcomes.items() if outcome != "read"}
    difference = read - sum(went.values())
    verdict = "balanced: nothing vanished" if not difference else f"{number(difference)} rows are unaccounted for"
    rows: list[tuple[object, ...]] = [(outcome, number(rows)) for outcome, rows in went.items()]
    rows.append((tag("strong", f"read · {verdict}"), tag("strong", number(read))))
    return table([name, "rows"], rows, right={"rows"})


def _reasons(context: Context) -> Html:
    rows = [(row["rule"], row["example"], number(row["rows"])) for row in context.rows(REASONS)]
    return table(["check", "for example", "rows"], rows, right={"rows"})


def _live(context: Context) -> Html:
    rows = [(row["reason"], number(row["rows"])) for row in [*context.rows(LATE), *context.rows(REJECTED)]]
    return table(["reason", "events"], rows, right={"events"})


def _forecasts(context: Context) -> Html:
    rows = [(row["status"], number(row["products"])) for row in context.rows(FORECASTS)]
    return table(["status", "products"], rows, right={"products"})


QUALITY = Section(
    "quality",
    "Data quality",
    "What was read, what was refused and why.",
    ("ingest_log",),
    build,
)
