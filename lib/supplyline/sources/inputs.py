"""Inputs of a source mapping: how their files are written, and what their rows become."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from supplyline.config.yaml_model import YamlPart
from supplyline.sources.values import Predicate, Value
from supplyline.tables import all_tables

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
    fields: Annotated[list[str], Field(min_length=1)] | None = Field(
        None, description="Names, where no header gives them."
    )
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

    url_from: str = Field(
        pattern="^[A-Z][A-Z0-9_]*$", description="Environment variable: postgresql://user:password@host:port/database"
    )
    relation: str = Field(
        pattern=r"^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$", description="Table or view."
    )


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

    files: str | None = Field(
        None, description="Pattern below the --input folder; .gz, .xz and .zip are found by themselves."
    )
    format: Literal["csv", "jsonl", "parquet", "table"] = "csv"
    csv: CsvFormat = CsvFormat()
    database: Database | None = None
    timestamps: Timestamps = Timestamps()
    duplicates: Literal["drop", "keep"] = Field("drop", description="Exact copies of a record.")
    repeated_keys: Literal["quarantine", "keep_last"] = Field(
        "quarantine", description="Different records with one key."
    )
    table: str | None = Field(None, description="Target table; an input without one only serves lookups.")
    unpivot: dict[str, str] | None = Field(
        None, description="Name → input column: one row for each that is not missing."
    )
    columns: Columns = {}
    classes: list[RowClass] = []
    also: list[Also] = []

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.format == "table") != (self.database is not None) or (self.format == "table") == (
            self.files is not None
        ):
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
    silent = (
        {name: DEFAULTS[name] for name in known.column_names if name in DEFAULTS and name not in columns}
        if known
        else {}
    )
    return {**columns, **silent}
