"""What every section of the report works with: the tables, the day it speaks of, the shop's money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from supplyline.config import Settings
from supplyline.errors import QueryError
from supplyline.query import Connection
from supplyline.query.catalog import TableStatus, table_statuses

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "BRL": "R$"}


@dataclass(frozen=True)
class Context:
    """The connection holds each table at one version, so that all sections speak of the same rows."""

    settings: Settings
    connection: Connection
    wanted_as_of: dt.date | None = None

    @cached_property
    def statuses(self) -> dict[str, TableStatus]:
        """Name → status of every kept table."""
        return {status.name: status for status in table_statuses(self.settings)}

    @cached_property
    def as_of(self) -> dt.date:
        """The day asked for, else that of the newest reorder policy, else forecast, else the last day with a sale."""
        if self.wanted_as_of is not None:
            return self.wanted_as_of
        for table, column in (("reorder_policy", "as_of"), ("forecasts", "as_of"), ("sales_daily", "date")):
            if self.has(table):
                day = self.value(f"SELECT max({column}) AS day FROM {table}")
                if day is not None:
                    return dt.date.fromisoformat(str(day))
        raise QueryError("nothing to report on", where=self.settings.warehouse, fix="run `supplyline demo` first")

    def has(self, *tables: str) -> bool:
        """True where all the tables are built and readable."""
        return not self.lacking(tables)

    def lacking(self, tables: Iterable[str]) -> list[TableStatus]:
        """Those of the tables that are not built or not readable."""
        return [self.statuses[name] for name in tables if self.statuses[name].problem]

    def rows(self, text: str, **params: object) -> list[dict[str, Any]]:
        """Rows of a query; `$as_of` and the other `params` are filled in."""
        known = {"as_of": self.as_of} if "$as_of" in text else {}
        return self.connection.rows(text, known | params)

    def row(self, text: str, **params: object) -> dict[str, Any]:
        """The one row of an aggregate."""
        return self.rows(text, **params)[0]

    def value(self, text: str) -> object:
        """The one value of a query without parameters."""
        return next(iter(self.connection.rows(text)[0].values()))

    def run_of(self, table: str, condition: str = "true") -> dt.date | None:
        """as_of of the table's run to speak of: the last one up to the day of the report, else the first after it."""
        text = f"SELECT DISTINCT as_of, as_of > $as_of::DATE AS later FROM {table} WHERE {condition}"
        days = self.rows(f"{text} ORDER BY later, abs(as_of - $as_of::DATE) LIMIT 1")
        return days[0]["as_of"] if days else None

    def money(self, amount: float | None) -> str:
        """`£12,345`, or the ISO code where there is no common sign; pence below a hundred."""
        if amount is None:
            return "–"
        code = self.settings.shop.currency
        return SYMBOLS.get(code, f"{code} ") + (f"{amount:,.2f}" if abs(amount) < 100 else f"{amount:,.0f}")
