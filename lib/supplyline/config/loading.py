"""Settings from the shipped file, the user's file, the environment and the command line, the last winning."""

from __future__ import annotations

import argparse
import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from supplyline.config.files import conf_text, read_text, yaml_mapping
from supplyline.config.settings import Settings
from supplyline.errors import ConfigError


def load_settings(path: str | None = None, **overrides: object) -> Settings:
    """Settings from conf/supplyline.yaml, then the file at `path`, then SUPPLYLINE_<SECTION>__<KEY>, then `overrides`.

    Overrides that are None are left out. Raises ConfigError naming file, key and reason.
    """
    values = yaml_mapping(conf_text("supplyline.yaml"), "supplyline.yaml")
    if path is not None:
        values = _merge(values, yaml_mapping(read_text(Path(path)), path))
    values = _merge(values, _from_environment(os.environ))
    values = _merge(values, {key: value for key, value in overrides.items() if value is not None})
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        where = path or "supplyline.yaml"
        raise ConfigError(f"not valid: {problems}", where=where, fix="correct the named keys") from error


def job_parser(doc: str | None, *, as_of: bool = True) -> argparse.ArgumentParser:
    """Argument parser with the options every job has: --as-of, --warehouse, --config."""
    parser = argparse.ArgumentParser(description=doc)
    if as_of:
        parser.add_argument(
            "--as-of", type=dt.date.fromisoformat, metavar="YYYY-MM-DD", help="last day the job may look at"
        )
    parser.add_argument("--warehouse", help="folder or URI of the Delta tables")
    parser.add_argument("--config", help="YAML file with settings that differ from conf/supplyline.yaml")
    return parser


def settings_from(args: argparse.Namespace) -> Settings:
    """Settings of a job from its parsed arguments."""
    return load_settings(args.config, warehouse=args.warehouse)


def _merge(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(low)
    for key, value in high.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """SUPPLYLINE_WAREHOUSE=x and SUPPLYLINE_FORECASTING__HORIZON=14 as nested values."""
    values: dict[str, Any] = {}
    for name, text in environ.items():
        section, _, key = name.removeprefix("SUPPLYLINE_").lower().partition("__")
        if not name.startswith("SUPPLYLINE_") or section not in Settings.model_fields:
            continue
        value = yaml.safe_load(text)
        values = _merge(values, {section: {key: value} if key else value})
    return values
