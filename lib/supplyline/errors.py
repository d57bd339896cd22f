"""Every error that a user can cause or mend: what is wrong, where, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence


class SupplylineError(Exception):
    """Root of all errors of ours.

    `what` is wrong, `where` is a file:line, table, column or option, `fix` is what to do.
    `str(error)` is one line with all three.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what, where, fix)
        self.what, self.where, self.fix = what, where, fix

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f": {self.fix}" if self.fix else ""
        return " ".join(f"{self.what}{place}{advice}".split())


class ConfigError(SupplylineError):
    """A setting, a YAML file or a command line option that can't be used."""


class ContractError(SupplylineError):
    """A frame that breaks the contract of its table, or a contract that can't be read."""


class SourceError(SupplylineError):
    """A source file, table or mapping that can't be ingested."""


class TableError(SupplylineError):
    """A Delta table that is missing, not writable or of another schema."""


class LockedError(TableError):
    """A table that another process is writing."""


class RuleError(SupplylineError):
    """An alert rule that can't be compiled."""


class ForecastError(SupplylineError):
    """A demand history or a model that can't be used."""


class InventoryError(SupplylineError):
    """Demand, costs, terms or limits that no stock decision can be made from."""


class PublishError(SupplylineError):
    """Landed files that can't be published."""


class QueryError(SupplylineError):
    """An SQL text that can't be answered."""


class SetupError(SupplylineError):
    """Something the machine lacks: Java, a jar, a package."""


def exit_cleanly(main: Callable[[Sequence[str] | None], None], argv: Sequence[str] | None = None) -> int:
    """Run a job's `main` and return its exit code: 0, or 1 after printing the one line of a SupplylineError."""
    try:
        main(argv)
    except SupplylineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0
