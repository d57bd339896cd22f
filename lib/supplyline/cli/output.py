"""Rows for people: a drawn table on a terminal, plain aligned columns in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence

from supplyline.query.values import text_value


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: Collection[str] = ()) -> None:
    """Print rows under their column names; columns named in `right` are aligned to the right."""
    cells = [[text_value(value) for value in row] for row in rows]
    if sys.stdout.isatty():
        _print_drawn(columns, cells, right)
    else:
        _print_plain(columns, cells, right)


def _print_drawn(columns: Sequence[str], cells: list[list[str]], right: Collection[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD)
    for name in columns:
        drawn.add_column(Text(name), justify="right" if name in right else "left", overflow="fold")
    for row in cells:
        # Text, because rich would take [brackets] in the data for markup.
        drawn.add_row(*(Text(_visible(cell)) for cell in row))
    Console().print(drawn)


def _print_plain(columns: Sequence[str], cells: list[list[str]], right: Collection[str]) -> None:
    shown = [list(columns), *([_visible(cell) for cell in row] for row in cells)]
    widths = [max(len(row[index]) for row in shown) for index in range(len(columns))]
    for row in shown:
        aligned = [
            cell.rjust(width) if name in right else cell.ljust(width)
            for cell, width, name in zip(row, widths, columns, strict=True)
        ]
        print("  ".join(aligned).rstrip())


def _visible(cell: str) -> str:
    """Control characters as escapes: one row stays one line, and no cell of the data drives the terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in cell)
