"""Tables and their contracts: `from supplyline.tables import FORECASTS` is conf/contracts/forecasts.yaml."""

from __future__ import annotations

from supplyline.tables.contract import Check, Column, Table, all_tables, table

__all__ = ["Check", "Column", "Table", "all_tables", "table"]


def __getattr__(name: str) -> Table:
    """Any contract's name in upper case is its Table, so that a new contract needs no entry here."""
    if not name.isupper():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return all_tables()[name.lower()]
    except KeyError as error:
        raise AttributeError(f"no contract conf/contracts/{name.lower()}.yaml") from error
