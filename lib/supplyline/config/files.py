"""Files of the conf folders: the shipped one, and the user's, which wins."""

from __future__ import annotations

import os
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from supplyline.errors import ConfigError


def conf_texts(folder: str) -> dict[str, str]:
    """Name (without .yaml) → text of each YAML file in a conf folder; the user's folder wins over the shipped one."""
    texts: dict[str, str] = {}
    for root in _conf_roots():
        found = root.joinpath(folder)
        if found.is_dir():
            files = sorted(
                (item for item in found.iterdir() if item.name.endswith(".yaml")), key=lambda item: item.name
            )
            texts |= {item.name.removesuffix(".yaml"): read_text(item) for item in files}
    return texts


def conf_text(name: str) -> str:
    """Text of one conf file such as "jars/ivy.xml"; the user's folder wins over the shipped one."""
    for root in reversed(_conf_roots()):
        found = root.joinpath(name)
        if found.is_file():
            return read_text(found)
    raise ConfigError(
        f"no configuration file {name}", fix="reinstall supplyline, or add it to the folder SUPPLYLINE_CONF names"
    )


def conf_path(name: str) -> Path:
    """A conf file as a real path, for programs that want one; ConfigError where it is missing or inside a zip."""
    for root in reversed(_conf_roots()):
        path = Path(str(root.joinpath(name)))
        if path.is_file():
            return path
    raise ConfigError(
        f"no configuration file {name} on disk", fix="install supplyline with pip, or set SUPPLYLINE_CONF"
    )


def yaml_mapping(text: str, where: str) -> dict[str, Any]:
    """A YAML text as a mapping; ConfigError with its line where it is broken or is no mapping."""
    try:
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f"{where}:{mark.line + 1}" if mark else where
        raise ConfigError(f"broken YAML: {error.problem}", where=line, fix="correct the line") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"broken YAML: {error}", where=where, fix="correct the file") from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigError("the file holds no mapping of keys to values", where=where, fix="write `key: value` lines")
    return values


def _conf_roots() -> list[Traversable]:
    roots: list[Traversable] = [resources.files("supplyline.conf")]
    mine = os.environ.get("SUPPLYLINE_CONF")
    if mine:
        if not Path(mine).is_dir():
            raise ConfigError(
                "not a folder", where=f"SUPPLYLINE_CONF={mine}", fix="name an existing folder or unset it"
            )
        roots.append(Path(mine))
    return roots


def read_text(item: Traversable) -> str:
    """Text of a file; ConfigError where it can't be read."""
    try:
        return item.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"can't be read: {error}", where=str(item), fix="name a readable UTF-8 file") from error
