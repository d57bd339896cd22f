"""Configuration: shipped YAML, then the user's file, the environment and the command line, as one typed object."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import re
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from supplyline.errors import ConfigError


def _duration(value: object) -> object:
    """`10 minutes` as a timedelta; what is no such text is left for pydantic to judge."""
    units = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
    found = (
        re.fullmatch(r"(\d+) *(second|minute|hour|day)s?", value.strip().lower()) if isinstance(value, str) else None
    )
    return dt.timedelta(seconds=int(found[1]) * units[found[2]]) if found else value


Duration = Annotated[dt.timedelta, BeforeValidator(_duration), Field(ge=dt.timedelta(0))]


class Section(BaseModel):
    """A part of the settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ShopSettings(Section):
    """What the shop is."""

    timezone: str = Field("Europe/London", description="IANA time zone of its business days.")
    currency: str = Field("GBP", pattern="^[A-Z]{3}$", description="ISO 4217 code.")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is no IANA time zone") from error
        return value


class SparkSettings(Section):
    """How Spark is started; `spark-submit` and spark-defaults.conf win over `master` and memory."""

    master: str = Field("local[*]", description="Spark master, where spark-submit gives none.")
    driver_memory: str = Field("2g", description="JVM heap in local mode.")
    shuffle_partitions: int = Field(4, ge=1)
    options: dict[str, str] = Field(default_factory=dict, description="Further Spark properties.")


class IngestSettings(Section):
    """How much bad input is borne."""

    max_bad_share: float = Field(
        0.05, ge=0, le=1, description="Stop before writing above this share of quarantined rows."
    )
    max_record_bytes: int = Field(1 << 20, ge=64, description="A longer line is quarantined.")


class SyntheticSettings(Section):
    """What is simulated where the source has no stock levels and no clickstream."""

    seed: int = 20111209
    buckets: int = Field(8, ge=1, description="Hash buckets; one grouped call simulates one bucket.")
    opening_stock: float = Field(60.0, ge=0, description="Median opening stock of a product, pieces (assumed).")
    opening_stock_log_sd: float = Field(1.0, ge=0, description="Its standard deviation, on the log scale (assumed).")
    lead_time_days: float = Field(7.0, ge=1, description="Mean supplier lead time over all products (assumed).")
    lead_time_spread_days: float = Field(3.0, ge=0, description="A product's mean differs from it by at most this.")
    lead_time_sd_days: float = Field(2.0, ge=0, description="Standard deviation from order to order of a product.")
    stock_review_days: int = Field(7, ge=1, description="Days between two looks of the simulated buyer.")
    stock_service_level: float = Field(0.95, gt=0, lt=1, description="Cycle service level the buyer aims at.")
    order_cover_days: float = Field(28.0, ge=0, description="Days of demand an order shall last.")
    demand_memory_days: float = Field(56.0, ge=1, description="Days the buyer's demand estimate looks back, about.")
    behaviour_days: int = Field(120, ge=1, description="Days of clickstream before the last order.")
    conversion_rate: float = Field(
        0.155,
        gt=0,
        le=1,
        description="Share of visits that end in an order: 1,908 of 12,330 in UCI Online Shoppers (Sakar et al. 2018).",
    )
    cart_abandonment_rate: float = Field(
        0.70, ge=0, lt=1, description="Share of carts left behind: Baymard Institute's mean over published studies."
    )
    views_per_visit: float = Field(5.0, ge=1, description="Mean product views of a visit without an order (assumed).")
    extra_views_per_line: float = Field(
        0.3, ge=0, description="Views of other products for each line bought (assumed)."
    )
    cart_share: float = Field(
        0.3, ge=0, le=1, description="Share of an abandoned visit's views put in the cart (assumed)."
    )
    view_seconds: float = Field(25.0, gt=0, description="Mean time to the next click (assumed).")
    returning_share: float = Field(
        0.5, ge=0, le=1, description="Orders whose customer came before and left a cart (assumed)."
    )
    catalogue_size: int = Field(1000, ge=1, description="Best sellers that visitors browse.")


class ForecastingSettings(Section):
    """Demand forecasts."""

    horizon: int = Field(28, ge=1, le=365, description="Days ahead.")
    season_length: int = Field(7, ge=1, description="Days of a season; 1 means none.")
    buckets: int = Field(16, ge=1, description="Hash buckets of SKUs; one grouped call fits one bucket.")
    history_days: int = Field(730, ge=28, description="Days of demand history that are used at most.")
    origins: int = Field(2, ge=1, description="Past days, a horizon apart, from which the models are scored.")
    active_days: int = Field(180, ge=1, description="Costly models leave out a product without demand for so long.")
    frequent_interval: float = Field(
        2.0, ge=1, description="Costly models are tried where a day in so many, or more, has demand."
    )


class InventorySettings(Section):
    """Reorder policy."""

    lead_time_days: float = Field(7.0, ge=0, description="Mean supplier lead time.")
    lead_time_sd_days: float = Field(2.0, ge=0, description="Standard deviation of the lead time.")
    review_days: int = Field(7, ge=1, description="Days between two looks at the stock.")
    service_level: float = Field(0.95, gt=0, lt=1, description="Cycle service level.")
    order_cycle_days: float = Field(
        14.0, ge=0, description="Days of demand that an order lasts, above the reorder point."
    )


class MonitorSettings(Section):
    """Live monitor."""

    window: Duration = Field(dt.timedelta(hours=1), description="Length of the tumbling window; divides a day.")
    lateness: Duration = Field(
        dt.timedelta(minutes=10), description="How much older than the newest event one may come and still count."
    )
    max_future: Duration = Field(
        dt.timedelta(days=1), description="An event further ahead of its file's or record's own time is rejected."
    )
    earliest: dt.date = Field(dt.date(2000, 1, 1), description="An event before this day is rejected.")
    remember_ids: Duration = Field(
        dt.timedelta(days=7), description="How long, by the machine's clock, a repeated event id is recognised."
    )
    idle_timeout: Duration = Field(
        dt.timedelta(seconds=10), description="A silent source or partition holds the others up for this long."
    )
    checkpoint_interval: Duration = Field(
        dt.timedelta(seconds=10), description="Results appear at checkpoints, so this long after a window closed."
    )
    poll_interval: Duration = Field(dt.timedelta(seconds=1), description="How often a followed folder is listed.")
    parallelism: int = Field(
        1, ge=1, description="Of a Kafka source and what follows; files are read in order, by one."
    )
    memory: str = Field("1g", pattern="^[0-9]+[mg]$", description="JVM heap of a local run.")

    @field_validator("window")
    @classmethod
    def _divides_a_day(cls, value: dt.timedelta) -> dt.timedelta:
        if value < dt.timedelta(seconds=1) or dt.timedelta(days=1) % value or value.microseconds:
            raise ValueError("must be whole seconds and divide a day, such as 15 minutes or 1 hour")
        return value


class PublishingSettings(Section):
    """Landed files to Delta."""

    landing: str = Field("", description="Folder where Flink lands files; empty means `_landing` in the warehouse.")
    interval_seconds: float = Field(1.0, gt=0, description="Pause between two looks at the landing folder.")
    max_manifest_bytes: int = Field(64 << 20, ge=1, description="Landed bytes published at a time; bounds the memory.")
    compact_every: int = Field(200, ge=1, description="Manifests between two compactions of the live tables.")
    retention_hours: int = Field(168, ge=1, description="Files of older table versions are kept this long for readers.")
    orphan_hours: float = Field(
        24.0, gt=0, description="Unfinished files that a killed Flink job left are deleted at this age."
    )


class Settings(Section):
    """All settings of supplyline."""

    warehouse: str = Field("warehouse", min_length=1, description="Folder or URI of the Delta tables.")
    shop: ShopSettings = ShopSettings()
    spark: SparkSettings = SparkSettings()
    ingest: IngestSettings = IngestSettings()
    synthetic: SyntheticSettings = SyntheticSettings()
    forecasting: ForecastingSettings = ForecastingSettings()
    inventory: InventorySettings = InventorySettings()
    monitor: MonitorSettings = MonitorSettings()
    publishing: PublishingSettings = PublishingSettings()


def load_settings(path: str | None = None, **overrides: object) -> Settings:
    """Settings from conf/supplyline.yaml, then the file at `path`, then SUPPLYLINE_<SECTION>__<KEY>, then `overrides`.

    Overrides that are None are left out. Raises ConfigError naming file, key and reason.
    """
    values = yaml_mapping(conf_text("supplyline.yaml"), "supplyline.yaml")
    if path is not None:
        values = _merge(values, yaml_mapping(_read(Path(path)), path))
    values = _merge(values, _from_environment(os.environ))
    values = _merge(values, {key: value for key, value in overrides.items() if value is not None})
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        where = path or "supplyline.yaml"
        raise ConfigError(f"not valid: {problems}", where=where, fix="correct the named keys") from error


def conf_texts(folder: str) -> dict[str, str]:
    """Name (without .yaml) → text of each YAML file in a conf folder; the user's folder wins over the shipped one."""
    texts: dict[str, str] = {}
    for root in _conf_roots():
        found = root.joinpath(folder)
        if found.is_dir():
            files = sorted(
                (item for item in found.iterdir() if item.name.endswith(".yaml")), key=lambda item: item.name
            )
            texts |= {item.name.removesuffix(".yaml"): _read(item) for item in files}
    return texts


def conf_text(name: str) -> str:
    """Text of one conf file such as "jars/ivy.xml"; the user's folder wins over the shipped one."""
    for root in reversed(_conf_roots()):
        found = root.joinpath(name)
        if found.is_file():
            return _read(found)
    raise ConfigError(
        f"no configuration file {name}", fix="reinstall supplyline, or add it to the folder SUPPLYLINE_CONF names"
    )


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


def _read(item: Traversable) -> str:
    try:
        return item.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"can't be read: {error}", where=str(item), fix="name a readable UTF-8 file") from error


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
