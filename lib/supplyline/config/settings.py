"""Every setting, typed, with its default and what it means."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator


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
    holidays: str = Field("GB", description="Calendar among conf/holidays; empty for none.")

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
    models: tuple[str, ...] = Field(
        ("auto",),
        min_length=1,
        description="auto, the names of models to choose among, or auto and further ones, such as gradient_boosting.",
    )
    origins: int = Field(2, ge=1, description="Past days, a horizon apart, from which the models are scored.")
    evaluation_origins: int = Field(3, ge=1, description="Past days from which score_forecasts looks ahead.")
    evaluation_step: int = Field(7, ge=1, description="Days between two of them.")
    active_days: int = Field(180, ge=1, description="Costly models leave out a product without demand for so long.")
    frequent_interval: float = Field(
        2.0, ge=1, description="Costly models are tried where a day in so many, or more, has demand."
    )
    holiday_effects: bool = Field(
        True, description="Forecasts of holidays and the three days before follow the effects of demand_drivers."
    )
    driver_skus: int = Field(
        400, ge=1, description="Products of a category, the most often sold, from which the sales drivers are learnt."
    )


class InventorySettings(Section):
    """Reorder policy."""

    lead_time_days: float = Field(7.0, ge=0, description="Mean supplier lead time.")
    lead_time_sd_days: float = Field(2.0, ge=0, description="Standard deviation of the lead time.")
    review_days: int = Field(7, ge=1, description="Days between two looks at the stock.")
    service_level: float = Field(0.95, gt=0, lt=1, description="Cycle service level.")
    fill_rate: float | None = Field(
        None, gt=0, lt=1, description="Share of demand to serve from the shelf, aimed at instead of the service level."
    )
    order_cycle_days: float = Field(
        14.0, ge=0, description="Days of demand that an order lasts, above the reorder point."
    )
    least_cost: bool = Field(
        False, description="Each product at the service level and order cycle that cost the least, not at these two."
    )
    min_order: int = Field(0, ge=0, description="Least pieces of an order (assumed none).")
    pack_size: int = Field(1, ge=1, description="Pieces of a pack; whole packs are ordered (assumed single pieces).")
    unit_cost_share: float = Field(
        0.5, ge=0, description="Cost of a piece as a share of its sales price (assumed: no source has purchase prices)."
    )
    holding_rate: float = Field(0.25, ge=0, description="Cost of keeping stock a year, share of its cost (assumed).")
    ordering_cost: float = Field(1.0, ge=0, description="Cost of an order line, currency (assumed).")
    shortage_cost_share: float = Field(
        0.5,
        ge=0,
        description="Cost of a piece asked for and not there, share of its sales price (assumed: its margin).",
    )
    excess_cover_days: float = Field(180.0, ge=0, description="More than this many days of demand is excess stock.")
    dead_days: int = Field(180, ge=1, description="A product without demand for so long is dead stock.")
    cover_weeks: float = Field(
        4.0,
        gt=0,
        description="The shop's rule of thumb: stock and orders last this many weeks of recent sales (assumed).",
    )
    plan_periods: int = Field(8, ge=1, le=104, description="Periods of the purchase plan.")
    plan_period_days: int = Field(7, ge=1, description="Days of one: orders are placed on its first.")
    plan_gap: float = Field(0.001, ge=0, lt=1, description="Share of its cost the plan may be above the least.")
    plan_time_limit: float = Field(120.0, gt=0, description="Seconds for each part of the plan that is solved alone.")
    replay_weeks: int = Field(13, ge=1, description="Weeks before the as-of over which policies are replayed.")
    replay_skus: int = Field(50, ge=1, description="SKUs drawn for the replay, the same in every run.")

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if self.least_cost and self.fill_rate is not None:
            raise ValueError("least_cost and fill_rate can't both be aimed at")
        return self


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
