"""Configuration: YAML files, environment and command line become typed objects here and nowhere else."""

from supplyline.config.files import conf_path, conf_text, conf_texts, yaml_mapping
from supplyline.config.loading import job_parser, load_settings, settings_from
from supplyline.config.settings import (
    Duration,
    ForecastingSettings,
    IngestSettings,
    InventorySettings,
    MonitorSettings,
    PublishingSettings,
    Settings,
    ShopSettings,
    SparkSettings,
    SyntheticSettings,
)

__all__ = [
    "Duration",
    "ForecastingSettings",
    "IngestSettings",
    "InventorySettings",
    "MonitorSettings",
    "PublishingSettings",
    "Settings",
    "ShopSettings",
    "SparkSettings",
    "SyntheticSettings",
    "conf_path",
    "conf_text",
    "conf_texts",
    "job_parser",
    "load_settings",
    "settings_from",
    "yaml_mapping",
]
