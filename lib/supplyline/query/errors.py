"""DuckDB's messages as one line of ours, with the place in the SQL text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

import duckdb

from supplyline.errors import QueryError, SupplylineError
from supplyline.tables import Table, all_tables

# Tables of the layer `stream` exist as events only.
LAYERS = ("silver", "gold", "live")
MISSING_TABLE = re.compile(r'Table with name "?([^"]+?)"? does not exist')
POINTER = re.compile(r"\n\nLINE (\d+): (.*)\n( *)\^+\s*$", re.DOTALL)
READ_ONLY = "sql reads only; write tables with a job"


def translated(error: duckdb.Error) -> SupplylineError:
    """A QueryError with message, line and column; an unknown table is answered with the known ones."""
    text = str(error)
    missing = missing_table(error)
    if missing is not None:
        return unknown_table(missing)
    kind, _, message = POINTER.sub("", text).partition(": ")
    if kind == "Permission Error":
        return QueryError(
            "sql reads the tables of the warehouse only", where=message, fix="name a table instead of a file"
        )
    return QueryError(message or kind, where=_place(text), fix=_advice(kind))


def missing_table(error: duckdb.Error) -> str | None:
    """Name of the table that the query wanted and DuckDB doesn't have; None for other errors."""
    found = MISSING_TABLE.search(str(error))
    return found.group(1) if found else None


def kept_tables() -> list[Table]:
    """Tables that lie in the warehouse."""
    return [table for table in all_tables().values() if table.layer in LAYERS]


def unknown_table(name: str) -> QueryError:
    """Error for a name that no kept table has: the nearest one, then all."""
    names = sorted(table.name for table in kept_tables())
    near = get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}? " if near else ""
    return QueryError(f"no table {name!r}", fix=f"{hint}tables: {', '.join(names)}")


def refuse_twins(columns: Sequence[str]) -> None:
    """Raise QueryError where two columns of an answer share a name, so that an object could hold only one of them."""
    twins = sorted({name for name in columns if columns.count(name) > 1})
    if twins:
        raise QueryError(f"more than one column is named {', '.join(twins)}", fix="give each a name of its own with AS")


def _place(text: str) -> str:
    pointer = POINTER.search(text)
    if pointer is None:
        return ""
    line, shown, spaces = pointer.groups()
    # DuckDB cuts long lines, and then the caret doesn't count from the line's start.
    if shown.startswith("..."):
        return f"line {line}, near {shown[len(spaces) - len(f'LINE {line}: ') :].split(' ')[0]!r}"
    return f"line {line}, column {len(spaces) - len(f'LINE {line}: ') + 1}"


def _advice(kind: str) -> str:
    if kind == "Parser Error":
        return "correct the SQL"
    return "see the columns with `supplyline tables show TABLE`" if kind == "Binder Error" else "correct the query"
