"""Public holidays, from a calendar file of the shop: conf/holidays/NAME.yaml, a line `date: name` a holiday."""

from __future__ import annotations

import datetime as dt

from supplyline.config import conf_texts, yaml_mapping
from supplyline.errors import ConfigError


def holidays(calendar: str) -> dict[dt.date, str]:
    """Date → name of each holiday of a calendar such as "GB"; none where `calendar` is empty.

    Raises ConfigError where there is no such calendar or a line of it holds no date.
    """
    if not calendar:
        return {}
    texts = conf_texts("holidays")
    if calendar not in texts:
        known = ", ".join(sorted(texts))
        raise ConfigError(f"no holiday calendar {calendar!r}", where="conf/holidays", fix=f"use one of {known}")
    where = f"holidays/{calendar}.yaml"
    return {_day(key, where): str(name) for key, name in yaml_mapping(texts[calendar], where).items()}


def _day(key: object, where: str) -> dt.date:
    if isinstance(key, dt.date) and not isinstance(key, dt.datetime):
        return key
    raise ConfigError(f"{key!r} is no date", where=where, fix="write lines like `2011-12-25: Christmas Day`")
