"""The books of an ingest: every record read has exactly one outcome, and not too many of them are bad."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from supplyline.errors import SourceError

DUPLICATE, QUARANTINED, SUPERSEDED = "duplicate", "quarantined", "superseded"
NO_CLASS = "unclassified"


@dataclass(frozen=True)
class Books:
    """What one input read and what became of it; `quarantined` counts by rule."""

    source: str
    input: str
    read: int
    outcomes: Mapping[str, int]
    duplicates: int = 0
    quarantined: Mapping[str, int] = field(default_factory=dict)

    @property
    def bad(self) -> int:
        """Quarantined records."""
        return sum(self.quarantined.values())

    def rows(self) -> list[tuple[str, str, str, int]]:
        """Rows (source, input, outcome, rows) of `ingest_log`."""
        counts = {"read": self.read, **self.outcomes, DUPLICATE: self.duplicates, QUARANTINED: self.bad}
        return [(self.source, self.input, outcome, rows) for outcome, rows in counts.items()]

    def check(self, max_bad_share: float) -> None:
        """Raise SourceError where nothing was read, the books do not balance, or too much is bad."""
        where = f"source {self.source}, input {self.input}"
        accounted = sum(self.outcomes.values()) + self.duplicates + self.bad
        if self.read == 0:
            raise SourceError("the input holds no rows", where=where, fix="export it again")
        if accounted != self.read:
            what = f"the books do not balance: {self.read} rows read, {accounted} accounted for"
            raise SourceError(what, where=where, fix="nothing was written; report this with the mapping")
        if self.bad > max_bad_share * self.read:
            rules = ", ".join(
                f"{rule} {rows}" for rule, rows in sorted(self.quarantined.items(), key=lambda item: -item[1])
            )
            what = f"{self.bad} of {self.read} rows are bad ({rules}), more than ingest.max_bad_share = {max_bad_share}"
            raise SourceError(
                what, where=where, fix="nothing was written; mend the file or the mapping, or raise the setting"
            )


def check_all(books: Iterable[Books], max_bad_share: float) -> None:
    """Check the books of every input of a source."""
    for item in books:
        item.check(max_bad_share)
