"""Source mappings: conf/sources/<name>.yaml → typed SourceMapping, checked against the contracts before a file is opened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from supplyline.config import conf_texts
from supplyline.errors import ContractError, SourceError
from supplyline.sources.values import Predicate, Value
from supplyline.tables import Table, all_tables, table
from supplyline.yaml_model import YamlPart, located, model_from_yaml


Columns = dict[str, Value]
# Filled in by these where a table has the column and the mapping is silent, so that ten lines are enough.
DEFAULTS: Mapping[str, Value] = {
    "source": Value(take="source"),
    "source_file": Value(take="file"),
    "source_line": Value(take="line"),
    "currency": Value(take="currency"),
    "warehouse": Value(constant="main"),
    "origin": Value(constant="observed"),
}


class CsvFormat(YamlPart):
    """How a CSV file is written."""

    delimiter: str = Field(",", min_length=1, max_length=1)
    quote: str = Field('"', min_length=1, max_length=1)
    header: Literal[True, False, "optional"] = Field(True, description="optional: the first line may or may not be one")
    fields: Annotated[list[str], Field(min_length=1)] | None = Field(None, description="Names, where no header gives them.")
    encoding: Literal["utf-8", "latin-1", "cp1252"] = "utf-8"
    multiline: bool = Field(False, description="Quoted values may hold line ends.")

    @model_validator(mode="after")
    def _names(self) -> Self:
        if (self.header is True) == (self.fields is not None):
            raise ValueError("write `fields` where `header` is false or optional, and only there")
        return self


class Timestamps(YamlPart):
    """How times are written, and which are believed."""

    format: str = Field("iso", description="iso, unix_seconds, unix_milliseconds, or a pattern such as M/d/yyyy H:mm.")
    timezone: str | None = Field(None, description="Zone of times without one; the shop's unless said.")
    earliest: dt.date | None = Field(None, description="Quarantine what is before this day.")
    latest: dt.date | None = Field(None, description="Quarantine what is after this day.")

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        return value if value is None else known_zone(value)


class Database(YamlPart):
    """A PostgreSQL table. Address and password come from the environment, never from this file."""

    url_from: str = Field(pattern="^[A-Z][A-Z0-9_]*$", description="Environment variable: postgresql://user:password@host:port/database")
    relation: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$", description="Table or view.")


class RowClass(YamlPart):
    """Rows that fit `when`, and no class above; the last class may leave `when` out: everything else."""

    class_: str = Field(alias="class", pattern="^[a-z][a-z0-9_]*$")
    when: Predicate | None = None


class Also(YamlPart):
    """A second table made of rows of the first."""

    table: str
    classes: list[str] | None = Field(None, min_length=1)
    where: Predicate | None = None
    columns: Columns

    @property
    def all_columns(self) -> Columns:
        """Columns as written, and the defaults of those that are not."""
        return with_defaults(self.table, self.columns)


class Input(YamlPart):
    """One kind of file or table of the source, and what its rows become."""

    files: str | None = Field(None, description="Pattern below the --input folder; .gz, .xz and .zip are found by themselves.")
    format: Literal["csv", "jsonl", "parquet", "table"] = "csv"
    csv: CsvFormat = CsvFormat()
    database: Database | None = None
    timestamps: Timestamps = Timestamps()
    duplicates: Literal["drop", "keep"] = Field("drop", description="Exact copies of a record.")
    repeated_keys: Literal["quarantine", "keep_last"] = Field("quarantine", description="Different records with one key.")
    table: str | None = Field(None, description="Target table; an input without one only serves lookups.")
    unpivot: dict[str, str] | None = Field(None, description="Name → input column: one row for each that is not missing.")
    columns: Columns = {}
    classes: list[RowClass] = []
    also: list[Also] = []

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.format == "table") != (self.database is not None) or (self.format == "table") == (self.files is not None):
            raise ValueError("format table needs `database`, every other format needs `files`")
        if self.table is None and (self.columns or self.classes or self.also or self.unpivot):
            raise ValueError("columns, classes, unpivot and also need a `table`")
        if self.unpivot and (self.classes or self.also):
            raise ValueError("unpivot goes with neither classes nor also")
        if any(row_class.when is None for row_class in self.classes[:-1]):
            raise ValueError("only the last class may leave `when` out")
        return self

    @property
    def all_columns(self) -> Columns:
        """Columns as written, and the defaults of those that are not."""
        return with_defaults(self.table, self.columns) if self.table else {}

    @property
    def class_columns(self) -> list[str]:
        """Columns that hold the row's class."""
        return [name for name, value in self.columns.items() if any(part.take == "class" for part in value.parts())]

    @property
    def keys_are_unique(self) -> bool:
        """True where every key column is the record's own id, so that no two rows can share a key."""
        keys = all_tables()[self.table].keys if self.table in all_tables() else ()
        return all(self.columns[key].take == "record_id" for key in keys if key in self.columns)

    @property
    def outcomes(self) -> list[str]:
        """What can become of a row that is neither a copy nor quarantined."""
        return [item.class_ for item in self.classes] or [self.table or "lookup"]


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
        read = {field for value in item.columns.values() for field in value.fields()} | set((item.unpivot or {}).values())
        for other in self.inputs.values():
            found = [lookup for value in other.columns.values() for lookup in value.lookups() if lookup.in_ == name]
            read |= {column for lookup in found for column in (lookup.match, lookup.take)}
        return read

    def looked_up(self, name: str) -> bool:
        """True where a value of another input looks something up in input `name`."""
        values = (value for item in self.inputs.values() for value in item.columns.values())
        return any(lookup.in_ == name for value in values for lookup in value.lookups())


def known_zone(value: str) -> str:
    """`value`, where it is an IANA time zone; ValueError otherwise."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{value!r} is no IANA time zone") from error
    return value


def with_defaults(table_name: str, columns: Columns) -> Columns:
    """`columns`, and DEFAULTS for those of the table that are not written."""
    known = all_tables().get(table_name)
    silent = {name: DEFAULTS[name] for name in known.column_names if name in DEFAULTS and name not in columns} if known else {}
    return {**columns, **silent}


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
            yield (*place, "columns", column), f"table {name} has no column {column!r}; it has {', '.join(target.column_names)}"
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
                yield (*place, "columns", column), f"no input {lookup.in_!r} to look up in; use one of {', '.join(mapping.inputs)}"
        takes = {part.take for part in value.parts()} & {"unpivot_name", "unpivot_value"}
        if takes and not item.unpivot:
            yield (*place, "columns", column), f"take {takes.pop()} needs `unpivot`"


def _class_problems(item: Input, place: tuple[str | int, ...]) -> Iterator[Problem]:
    for number, row_class in enumerate(item.classes):
        unknown = set(row_class.when.names()) - (set(item.all_columns) - set(item.class_columns)) if row_class.when else set()
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
            yield (*place, "columns", column), f"is made of columns of {item.table} alone, such as `column: {item.table}'s`"
    keys = set(table(item.table or "").keys) if item.table in all_tables() else set()
    if not keys <= {also.columns[key].column for key in target.keys if key in also.columns}:
        yield (*place, "columns"), f"the key of {also.table} is made of the key of {item.table} ({', '.join(sorted(keys))})"
    missing = [c.name for c in target.columns if c.required and c.name not in also.all_columns]
    if missing:
        yield (*place, "columns"), f"table {also.table} also needs {', '.join(missing)}"
    unknown = {*(also.where.names() if also.where else ())} - set(item.all_columns)
    unknown |= set(also.classes or []) - set(item.outcomes)
    if unknown:
        yield place, f"names {', '.join(sorted(unknown))}, which {item.table} does not have"


def load_mapping(name: str) -> SourceMapping:
    """The mapping conf/sources/<name>.yaml, the user's conf folder over the shipped one. Raises SourceError, ConfigError."""
    texts: Mapping[str, Any] = conf_texts("sources")
    if name not in texts:
        raise SourceError(f"no source {name!r}", where="conf/sources", fix=f"use one of {', '.join(sorted(texts))}, or add {name}.yaml")
    return parse_mapping(texts[name], f"sources/{name}.yaml")


def parse_mapping(text: str, where: str) -> SourceMapping:
    """A mapping's YAML text as a SourceMapping. Raises ConfigError with file:line, key and the allowed values."""
    return model_from_yaml(SourceMapping, text, where)
