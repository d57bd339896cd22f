"""How a mapping says where a column's value comes from, and which rows it means: values and predicates, as data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from supplyline.config.yaml_model import YamlPart
from supplyline.sources.operations import OPERATIONS, Step, parse_step

Constant = str | int | float | bool
Taken = Literal["class", "record_id", "file", "line", "source", "currency", "unpivot_name", "unpivot_value"]
STARTS = ["from_", "constant", "column", "take", "lookup", "joined", "product_of", "date_of", "first_of", "choose"]
TYPED_STARTS = frozenset({"column", "product_of", "date_of", "choose"})


class Test(YamlPart):
    """One test of one column."""

    __test__ = False  # not a pytest class
    matches: str | None = Field(None, description="The whole text fits this regular expression.")
    starts_with: str | None = None
    equals: Constant | None = None
    one_of: list[Constant] | None = None
    greater_than: float | None = None
    less_than: float | None = None
    present: bool | None = Field(None, description="There is a value, or (false) there is none.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        return self.only_one_of(list(type(self).model_fields))

    @field_validator("matches")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"{value!r} is no regular expression: {error}") from error
        return value


class Predicate(YamlPart):
    """`{column: test, …}` (all must hold), `{all: […]}`, `{any: […]}` or `{not: …}`."""

    all: list[Predicate] | None = None
    any: list[Predicate] | None = None
    not_: Predicate | None = Field(None, alias="not")
    columns: dict[str, Test] | None = None

    @model_validator(mode="before")
    @classmethod
    def _columns(cls, values: Any) -> Any:
        if not isinstance(values, dict) or {"all", "any", "not", "columns"} & set(values):
            return values
        return {"columns": values}

    @model_validator(mode="after")
    def _one(self) -> Self:
        return self.only_one_of(["all", "any", "not_", "columns"])

    def names(self) -> Iterator[str]:
        """Every column the predicate looks at."""
        yield from self.columns or {}
        for part in [*(self.all or []), *(self.any or []), *([self.not_] if self.not_ else [])]:
            yield from part.names()


class Lookup(YamlPart):
    """The text in column `take` of the first record of input `in` whose column `match` equals `key`."""

    in_: str = Field(alias="in")
    match: str
    key: Value
    take: str

    @field_validator("key", mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"from": value} if isinstance(value, str) else value


class Choice(YamlPart):
    """`then`, where `when` holds; the last choice may leave `when` out."""

    when: Predicate | None = None
    then: Value


class Value(YamlPart):
    """Where a value comes from (exactly one start), and the operations on it, in order."""

    from_: str | None = Field(None, alias="from", description="A column of the input.")
    constant: Constant | None = None
    column: str | None = Field(None, description="A column of the table, mapped above.")
    take: Taken | None = None
    lookup: Lookup | None = None
    joined: list[Value] | None = Field(None, min_length=1, description="Texts joined by a hyphen.")
    product_of: list[str] | None = Field(None, min_length=2, description="Columns mapped above, multiplied.")
    date_of: str | None = Field(None, description="Business day, in the shop's time zone, of a time mapped above.")
    first_of: list[Value] | None = Field(None, min_length=1, description="The first that is not missing.")
    choose: list[Choice] | None = Field(None, min_length=1)
    ops: list[Step] = []

    @model_validator(mode="before")
    @classmethod
    def _short(cls, values: Any) -> Any:
        return {"from": values} if isinstance(values, str) else values

    @field_validator("ops", mode="before")
    @classmethod
    def _steps(cls, values: Any) -> Any:
        return [parse_step(item) for item in values] if isinstance(values, list) else values

    @model_validator(mode="after")
    def _one(self) -> Self:
        self.only_one_of(STARTS)
        kinds = [OPERATIONS[step.name].on for step in self.ops]
        if kinds != sorted(kinds, reverse=True):
            raise ValueError("operations on text come before operations on numbers")
        if self.typed and "text" in kinds:
            raise ValueError(
                f"operation {self.ops[kinds.index('text')].name} works on text as read, not on a mapped column"
            )
        if any(not choice.then.typed and choice.then.constant is None for choice in self.choose or []):
            raise ValueError("`then` is a constant, or a value of columns mapped above")
        return self

    @property
    def typed(self) -> bool:
        """True where the value starts from columns that already have their contract's type."""
        return any(getattr(self, name) is not None for name in TYPED_STARTS) or self.take in {"class", "line"}

    def parts(self) -> Iterator[Value]:
        """This value and every value inside it, inner ones first."""
        inner = [*(self.joined or []), *(self.first_of or []), *(choice.then for choice in self.choose or [])]
        if self.lookup:
            inner.append(self.lookup.key)
        for value in inner:
            yield from value.parts()
        yield self

    def lookups(self) -> Iterator[Lookup]:
        """Every lookup inside, those another one needs first."""
        for part in self.parts():
            if part.lookup:
                yield part.lookup

    def fields(self) -> set[str]:
        """Columns of the input it reads."""
        return {part.from_ for part in self.parts() if part.from_ is not None}

    def above(self) -> set[str]:
        """Columns of the table it needs to be mapped before it."""
        names: set[str] = set()
        for part in self.parts():
            names |= {part.column, part.date_of} - {None}  # type: ignore[arg-type]
            names |= set(part.product_of or [])
            names |= {name for choice in part.choose or [] if choice.when for name in choice.when.names()}
        return names
