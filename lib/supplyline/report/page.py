"""The report: one HTML file that holds all it needs and asks no network for anything."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from plotly.offline import get_plotlyjs

from supplyline import __version__
from supplyline.config import Settings
from supplyline.errors import TableError
from supplyline.query import connect
from supplyline.query.catalog import TableStatus
from supplyline.report.context import Context
from supplyline.report.html import Html, advice, join, missing, tag, text
from supplyline.report.sections import SECTIONS, Section
from supplyline.report.style import SCRIPT, STYLE
from supplyline.tables.warehouse import Warehouse

# The browser itself then refuses any request that a flaw or a hostile product name could cause.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)


def write_report(settings: Settings, out: str | Path | None = None, as_of: dt.date | None = None) -> Path:
    """Write the report and return its path, by default report.html in the warehouse or, if that is remote, here.

    `as_of` is the day it speaks of, by default that of the newest plan.
    Raises QueryError where no table is built, TableError where the file can't be written.
    """
    with connect(settings) as connection:
        page = render(Context(settings, connection, as_of))
    path = Path(out or (Warehouse(settings.warehouse).folder or Path()) / "report.html").absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise TableError(
            f"report can't be written: {error.strerror}", where=str(path), fix="choose another --out"
        ) from error
    return path


def render(context: Context) -> str:
    """The whole page."""
    sections = join(_section(section, context) for section in SECTIONS)
    body = join([_header(context), _navigation(), tag("main", sections, cls="wide"), footer()])
    return document(f"Supplyline report, {context.as_of}", body)


def document(title: str, body: Html) -> str:
    """A complete HTML file in the house style, with plotly.js inside for the charts in `body`."""
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    head += f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{text(title)}</title>'
    scripts = f"<script>{get_plotlyjs()}</script><script>const figures = {{}}</script>"
    start = f'<!doctype html><html lang="en"><head>{head}<style>{STYLE}</style>{scripts}</head>'
    return f"{start}<body>{body}<script>{SCRIPT}</script></body></html>\n"


def _header(context: Context) -> Html:
    subtitle = f"As of {context.as_of:%A, %-d %B %Y} · amounts in {context.settings.shop.currency}"
    inner = join([tag("h1", "What sells, what to reorder, what goes wrong"), tag("p", subtitle)])
    return tag("header", tag("div", inner, cls="wide"))


def _navigation() -> Html:
    links = (Html(f'<a href="#{section.key}">{text(section.title)}</a>') for section in SECTIONS if section.title)
    return tag("nav", tag("div", *links, cls="wide"))


def footer() -> Html:
    """What made the page."""
    return tag("footer", tag("div", f"supplyline {__version__} · this file needs no network", cls="wide"))


def _section(section: Section, context: Context) -> Html:
    """A section, or what to run where its tables are not built yet."""
    lacking = context.lacking(section.tables)
    body = _missing(lacking) if lacking else section.build(context)
    head = [tag("h2", section.title), tag("p", section.lead, cls="lead")] if section.title else []
    cls = ' class="plain"' if section.plain else ""
    return Html(f'<section id="{section.key}"{cls}>{join([*head, body])}</section>')


def _missing(lacking: list[TableStatus]) -> Html:
    lines = (join([tag("code", status.name), " is not there yet: ", advice(status.problem)]) for status in lacking)
    return missing(*lines)
