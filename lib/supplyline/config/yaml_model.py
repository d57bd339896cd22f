"""A user's YAML file as a typed object, with every mistake named by file, line, key and what is allowed."""

from __future__ import annotations

from typing import Any, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from supplyline.config.files import yaml_mapping
from supplyline.errors import ConfigError

M = TypeVar("M", bound=BaseModel)


class YamlPart(BaseModel):
    """A mapping in a user's file: frozen; an unknown key is an error that lists the known ones."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, values: Any) -> Any:
        known = [info.alias or name for name, info in cls.model_fields.items()]
        unknown = [key for key in values if key not in known] if isinstance(values, dict) else []
        if unknown:
            raise located(f"unknown key {unknown[0]!r}; use one of {', '.join(known)}", unknown[0])
        return values

    def only_one_of(self, names: list[str]) -> Self:
        """Self, where exactly one of these keys is given; ValueError otherwise."""
        aliases = {name: type(self).model_fields[name].alias or name for name in names}
        given = [aliases[name] for name in names if getattr(self, name) is not None]
        if len(given) != 1:
            found = f"found {' and '.join(given)}" if given else "found none"
            raise ValueError(f"write exactly one of {', '.join(aliases.values())}; {found}")
        return self


def located(message: str, *path: str | int) -> PydanticCustomError:
    """An error of a validator that lies at `path` below the value being validated."""
    return PydanticCustomError("located", "{message}", {"message": message, "path": path})


def model_from_yaml(model: type[M], text: str, where: str) -> M:
    """`text` as a `model`. Raises ConfigError with file:line, key, and what is wrong for every mistake, in one line."""
    values = yaml_mapping(text, where)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        problems = [(_path(item), _words(item)) for item in error.errors()]
        words = "; ".join(f"line {_line(root, path)}, {_dotted(path)}: {said}" for path, said in problems)
        place = f"{where}:{_line(root, problems[0][0])}"
        raise ConfigError(f"not valid: {words}", where=place, fix="correct the named keys") from error


def _path(error: ErrorDetails) -> tuple[str | int, ...]:
    return (*error["loc"], *error.get("ctx", {}).get("path", ()))


def _words(error: ErrorDetails) -> str:
    return error["msg"].removeprefix("Value error, ")


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(map(str, path)) or "file"


def _line(node: yaml.Node | None, path: tuple[str | int, ...]) -> int:
    """Line, from 1, of the deepest part of `path` that the file has; parts that only the model has are skipped."""
    line = node.start_mark.line if node else 0
    for part in path:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(part)]
            if found:
                line, node = found[0][0].start_mark.line, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
    return line + 1
