"""Small pieces of HTML. Every piece of data goes through `text`, because product names come from outside."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Sequence
from html import escape


class Html(str):
    """Text that is HTML already and must not be escaped again."""

    __slots__ = ()


def text(value: object) -> Html:
    """A value as escaped HTML; Html stays as it is, None is a dash."""
    if isinstance(value, Html):
        return value
    if value is None:
        return Html("–")
    if isinstance(value, dt.datetime):
        return Html(f"{value:%Y-%m-%d %H:%M}")
    return Html(escape(str(value), quote=True))


def join(parts: Iterable[object]) -> Html:
    """Several pieces one after the other."""
    return Html("".join(text(part) for part in parts))


def tag(name: str, *content: object, cls: str = "") -> Html:
    """`<name class=…>content</name>`."""
    attribute = f' class="{escape(cls)}"' if cls else ""
    return Html(f"<{name}{attribute}>{join(content)}</{name}>")


def paragraph(*content: object) -> Html:
    """A caption under a figure or a table."""
    return tag("p", *content, cls="caption")


def advice(words: str) -> Html:
    """Text whose `commands` are set as code."""
    return Html(re.sub("`([^`]+)`", r"<code>\1</code>", text(words)))


def missing(*lines: object) -> Html:
    """What to run where there is nothing to show yet."""
    return tag("div", *(tag("div", line) for line in lines), cls="missing")


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, right: Collection[str] = ()) -> Html:
    """A table whose columns in `right` hold numbers; it scrolls sideways on a narrow screen. "None." without rows."""
    rows = list(rows)
    if not rows:
        return paragraph("None.")
    classes = ["number" if name in right else "" for name in head]
    top = tag("tr", *(tag("th", name, cls=cls) for name, cls in zip(head, classes, strict=True)))
    body = (tag("tr", *(tag("td", cell, cls=cls) for cell, cls in zip(row, classes, strict=True))) for row in rows)
    inner = tag("table", tag("thead", top), tag("tbody", *body), cls="many" if len(head) > 5 else "")
    return tag("div", inner, cls="scroll")


def card(label: str, figure: object, note: object = "", cls: str = "") -> Html:
    """One headline number."""
    parts = [tag("div", label, cls="label"), tag("div", figure, cls="figure")]
    return tag("div", *parts, tag("div", note, cls="note"), cls=f"card {cls}".strip())


def cards(items: Iterable[Html]) -> Html:
    """Headline numbers side by side."""
    return tag("div", *items, cls="cards")


def severity(name: str) -> Html:
    """A severity as a coloured badge."""
    known = name if name in {"info", "warning", "critical"} else "info"
    return tag("span", name, cls=f"badge {known}")


def number(value: float | None, digits: int = 0) -> str:
    """`12,345.6`, a dash where there is none."""
    return "–" if value is None else f"{value:,.{digits}f}"


def counted(count: float | None, noun: str) -> str:
    """`1 product`, `12,345 products`."""
    return f"{number(count or 0)} {noun}{'' if count == 1 else 's'}"


def percent(share: float | None, digits: int = 0) -> str:
    """0.123 → `12 %`."""
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def change(now: float | None, before: float | None) -> str:
    """`+12 %` from `before` to `now`; a dash where that says nothing."""
    if not now or not before:
        return "–"
    return f"{100 * (now / before - 1):+.0f} %"
