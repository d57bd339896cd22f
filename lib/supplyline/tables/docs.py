"""Contracts → docs/tables.md. `python -m supplyline.tables.docs docs/` writes it; a test keeps it up to date."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from supplyline.errors import ConfigError, exit_cleanly
from supplyline.tables.contract import Column, Table, all_tables

LAYERS = {
    "silver": "Cleaned rows of the sources, one table a kind of fact. Written by Spark.",
    "gold": "What is worked out from silver. Written by Spark.",
    "live": "What the monitors saw. Written by the publisher.",
    "stream": "Events between the programs, as JSON lines or Kafka records; they are not kept as tables.",
}
UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "y": "year"}
HEAD = """# Tables

Generated from `conf/contracts/` by `python -m supplyline.tables.docs docs/`: change a contract, not this page.
Kept tables lie in `<warehouse>/<layer>/<table>` as Delta tables, and `supplyline sql` knows each by its name.
A column in **bold** is part of the key. Times are UTC; dates are business days in the shop's time zone.
"""


def main(argv: Sequence[str] | None = None) -> None:
    """Write tables.md into the folder named."""
    words = sys.argv[1:] if argv is None else list(argv)
    if len(words) != 1 or not Path(words[0]).is_dir():
        raise ConfigError("give one existing folder", where="python -m supplyline.tables.docs", fix="for example docs/")
    (Path(words[0]) / "tables.md").write_text(tables_page(), encoding="utf-8")


def tables_page() -> str:
    """The page of all contracts, by layer and name."""
    return "\n".join([HEAD, *_contents(), *(line for layer in LAYERS for line in _layer(layer))]).rstrip() + "\n"


def _of_layer(layer: str) -> list[Table]:
    return sorted((table for table in all_tables().values() if table.layer == layer), key=lambda table: table.name)


def _contents() -> Iterator[str]:
    for layer in LAYERS:
        yield f"- {layer}: " + ", ".join(f"[{table.name}](#{table.name})" for table in _of_layer(layer))
    yield ""


def _layer(layer: str) -> Iterator[str]:
    yield from (f"## {layer.capitalize()}", "", LAYERS[layer], "")
    for table in _of_layer(layer):
        yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    yield from (f"### {table.name}", "", table.description + _retention(table.retention), "")
    yield from ("| column | type | unit | meaning | values |", "|---|---|---|---|---|")
    yield from (_row(column, column.name in table.keys) for column in table.columns)
    yield ""
    if table.checks:
        yield "Holds on every row: " + "; ".join(f"{check.name} `{_cell(check.sql)}`" for check in table.checks) + "."
        yield ""


def _row(column: Column, is_key: bool) -> str:
    name = f"**{column.name}**" if is_key else column.name
    notes = ["", " *May be empty.*"][not column.required] + ["", " *Personal data.*"][column.personal]
    cells = [name, column.type, column.unit, column.description + notes, _values(column)]
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _values(column: Column) -> str:
    """What the column may hold: a list, limits, a pattern."""
    if column.values:
        return ", ".join(column.values)
    limits = {"≥ {:g}": column.minimum, "≤ {:g}": column.maximum, "length ≥ {:g}": column.min_length}
    said = [form.format(limit) for form, limit in limits.items() if limit is not None]
    return ", ".join([*said, *([f"`{column.pattern}`"] if column.pattern else [])])


def _retention(text: str) -> str:
    """`2y` → " Kept for 2 years."; nothing where the contract sets no end or keeps nothing."""
    figure, unit = text[:-1], UNITS.get(text[-1:], "")
    if not unit or figure == "0":
        return ""
    return f" Kept for {figure} {unit}{'' if figure == '1' else 's'}."


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
