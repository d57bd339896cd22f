"""Contracts: YAML in the Open Data Contract Standard's vocabulary → typed, frozen Table."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pydantic import Field

from supplyline.config import conf_texts
from supplyline.config.yaml_model import YamlPart, model_from_yaml
from supplyline.errors import ContractError

ColumnType = Literal["string", "long", "integer", "double", "boolean", "date", "timestamp"]
Layer = Literal["silver", "gold", "live", "stream"]
LOGICAL_TYPES: Mapping[ColumnType, str] = {
    "string": "string",
    "long": "integer",
    "integer": "integer",
    "double": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}


@dataclass(frozen=True)
class Check:
    """A named SQL predicate that is true (or unknown) on every row."""

    name: str
    sql: str


@dataclass(frozen=True)
class Column:
    """One column: its name, type, meaning and limits."""

    name: str
    type: ColumnType
    description: str
    required: bool = False
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    pattern: str = ""
    values: tuple[str, ...] = ()
    personal: bool = False


@dataclass(frozen=True)
class Table:
    """One table: where it lies, its columns in order, its keys and the checks that span columns."""

    name: str
    layer: Layer
    description: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    checks: tuple[Check, ...] = ()
    retention: str = ""

    @property
    def column_names(self) -> list[str]:
        """Names of the columns in the contract's order."""
        return [column.name for column in self.columns]

    @property
    def personal(self) -> list[str]:
        """Names of the columns that hold personal data."""
        return [column.name for column in self.columns if column.personal]

    def column(self, name: str) -> Column:
        """The column of that name; ContractError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise ContractError(f"no column {name!r}", where=self.name, fix=f"use one of {', '.join(self.column_names)}")


def table(name: str) -> Table:
    """The table of that name; ContractError names the known ones."""
    tables = all_tables()
    if name not in tables:
        raise ContractError(f"no table {name!r}", fix=f"use one of {', '.join(sorted(tables))}")
    return tables[name]


def all_tables() -> dict[str, Table]:
    """Name → Table of every contract, shipped or in the user's conf folder."""
    return _load(os.environ.get("SUPPLYLINE_CONF", ""))


@cache
def _load(_user_folder: str) -> dict[str, Table]:
    return {name: parse_contract(text, f"contracts/{name}.yaml") for name, text in conf_texts("contracts").items()}


def parse_contract(text: str, where: str) -> Table:
    """A contract's YAML text as a Table. Raises ConfigError (bad YAML or key) or ContractError (inconsistent)."""
    contract = model_from_yaml(_Contract, text, where)
    columns = tuple(_column(item, where) for item in contract.schema_[0].properties)
    names = [column.name for column in columns]
    if len(set(names)) < len(names):
        raise ContractError("a column is there twice", where=where, fix="give each column a name of its own")
    keyed = sorted(
        (item for item in contract.schema_[0].properties if item.primaryKey), key=lambda item: item.primaryKeyPosition
    )
    if not keyed:
        raise ContractError("no primary key", where=where, fix="mark the key columns with `primaryKey: true`")
    return Table(
        name=contract.name,
        layer=contract.domain,
        description=contract.description.purpose,
        columns=columns,
        keys=tuple(item.name for item in keyed),
        checks=tuple(Check(item.name, item.query) for item in contract.schema_[0].quality),
        retention=next(
            (f"{item.value}{item.unit}" for item in contract.slaProperties if item.property == "retention"), ""
        ),
    )


def _column(item: _Property, where: str) -> Column:
    if LOGICAL_TYPES[item.physicalType] != item.logicalType:
        raise ContractError(
            f"logicalType {item.logicalType} does not go with physicalType {item.physicalType}",
            where=f"{where}, column {item.name}",
            fix=f"write logicalType: {LOGICAL_TYPES[item.physicalType]}",
        )
    options = item.logicalTypeOptions
    return Column(
        name=item.name,
        type=item.physicalType,
        description=item.description,
        required=item.required,
        unit=next((str(extra.value) for extra in item.customProperties if extra.property == "unit"), ""),
        minimum=options.minimum,
        maximum=options.maximum,
        min_length=options.minLength,
        pattern=options.pattern,
        values=next((tuple(rule.arguments.validValues) for rule in item.quality), ()),
        personal="personal" in item.tags,
    )


class _Description(YamlPart):
    purpose: str


class _NameValue(YamlPart):
    property: str
    value: str | int | float
    unit: str = ""


class _Options(YamlPart):
    minimum: float | None = None
    maximum: float | None = None
    minLength: int | None = None
    pattern: str = ""


class _Arguments(YamlPart):
    validValues: list[str]


class _ColumnRule(YamlPart):
    type: Literal["library"]
    metric: Literal["invalidValues"]
    mustBe: Literal[0]
    arguments: _Arguments


class _TableRule(YamlPart):
    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    type: Literal["sql"]
    query: str
    mustBe: Literal[True]


class _Property(YamlPart):
    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    logicalType: str
    physicalType: ColumnType
    description: str
    required: bool = False
    primaryKey: bool = False
    primaryKeyPosition: int = 0
    classification: str = ""
    tags: list[str] = []
    logicalTypeOptions: _Options = _Options()
    quality: list[_ColumnRule] = []
    customProperties: list[_NameValue] = []


class _Schema(YamlPart):
    name: str
    properties: list[_Property] = Field(min_length=1)
    quality: list[_TableRule] = []


class _Contract(YamlPart):
    apiVersion: Literal["v3.0.2"]
    kind: Literal["DataContract"]
    id: str
    name: str = Field(pattern="^[a-z][a-z0-9_]*$")
    version: str
    status: str
    domain: Layer
    description: _Description
    slaProperties: list[_NameValue] = []
    schema_: list[_Schema] = Field(alias="schema", min_length=1, max_length=1)
