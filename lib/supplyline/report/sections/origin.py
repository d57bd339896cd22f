"""What was observed and what is simulated: the reader must know before any chart."""

from __future__ import annotations

from supplyline.report.context import Context
from supplyline.report.html import Html, join, number, paragraph, table, tag
from supplyline.report.section import Section
from supplyline.tables import Table, all_tables

ORIGINS = {"observed", "simulated"}
WHY = (
    "The source knows no receipts of goods, stock levels or clicks; they are made from the real sales with a fixed "
    "seed. Stock values, order proposals, alerts and the funnel follow from them: they show how the loop works, not "
    "how this shop stood."
)


def build(context: Context) -> Html:
    """A notice with the simulated tables, and rows by origin of each table that tells it."""
    marked = [
        name for name, contract in sorted(all_tables().items()) if _tells_origin(contract) and _there(context, name)
    ]
    counts = {name: _counts(context, name) for name in marked}
    simulated = [name for name, row in counts.items() if row["simulated"]]
    rows = [(tag("code", name), number(row["observed"]), number(row["simulated"])) for name, row in counts.items()]
    shown = table(["table", "observed rows", "simulated rows"], rows, right={"observed rows", "simulated rows"})
    return join([_notice(simulated), shown if rows else Html("")])


def _tells_origin(contract: Table) -> bool:
    return any(column.name == "origin" and set(column.values) == ORIGINS for column in contract.columns)


def _there(context: Context, name: str) -> bool:
    return name in context.statuses and context.has(name)


def _counts(context: Context, name: str) -> dict[str, int]:
    query = f"SELECT count(*) FILTER (origin = '{{}}') AS {{}} FROM {name}"
    return {origin: context.row(query.format(origin, origin))[origin] for origin in ("observed", "simulated")}


def _notice(simulated: list[str]) -> Html:
    if not simulated:
        return tag("div", "All rows were observed in the sources; nothing here is simulated.", cls="notice good")
    real = "Sales, returns, prices and products are as the sources give them. "
    names = join([", ".join(simulated[:-1]), " and " if len(simulated) > 1 else "", simulated[-1]])
    made = tag("strong", "Simulated, and marked so on every row: ", names, ". ")
    return tag("div", made, real, paragraph(WHY), cls="notice")


ORIGIN = Section("origin", "Real and simulated", "What the figures on this page rest on.", (), build)
