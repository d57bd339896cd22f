"""Where events and thresholds come from: one time-ordered file, a followed folder, or a Kafka topic."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from supplyline.config import MonitorSettings, conf_text
from supplyline.config.yaml_model import YamlPart, model_from_yaml
from supplyline.errors import SourceError
from supplyline.flink.schema import flink_columns
from supplyline.flink.text import interval, milliseconds, options
from supplyline.tables import table


class KafkaTopic(YamlPart):
    """conf/kafka/<topic>.yaml: where a stream lies in Kafka."""

    bootstrap_servers: str = Field(min_length=1)
    topic: str = Field(min_length=1)
    group: str = Field("supplyline", min_length=1)
    start: str = Field("group-offsets", pattern="^(earliest-offset|latest-offset|group-offsets)$")
    bounded: bool = False
    properties: dict[str, str] = {}


@dataclass(frozen=True)
class Files:
    """A file that is read to its end, or a folder that is followed for ever."""

    path: Path

    @property
    def bounded(self) -> bool:
        """True for a file."""
        return self.path.is_file()


Source = Files | KafkaTopic


def file_source(path: str) -> Files:
    """A file or folder that exists. Raises SourceError otherwise."""
    if not Path(path).exists():
        raise SourceError(
            "no such file or folder", where=path, fix="run `supplyline run export_events`, or name another"
        )
    return Files(Path(path).absolute())


def kafka_topic(name: str) -> KafkaTopic:
    """The Kafka topic that conf/kafka/<name>.yaml describes, the user's conf folder first."""
    return model_from_yaml(KafkaTopic, conf_text(f"kafka/{name}.yaml"), f"kafka/{name}.yaml")


def record_columns(source: Source) -> str:
    """The columns every source has: the record's text and when it was written, by the file or the topic."""
    written = "timestamp" if isinstance(source, KafkaTopic) else "file.modification-time"
    return f"`line` STRING, `written` TIMESTAMP_LTZ(3) METADATA FROM '{written}' VIRTUAL"


def record_options(source: Source, monitor: MonitorSettings) -> str:
    """The WITH clause that reads a source record by record, as text, so that no record can stop the job."""
    if isinstance(source, Files):
        return options(_file_options(source, monitor, "raw"))
    return options(_kafka_options(source) | {"value.format": "raw"})


def thresholds_ddl(source: Files, monitor: MonitorSettings) -> str:
    """Table `thresholds`: the version that holds at a time is the last one with `effective_from` up to it.

    Its watermark trails by a day, or versions that take effect ahead of the events would push the older ones out.
    """
    slack = interval(dt.timedelta(days=1))
    return (
        f"CREATE TEMPORARY TABLE thresholds ({flink_columns(table('thresholds'))}, "
        f"WATERMARK FOR `effective_from` AS `effective_from` - {slack}, "
        f"PRIMARY KEY (`warehouse`, `sku`) NOT ENFORCED) {options(_file_options(source, monitor, 'json'))}"
    )


def _file_options(source: Files, monitor: MonitorSettings, text_format: str) -> dict[str, str]:
    values = {"connector": "filesystem", "path": source.path.as_uri(), "format": text_format}
    return values if source.bounded else values | {"source.monitor-interval": milliseconds(monitor.poll_interval)}


def _kafka_options(source: KafkaTopic) -> dict[str, str]:
    values = {
        "connector": "kafka",
        "topic": source.topic,
        "properties.bootstrap.servers": source.bootstrap_servers,
        "properties.group.id": source.group,
        "scan.startup.mode": source.start,
    }
    if source.start == "group-offsets":
        values["properties.auto.offset.reset"] = "earliest"
    if source.bounded:
        values["scan.bounded.mode"] = "latest-offset"
    return values | {f"properties.{key}": value for key, value in source.properties.items()}
