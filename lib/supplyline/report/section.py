"""What a section of the report is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from supplyline.report.context import Context
from supplyline.report.html import Html


@dataclass(frozen=True)
class Section:
    """A part of the page: it is built only where all its `tables` are there.

    `key` is its anchor; a section without a title is not in the navigation; a `plain` one has no frame.
    """

    key: str
    title: str
    lead: str
    tables: tuple[str, ...]
    build: Callable[[Context], Html]
    plain: bool = False
