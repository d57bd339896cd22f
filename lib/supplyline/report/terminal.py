"""The end of a run in the terminal: what is most urgent, what to order, what to try next."""

from __future__ import annotations

import datetime as dt
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from supplyline.config import Settings, load_settings
from supplyline.query import connect
from supplyline.report.context import Context
from supplyline.report.html import number
from supplyline.report.urgent import next_orders, open_alerts, reorder_lines

STYLES = {"critical": "bold red", "warning": "yellow", "info": "blue"}
NEXT = (
    ('supplyline sql "SELECT date, sum(revenue) FROM sales_daily GROUP BY date"', "ask anything"),
    ("supplyline tables show forecasts", "what a table holds"),
    ("supplyline alerts list", "all alerts"),
    ("supplyline report", "the report again"),
    ("jupyter-execute notebooks/01_explore.ipynb", "an analyst's first hour"),
)


def print_summary(settings: Settings, console: Console, *, most: int = 8, as_of: dt.date | None = None) -> None:
    """Print urgent alerts, the biggest reorder lines, the plan's next orders and commands, where they are built."""
    with connect(settings) as connection:
        context = Context(settings, connection, as_of)
        if context.has("alerts", "products", "reorder_policy"):
            console.print(alerts_table(context, open_alerts(connection, context.as_of, most)))
        if context.has("reorder_policy", "products"):
            console.print(reorder_table(context, reorder_lines(connection, context.as_of, most)))
        if context.has("purchase_plan") and (orders := next_orders(connection, context.as_of, most)):
            console.print(orders_table(context, orders))
    console.print(next_table(settings))


def alerts_table(context: Context, rows: list[dict[str, Any]]) -> Table:
    """Open alerts, the most urgent first."""
    table = _table("Most urgent open alerts", ["severity", "since (UTC)", "sku", "product", "what"])
    table.add_column("sells a day", justify="right")
    for row in rows:
        table.add_row(
            Text(row["severity"], style=STYLES.get(row["severity"], "")),
            f"{row['opened_at']:%m-%d %H:%M}",
            Text(row["sku"]),
            Text(row["product"] or ""),
            Text(row["description"]),
            context.money(row["revenue_a_day"]),
        )
    return table


def reorder_table(context: Context, rows: list[dict[str, Any]]) -> Table:
    """Lines of the proposed order, largest value first."""
    table = _table(f"Biggest reorder lines as of {context.as_of}", ["sku", "product"])
    for name in ("on hand", "reorder point", "order", "value"):
        table.add_column(name, justify="right")
    for row in rows:
        figures = [number(row[name]) for name in ("on_hand", "reorder_point", "order_quantity")]
        table.add_row(Text(row["sku"]), Text(row["description"] or ""), *figures, context.money(row["order_value"]))
    return table


def orders_table(context: Context, rows: list[dict[str, Any]]) -> Table:
    """Orders of the purchase plan by day and supplier."""
    table = _table("Next orders of the purchase plan", ["order on", "supplier", "arrives"])
    for name in ("lines", "pieces", "at cost"):
        table.add_column(name, justify="right")
    for row in rows:
        days = [f"{row[name]:%Y-%m-%d}" for name in ("order_date", "arrives")]
        figures = [number(row[name]) for name in ("lines", "pieces")]
        table.add_row(days[0], Text(row["supplier"] or ""), days[1], *figures, context.money(row["cost"]))
    return table


def next_table(settings: Settings) -> Table:
    """Commands to try, as they can be typed here; first where the tables are, if not in the default place."""
    table = Table(title="Next", title_justify="left", title_style="bold", box=None, show_header=False, pad_edge=False)
    if settings.warehouse != load_settings().warehouse:
        place = shlex.quote(settings.warehouse)
        table.add_row(Text(f"  export SUPPLYLINE_WAREHOUSE={place}", style="cyan"), Text("these tables", style="dim"))
    for command, what in NEXT:
        program, _, rest = command.partition(" ")
        table.add_row(Text(f"  {_typed(program)} {rest}", style="cyan", overflow="fold"), Text(what, style="dim"))
    return table


def _typed(program: str) -> str:
    """A program by its name where the shell finds it, else by its path beside this Python."""
    if shutil.which(program):
        return program
    beside = Path(sys.prefix) / "bin" / program
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)


def _table(title: str, columns: list[str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name)
    return table
