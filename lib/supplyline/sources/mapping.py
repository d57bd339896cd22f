"""Source mappings: conf/sources/<name>.yaml → typed SourceMapping that fits the contracts, before a file is opened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from supplyline.config import conf_texts
from supplyline.config.yaml_model import YamlPart, located, model_from_yaml
from supplyline.errors import ContractError, SourceError
from supplyline.sources.inputs import Also, Columns, Input, known_zone, with_defaults
from supplyline.tables import Table, all_tables, table


class SourceMapping(YamlPart):
    """One source: what its files are, and what their rows become."""

    source: str = Field(pattern="^[a-z][a-z0-9_]*$")
    description: str = ""
    licence: str = ""
    attribution: str = ""
    timezone: str | None = Field(None, description="Zone of the shop's business days; the settings' unless said.")
    currency: str | None = Field(None, pattern="^[A-Z]{3}$", description="ISO 4217; the settings' unless said.")
    inputs: dict[str, Input] = Field(min_length=1)
    derive: list[Literal["products", "customers"]] = Field([], description="Fill these tables from the order lines.")

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        return value if value is None else known_zone(value)

    @model_validator(mode="after")
    def _fits_the_contracts(self) -> Self:
        for path, message in problems(self):
            raise located(message, *path)
        return self

    def fields_read(self, name: str) -> set[str]:
        """Columns of input `name` that any value of the mapping reads."""
        item = self.inputs[name]
        read = {field for value in item.columns.values() for field in value.fields()} | set(
            (item.unpivot or {}).values()
        )
        for other in self.inputs.values():
            found = [lookup for value in other.columns.values() for lookup in value.lookups() if lookup.in_ == name]
            read |= {column for lookup in found for column in (lookup.match, lookup.take)}
        return read

    def looked_up(self, name: str) -> bool:
        """True where a value of another input looks something up in input `name`."""
        values = (value for item in self.inputs.values() for value in item.columns.values())
        return any(lookup.in_ == name for value in values for lookup in value.lookups())


Problem = tuple[tuple[str | int, ...], str]


def problems(mapping: SourceMapping) -> Iterator[Problem]:
    """Every way in which a mapping does not fit the contracts or itself, with its place in the file."""
    for name, item in mapping.inputs.items():
        place = ("inputs", name)
        if item.table:
            yield from _table_problems(item.table, item.columns, place)
            yield from _lookup_problems(mapping, item, place)
            yield from _class_problems(item, place)
        for number, also in enumerate(item.also):
            yield from _also_problems(item, also, (*place, "also", number))
    targets = {item.table for item in mapping.inputs.values()}
    if mapping.derive and "order_lines" not in targets:
        yield ("derive",), "needs an input whose table is order_lines"


def _table_problems(name: str, columns: Columns, place: tuple[str | int, ...]) -> Iterator[Problem]:
    try:
        target: Table = table(name)
    except ContractError as error:
        yield (*place, "table"), error.what + "; " + error.fix
        return
    for column in columns:
        if column not in target.column_names:
            yield (
                (*place, "columns", column),
                f"table {name} has no column {column!r}; it has {', '.join(target.column_names)}",
            )
    missing = [c.name for c in target.columns if c.required and c.name not in with_defaults(name, columns)]
    if missing:
        yield (*place, "columns"), f"table {name} also needs {', '.join(missing)}"
    mapped: set[str] = set()
    for column, value in columns.items():
        unknown = value.above() - mapped
        if unknown:
            yield (*place, "columns", column), f"uses {', '.join(sorted(unknown))}, which is not mapped above it"
        # A row has its class only once all other columns are there.
        mapped |= set() if any(part.take == "class" for part in value.parts()) else {column}


def _lookup_problems(mapping: SourceMapping, item: Input, place: tuple[str | int, ...]) -> Iterator[Problem]:
    for column, value in item.columns.items():
        for lookup in value.lookups():
            if lookup.in_ not in mapping.inputs:
                yield (
                    (*place, "columns", column),
                    f"no input {lookup.in_!r} to look up in; use one of {', '.join(mapping.inputs)}",
                )
        takes = {part.take for part in value.parts()} & {"unpivot_name", "unpivot_value"}
        if takes and not item.unpivot:
            yield (*place, "columns", column), f"take {takes.pop()} needs `unpivot`"


def _class_problems(item: Input, place: tuple[str | int, ...]) -> Iterator[Problem]:
    for number, row_class in enumerate(item.classes):
        unknown = (
            set(row_class.when.names()) - (set(item.all_columns) - set(item.class_columns)) if row_class.when else set()
        )
        if unknown:
            yield (*place, "classes", number), f"tests {', '.join(sorted(unknown))}, which is not mapped"


def _also_problems(item: Input, also: Also, place: tuple[str | int, ...]) -> Iterator[Problem]:
    try:
        target = table(also.table)
    except ContractError as error:
        yield (*place, "table"), error.what + "; " + error.fix
        return
    for column, value in also.columns.items():
        if column not in target.column_names:
            yield (*place, "columns", column), f"table {also.table} has no column {column!r}"
        unknown = value.above() - set(item.all_columns)
        if unknown or value.fields() or list(value.lookups()):
            yield (
                (*place, "columns", column),
                f"is made of columns of {item.table} alone, such as `column: {item.table}'s`",
            )
    keys = set(table(item.table or "").keys) if item.table in all_tables() else set()
    if not keys <= {also.columns[key].column for key in target.keys if key in also.columns}:
        yield (
            (*place, "columns"),
            f"the key of {also.table} is made of the key of {item.table} ({', '.join(sorted(keys))})",
        )
    missing = [c.name for c in target.columns if c.required and c.name not in also.all_columns]
    if missing:
        yield (*place, "columns"), f"table {also.table} also needs {', '.join(missing)}"
    unknown = {*(also.where.names() if also.where else ())} - set(item.all_columns)
    unknown |= set(also.classes or []) - set(item.outcomes)
    if unknown:
        yield place, f"names {', '.join(sorted(unknown))}, which {item.table} does not have"


def load_mapping(name: str) -> SourceMapping:
    """The mapping conf/sources/<name>.yaml; the user's conf folder wins. Raises SourceError (unknown), ConfigError."""
    texts = conf_texts("sources")
    if name not in texts:
        raise SourceError(
            f"no source {name!r}",
            where="conf/sources",
            fix=f"use one of {', '.join(sorted(texts))}, or add {name}.yaml",
        )
    return parse_mapping(texts[name], f"sources/{name}.yaml")


def parse_mapping(text: str, where: str) -> SourceMapping:
    """A mapping's YAML text as a SourceMapping. Raises ConfigError with file:line, key and the allowed values."""
    return model_from_yaml(SourceMapping, text, where)
