"""JSON records read by a pattern, where they are written plainly.

A parse costs Flink's SQL several times what a pattern does, and it has no way to parse once for many fields. A plain
record has the contract's fields and no others, in the contract's order, with texts free of escapes. The patterns accept
nothing else, so that a plain record has the same fields whichever way it is read; all other records are parsed.
"""

from __future__ import annotations

from supplyline.tables import Column, Table

# JSON forbids bare control characters in a text. Listed one by one, for Java is slow at ranges in such a class.
_CONTROL = "".join(f"\\x{code:02X}" for code in range(32))
_TEXT = rf'[^"\\{_CONTROL}]*+'
# Spelled as a parser would spell it again; 18 digits always fit a long.
_WHOLE = "(?:0|-?[1-9][0-9]{0,17}+)"
_NUMBER = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+"
# The value of a field in a plain record: no name holds a colon, and a text is taken as a whole.
VALUES = ': *+(?:null|"?((?<=")[^"]*+|[-.0-9]++))'


def plain_record(events: Table) -> str:
    """The pattern of a whole plain record."""
    fields = (f'"{column.name}" *+: *+{_value(column)}' for column in events.columns)
    return rf"^ *+\{{ *+{' *+, *+'.join(fields)} *+\}}[ \r\n]*+(?![\s\S])"


def value_of(name: str) -> str:
    """The one text field `name` of a plain record, where no text holds a quote that could be taken for the field's."""
    return f'"{name}" *+: *+"([^"]*+)"'


def _value(column: Column) -> str:
    value = {"long": _WHOLE, "integer": _WHOLE, "double": _NUMBER}.get(column.type, f'"{_TEXT}"')
    return value if column.required else f"(?:null|{value})"
